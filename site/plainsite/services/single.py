"""One record of any table, by its key: what it holds, whether it is there, and the same locked for a change."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, String, case, select, type_coerce
from sqlalchemy.exc import DataError, DBAPIError, MultipleResultsFound
from sqlalchemy.orm import Session

from plainsite.kinds import declared_type, is_secret
from plainsite.raw import Raw
from plainsite.reflection import PREFIX, Relation
from plainsite.refusals import Reason, Refused
from plainsite.services.keyed import asking
from plainsite.services.keyset import may_be
from plainsite.services.pages import Record
from plainsite.services.queries import given
from plainsite.verdicts import is_verdict

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


def key_of(relation: Relation, record: Any) -> list[Any]:
    """Give the values of a mapped record's key."""
    return [getattr(record, PREFIX + column.name) for column in relation.table.primary_key.columns]


def locked(session: Session, relation: Relation, key: Sequence[Any]) -> Any:
    """Give the mapped record of a key, locked until the transaction ends; None when there is none."""
    statement = select(class_of(relation)).where(*_same(relation, key)).with_for_update()
    try:
        record = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    except MISFITS as error:
        raise ValueError(key) from error
    except MultipleResultsFound as error:  # its index compares otherwise than its column
        raise Refused(Reason("several")) from error
    if record is None and session.get_bind().dialect.name == "postgresql" and is_there(session, relation, key):
        raise Refused(Reason("read_only"))  # a row that one may see and not change (row-level security) is not locked
    return record


def is_there(session: Session, relation: Relation, key: Sequence[Any]) -> bool:
    """Tell whether there is a record of a key."""
    return session.connection().execute(select(1).where(*_same(relation, key))).first() is not None


def class_of(relation: Relation) -> type[Any]:
    """Give what a table's records are mapped to; raise Refused where they cannot be changed."""
    if relation.record is None:
        raise Refused(Reason("read_only"))
    return relation.record


def _same(relation: Relation, key: Sequence[Any]) -> list[ColumnElement[bool]]:
    columns = list(relation.table.primary_key.columns)
    if not columns or len(columns) != len(key) or not all(map(may_be, columns, key)):
        raise ValueError(key)
    return [column == given(value) for column, value in zip(columns, key, strict=True)]


def _masked(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(case((column.is_(None), None), else_=""), Raw()).label(column.name)
