"""Pages of the records of any table of any database; how each is asked for is worked out once (see plans.py)."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, select
from sqlalchemy.orm import Session

from plainsite.kinds import BINARY, kind_of
from plainsite.reflection import Relation
from plainsite.services.cursors import encode
from plainsite.services.keyset import Pages, cursor
from plainsite.services.numbered import fetch_by_number
from plainsite.services.orders import Order, order_by
from plainsite.services.pages import Record
from plainsite.services.plans import kept
from plainsite.services.queries import Query, conditions, sortable, visible
from plainsite.services.references import Reference, label
from plainsite.services.shortening import in_list

Part = Callable[[Record], Sequence[Any]]


class Listed(NamedTuple):
    """A page of records: the columns shown, their rows, the key of each (None where it has none), and the cursors."""

    columns: Sequence[Column[Any]]
    rows: Sequence[Sequence[Any]]
    keys: Sequence[str | None]
    before: str | None
    after: str | None
    labels: Mapping[int, Sequence[Any]] = MappingProxyType({})  # of rows referred to, by the column's number


class _Plan(NamedTuple):
    """How a list is asked for, and which part of a row is what."""

    columns: Sequence[Column[Any]]
    order: Order
    pages: Pages
    cells: Part
    marks: Part
    key: Part
    labels: Mapping[int, int]  # where they are in a row, by the column's number
    bytes_are_none: bool  # a key of bytes that are no text, where it should be one: SQLite finds no row by them


def find_page(  # noqa: PLR0913 - a page is just these facts
    session: Session,
    relation: Relation,
    query: Query,
    *,
    before: str | None = None,
    after: str | None = None,
    last: bool = False,
    size: int = 50,
    links: tuple[Reference, ...] = (),
) -> Listed:
    """List records in the order of a query, from a row on; with the labels of what `links` refer to.

    Long texts come cut after 120 characters and one, binaries of more than a few bytes as the number of these. Raises
    ValueError for a column, an operator or a cursor that there is not.
    """
    if not relation.place:
        return _find_page_by_number(session, relation, query, links, after or before, size)
    connection = session.connection()
    plan = kept(relation, _plan)(relation, query, links, connection.dialect.name)
    rows, any_before, any_after = plan.pages.fetch(connection, before=before, after=after, last=last, size=size)
    return Listed(
        plan.columns,
        [plan.cells(row) for row in rows],
        _keys([plan.key(row) for row in rows], plan.bytes_are_none),
        cursor(plan.order, plan.marks(rows[0])) if rows and any_before else None,
        cursor(plan.order, plan.marks(rows[-1])) if rows and any_after else None,
        _said(rows, plan.labels),
    )


def shown(relation: Relation, query: Query) -> list[Column[Any]]:
    """Give the columns that a query wants to see, in its order; ValueError for one that there is not."""
    allowed = {column.name: column for column in visible(relation)}
    try:
        return [allowed[name] for name in query.columns] if query.columns else list(allowed.values())
    except KeyError as error:
        raise ValueError(str(error)) from error


def sorted_by(relation: Relation, query: Query) -> Column[Any] | None:
    """Give the column that a query sorts by, None for the key; ValueError for one that there is not."""
    if query.sort is None:
        return None
    found = next((column for column in visible(relation) if column.name == query.sort), None)
    if found is None or not sortable(found):
        raise ValueError(query.sort)
    return found


def _plan(relation: Relation, query: Query, links: tuple[Reference, ...], engine: str) -> _Plan:
    columns, key = shown(relation, query), list(relation.table.primary_key.columns)
    order = order_by(relation.place, sorted_by(relation, query), descending=query.descending, engine=engine)
    asked: list[ColumnElement[Any]] = []
    cells, marks, keys = (_part(asked, each) for each in (map(in_list, columns), order.marks, key))
    labels = _labels(asked, columns, links)
    statement = select(*asked).select_from(relation.table).where(*conditions(relation, query))
    bytes_are_none = engine == "sqlite" and not any(kind_of(column) == BINARY for column in key)
    return _Plan(columns, order, Pages(statement, order), cells, marks, keys, labels, bytes_are_none)


def _labels(
    asked: list[ColumnElement[Any]], columns: Sequence[Column[Any]], links: tuple[Reference, ...]
) -> dict[int, int]:
    """See that labels are asked for; give where each is, by the number of its column."""
    found = {}
    for number, column in enumerate(columns):
        for said in (label(each) for each in links if each.columns[0] is column):
            if said is not None:
                found[number] = len(asked)
                asked.append(said)
    return found


def _said(rows: Sequence[Record], labels: Mapping[int, int]) -> dict[int, list[Any]]:
    return {number: [row[place] for row in rows] for number, place in labels.items()}


def _part(asked: list[ColumnElement[Any]], wanted: Any) -> Part:
    """See that some columns are asked for, each once; give what finds them in a row."""
    places = []
    for column in wanted:
        place = next((number for number, each in enumerate(asked) if each is column), len(asked))
        if place == len(asked):
            asked.append(column)
        places.append(place)
    if places == list(range(len(places))):
        return itemgetter(slice(len(places)))
    return itemgetter(slice(places[0], places[0] + 1)) if len(places) == 1 else itemgetter(*places)


def _keys(keys: Sequence[Sequence[Any]], bytes_are_none: bool) -> list[str | None]:  # noqa: FBT001
    """Write keys for addresses."""
    if keys and len(keys[0]) == 1:  # as most are
        return [str(key) if key.__class__ is int else _key((key,), bytes_are_none) for (key,) in keys]
    return [_key(key, bytes_are_none) for key in keys]


def _key(values: Sequence[Any], bytes_are_none: bool) -> str | None:  # noqa: FBT001
    """Write a key for an address; a row whose key is NULL in part has none."""
    if bytes_are_none and any(value.__class__ is bytes and not _is_text(value) for value in values):
        return None
    return encode(values) if values and all(value is not None for value in values) else None


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_page_by_number(  # noqa: PLR0913, PLR0917
    session: Session,
    relation: Relation,
    query: Query,
    links: tuple[Reference, ...],
    place: str | None,
    size: int,
) -> Listed:
    """List rows that no key tells apart: by counting them off, which is all that can be done."""
    columns = shown(relation, query)
    asked = [in_list(column) for column in columns]
    labels = _labels(asked, columns, links)
    statement = select(*asked).select_from(relation.table).where(*conditions(relation, query))
    if (sort := sorted_by(relation, query)) is not None:
        # NULLs last on every engine; ties broken by all else, or engines would break them anew on each page
        rest = [column for column in visible(relation) if column is not sort and sortable(column)]
        statement = statement.order_by(sort.is_(None), sort.desc() if query.descending else sort, *rest)
    rows, before, after = fetch_by_number(session.connection(), statement, place, size)
    return Listed(
        columns, [row[: len(columns)] for row in rows], [None] * len(rows), before, after, _said(rows, labels)
    )
