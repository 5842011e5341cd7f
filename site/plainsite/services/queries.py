"""What somebody wants of a table: which columns, which rows, in which order; and the conditions that say so in SQL."""

import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, String, and_, bindparam, cast, collate, false, not_, or_

from plainsite.kinds import BINARY, BITS, BOOLEAN, JSON, LIST, OTHER, SEARCHED, declared_type, is_secret, kind_of
from plainsite.raw import Raw
from plainsite.reflection import Relation
from plainsite.services.fitting import is_shown_as, rounded

MOST_FILTERS, MOST_CHOICES, MOST_WORDS = 20, 200, 8
LONGEST_VALUE = 1000  # characters of a filter or a search; SQLite refuses patterns of 50 kB
ESCAPE, LONGEST_INTEGER = "/", 19  # digits of 64 bits
NEVER_EMPTY = {"INET", "CIDR", "MACADDR", "MACADDR8"}  # of PostgreSQL
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
TRUTHS = {"yes": 1, "true": 1, "no": 0, "false": 0}  # as lists say them, and as people write them

Condition = Callable[[Column[Any], str], ColumnElement[bool]]


class TooMuch(ValueError):  # noqa: N818 - it is about what is asked
    """More than is asked of a database at once; says what, in words that follow a colon."""


class Filter(NamedTuple):
    """One condition: a column by name, an operator by name, and the typed text (of "between": two, by " .. ")."""

    column: str
    operator: str
    value: str = ""


class Query(NamedTuple):
    """What is wanted; an empty `columns` means all, `sort` None means the key."""

    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    words: str = ""
    sort: str | None = None
    descending: bool = False


def visible(relation: Relation) -> list[Column[Any]]:
    """Give the columns that may be shown, filtered, sorted, searched and exported: all but secret ones."""
    return [column for column in relation.table.columns if not is_secret(column.name)]


def searched(relation: Relation) -> list[Column[Any]]:
    """Give the columns that a search looks into."""
    return [column for column in visible(relation) if kind_of(column) in SEARCHED]


def sortable(column: Column[Any]) -> bool:
    """Tell whether every engine has an order for a column's values."""
    kind = kind_of(column)
    if kind == LIST and getattr(getattr(declared_type(column), "item_type", None), "__visit_name__", "") == "JSON":
        return False
    return kind not in {BINARY, JSON} and not (kind == OTHER and column.info.get("engine") == "postgresql")


def operators_for(column: Column[Any]) -> list[str]:
    """Give the names of the operators that a column's kind allows."""
    kind = kind_of(column)
    if not sortable(column):
        return ["is NULL", "is not NULL"] if column.nullable else []
    found = ["is", "is not"] if kind != LIST else []
    if kind in SEARCHED:
        found += ["contains", "does not contain", "starts with"]
    if kind not in {LIST, BOOLEAN, BITS}:
        found += ["greater than", "at least", "less than", "at most", "between", "one of"]
    if kind in SEARCHED and declared_type(column).__visit_name__.upper() not in NEVER_EMPTY:
        found += ["is empty", "is not empty"]
    return [*found, "is NULL", "is not NULL"] if column.nullable else found


def conditions(relation: Relation, query: Query) -> list[ColumnElement[bool]]:
    """Give the conditions of a query.

    Raises ValueError for a column or an operator that there is not, and TooMuch, which is one, for more than is asked
    at once.
    """
    allowed = {column.name: column for column in visible(relation)}
    words = query.words.split()
    _bound(len(query.filters), MOST_FILTERS, "filters")
    _bound(len(words), MOST_WORDS, "words to search for")
    _bound(len(query.words), LONGEST_VALUE, "characters to search for")
    found = [_condition(allowed, one) for one in query.filters]
    return found + [or_(false(), *(contains(column, word) for column in searched(relation))) for word in words]


def contains(column: Column[Any], text: str) -> ColumnElement[bool]:
    """Give the condition that a text stands somewhere in a column, capital or small."""
    return _as_text(column).ilike(f"%{_meant(text)}%", escape=ESCAPE)


