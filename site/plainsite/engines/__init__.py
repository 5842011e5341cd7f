"""Opening engines: what each needs so that all of them keep the same promises.

Read-only is kept by the connection itself, a statement runs only so long, and values of attached databases come as the
engine prints them, because many of them fit no type of Python (zero dates, infinity, 24:00, ranges).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from plainsite.engines import mariadb, postgresql, sqlite
from plainsite.engines.addresses import with_plain_driver, without_secrets
from plainsite.engines.limits import CONNECT_WITHIN, TEXTS, UNTIMED
from plainsite.engines.own import Patience, open_own_engine
from plainsite.engines.sqlite import is_no_text

__all__ = [
    "TEXTS",
    "UNTIMED",
    "Patience",
    "is_no_text",
    "open_engine",
    "open_for_reflection",
    "open_for_streams",
    "open_own_engine",
    "with_plain_driver",
]

RECYCLE_AFTER = 1800  # seconds


def open_engine(url: URL, *, writable: bool, seconds: float, busy_timeout: float, pool: Mapping[str, Any]) -> Engine:
    """Open an engine for a database that exists already.

    Takes the address; whether connections may write; the seconds after which a statement is ended; those an SQLite
    writer waits for another; and the pool's arguments. Connects only when first used. Raises ModuleNotFoundError when
    the engine's driver is not installed.
    """
    kind = url.get_backend_name()
    if kind == "sqlite":
        options = {"connect_args": {"timeout": busy_timeout, "check_same_thread": False}}
        engine = create_engine(sqlite.existing_file(url, writable=writable), **options, hide_parameters=True, **pool)
        whole = sqlite.prepare(engine)
        sqlite.keep_to_name(engine)
        sqlite.limit(engine, seconds, busy_timeout)
        return whole
    pool = {"pool_pre_ping": True, "pool_recycle": RECYCLE_AFTER, **pool}
    url, options = without_secrets(url)
    if kind == "postgresql":
        options |= postgresql.arguments(writable=writable, seconds=seconds)
        engine = create_engine(url, connect_args=options, use_native_hstore=False, hide_parameters=True, **pool)
        postgresql.prepare(engine, writable=writable)
        return engine
    options, url = options | mariadb.arguments(seconds), url.update_query_dict({"charset": "utf8mb4"})
    engine = create_engine(url, connect_args=options, hide_parameters=True, **pool)
    mariadb.prepare(engine, writable=writable, seconds=seconds)
    return engine


def open_for_streams(url: URL, *, writable: bool, seconds: float, busy_timeout: float) -> Engine:
    """Open an engine for what takes long to read, as `open_engine` does; it keeps no connection, nor any from pages."""
    pool = {"poolclass": NullPool}
    engine = open_engine(url, writable=writable, seconds=seconds, busy_timeout=busy_timeout, pool=pool)
    if engine.dialect.name in {"mysql", "mariadb"}:
        mariadb.take_time(engine)
    return engine


def open_for_reflection(url: URL, *, seconds: float) -> Engine:
    """Open an engine that only looks at what tables there are; SQLAlchemy wants PostgreSQL's own types for that."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        return create_engine(sqlite.existing_file(url, writable=False), poolclass=NullPool)
    limits = {
        "postgresql": {
            "options": f"-c statement_timeout={int(seconds * 1000)}",
            "client_encoding": postgresql.ENCODING,
        },
        "mysql": mariadb.patience(seconds),
    }
    url, options = without_secrets(url)
    options |= {"connect_timeout": CONNECT_WITHIN, **limits.get(kind, {})}
    return create_engine(url, poolclass=NullPool, connect_args=options)
