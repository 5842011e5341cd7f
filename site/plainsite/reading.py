"""A session that reads at half the cost, until it writes."""

from typing import Any, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session


class ReadingSession(Session):
    """A session that reads by a plain connection, which costs half of what its own transaction does.

    `connection()` gives that out until the session's own transaction begins, for a service that writes or for mapped
    records. The plain one is put away first: nobody holds two, and what is read from then on is what was written.
    """

    _reader: Connection | None = None

    def connection(self, bind_arguments: Any = None, execution_options: Any = None) -> Connection:
        """Give a connection whose transaction lasts until the session's begins or ends, or the session is closed."""
        if self.in_transaction() or bind_arguments or execution_options:
            return super().connection(bind_arguments, execution_options)
        if self._reader is None:
            self._reader = cast("Engine", self.bind).connect()
        return self._reader

    def rollback(self) -> None:
        """End every transaction."""
        self.end_reading()
        super().rollback()

    def close(self) -> None:
        """Give every connection back."""
        self.end_reading()
        super().close()

    def end_reading(self) -> None:
        """Give the plain connection back."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


@event.listens_for(ReadingSession, "after_transaction_create")
def _write_now(session: ReadingSession, _: object) -> None:
    session.end_reading()