def _bound(number: int, most: int, what: str) -> None:
    if number > most:
        raise TooMuch(f"there may be at most {most:,} {what}, and these are {number:,}")


def _condition(allowed: dict[str, Column[Any]], one: Filter) -> ColumnElement[bool]:
    column = allowed.get(one.column)
    if column is None or one.operator not in operators_for(column):
        raise ValueError(one)
    _bound(len(one.value), LONGEST_VALUE, f"characters to compare {one.column} with")
    return OPERATORS[one.operator](column, one.value)


def _between(column: Column[Any], value: str) -> ColumnElement[bool]:
    low, found, high = value.partition("..")
    if not found:
        raise ValueError(value)
    return and_(column >= _typed(column, low.strip()), column <= _typed(column, high.strip()))


def _one_of(column: Column[Any], value: str) -> ColumnElement[bool]:
    choices = value.split(",")
    _bound(len(choices), MOST_CHOICES, f"values to compare {column.name} with")
    return or_(false(), *(_is(column, each.strip()) for each in choices))


def _is(column: Column[Any], value: str) -> ColumnElement[bool]:
    if (as_shown := is_shown_as(column, value)) is not None:
        return as_shown
    as_text = column == given(value)
    if kind_of(column) == BOOLEAN and column.info.get("engine") != "postgresql" and value.lower() in TRUTHS:
        return or_(as_text, column == given(TRUTHS[value.lower()]))
    return or_(as_text, column == _typed(column, value)) if _is_untyped(column) else as_text


def _typed(column: Column[Any], value: str) -> ColumnElement[Any]:
    """Give a typed text as what it looks like where a column does not say what it holds."""
    if not _is_untyped(column) or not NUMBER.fullmatch(value):
        as_float = rounded(column, value)
        return given(value) if as_float is None else as_float
    return given(int(value) if value.isdigit() and len(value) < LONGEST_INTEGER else float(value))


def _is_untyped(column: Column[Any]) -> bool:
    """Tell whether SQLite takes a text for a text there: in what a view computes, and in columns without a type."""
    return column.info.get("engine") == "sqlite" and kind_of(column) == OTHER


def _starts(column: Column[Any], value: str) -> ColumnElement[bool]:
    return _as_text(column).ilike(f"{_meant(value)}%", escape=ESCAPE)


def given(value: Any) -> ColumnElement[Any]:
    """Give a value for a statement as it stands, so that the engine reads it as what it is compared with."""
    return bindparam(None, value, Raw())


def _or_null(column: Column[Any], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Add NULL to a condition; to MariaDB a date of zeros is that too where NULL cannot be."""
    zeros = not column.nullable and column.info.get("engine") in {"mysql", "mariadb"}
    return condition if zeros else or_(condition, column.is_(None))


def _compared(compare: Callable[[Any, Any], Any]) -> Condition:
    return lambda column, value: compare(column, _typed(column, value))


def _as_text(column: Column[Any]) -> ColumnElement[str]:
    text = column if isinstance(column.type, String) else cast(column, String)
    own = column.info.get("engine") == "postgresql" and getattr(declared_type(column), "collation", None)
    # PostgreSQL looks for parts of a text by no collation that takes different texts for one.
    return collate(text, "default") if own else text


def _meant(text: str) -> str:
    """Write a text for LIKE so that the pattern's own signs are meant as they stand."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return text


OPERATORS: dict[str, Condition] = {
    "is": _is,
    "is not": lambda column, value: _or_null(column, not_(_is(column, value))),
    "contains": contains,
    "does not contain": lambda column, value: _or_null(column, not_(contains(column, value))),
    "starts with": _starts,
    "greater than": _compared(operator.gt),
    "at least": _compared(operator.ge),
    "less than": _compared(operator.lt),
    "at most": _compared(operator.le),
    "between": _between,
    "one of": _one_of,
    "is empty": lambda column, _: column == "",
    "is not empty": lambda column, _: column != "",
    "is NULL": lambda column, _: column.is_(None),
    "is not NULL": lambda column, _: column.is_not(None),
}
