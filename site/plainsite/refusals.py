"""Which rules a refused write broke, asked of the database itself, in columns.

Engines word their refusals differently and stop at the first broken rule. So the values that were to be written are
noted before each flush (see writes.py), and after the rollback the database is asked about each rule in turn: every
broken one comes back at once, on any engine, for any table. Where asking finds nothing (a rule that only the engine
can evaluate, or a rival that is gone again), what the driver names exactly is used.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, ForeignKeyConstraint, String, Table, and_, func, not_, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from plainsite import verdicts
from plainsite.constraints import fate_of, named, shown, uniques
from plainsite.reasons import Reason, Refused
from plainsite.writes import Write

__all__ = ["Reason", "Refused", "broken_rules"]

KEEPS_ITSELF = {"mysql", "mariadb"}  # where a row that refers to itself cannot be deleted
COUNTED_UP_TO = 1000  # of what hangs on a record: enough to say, cheap to ask


def broken_rules(connection: Connection, writes: Sequence[Write], error: DBAPIError) -> tuple[Reason, ...]:
    """Ask which rules the writes broke.

    Takes a connection in a new transaction, the writes that were refused and the driver's error. Returns each reason
    once; none when neither the database nor the driver names a rule. Writes nothing.
    """
    reasons: dict[Reason, None] = {}
    for write in writes:
        found = _blocked(connection, write) if write.kind == "delete" else _broken(connection, write)
        reasons.update(dict.fromkeys(found))
    found_out = {(reason.rule, reason.columns) for reason in reasons}
    told = (each for each in verdicts.told(error, writes) if (each.rule, each.columns) not in found_out)
    reasons.update(dict.fromkeys(told))
    if not reasons:
        reasons.update(dict.fromkeys(named(error, writes)))
    if not reasons:
        moved = (write._replace(values=_stored(connection, write)) for write in writes if write.kind == "update")
        reasons.update(dict.fromkeys(chain.from_iterable(_blocked(connection, write) for write in moved)))
    if not reasons or not isinstance(error, IntegrityError):
        reasons.update(dict.fromkeys(verdicts.misfits(connection, writes)))
    if not reasons:
        reasons.update(dict.fromkeys(verdicts.last_words(error)))
    return tuple(reasons)


def _broken(connection: Connection, write: Write) -> Iterator[Reason]:
    values = write.values
    for column in _written(write, write.table.columns):
        value = values.get(column.name)
        if value is None and _required(column):
            yield Reason("missing", shown([column]))
        limit = column.type.length if isinstance(column.type, String) else None
        if limit and isinstance(value, str) and len(value) > limit:
            yield Reason("too_long", shown([column]), limit=limit)
    for unique in uniques(write.table):
        if _written(write, unique) and all(values.get(column.name) is not None for column in unique):
            same = and_(*(column == values[column.name] for column in unique))
            if _exists(connection, write.table, same, _not_itself(write)):
                yield Reason("taken", shown(unique))
    yield from _orphaned(connection, write)


def _orphaned(connection: Connection, write: Write) -> Iterator[Reason]:
    for foreign in write.table.foreign_key_constraints:
        pairs = [(element.column, write.values.get(element.parent.name)) for element in foreign.elements]
        asked = _written(write, foreign.columns) and all(value is not None for _, value in pairs)
        if asked and not _refers_to_itself(write, pairs):
            parent = and_(*(column == value for column, value in pairs))
            if not _exists(connection, foreign.referred_table, parent):
                yield Reason("unknown", shown(foreign.columns))


def _refers_to_itself(write: Write, pairs: Sequence[tuple[Column[Any], Any]]) -> bool:
    return all(column.table is write.table and write.values.get(column.name) == value for column, value in pairs)


def _written(write: Write, columns: Iterable[Column[Any]]) -> list[Column[Any]]:
    return [column for column in columns if column.name in write.changed]


def _blocked(connection: Connection, write: Write) -> Iterator[Reason]:
    for foreign in _references_to(write.table):
        if write.kind == "delete" and fate_of(foreign) != "keeps":
            continue
        if write.kind == "update" and not any(element.column.name in write.changed for element in foreign.elements):
            continue
        values = [write.values.get(element.column.name) for element in foreign.elements]
        if any(value is None for value in values):
            continue  # nothing can refer to it
        if count := _hanging(connection, foreign, values, write):
            by = ", ".join(element.parent.name for element in foreign.elements)
            yield Reason("in_use", table=foreign.table.name, count=count, words=by)


def _stored(connection: Connection, write: Write) -> dict[str, Any]:
    """Give what a row held, and holds again, that was to be changed: by that others refer to it."""
    same = (write.table.columns[name] == value for name, value in write.key.items())
    row = connection.execute(select(*write.table.columns).where(*same)).mappings().first()
    return {str(column.name): row[column] for column in write.table.columns} if row is not None else {}


def _hanging(connection: Connection, foreign: ForeignKeyConstraint, values: Sequence[Any], write: Write) -> int:
    """Count the rows that refer to a row by one foreign key; not the row itself, unless it is in its own way."""
    pairs = [(element.parent, value) for element, value in zip(foreign.elements, values, strict=True)]
    hangs = [column == value for column, value in pairs]
    if not all(element.column.primary_key for element in foreign.elements):
        # What is the same is for the column referred to to say: it may think nothing of capitals.
        parent = foreign.referred_table.alias()
        referred = [parent.c[element.column.key] for element in foreign.elements]
        same = zip(referred, (column for column, _ in pairs), values, strict=True)
        hangs = [and_(there == own, there == value) for there, own, value in same]
    if foreign.table is write.table and write.kind == "delete" and connection.dialect.name not in KEEPS_ITSELF:
        hangs.append(_not_itself(write))
    some = select(foreign.table.columns.values()[0]).where(*hangs).limit(COUNTED_UP_TO).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _references_to(table: Table) -> Iterator[ForeignKeyConstraint]:
    for _, other in sorted(table.metadata.tables.items()):
        for foreign in other.foreign_key_constraints:
            if foreign.referred_table is table:
                yield foreign


def _exists(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> bool:
    """Ask on its own: a value that does not even fit its column is no row's, and spoils no other question."""
    try:
        with connection.begin_nested():
            return connection.execute(select(1).select_from(table).where(*conditions).limit(1)).first() is not None
    except DBAPIError as error:
        if error.connection_invalidated:  # this says nothing: whatever was refused is to be tried again
            raise
        return False


def _not_itself(write: Write) -> ColumnElement[bool]:
    if not write.key:
        return and_(True)  # noqa: FBT003 - SQL's TRUE
    return not_(and_(*(write.table.columns[name] == value for name, value in write.key.items())))


def _required(column: Column[Any]) -> bool:
    given = column.default is not None or column.server_default is not None or column.computed is not None
    return not column.nullable and not given and column is not column.table.autoincrement_column
