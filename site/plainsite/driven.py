"""Statements that every write needs besides its own: on SQLite they are run by the driver alone.

There, what SQLAlchemy does for a statement costs many times what the database does. A server's answer has a way to
come, beside which that is nothing.
"""

import datetime
import sqlite3
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Integer, String, Table, Text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

WRITES: Final = "plainsite_writes"  # the execution option under which a connection begins as a writer
KINDS = {String, Text, Integer, BigInteger}  # types of columns of which SQLite takes and gives values as they are
PLAIN = {str, int, float, bool, type(None), datetime.datetime}  # types of values that SQLite is given as they are here


def driven(connection: Connection, statement: Executable, *rows: Mapping[str, Any]) -> Any:
    """Run a statement that is built once, with values for each row; give what rows can be fetched from.

    An insert names every column of its table, and each of the rows has a value for it. Times are read by `as_moment`.
    Raises what SQLAlchemy does.
    """
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, rows if len(rows) > 1 else rows[0] if rows else {})
    known = _compiled(statement, connection.dialect)
    if len(rows) > 1:
        return _run(connection, known.text, [known.values(row) for row in rows], many=True)
    return _run(connection, known.text, known.values(rows[0] if rows else {}))


def add_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Insert a row; give its key, and all that was written by column, defaults of ours and the key among it.

    Raises what SQLAlchemy does, which is asked wherever a column has values of its own kind.
    """
    filled = _filled(table, connection.dialect, values) if connection.dialect.name == "sqlite" else None
    names = _key(table)
    if filled is None:
        result: Any = connection.execute(table.insert(), values)
        written, key = dict(result.last_inserted_params()), tuple(result.inserted_primary_key)
    else:
        written, known = filled, _insertion(table, connection.dialect, tuple(filled))
        number = _run(connection, known.text, known.values(written)).lastrowid
        key = tuple([written.get(name, number) for name in names])
    written.update(zip(names, key, strict=True))
    return key, written


def as_moment(value: Any) -> datetime.datetime:
    """Give a time that was read: SQLite's driver gives the text as which it is kept."""
    moment: datetime.datetime = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment


def begin_writing(connection: Connection) -> None:
    """Begin SQLite's transaction as a writer's. Raises what SQLAlchemy does."""
    _run(connection, "BEGIN IMMEDIATE", [])


def _run(connection: Connection, text: str, values: list[Any], *, many: bool = False) -> Any:
    driver: Any = connection.connection.dbapi_connection
    try:
        return driver.executemany(text, values) if many else driver.execute(text, values)
    except sqlite3.Error as error:
        raise _told(connection, text, error) from error


def _told(connection: Connection, text: str, error: sqlite3.Error) -> DBAPIError:
    """Do with an error what SQLAlchemy does, and what its listeners would: whoever swallows it, it spoils the unit."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]  # sqlite3's errors are of no shared class
    how: dict[str, Any] = {"connection_invalidated": lost, "dialect": dialect}
    told: Any = DBAPIError.instance(text, None, error, sqlite3.Error, **how)
    unit: Any = connection.get_execution_options().get(WRITES)
    if getattr(unit, "spoilt", told) is None and not connection.in_nested_transaction():
        unit.spoilt = told
    if lost:
        connection.invalidate(error)
    return cast("DBAPIError", told)


class Known:
    """A statement as SQLite's driver takes it."""

    def __init__(self, compiled: Any) -> None:
        """Take it as SQLAlchemy has compiled it."""
        names: list[str] = compiled.positiontup or []
        self.text = str(compiled)
        self._fixed: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}
        self._pick = itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)
        self._times = [place for place, name in enumerate(names) if isinstance(compiled.binds[name].type, DateTime)]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """Give its values in their order."""
        values = list(self._pick({**self._fixed, **given} if self._fixed else given))
        for place in self._times:
            if values[place] is not None:
                values[place] = values[place].isoformat(" ", "microseconds")
        return values


@lru_cache
def _compiled(statement: Any, dialect: Dialect) -> Known:
    return Known(statement.compile(dialect=dialect))


@lru_cache
def _insertion(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> Known:
    return Known(table.insert().compile(dialect=dialect, column_keys=list(columns)))


@lru_cache
def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _filled(table: Table, dialect: Dialect, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what is to be written to a new row; None where SQLAlchemy has to say what that is."""
    plain = _plain(table, dialect)
    if plain is None:
        return None
    defaults, times = plain
    try:
        written = {**{name: default() for name, default in defaults if name not in values}, **values}
    except Exception:  # noqa: BLE001 - such a default wants to know what else is written
        return None
    for name in times:
        value = written.get(name)
        if value is not None and (type(value) is not datetime.datetime or value.tzinfo is not None):
            return None
    return written if PLAIN.issuperset(map(type, written.values())) else None


@lru_cache
def _plain(table: Table, dialect: Dialect) -> tuple[list[tuple[str, Callable[[], Any]]], list[str]] | None:
    """Give what fills in the columns of a table, and which hold times; None where it has values of another kind."""
    times, found = [], []
    for column in table.columns:
        if type(column.type) is DateTime:
            times.append(column.name)
        elif type(column.type) not in KINDS or type(column.type.dialect_impl(dialect)) not in KINDS:
            return None
        default: Any = column.default
        if default is not None:
            if not (default.is_scalar or default.is_callable):
                return None
            value = partial(default.arg, None) if default.is_callable else repeat(default.arg).__next__
            found.append((column.name, value))
    return found, times
