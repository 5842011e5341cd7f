"""The records of any table of any database: list them by pages, find one, add, change, delete."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, String, case, select, type_coerce
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from plainsite.kinds import declared_type, is_secret
from plainsite.raw import Raw
from plainsite.reasons import Changed
from plainsite.recording import note
from plainsite.reflection import PREFIX, Relation
from plainsite.refusals import Reason, Refused
from plainsite.services import going
from plainsite.services.counting import COUNTED_UP_TO, any_beyond, count
from plainsite.services.cursors import encode
from plainsite.services.held import Held, still
from plainsite.services.keyed import asking
from plainsite.services.keyset import may_be
from plainsite.services.listing import CUT, Listed, find_page
from plainsite.services.pages import Record
from plainsite.services.queries import given
from plainsite.transactions import transaction
from plainsite.verdicts import is_verdict
from plainsite.writes import Write, Written, about_to

__all__ = [
    "COUNTED_UP_TO",
    "CUT",
    "Listed",
    "any_beyond",
    "change",
    "count",
    "create",
    "delete",
    "find",
    "find_page",
    "holds",
    "key_of",
    "update",
    "update_many",
]

Edit = tuple[Sequence[Any], Mapping[str, Any], Held]  # a key, values, and what is held there
MISFITS = (DataError, OverflowError)  # what drivers say of a value that no such column could hold


def find(session: Session, relation: Relation, key: Sequence[Any], *, secrets: bool = False) -> Record | None:
    """Find one record by its key: every column; None when there is none.

    Binaries come whole, secrets as an empty text or None unless they are asked for: nothing may show them. Raises
    ValueError for a key of too few, too many or NULL values, or values that cannot be one.
    """
    table = relation.table
    columns = [_masked(each) if is_secret(each.name) and not secrets else each for each in table.columns]
    try:
        return session.connection().execute(select(*columns).where(*_same(relation, key))).first()
    except MISFITS as error:
        raise ValueError(key) from error


def holds(session: Session, relation: Relation, key: Sequence[Any], name: str, value: Any) -> bool:
    """Tell whether a record holds a value in a column, in whatever spelling: 2.5 is 2.50. Texts are what they are.

    A value that the column could not hold is none that it holds; nor is a secret.
    """
    column = relation.table.columns[name]
    if value is None or is_secret(name) or isinstance(declared_type(column), String | LargeBinary):
        return False
    same = select(1).where(*_same(relation, key), column == given(value))
    try:
        with asking(session):
            return session.connection().execute(same).first() is not None
    except (DBAPIError, OverflowError) as error:
        if isinstance(error, DBAPIError) and not is_verdict(error):
            raise
        return False


@transaction
def create(session: Session, relation: Relation, values: Mapping[str, Any]) -> list[Any]:
    """Add a record; give its key, as the database made it. A column without a value is left to the server.

    Raises Refused also where a rule of the database's own lets nothing be added and does not say so.
    """
    _class(relation)
    table, connection = relation.table, session.connection()
    about_to(session, Write("insert", table, dict(values), {}, frozenset(table.columns.keys())))
    statement, own = table.insert().values(dict(values)), table.primary_key.columns
    if connection.dialect.insert_returning:
        key = connection.execute(statement.returning(*own)).first()
    else:
        key = connection.execute(statement).inserted_primary_key
    if key is None:
        raise Refused(Reason("ignored"))
    note(session, Written("create", table, tuple(key), None, dict(values)))
    return list(key)


@transaction
def update(
    session: Session, relation: Relation, key: Sequence[Any], values: Mapping[str, Any], *, held: Held = None
) -> list[Any] | None:
    """Change columns of a record; give its key, which may have changed. None when the record is gone.

    Raises Changed, and writes nothing, when a column does not hold what `held` says it does.
    """
    return change(session, relation, key, values, held)


@transaction
def update_many(session: Session, relation: Relation, edits: Sequence[Edit]) -> int:
    """Change columns of several records, all or none; give how many.

    Each edit is a key, the values to write and what is held there. Raises Changed, and writes nothing, when one of
    them does not hold that, or is gone.
    """
    for key, values, held in sorted(edits, key=lambda edit: encode(edit[0])):  # so that two who do this never cross
        if change(session, relation, key, values, held) is None:
            raise Changed
    return len(edits)


def change(
    session: Session, relation: Relation, key: Sequence[Any], values: Mapping[str, Any], held: Held
) -> list[Any] | None:
    """Change columns of a record inside a transaction that somebody else has begun.

    The key that it gives is empty where the database has made another of it than was given.
    """
    record = _locked(session, relation, key)
    if record is None:
        return None
    still(held, record, PREFIX)
    for name, value in values.items():
        setattr(record, PREFIX + name, value)
    try:
        session.flush()
    except StaleDataError as error:  # a trigger of its own left the row as it was
        raise Refused(Reason("ignored")) from error
    now = key_of(relation, record)
    moved = any(column.name in values for column in relation.table.primary_key.columns)
    return [] if moved and not _is_there(session, relation, now) else now


@transaction
def delete(session: Session, relation: Relation, keys: Sequence[Sequence[Any]], *, held: Held = None) -> int:
    """Delete records, all or none; give how many were there. Raises Changed when one is not as `held` says.

    What the database deletes or sets free with them is told to the history after each.
    """
    done = 0
    for key in keys:
        if (record := _locked(session, relation, key)) is not None:
            still(held, record, PREFIX)
            row = {column.name: getattr(record, PREFIX + column.name) for column in relation.table.columns}
            hanging = going.hanging_on(session, relation.table, [row])
            session.delete(record)
            session.flush()
            done += 1
            going.tell(session, hanging)
            if _is_there(session, relation, key):
                raise Refused(Reason("ignored"))
    return done


def key_of(relation: Relation, record: Any) -> list[Any]:
    """Give the values of a mapped record's key."""
    return [getattr(record, PREFIX + column.name) for column in relation.table.primary_key.columns]


def _same(relation: Relation, key: Sequence[Any]) -> list[ColumnElement[bool]]:
    columns = list(relation.table.primary_key.columns)
    if not columns or len(columns) != len(key) or not all(map(may_be, columns, key)):
        raise ValueError(key)
    return [column == given(value) for column, value in zip(columns, key, strict=True)]


def _locked(session: Session, relation: Relation, key: Sequence[Any]) -> Any:
    statement = select(_class(relation)).where(*_same(relation, key)).with_for_update()
    try:
        record = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    except MISFITS as error:
        raise ValueError(key) from error
    if record is None and session.get_bind().dialect.name == "postgresql" and _is_there(session, relation, key):
        raise Refused(Reason("read_only"))  # a row that one may see and not change (row-level security) is not locked
    return record


def _is_there(session: Session, relation: Relation, key: Sequence[Any]) -> bool:
    return session.connection().execute(select(1).where(*_same(relation, key))).first() is not None


def _class(relation: Relation) -> type[Any]:
    if relation.record is None:
        raise Refused(Reason("read_only"))
    return relation.record


def _masked(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(case((column.is_(None), None), else_=""), Raw()).label(column.name)
