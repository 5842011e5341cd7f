"""Deleting many records at once: all that match, or none."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plainsite.reasons import Reason, Refused
from plainsite.recording import note
from plainsite.reflection import Relation
from plainsite.services import going
from plainsite.services.cascades import these
from plainsite.services.cursors import encode
from plainsite.services.generations import refers_to_itself, youngest_first
from plainsite.services.pages import Record
from plainsite.services.queries import Query, conditions
from plainsite.transactions import transaction
from plainsite.writes import deletion

MOST = 10_000  # records that one call deletes
AT_ONCE = 100  # that are named by their keys in one statement


def seal(session: Session, relation: Relation, query: Query) -> str:
    """Give what tells whether the records that match a query are still the same ones, whatever else they hold."""
    columns, wanted = relation.table.primary_key.columns, conditions(relation, query)
    return _sealed(session.connection().execute(select(*columns).where(*wanted).limit(MOST + 1)).all())


@transaction
def delete_matching(session: Session, relation: Relation, query: Query, number: int, sealed: str = "") -> int:
    """Delete all records that match a query; give how many they were.

    `number` is how many they are to be, at most 10,000, and `sealed` what `seal` gave of them. Raises Refused, and
    deletes nothing, when they are not that many any more or others ("changed", with `count` as they are now) or when
    the database refuses one of them; ValueError for a column or an operator that there is not.
    """
    if relation.record is None or number > MOST:
        raise Refused(Reason("read_only"))
    connection, table, wanted = session.connection(), relation.table, conditions(relation, query)
    rows = connection.execute(select(*table.columns).where(*wanted).limit(MOST + 1).with_for_update()).all()
    if len(rows) != number or (sealed and _sealed(_keys(relation, rows)) != sealed):
        raise Refused(Reason("changed", count=len(rows)))
    hanging = going.hanging_on(session, table, [row._asdict() for row in rows])
    if refers_to_itself(table) and not any(None in key for key in _keys(relation, rows)):
        _delete_in_turn(session, relation, rows)
    elif (gone := connection.execute(delete(table).where(*wanted)).rowcount) > number:
        raise Refused(Reason("changed", count=gone))  # one came between the two statements, and would not be told of
    elif gone < number and connection.execute(select(1).select_from(table).where(*wanted).limit(1)).first():
        raise Refused(Reason("ignored"))  # else they went with others of them before their turn came
    note(session, *(deletion(table, row) for row in rows))
    going.tell(session, hanging)
    return number


def _delete_in_turn(session: Session, relation: Relation, rows: Sequence[Record]) -> None:
    """Delete rows of a table that refers to itself; of those that go with others, no engine counts all."""
    connection, table, every = session.connection(), relation.table, _keys(relation, rows)
    for group in youngest_first(table, rows):
        keys = [every[number] for number in group]
        for start in range(0, len(keys), AT_ONCE):
            some = these(relation, keys[start : start + AT_ONCE])(table)
            connection.execute(delete(table).where(some))
            if connection.execute(select(1).select_from(table).where(some).limit(1)).first() is not None:
                raise Refused(Reason("ignored"))


def _keys(relation: Relation, rows: Iterable[Record]) -> list[list[Any]]:
    order = list(relation.table.columns)
    places = [order.index(column) for column in relation.table.primary_key.columns]
    return [[row[place] for place in places] for row in rows]


def _sealed(keys: Iterable[Sequence[Any]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(encode, keys))).encode()).hexdigest()
