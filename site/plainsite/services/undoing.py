"""Undoing an entry of the history: what is to be written for it, and whether the record still is what the entry made.

What undoes is written by the services that forms use, so it meets the same refusals; and it is an entry like any other.
"""

import base64
import datetime
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, select, types
from sqlalchemy.orm import Session

from plainsite.inserting import insert
from plainsite.kinds import is_secret
from plainsite.ledger import Change
from plainsite.models import LARGEST_ID, Base, Message, SavedQuery, User
from plainsite.recording import undoing
from plainsite.reflection import Relation
from plainsite.services import messages, records, saved, users
from plainsite.services.cursors import decode, encode
from plainsite.services.history import differing, is_complete, values_of
from plainsite.services.pages import Record
from plainsite.transactions import transaction

changes = Change.__table__
MOST_BESIDE = 20  # entries of one transaction that are named beside one of them
# What services set by themselves whenever they change something else.
FOLLOWING = {"messages": {"edited_at"}, "queries": {"changed_at"}}
RECORDS: Mapping[str, type[Base]] = {"users": User, "messages": Message, "queries": SavedQuery}


class Undoing(NamedTuple):
    """How an entry would be undone.

    why: why it cannot be, "" where it can: "unknown" (it tells of no one record, or of nothing that was written),
    "gone", "there" (again), "changed" (since), "numbered" (its key is for the database to give), "lost" (the history
    keeps no copy of what would come back).
    columns: those concerned; lost: those that come back empty; values: what is to be written; held: what the record
    holds now in the columns that the entry tells of.
    """

    why: str
    columns: Sequence[str] = ()
    lost: Sequence[str] = ()
    values: Mapping[str, Any] = MappingProxyType({})
    held: Mapping[str, Any] = MappingProxyType({})


def look(entry: Record, table: Table, row: Mapping[str, Any] | None) -> Undoing:
    """Look how an entry would be undone. Takes the entry, its table, and the row of its key as it is now."""
    if entry.stage not in {"done", "confirmed"} or not entry.record_key:
        return Undoing("unknown")
    if entry.action == "delete":
        return Undoing("there") if row is not None else _again(table, values_of(entry.before) or {})
    return Undoing("gone") if row is None else _back(entry, table, row)


def _back(entry: Record, table: Table, row: Mapping[str, Any]) -> Undoing:
    """Look how a row that is there would become what it was, or go."""
    before, after = values_of(entry.before) or {}, values_of(entry.after) or {}
    following = FOLLOWING.get(table.name, set()) if entry.action == "change" else set()
    names = [name for name in after if name in row and name not in following]
    if changed := differing(row, after, names):
        return Undoing("changed", changed)
    held = {name: row[name] for name in names}
    if entry.action == "create":
        return Undoing("", held=held)
    back = {name: value for name, value in before.items() if name in names and _is_written(table.columns[name])}
    if lost := [name for name, value in back.items() if is_secret(name) or not is_complete(value)]:
        return Undoing("lost", lost)
    return Undoing("", values=_values(table, back), held=held)


def unkept(table: Table) -> list[str]:
    """Give the columns without which no deleted row comes back: the history keeps no copy of what is secret."""
    return [each.name for each in table.columns if is_secret(each.name) and not each.nullable and _is_written(each)]


def beside(session: Session, entry: Record) -> Sequence[Record]:
    """Find what else the transaction of an entry wrote: number, database, relation, record_key, action; at most 20."""
    found = select(changes.c.number, changes.c.database, changes.c.relation, changes.c.record_key, changes.c.action)
    near = changes.c.number.between(entry.number - MOST_BESIDE, entry.number + MOST_BESIDE)
    others = found.where(near, changes.c.unit == entry.unit, changes.c.number != entry.number)
    return session.connection().execute(others.order_by(changes.c.number).limit(MOST_BESIDE)).all()


def row_of(session: Session, table: Table, key: str) -> Mapping[str, Any] | None:
    """Find a row of the site's own by its key in the history; None when there is none."""
    if not (key.isdecimal() and int(key) <= LARGEST_ID):
        return None
    found = session.connection().execute(select(table).where(table.c.id == int(key))).mappings().first()
    return None if found is None else dict(found)


def undo(session: Session, entry: Record, how: Undoing) -> bool:
    """Undo an entry about the site's own records; False when the record is gone.

    Takes what `look` gave. Raises Changed when somebody was faster, and Refused when the database does not take it.
    """
    with undoing(session, entry.number):
        if entry.action == "delete":
            restore(session, RECORDS[entry.relation], how.values)
            return True
        number, service = (
            int(entry.record_key),
            {"users": users, "messages": messages, "queries": saved}[entry.relation],
        )
        if entry.action == "create":
            return bool(service.delete(session, number, held=how.held))
        if "closed_at" in how.values:
            change = users.reopen if how.values["closed_at"] is None else users.close
            return change(session, number) is not None
        return bool(service.update(session, number, **how.values, held=how.held))


def undo_attached(session: Session, relation: Relation, entry: Record, how: Undoing) -> str | None:
    """Undo an entry about a record of another database; give the key that it has then, as in addresses, or had.

    None when the record is gone; the rest as `undo`.
    """
    with undoing(session, entry.number):
        if entry.action == "delete":
            return encode(records.create(session, relation, how.values))
        key = decode(entry.record_key)
        if entry.action == "create":
            return entry.record_key if records.delete(session, relation, [key], held=how.held) == 1 else None
        changed = records.update(session, relation, key, how.values, held=how.held)
        return None if changed is None else encode(changed)


@transaction
def restore(session: Session, record: type[Base], values: Mapping[str, Any]) -> None:
    """Add a record of the site's own again, with the number that it had."""
    insert(session, record, **values)


def _again(table: Table, before: Mapping[str, Any]) -> Undoing:
    """Look how a deleted row would come back."""
    if unwritten := [column.name for column in table.primary_key if not _is_written(column)]:
        return Undoing("numbered", unwritten)
    gone = [name for name in before if name not in table.columns]
    back = {name: value for name, value in before.items() if name not in gone and _is_written(table.columns[name])}
    lost = [name for name, value in back.items() if not is_complete(value)]
    needed = [name for name in lost if not table.columns[name].nullable or "secret" not in back[name]]
    if needed:
        return Undoing("lost", needed)
    return Undoing("", lost=lost + gone, values=_values(table, {name: back[name] for name in back if name not in lost}))


def _is_written(column: Column[Any]) -> bool:
    """Tell whether a column is written at all: one that the database alone works out is not."""
    return column.computed is None


def _values(table: Table, told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name], value) for name, value in told.items()}


def _value(column: Column[Any], told: Any) -> Any:
    """Give a value that the history keeps as its column takes it."""
    if isinstance(told, dict):
        return base64.b64decode(told["base64"])
    if isinstance(column.type, types.DateTime) and isinstance(told, str):
        return datetime.datetime.fromisoformat(told)
    return told
