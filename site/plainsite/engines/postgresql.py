"""PostgreSQL: transactions that only read, statements that end, values as the server prints them."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.engines.limits import CONNECT_WITHIN, UNTIMED

# Whatever the server keeps: it then translates, or refuses what its own encoding has no sign for. Left to itself the
# driver takes the database's, or what a variable says, and stumbles over such a sign by itself.
ENCODING = "utf8"
# Types whose values Python holds exactly; every other one comes as text.
PLAIN_IN_PYTHON = {"bool", "int2", "int4", "int8", "oid", "float4", "float8", "bytea"}


def arguments(*, writable: bool, seconds: float) -> dict[str, Any]:
    """Give what the driver is to be told at each connection."""
    import psycopg  # noqa: PLC0415 - an extra: only who attaches it has its driver
    from psycopg.types.numeric import FloatDumper  # noqa: PLC0415
    from psycopg.types.string import TextLoader  # noqa: PLC0415

    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
    # Of no type of its own, a number becomes what it is compared with: as a double it would not be the real it was.
    adapters.register_dumper(float, type("UntypedDumper", (FloatDumper,), {"oid": 0}))
    for known in psycopg.adapters.types:
        if known.name not in PLAIN_IN_PYTHON:
            adapters.register_loader(known.oid, TextLoader)
        if known.array_oid:
            adapters.register_loader(known.array_oid, TextLoader)
    settings = {
        "default_transaction_read_only": "off" if writable else "on",
        "statement_timeout": int(seconds * 1000),
        "lock_timeout": int(seconds * 1000),
        "idle_in_transaction_session_timeout": 600_000,
        "timezone": "UTC",
        "datestyle": "ISO",
        "intervalstyle": "postgres",
        "extra_float_digits": 1,
        "bytea_output": "hex",
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "connect_timeout": CONNECT_WITHIN,
        "client_encoding": ENCODING,
        "context": SimpleNamespace(adapters=adapters, connection=None),
    }


def prepare(engine: Engine, *, writable: bool) -> None:
    """Let transactions only read where they are to, and streams take their time."""

    @event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        if context.execution_options.get(UNTIMED):
            cursor.connection.execute("SET LOCAL statement_timeout = 0")
        if writable or parameters or context._is_server_side:  # noqa: SLF001 - those are sent one by one anyway
            return False
        cursor.execute(statement, parameters, prepare=True)  # one alone: not "COMMIT; BEGIN; DELETE …"
        return True

    if not writable:

        @event.listens_for(engine, "connect")
        def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            connection.read_only = True  # of each transaction, whatever is set for those to come

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("SELECT 1")  # after a first query it cannot be made to write
