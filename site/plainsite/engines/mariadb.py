"""MariaDB, and MySQL: transactions that only read, statements that end, values as the server prints them."""

import math
import re
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.engines.limits import CONNECT_WITHIN, LONGEST_PAUSE, UNTIMED

# What may come to a connection that reads: a compound statement could end its read-only transaction from inside.
READS = re.compile(
    r"[\s(]*(SELECT|WITH|VALUES|TABLE|SHOW|DESC|DESCRIBE|EXPLAIN)\b|START TRANSACTION READ ONLY$", re.IGNORECASE
)
LOOKED_AT = 8192  # bytes of what a text is sorted by: off the usual 1,024 fall accents, by which it is compared
READ_ONLY = 1792  # the server's number for a write in a read-only transaction


def arguments(seconds: float) -> dict[str, Any]:
    """Give what the driver is to be told at each connection."""
    from pymysql.constants import FIELD_TYPE  # noqa: PLC0415 - an extra: only who attaches it has its driver
    from pymysql.converters import conversions  # noqa: PLC0415

    names = ("SET", "DATE", "DATETIME", "TIMESTAMP", "TIME", "NEWDATE", "DECIMAL", "NEWDECIMAL")
    as_text = {getattr(FIELD_TYPE, name) for name in names}
    return {
        "conv": {kind: how for kind, how in conversions.items() if kind not in as_text},
        "connect_timeout": CONNECT_WITHIN,
        **patience(seconds),
    }


def patience(seconds: float) -> dict[str, Any]:
    """Wait for MariaDB a little longer than its own limit: the driver would wait for ever for one that is stuck."""
    return {"read_timeout": seconds + CONNECT_WITHIN}


def take_time(engine: Engine) -> None:
    """Let connections wait long for rows, and the server for whoever reads them slowly; it would hang up on them."""

    @event.listens_for(engine, "do_connect")
    def do_connect(_: Any, __: Any, ___: Any, arguments: dict[str, Any]) -> None:
        arguments["read_timeout"] = LONGEST_PAUSE

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET SESSION net_write_timeout = {LONGEST_PAUSE}")
        cursor.close()


def prepare(engine: Engine, *, writable: bool, seconds: float) -> None:
    """Let transactions only read where they are to, statements end, and streams take their time."""
    from pymysql.err import OperationalError  # noqa: PLC0415 - an extra: only who attaches it has its driver

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # Without strict mode a value that does not fit is cut or zeroed, and nobody is told.
        cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), time_zone = '+00:00'")
        mariadb = "MariaDB" in connection.get_server_info()
        limit = f"max_statement_time = {seconds}" if mariadb else f"max_execution_time = {int(seconds * 1000)}"
        cursor.execute(f"SET SESSION {limit}, lock_wait_timeout = {math.ceil(seconds)}, max_sort_length = {LOOKED_AT}")
        cursor.close()

    @event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        if not writable and not READS.match(statement):
            raise OperationalError(READ_ONLY, "Cannot execute statement in a READ ONLY transaction")
        if context.execution_options.get(UNTIMED) and context.dialect.is_mariadb:
            cursor.execute(f"SET STATEMENT max_statement_time = 0 FOR {statement}", parameters)
            return True
        return False

    if not writable:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("START TRANSACTION READ ONLY")
