"""A server that let somebody wait in vain: for some seconds nobody else waits for it."""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from plainsite.engines import connecting

AWAY_FOR = 10  # seconds
SLOW = 0.5  # seconds for a refusal: what is refused at once may be asked at once


class Absence:
    """What is known of a server that does not answer; the engines that lead to it share it."""

    def __init__(self) -> None:
        """Begin with a server that is there."""
        self._until = 0.0
        self._error: tuple[type[Exception], tuple[Any, ...]] = (OSError, ())

    def watch(self, engine: Engine) -> None:
        """Let an engine refuse to connect, with what the driver said last, while its server is known to be away."""

        @event.listens_for(engine, "do_connect")
        def connect(dialect: Dialect, _: ConnectionPoolEntry, args: list[Any], options: dict[str, Any]) -> Any:
            kind, words = self._error
            if time.monotonic() < self._until:
                raise kind(*words)
            began = time.monotonic()
            try:
                return connecting.connect(dialect, args, options)
            except dialect.loaded_dbapi.Error as error:
                if time.monotonic() - began > SLOW:
                    self._error, self._until = (type(error), error.args), time.monotonic() + AWAY_FOR
                raise
