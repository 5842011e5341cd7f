"""Engines for statements that people write: they only read, whatever the database was attached as.

Each statement gets a connection of its own, which is closed after it: what a statement sets concerns no other.
"""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from plainsite.engines import open_engine
from plainsite.engines.limits import CONNECT_WITHIN

LARGEST_VALUE = 64 * 2**20  # bytes that SQLite makes of one value, or in one
# PRAGMAs that tell of tables, also as functions; the first two are asked by full-text indexes.
LOOKS = frozenset(
    {
        *("data_version", "page_size", "table_info", "table_xinfo", "table_list", "index_list", "index_info"),
        *("index_xinfo", "foreign_key_list", "collation_list", "function_list", "compile_options", "read_uncommitted"),
    }
)
BEYOND = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "lsmode", "zipfile"})
# Virtual tables, when first read, are put into the schema in memory, and r-trees make ready to write to theirs. None of
# it is done: the file is open to read.
MADE_READY = ("sqlite_master", "_node", "_rowid", "_parent")
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION})
WRITING = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
# Modes of MariaDB that read quotation marks otherwise than is done here, and those that stand for them among others.
READ_OTHERWISE = ("NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI", "ORACLE", "DB2", "MSSQL", "MAXDB", "POSTGRESQL")
LOOKED_AT = 0.1  # seconds
READS_ALL = "pg_read_all_data"  # a role of PostgreSQL since 14
READS_ALL_SINCE = 140_000


def open_for_statements(url: URL, *, seconds: float, busy_timeout: float) -> Engine:
    """Open an engine for whatever statement people write; each ends after some seconds. Keeps no connection."""
    pool = {"poolclass": NullPool}
    engine = open_engine(url, writable=False, seconds=seconds, busy_timeout=min(busy_timeout, seconds), pool=pool)
    guards = {"sqlite": _guard_sqlite, "postgresql": _guard_postgresql}
    guards.get(engine.dialect.name, _guard_mariadb)(engine)
    return engine


def canceller(connection: Connection) -> Callable[[], None]:
    """Give what ends the statement that a connection runs; another thread may call it."""
    driver: Any = connection.connection.dbapi_connection
    kind = connection.dialect.name
    if kind == "sqlite":
        interrupt: Callable[[], None] = driver.interrupt
        return interrupt
    if kind == "postgresql":
        return lambda: driver.cancel_safe(timeout=CONNECT_WITHIN)
    number = driver.thread_id()

    def kill() -> None:
        other = connection.engine.raw_connection()
        try:
            other.cursor().execute(f"KILL QUERY {number}")
        finally:
            other.close()

    return kill


def allow_more(connection: Connection, seconds: float) -> None:
    """Let the statement of a connection run on so long; the servers' limits are for each batch of rows anyway."""
    if connection.dialect.name == "sqlite":
        connection.info["until"][0] = time.monotonic() + seconds


@contextmanager
def watched(connection: Connection, end: Callable[[], None], told: Callable[[], bool]) -> Iterator[None]:
    """End what runs when it was told to, and what SQLite runs also as soon as its time is over.

    Takes what ends it (see `canceller`), and what tells whether that was asked for: an end that comes while the engine
    is not at it, just before it begins or between two batches of rows, is lost, so it is said again until it is heard.
    By itself SQLite asks for the time after so many steps only, and a step may be a function that takes a second. One
    alone that takes longer is waited for.
    """
    until, done = connection.info.get("until", [math.inf]), Event()

    def watch() -> None:
        while not done.wait(LOOKED_AT):
            if told() or time.monotonic() > until[0]:
                with suppress(Exception):  # the server may be gone, and the statement with it
                    end()

    watcher = Thread(target=watch, name="a watched statement", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _guard_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        cursor.close()
        connection.set_authorizer(_judge)


def _judge(action: int, first: str | None, second: str | None, _: str | None, __: str | None) -> int:
    """Answer SQLite, which asks about everything that a statement would do before it does any of it."""
    if action in READING:
        allowed = True
    elif action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in BEYOND
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = (first or "").lower() in LOOKS
    else:
        allowed = action in WRITING and (first or "").endswith(MADE_READY)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _guard_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        connection.exec_driver_sql("SET LOCAL standard_conforming_strings = on")  # as statements are read here
        if driver.info.parameter_status("is_superuser") == "on" and driver.info.server_version >= READS_ALL_SINCE:
            # Who may do everything becomes one who may read every table and nothing else: no file, no program.
            connection.exec_driver_sql("SET LOCAL row_security = off")  # where rows would be hidden, it is said
            connection.exec_driver_sql(f"SET LOCAL ROLE {READS_ALL}")


def _guard_mariadb(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        modes = "@@sql_mode"
        for mode in READ_OTHERWISE:
            modes = f"REPLACE({modes}, '{mode}', '')"
        cursor.execute(f"SET SESSION sql_mode = {modes}")
        cursor.close()


def is_same(one: URL, other: URL) -> bool:
    """Tell whether two addresses lead to the same database, or to one server of MariaDB by the same account."""
    if one.get_backend_name() != other.get_backend_name():
        return False
    if one.get_backend_name() == "sqlite":
        files = [_file(url) for url in (one, other)]
        return all(file.exists() for file in files) and files[0].samefile(files[1])
    return _server(one) == _server(other)


def _file(url: URL) -> Path:
    name = url.database or ""
    return Path(unquote(name.removeprefix("file:")) if name.startswith("file:") else name)


def _server(url: URL) -> tuple[str | int | None, ...]:
    postgresql = url.get_backend_name() == "postgresql"
    host = "localhost" if url.host in {None, "", "127.0.0.1", "::1"} else url.host
    return host, url.port or (5432 if postgresql else 3306), url.database if postgresql else url.username
