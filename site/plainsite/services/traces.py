"""What a table shows of a record of which it is not known whether it was written."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plainsite.kinds import BINARY, BITS, CHOICES, FLOAT, JSON, LIST, OTHER, kind_of
from plainsite.reflection import Relation
from plainsite.services import records
from plainsite.services.cursors import decode, encode
from plainsite.services.history import differing
from plainsite.services.queries import given

MOST = 5  # records that are shown
THERE, CHANGED, MISSING, UNSEEN = "there", "other", "missing", "unseen"
NOT_COMPARED = {BINARY, BITS, CHOICES, FLOAT, JSON, LIST, OTHER}  # plain equality is not for them, or not exact


def look(session: Session, relation: Relation, key: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Look for a record that was to be written with some values, as the history keeps them.

    Gives `found`: whether the record of that key is "there" as it was to be, is an "other" one, is "missing", or could
    not be looked for ("unseen"); and `alike`, the keys of at most five others that hold all of its values but the key.
    """
    return {"found": _found(session, relation, key, told), "alike": _alike(session, relation, key, told)}


def _found(session: Session, relation: Relation, key: str, told: Mapping[str, Any]) -> str:
    try:
        record = records.find(session, relation, decode(key))
    except (ValueError, SQLAlchemyError):
        return UNSEEN
    if record is None:
        return MISSING
    row = dict(zip((column.name for column in relation.table.columns), record, strict=True))
    return CHANGED if differing(row, told, told) else THERE


def _alike(session: Session, relation: Relation, key: str, told: Mapping[str, Any]) -> list[str]:
    table = relation.table
    keys = list(table.primary_key.columns)
    same = [_is(column, told[column.name]) for column in table.columns if column not in keys and _asked(column, told)]
    if not same or all(value is None for name, value in told.items() if name not in table.primary_key.columns):
        return []
    try:
        rows = session.connection().execute(select(*keys).where(*same).limit(MOST + 1)).all()
    except SQLAlchemyError:
        return []
    return [found for found in (encode(row) for row in rows) if found != key][:MOST]


def _asked(column: Column[Any], told: Mapping[str, Any]) -> bool:
    """Tell whether a column can be asked for a value by plain equality, and the history has kept it."""
    value = told.get(column.name)
    return column.name in told and (
        value is None or (kind_of(column) not in NOT_COMPARED and not isinstance(value, dict))
    )


def _is(column: Column[Any], value: Any) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == given(value)
