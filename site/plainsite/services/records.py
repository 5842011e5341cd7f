"""The records of any table of any database: list them by pages, find one, add, change, delete."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from plainsite.reasons import Changed
from plainsite.recording import note
from plainsite.reflection import PREFIX, Relation
from plainsite.refusals import Reason, Refused
from plainsite.services import going
from plainsite.services.counting import COUNTED_UP_TO, any_beyond, count
from plainsite.services.cursors import encode
from plainsite.services.generations import youngest_first
from plainsite.services.held import Held, still
from plainsite.services.listing import Listed, find_page
from plainsite.services.overriding import insert_into
from plainsite.services.shortening import CUT
from plainsite.services.single import class_of, find, holds, is_there, key_of, locked
from plainsite.transactions import transaction
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


@transaction
def create(session: Session, relation: Relation, values: Mapping[str, Any]) -> list[Any]:
    """Add a record; give its key, as the database made it. A column without a value is left to the server.

    Raises Refused also where a rule of the database's own lets nothing be added and does not say so.
    """
    class_of(relation)
    table, connection = relation.table, session.connection()
    about_to(session, Write("insert", table, dict(values), {}, frozenset(table.columns.keys())))
    statement, own = insert_into(table, values).values(dict(values)), table.primary_key.columns
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
    record = locked(session, relation, key)
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
    return [] if moved and not is_there(session, relation, now) else now


@transaction
def delete(session: Session, relation: Relation, keys: Sequence[Sequence[Any]], *, held: Held = None) -> int:
    """Delete records, all or none; give how many were there. Raises Changed when one is not as `held` says.

    What the database deletes or sets free with them is told to the history after each.
    """
    there = list(dict.fromkeys(filter(None, (locked(session, relation, key) for key in keys))))
    rows = [[getattr(record, PREFIX + column.name) for column in relation.table.columns] for record in there]
    for number in chain.from_iterable(youngest_first(relation.table, rows)):
        _delete(session, relation, there[number], held)
    return len(there)


def _delete(session: Session, relation: Relation, record: Any, held: Held) -> None:
    key = key_of(relation, record)
    row = {column.name: getattr(record, PREFIX + column.name) for column in relation.table.columns}
    still(held, record, PREFIX)
    hanging = going.hanging_on(session, relation.table, [row])
    session.delete(record)
    session.flush()
    going.tell(session, hanging)
    if is_there(session, relation, key):
        raise Refused(Reason("ignored"))
