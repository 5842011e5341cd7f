"""Statements that every write needs besides its own: on SQLite they are run by the driver alone.

There, what SQLAlchemy does for a statement costs many times what the database does. A server's answer has a way to
come, beside which that is nothing.
"""

import datetime
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable


def driven(connection: Connection, statement: Executable, *rows: Mapping[str, Any]) -> Any:
    """Run a statement that is built once, with values for each row; give what rows can be fetched from.

    An insert names every column of its table, and each of the rows has a value for it. Raises what SQLAlchemy does.
    """
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, rows if len(rows) > 1 else rows[0] if rows else {})
    text, names, fixed = _compiled(statement, connection.dialect)
    driver: Any = connection.connection.dbapi_connection
    try:
        if len(rows) > 1:
            return driver.executemany(text, [_values(names, {**fixed, **row}) for row in rows])
        return driver.execute(text, _values(names, {**fixed, **rows[0]} if rows else fixed))
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, dialect=connection.dialect) from error


@lru_cache
def _compiled(statement: Any, dialect: Dialect) -> tuple[str, list[str], dict[str, Any]]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup or [], compiled.params


def _values(names: list[str], values: Mapping[str, Any]) -> list[Any]:
    return [
        value.isoformat(" ", "microseconds") if isinstance(value := values[name], datetime.datetime) else value
        for name in names
    ]
