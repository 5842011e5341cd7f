"""The records of any table of any database: list them by pages, find one, add, change, delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, String, case, cast, func, select, type_coerce
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from plainsite.kinds import BINARY, JSON, LIST, LONG_TEXT, TEXT, is_secret, kind_of
from plainsite.reflection import PREFIX, Raw, Relation
from plainsite.refusals import Reason, Refused
from plainsite.services.cursors import encode
from plainsite.services.keyset import cursor, fetch, may_be
from plainsite.services.numbered import fetch_by_number
from plainsite.services.orders import order_by
from plainsite.services.pages import Record
from plainsite.services.queries import Query, conditions, given, sortable, visible
from plainsite.transactions import transaction

CUT = 120  # characters of a text that a list shows
COUNTED_UP_TO = 10_000
MISFITS = (DataError, OverflowError)  # what drivers say of a value that no such column could hold
CUT_KINDS = {LONG_TEXT, JSON, LIST}


@dataclass(frozen=True)
class Listed:
    """A page of records: the columns shown, their rows, the key of each (None where it has none), and the cursors."""

    columns: Sequence[Column[Any]]
    rows: Sequence[Sequence[Any]]
    keys: Sequence[str | None]
    before: str | None
    after: str | None


def find_page(  # noqa: PLR0913 - a page is just these facts
    session: Session,
    relation: Relation,
    query: Query,
    *,
    before: str | None = None,
    after: str | None = None,
    last: bool = False,
    size: int = 50,
) -> Listed:
    """List records in the order of a query, from a row on.

    Long texts come cut after 120 characters and one, binaries as the number of their bytes. Raises ValueError for a
    column, an operator or a cursor that there is not.
    """
    columns = shown(relation, query)
    if not relation.place:
        return _find_page_by_number(session, relation, query, columns, after or before, size)
    engine, key = session.get_bind().dialect.name, list(relation.table.primary_key.columns)
    order = order_by(relation.place, sorted_by(relation, query), descending=query.descending, engine=engine)
    cells = [in_list(column) for column in columns]
    statement = select(*cells, *order.marks, *key).select_from(relation.table).where(*conditions(relation, query))
    rows, any_before, any_after = fetch(
        session.connection(), statement, order, before=before, after=after, last=last, size=size
    )
    width, behind = len(columns), len(columns) + len(order.columns)
    marks = [row[width:behind] for row in rows]
    return Listed(
        columns,
        [row[:width] for row in rows],
        [_key(row[behind:]) for row in rows],
        cursor(order, marks[0]) if rows and any_before else None,
        cursor(order, marks[-1]) if rows and any_after else None,
    )


def count(session: Session, relation: Relation, query: Query | None = None) -> int:
    """Count records, up to 10,001: one more than are counted."""
    some = select(1).select_from(relation.table).where(*(conditions(relation, query) if query else ()))
    limited = some.limit(COUNTED_UP_TO + 1).subquery()
    return session.connection().execute(select(func.count()).select_from(limited)).scalar_one()


def find(session: Session, relation: Relation, key: Sequence[Any]) -> Record | None:
    """Find one record by its key: every column, with secrets as None; None when there is none.

    Binaries come whole. Raises ValueError for a key of too few, too many or NULL values, or values that cannot be one.
    """
    table = relation.table
    columns = [_masked(column) if is_secret(column.name) else column for column in table.columns]
    try:
        return session.connection().execute(select(*columns).where(*_same(relation, key))).first()
    except MISFITS as error:
        raise ValueError(key) from error


@transaction
def create(session: Session, relation: Relation, values: Mapping[str, Any]) -> list[Any]:
    """Add a record; give its key. A column without a value is left to the server."""
    record = _class(relation)()
    for name, value in values.items():
        setattr(record, PREFIX + name, value)
    session.add(record)
    session.flush()
    return key_of(relation, record)


@transaction
def update(session: Session, relation: Relation, key: Sequence[Any], values: Mapping[str, Any]) -> list[Any] | None:
    """Change columns of a record; give its key, which may have changed. None when the record is gone."""
    record = _locked(session, relation, key)
    if record is None:
        return None
    for name, value in values.items():
        setattr(record, PREFIX + name, value)
    session.flush()
    return key_of(relation, record)


@transaction
def delete(session: Session, relation: Relation, keys: Sequence[Sequence[Any]]) -> int:
    """Delete records, all or none; give how many were there."""
    done = 0
    for key in keys:
        if (record := _locked(session, relation, key)) is not None:
            session.delete(record)
            session.flush()
            done += 1
    return done


def shown(relation: Relation, query: Query) -> list[Column[Any]]:
    """Give the columns that a query wants to see, in its order; ValueError for one that there is not."""
    allowed = {column.name: column for column in visible(relation)}
    try:
        return [allowed[name] for name in query.columns] if query.columns else list(allowed.values())
    except KeyError as error:
        raise ValueError(str(error)) from error


def in_list(column: Column[Any]) -> ColumnElement[Any]:
    """Give what a list fetches of a column: of a long text its beginning, of a binary its length."""
    if (kind := kind_of(column)) == BINARY:
        return type_coerce(func.length(column), Raw())
    if kind in CUT_KINDS or (kind == TEXT and (getattr(column.type, "length", None) or 0) > CUT):
        return func.substr(cast(column, String) if isinstance(column.type, Raw) else column, 1, CUT + 1)
    return column


def key_of(relation: Relation, record: Any) -> list[Any]:
    """Give the values of a mapped record's key."""
    return [getattr(record, PREFIX + column.name) for column in relation.table.primary_key.columns]


def sorted_by(relation: Relation, query: Query) -> Column[Any] | None:
    if query.sort is None:
        return None
    found = next((column for column in visible(relation) if column.name == query.sort), None)
    if found is None or not sortable(found):
        raise ValueError(query.sort)
    return found


def _key(values: Sequence[Any]) -> str | None:
    """Write a key for an address; a row whose key is NULL in part has none."""
    return encode(values) if values and all(value is not None for value in values) else None


def _find_page_by_number(  # noqa: PLR0913, PLR0917
    session: Session, relation: Relation, query: Query, columns: list[Column[Any]], place: str | None, size: int
) -> Listed:
    """List rows that no key tells apart: by counting them off, which is all that can be done."""
    statement = select(*(in_list(column) for column in columns)).where(*conditions(relation, query))
    if (sort := sorted_by(relation, query)) is not None:
        statement = statement.order_by(sort.desc() if query.descending else sort)
    rows, before, after = fetch_by_number(session.connection(), statement, place, size)
    return Listed(columns, rows, [None] * len(rows), before, after)


def _same(relation: Relation, key: Sequence[Any]) -> list[ColumnElement[bool]]:
    columns = list(relation.table.primary_key.columns)
    if not columns or len(columns) != len(key) or not all(map(may_be, columns, key)):
        raise ValueError(key)
    return [column == given(value) for column, value in zip(columns, key, strict=True)]


def _locked(session: Session, relation: Relation, key: Sequence[Any]) -> Any:
    statement = select(_class(relation)).where(*_same(relation, key)).with_for_update()
    try:
        return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    except MISFITS as error:
        raise ValueError(key) from error


def _class(relation: Relation) -> type[Any]:
    if relation.record is None:
        raise Refused(Reason("read_only"))
    return relation.record


def _masked(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(case((column.is_(None), None), else_=""), Raw()).label(column.name)
