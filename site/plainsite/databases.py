"""A database is one URL, opened: its engine and its sessions. The site's own is merely the first of them."""

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from plainsite.engines import (
    Patience,
    open_engine,
    open_for_reflection,
    open_for_streams,
    open_own_engine,
    with_plain_driver,
)
from plainsite.engines.absence import Absence
from plainsite.engines.failover import follow
from plainsite.engines.origins import sign_errors
from plainsite.engines.statements import open_for_statements
from plainsite.reading import READER, ReadingSession, Replicas
from plainsite.reflection import Reflection, reflect

_opened: WeakSet[Engine] = WeakSet()
REFLECT_WITHIN = 30  # seconds for one statement that looks at tables


@dataclass(frozen=True, eq=False)
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


class Catalog:
    """The tables of a database: looked at when first asked for, and again when told to."""

    def __init__(self, url: URL, engine: Engine, watch: Callable[[Engine], None]) -> None:
        """Take the address, the engine of its pages, and what minds whether its server is away."""
        self._url, self._engine, self._watch = url, engine, watch
        self._found: Reflection | None = None
        self._lock = Lock()

    def read(self, *, anew: bool = False, told: Callable[[int, int], None] | None = None) -> Reflection:
        """Give what there is; raises what the driver raises while the database does not answer."""
        if self._found is not None and not anew:  # nobody waits for somebody else who looks again
            return self._found
        with self._lock:
            if self._found is None or anew:
                self._engine.connect().close()  # the other waits longer, for whoever has many tables
                engine = open_for_reflection(self._url, seconds=REFLECT_WITHIN)
                self._watch(engine)
                self._found = reflect(engine, told=told)
            return self._found


@dataclass(frozen=True, eq=False)
class Attached(Database):
    """A database that was there before, with its tables.

    `reader` is for statements that people write, `streams` for exports.
    """

    writable: bool
    catalog: Catalog
    reader: Engine
    streams: Engine


def open_own(  # noqa: PLR0913 - each is a fact of the database
    url: str | URL,
    *,
    nodes: Sequence[str] = (),
    scope: Callable[[], Hashable] | None = None,
    pool: Mapping[str, Any] | None = None,
    patience: Patience | None = None,
    flush: str = "NORMAL",
    info: dict[Any, Any] | None = None,
) -> Database:
    """Open the site's own database.

    Takes its URL; `nodes`, other servers of it ("host:port" or their URLs), for when one does not answer; `scope`, a
    function that names the scope whose session is meant (a thread when left out); `pool`, arguments of `create_engine`;
    `patience`, the seconds for which it is waited; `flush`, whether SQLite waits for the disk at each commit ("FULL")
    or not ("NORMAL"); `info`, what each session carries, as who is writing (see `recording`). Connects only when first
    used, so that a server may fork after it. Raises ModuleNotFoundError when the engine's driver is not installed,
    ValueError for nodes of a file or that are none, and what SQLAlchemy raises for an unknown URL.
    """
    engine = open_own_engine(make_url(url), patience or Patience(), flush=flush, **(pool or {}))
    if engine.dialect.name != "sqlite":
        follow(engine, nodes)
    elif nodes:
        raise ValueError(nodes)
    factory: sessionmaker[Session] = sessionmaker(engine, class_=ReadingSession, expire_on_commit=False, info=info)
    _opened.add(engine)
    return Database("site", engine, scoped_session(factory, scopefunc=scope))


@dataclass(frozen=True, eq=False)
class Followers(Database):
    """The site's own database as its replicas show it; its session must not write."""

    replicas: Replicas

    def close(self) -> None:
        """Close every connection to a replica."""
        for engine in self.replicas.engines:
            engine.dispose()


def open_replicas(
    urls: Sequence[str | URL],
    own: Database,
    *,
    scope: Callable[[], Hashable] | None = None,
    pool: Mapping[str, Any] | None = None,
    patience: Patience | None = None,
) -> Followers:
    """Open servers that follow the site's own database; takes and raises what `open_own` does, for each."""
    engines = [open_own_engine(make_url(url), patience or Patience(), **(pool or {})) for url in urls]
    for engine in engines:
        _opened.add(engine)
        if engine.dialect.name != "sqlite":
            follow(engine)
    replicas = Replicas(engines, own.engine)
    factory: sessionmaker[Session] = sessionmaker(
        own.engine, class_=ReadingSession, expire_on_commit=False, info={READER: replicas.connect}
    )
    return Followers("replicas", own.engine, scoped_session(factory, scopefunc=scope), replicas)


def attach(  # noqa: PLR0913 - each is a fact of the database
    name: str,
    url: str | URL,
    *,
    nodes: Sequence[str] = (),
    writable: bool = False,
    seconds: float = 5,
    scope: Callable[[], Hashable] | None = None,
    pool: Mapping[str, Any] | None = None,
    busy_timeout: float = 20,
    info: dict[Any, Any] | None = None,
) -> Attached:
    """Open a database that exists already.

    Takes a name to call it by and its URL; `writable`, whether connections may write; `seconds`, after which a
    statement is ended; the rest as `open_own`. Connects only when first used. Raises ModuleNotFoundError when the
    engine's driver is not installed, and what SQLAlchemy raises for an unknown URL.
    """
    address = with_plain_driver(make_url(url))
    engine = open_engine(address, writable=writable, seconds=seconds, busy_timeout=busy_timeout, pool=pool or {})
    factory: sessionmaker[Session] = sessionmaker(engine, class_=ReadingSession, expire_on_commit=False, info=info)
    reader = open_for_statements(address, seconds=seconds, busy_timeout=busy_timeout)
    streams = open_for_streams(address, writable=writable, seconds=seconds, busy_timeout=busy_timeout)
    away = partial(follow, others=nodes) if nodes else Absence().watch

    def watch(each: Engine) -> None:
        away(each)
        sign_errors(each, name)

    for each in (engine, reader, streams):
        watch(each)
    _opened.add(engine)
    catalog = Catalog(address, engine, watch)
    return Attached(name, engine, scoped_session(factory, scopefunc=scope), writable, catalog, reader, streams)


def _start_anew() -> None:
    """Forget connections that a forked worker shares with its parent: they would hand out another request's rows."""
    for engine in _opened:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_start_anew)
