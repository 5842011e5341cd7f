"""Sessions that read at half the cost until they write, and servers that only read."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

READING: Final = "plainsite_reading"  # the execution option of an engine beside which there is one that only reads
READER: Final = "plainsite_reader"  # where a session keeps what gives it plain connections, if not its own engine
AWAY_FOR = 5.0  # seconds for which a replica that did not answer is left alone
JUST_NOW = 0.1  # seconds for which nobody looks again whether a connection is alive, and its file still there

log = logging.getLogger(__name__)


class ReadingSession(Session):
    """A session that reads by a plain connection, which costs a third of what its own transaction does.

    `connection()` gives that out until the session's own transaction begins, for a service that writes or for mapped
    records. The plain one is put away first, or lent to it: nobody holds two, and what is read from then on is what was
    written.
    """

    _reader: Connection | None = None
    _read_since = 0.0
    _writer: Connection | None = None

    def connection(self, bind_arguments: Any = None, execution_options: Any = None) -> Connection:
        """Give a connection whose transaction lasts until the session's begins or ends, or the session is closed."""
        writer = self._writer
        if (
            writer is not None
            and writer.in_transaction()
            and not (bind_arguments or execution_options or self.in_nested_transaction())
        ):
            return writer  # SQLAlchemy would look at its transaction, and come to the same
        if self.in_transaction() or bind_arguments or execution_options:
            return super().connection(bind_arguments or self._lent(), execution_options)
        if self._reader is None:
            self._reader = (self.info.get(READER) or _reading(cast("Engine", self.bind)).connect)()
            self._read_since = time.monotonic()
        return self._reader

    def rollback(self) -> None:
        """End every transaction."""
        self.end_reading()
        super().rollback()

    def close(self) -> None:
        """Give every connection back, one that was lost too; one that has only read has nothing else to put away."""
        self.end_reading()
        if self.in_transaction() or self.identity_map:
            with _lost_or_not(self._writer):
                super().close()
        self._writer = None

    def end_reading(self) -> None:
        """Give the plain connection back."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with _lost_or_not(None):
                reader.close()

    def _lent(self) -> Any:
        """Have a transaction begin on the plain connection: the pool would take it back, and look at it once more."""
        reader = self._reader
        if reader is None or READER in self.info or time.monotonic() - self._read_since >= JUST_NOW:
            return None
        self._reader = None
        return {"bind": Lent(reader, cast("Engine", self.bind))}


class Lent:
    """Stands for an engine where a transaction is to begin on a connection that is there already."""

    def __init__(self, reader: Connection, engine: Engine) -> None:
        """Take the connection, and the engine whose rules the transaction keeps."""
        self._reader, self._engine = reader, engine

    def connect(self) -> Connection:
        """Give the connection, with nothing begun on it."""
        try:
            self._reader.rollback()
            return Connection(self._engine, connection=self._reader.connection)
        except BaseException:
            self._reader.close()
            raise


def _reading(engine: Engine) -> Engine:
    """Give the engine for what only reads, where there is one beside that for transactions."""
    found: Engine = engine.get_execution_options().get(READING, engine)
    return found


@contextmanager
def _lost_or_not(left: Connection | None) -> Iterator[None]:
    """Put away what may have been lost since it was used: nothing depends on it, what was read or committed stands.

    Takes the connection that is left to be closed where that fails.
    """
    try:
        yield
    except DBAPIError as error:
        log.warning("lost while it was put away: %s", error)
        if left is not None:
            left.close()


@event.listens_for(ReadingSession, "after_transaction_create")
def _write_now(session: ReadingSession, _: object) -> None:
    session.end_reading()


@event.listens_for(ReadingSession, "after_begin")
def _keep(session: ReadingSession, _: object, connection: Connection) -> None:
    session._writer = connection  # noqa: SLF001 - its session is of this module


class Replicas:
    """Servers that follow a database, read in turn. While none of them answers, the database itself is read."""

    def __init__(self, engines: Sequence[Engine], own: Engine) -> None:
        """Take the replicas' engines and the database's own."""
        self.engines, self._own = engines, own
        self._away = [0.0] * len(engines)
        self._last = 0

    def connect(self) -> Connection:
        """Give a connection to the next replica that answers, else to the database itself; raises what that raises."""
        self._last = first = (self._last + 1) % len(self.engines)
        for number in (*range(first, len(self.engines)), *range(first)):
            if time.monotonic() < self._away[number]:
                continue
            try:
                found: Connection = self.engines[number].connect()
            except (DBAPIError, PoolTimeout) as error:
                self._away[number] = time.monotonic() + AWAY_FOR
                log.warning("a replica is passed over: %s", error)
            else:
                return found
        return self._own.connect()
