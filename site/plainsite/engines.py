"""Opening engines: what each needs so that all of them keep the same promises.

Read-only is kept by the connection itself, a statement runs only so long, and values of attached databases come as the
engine prints them, because many of them fit no type of Python (zero dates, infinity, 24:00, ranges).
"""

import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from plainsite.transactions import WRITES

UNTIMED = "plainsite_untimed"  # the execution option of a statement that may run as long as it takes: a stream
STEPS = 20_000  # of SQLite's machine between two looks at the clock: some milliseconds
CONNECT_WITHIN = 5  # seconds
RECYCLE_AFTER = 1800  # seconds
# PostgreSQL types whose values Python holds exactly; every other one comes as text.
PLAIN_IN_PYTHON = {"bool", "int2", "int4", "int8", "oid", "float4", "float8", "bytea"}


def open_engine(url: URL, *, writable: bool, seconds: float, busy_timeout: float, pool: Mapping[str, Any]) -> Engine:
    """Open an engine for a database that exists already.

    Takes the address; whether connections may write; the seconds after which a statement is ended; those an SQLite
    writer waits for another; and the pool's arguments. Connects only when first used. Raises ModuleNotFoundError when
    the engine's driver is not installed.
    """
    kind = url.get_backend_name()
    if kind == "sqlite":
        options = {"connect_args": {"timeout": busy_timeout, "check_same_thread": False}}
        engine = create_engine(_existing_file(url, writable=writable), **options, **pool)
        prepare_sqlite(engine)
        _limit_sqlite(engine, seconds)
        return engine
    pool = {"pool_pre_ping": True, "pool_recycle": RECYCLE_AFTER, **pool}
    if kind == "postgresql":
        return create_engine(url, connect_args=_postgresql(writable, seconds), use_native_hstore=False, **pool)
    engine = create_engine(url.update_query_dict({"charset": "utf8mb4"}), connect_args=_mariadb(), **pool)
    _prepare_mariadb(engine, writable=writable, seconds=seconds)
    return engine


def open_for_reflection(url: URL, *, seconds: float) -> Engine:
    """Open an engine that only looks at what tables there are; SQLAlchemy wants PostgreSQL's own types for that."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        return create_engine(_existing_file(url, writable=False), poolclass=NullPool)
    limits = {"postgresql": {"options": f"-c statement_timeout={int(seconds * 1000)}"}}
    options = {"connect_timeout": CONNECT_WITHIN, **limits.get(kind, {})}
    return create_engine(url, poolclass=NullPool, connect_args=options)


def prepare_sqlite(engine: Engine, *pragmas: str) -> None:
    """Make SQLite keep what the other engines keep: real transactions, foreign keys, writers that queue.

    Python's driver would begin transactions by itself, too late and as readers; a reader that turns writer is refused
    at once, whatever the timeout (sqlite.org/lang_transaction, "deferred"). So the driver begins nothing and we do.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("foreign_keys = ON", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # it waits for nobody, so it is never refused: SQLAlchemy need not stand between
            connection.connection.cursor().execute("BEGIN")


def _existing_file(url: URL, *, writable: bool) -> URL:
    """Name a file so that it is never made by opening it, and never written when it is not to be."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return url
    path = url.database.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    mode = {"mode": "rw" if writable else "ro", "uri": "true"}
    return url.set(database=f"file:{path}").update_query_dict(mode)


def _limit_sqlite(engine: Engine, seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def watch(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.text_factory = _text_or_bytes
        entry.info["until"] = until = [float("inf")]
        connection.set_progress_handler(lambda: time.monotonic() > until[0], STEPS)

    @event.listens_for(engine, "before_cursor_execute")
    def start(connection: Connection, *_: object) -> None:
        untimed = connection.get_execution_options().get(UNTIMED)
        connection.info["until"][0] = float("inf") if untimed else time.monotonic() + seconds


def _text_or_bytes(stored: bytes) -> str | bytes:
    """Give a text, or its bytes where SQLite was made to store some that are none."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _postgresql(writable: bool, seconds: float) -> dict[str, Any]:  # noqa: FBT001
    import psycopg  # noqa: PLC0415 - an extra: only who attaches PostgreSQL has it
    from psycopg.types.string import TextLoader  # noqa: PLC0415

    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
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
        "context": SimpleNamespace(adapters=adapters, connection=None),
    }


def _mariadb() -> dict[str, Any]:
    from pymysql.constants import FIELD_TYPE  # noqa: PLC0415 - an extra, like the one above
    from pymysql.converters import conversions  # noqa: PLC0415

    names = ("SET", "DATE", "DATETIME", "TIMESTAMP", "TIME", "NEWDATE", "DECIMAL", "NEWDECIMAL")
    as_text = {getattr(FIELD_TYPE, name) for name in names}
    return {
        "conv": {kind: how for kind, how in conversions.items() if kind not in as_text},
        "connect_timeout": CONNECT_WITHIN,
    }


def _prepare_mariadb(engine: Engine, *, writable: bool, seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # Without strict mode a value that does not fit is cut or zeroed, and nobody is told.
        cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), time_zone = '+00:00'")
        cursor.execute(f"SET SESSION max_statement_time = {seconds}, lock_wait_timeout = {int(seconds)}")
        if not writable:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.close()
