"""SQLite: real transactions, files that are there, statements that end."""

import os
import re
import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.driven import begin_writing
from plainsite.engines.limits import TEXTS, UNTIMED
from plainsite.reading import READING
from plainsite.transactions import WRITES

GONE = "{} was moved or deleted while it was in use: put it back"
WAITS = "plainsite_waits"  # under which a connection keeps for how many seconds it waits for others
STEPS = 20_000  # of SQLite's machine between two looks at the clock: some milliseconds


def prepare(engine: Engine, *pragmas: str, alone: bool = False) -> Engine:
    """Make SQLite keep what the other engines keep: real transactions, foreign keys, writers that queue.

    Python's driver would begin transactions by itself, too late and as readers; a reader that turns writer is refused
    at once, whatever the timeout (sqlite.org/lang_transaction, "deferred"). So the driver begins nothing and we do, by
    the engine that is given back. The one that was taken begins nothing: each of its statements reads by itself, and
    is spared what a transaction costs, and what it costs to be told of one. `alone` says that nobody else listens to
    the engine, who would have to know of a beginning.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("foreign_keys = ON", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    whole = engine.execution_options(**{READING: engine})

    @event.listens_for(whole, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            if alone:
                begin_writing(connection)
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # it waits for nobody, so it is never refused: SQLAlchemy need not stand between
            connection.connection.cursor().execute("BEGIN")

    return whole


def keep_to_name(engine: Engine) -> None:
    """Use the file that has the name now, and none that was moved, deleted or replaced meanwhile.

    What is written to such a one nobody finds again, and SQLite does not mind. One that has gone is not made anew.
    """
    path = ""

    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        nonlocal path
        cursor = connection.cursor()
        path = cursor.execute("PRAGMA database_list").fetchone()[2]  # empty for one in memory
        entry.info["file"] = _identity(path)
        cursor.close()

    @event.listens_for(engine, "do_connect")
    def do_connect(*_: object) -> None:
        if path and _identity(path) is None:
            raise sqlite3.OperationalError(GONE.format(path))

    @event.listens_for(engine, "checkout")
    def checkout(_: DBAPIConnection, entry: ConnectionPoolEntry, __: object) -> None:
        if path and _identity(path) != entry.info["file"]:
            raise DisconnectionError


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - it is asked for each request, and a Path costs more than the answer
    except OSError:
        return None
    return found.st_dev, found.st_ino


def existing_file(url: URL, *, writable: bool) -> URL:
    """Name a file so that it is never made by opening it, and never written when it is not to be."""
    mode = {"mode": "rw" if writable else "ro", "uri": "true"}
    if not url.database or url.database == ":memory:" or url.query.get("mode") == "memory":
        return url
    if url.database.startswith("file:") and url.query.get("uri"):
        return url if writable and "mode" in url.query else url.update_query_dict(mode)
    path = url.database.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return url.set(database=f"file:{re.sub('^/+', '/', path)}").update_query_dict(mode)


def limit(engine: Engine, seconds: float, busy_timeout: float) -> None:
    """End statements after some seconds, and keep connections to the one file that they were opened for.

    Whoever reads a file that others hold waits no longer for that either; who writes queues for `busy_timeout` seconds.
    """

    @event.listens_for(engine, "connect")
    def watch(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.text_factory = _text_or_bytes
        # Another file, attached, would not be read-only; nor would this one, attached once more.
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        entry.info["until"] = until = [float("inf")]
        entry.info[WAITS] = busy_timeout
        connection.set_progress_handler(lambda: time.monotonic() > until[0], STEPS)

    @event.listens_for(engine, "do_execute")
    @event.listens_for(engine, "do_executemany")
    def start(cursor: sqlite3.Cursor, _sql: str, _values: object, context: Any) -> None:
        info, options, driver = context.root_connection.info, context.execution_options, cursor.connection
        most = busy_timeout if options.get(WRITES) else min(busy_timeout, seconds)
        if info[WAITS] != most:
            driver.execute(f"PRAGMA busy_timeout = {round(most * 1000)}")
            info[WAITS] = most
        info["until"][0] = float("inf") if options.get(UNTIMED) else time.monotonic() + seconds
        driver.text_factory = str if options.get(TEXTS) else _text_or_bytes


def _text_or_bytes(stored: bytes) -> str | bytes:
    """Give a text, or its bytes where SQLite was made to store some that are none."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def is_no_text(error: DBAPIError) -> bool:
    """Tell whether a statement failed because it was to give texts (`TEXTS`) and met bytes that are none."""
    return isinstance(error.orig, sqlite3.OperationalError) and str(error.orig).startswith("Could not decode")
