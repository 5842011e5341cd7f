"""A database is one URL, opened: its engine and its sessions. The site's own is merely the first of them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.transactions import WRITES


@dataclass(frozen=True)
class Database:
    """An opened database."""

    name: str
    engine: Engine
    session: scoped_session[Session]

    def remove(self) -> None:
        """Put the current scope's session away and its connection back into the pool."""
        self.session.remove()

    def close(self) -> None:
        """Close every connection in the pool. The database can be used again: it then connects anew."""
        self.engine.dispose()


def open_own(
    url: str | URL,
    *,
    scope: Callable[[], Hashable] | None = None,
    pool: Mapping[str, Any] | None = None,
    busy_timeout: float = 20,
) -> Database:
    """Open the site's own database.

    Takes its URL; `scope`, a function that names the scope whose session is meant (a thread when left out); `pool`,
    arguments of `create_engine`; `busy_timeout`, the seconds that an SQLite writer waits for another. Connects only
    when first used, so that a server may fork after it. Raises what SQLAlchemy raises for an unknown URL.
    """
    address = make_url(url)
    options = dict(pool or {})
    if address.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": busy_timeout, "check_same_thread": False}
    else:
        options["pool_pre_ping"] = True
    engine = create_engine(address, **options)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    factory = sessionmaker(engine, expire_on_commit=False)
    return Database("site", engine, scoped_session(factory, scopefunc=scope))


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite keep what the other engines keep: real transactions, foreign keys, writers that queue.

    Python's driver would begin transactions by itself, too late and as readers; a reader that turns writer is refused
    at once, whatever the timeout (sqlite.org/lang_transaction, "deferred"). So the driver begins nothing and we do.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -16384"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # it waits for nobody, so it is never refused: SQLAlchemy need not stand between
            connection.connection.cursor().execute("BEGIN")
