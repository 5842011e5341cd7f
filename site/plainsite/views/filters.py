"""What is wrong with a filter, said at the field where it was typed: the comparison, its column, its value."""

import re
from typing import Any, NamedTuple

from sqlalchemy import Column, select
from sqlalchemy.exc import DataError, SQLAlchemyError
from werkzeug.datastructures import MultiDict

from plainsite.kinds import NUMBERS, kind_of
from plainsite.reflection import Relation
from plainsite.services.queries import (
    LONGEST_VALUE,
    OPERATORS,
    Filter,
    Query,
    conditions,
    operators_for,
    visible,
)
from plainsite.views import tables

NO_COLUMN = Filter("", "is")
NO_VALUE = "{!r} is no value that {} could hold"
SEPARATORS = {"between": "..", "one of": ","}
NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*", re.IGNORECASE | re.ASCII)


class Typed(NamedTuple):
    """The form that adds a filter, as it comes back: what was typed, and what is wrong at which control's id."""

    filter: Filter = NO_COLUMN
    problems: tuple[tuple[str, str], ...] = ()


BLANK = Typed()


def wrong(relation: Relation, query: Query, given: MultiDict[str, str]) -> Typed | None:
    """Give the first filter that cannot be asked; `given` is all that the address holds."""
    if any(values := given.getlist("value")) and "" in given.getlist("column"):
        value = values[-1]
        return Typed(Filter("", "is", value), (("filter-column", "Choose the column to compare"),))
    if not query.filters:
        return None
    columns = {column.name: column for column in visible(relation)}
    kinds = {name: operators_for(column) for name, column in columns.items()}
    for each in query.filters:
        said = _said(each, kinds)
        if said is None and _is_no_number(columns[each.column], each):
            said = "filter-value", NO_VALUE.format(each.value, each.column)
        if said is not None:
            return Typed(each, (said,))
    return None


def unfit(place: tables.Place, query: Query) -> Typed | None:
    """Give the filter whose value the database cannot read as one of its column: each is tried alone."""
    for each in query.filters:
        alone = select(1).select_from(place.relation.table).limit(1)
        try:
            place.session.connection().execute(alone.where(*conditions(place.relation, Query(filters=(each,)))))
        except DataError:
            place.database.remove()
            return Typed(each, (("filter-value", NO_VALUE.format(each.value, each.column)),))
        except SQLAlchemyError:
            place.database.remove()
    return None


def without(query: Query, one: Filter) -> Query:
    """Give a query without one of its filters."""
    return query._replace(filters=tuple(each for each in query.filters if each is not one))


def offered(relation: Relation) -> list[tuple[str, str]]:
    """Give each column that can be compared, and the numbers of the comparisons that it allows."""
    numbers = {name: str(number) for number, name in enumerate(OPERATORS)}
    columns = ((str(column.name), operators_for(column)) for column in visible(relation))
    return [(name, " ".join(numbers[each] for each in allowed)) for name, allowed in columns if allowed]


def _said(each: Filter, kinds: dict[str, list[str]]) -> tuple[str, str] | None:
    allowed = kinds.get(each.column)
    if not allowed:
        return "filter-column", f"Choose a column that can be compared: {each.column} is none"
    if each.operator not in allowed:
        return "filter-op", f"{each.column} cannot be compared like that. Choose one of: {', '.join(allowed)}"
    if each.operator == "between" and ".." not in each.value:
        return "filter-value", "Write two values with two dots between them, like 1 .. 5"
    if len(each.value) > LONGEST_VALUE:
        return "filter-value", f"Write {LONGEST_VALUE:,} characters or fewer"
    return None


def _is_no_number(column: Column[Any], each: Filter) -> bool:
    """Tell whether MariaDB would take for a number what is none: to it "banana" is 0, and "5 apples" are 5."""
    if (
        kind_of(column) not in NUMBERS
        or column.info.get("engine") not in {"mysql", "mariadb"}
        or "NULL" in each.operator
    ):
        return False
    values = each.value.split(SEPARATORS[each.operator]) if each.operator in SEPARATORS else [each.value]
    return not all(map(NUMBER.fullmatch, values))
