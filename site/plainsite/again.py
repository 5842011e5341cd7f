"""Which errors ask to run a unit again, and which leave open whether it was written.

A unit that is run again must not have been written. So this is only asked where the engine says that it rolled back, or
where the connection was gone before the commit was sent. What came while the commit was under way may be either.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError

from plainsite.driven import WRITES
from plainsite.verdicts import code_of, is_malformed, sqlite_of, state_of
from plainsite.writes import Write

SERIALIZATION, DEADLOCK, LOCKED_FOR_LONG = "40001", "40P01", "55P03"
STARTING_OR_STOPPING = ("57P01", "57P02", "57P03")
SQLITE_BUSY, SQLITE_LOCKED = 5, 6
# MariaDB: changed since read, lock timeout, deadlock (a Galera cluster says so too when another node was first)
MARIADB_ASKS = frozenset({1020, 1205, 1213})
NOT_READY = 1047  # a node of Galera that joins, or is cut off from most of the others
# too many connections (of all, of one user), shutting down, no server there (by socket, by network), gone, lost; as the
# client or the server says it
MARIADB_AWAY = frozenset({NOT_READY, 1040, 1203, 1226, 1053, 1077, 1927, 2002, 2003, 2006, 2013, 2055, 4031})
WRONG_TRIGGER = "trigger has an error in its body"  # what MariaDB says of a statement that would set it off
LOST_AT_COMMIT = 1180  # a Galera node was cut off from the others while they may have had it already

AGAIN_FOR = 10.0  # seconds after which a unit is no longer run again
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5  # seconds, before jitter


class Unfinished(Exception):  # noqa: N818 - a state, not a fault
    """The database could not do what was asked of it, through no fault of what was asked."""


class Busy(Unfinished):
    """The database kept asking to run the unit again; nothing was written."""


class Unknown(Unfinished):
    """The connection was lost while the unit was being committed: it is not known whether it was written."""


@dataclass
class Unit:
    """What is known of a unit while it runs: what it is about to write, and what has spoilt it."""

    writes: list[Write] = field(default_factory=list)
    spoilt: DBAPIError | None = None
    committing: bool = False

    def go_on_to_commit(self) -> None:
        """Go over to committing; raise what has spoilt the unit, where something has."""
        if self.spoilt is not None:
            raise self.spoilt
        self.committing = True


def asks_again(error: DBAPIError) -> bool:
    """Tell whether a unit that was not written may run again."""
    return asks(error) or is_away(error) or code_of(error) == LOST_AT_COMMIT


def asks(error: DBAPIError) -> bool:
    """Tell whether the engine rolled back and would rather have it run again, even at a commit."""
    code = sqlite_of(error)
    return (
        code in {SQLITE_BUSY, SQLITE_LOCKED}
        or state_of(error) in {SERIALIZATION, DEADLOCK, LOCKED_FOR_LONG}
        or code_of(error) in MARIADB_ASKS
        or code_of(error) == NOT_READY  # nothing is done by a node that is not, not even a commit
    )


def is_away(error: DBAPIError) -> bool:
    """Tell whether the server was gone, or could not be reached."""
    return (
        error.connection_invalidated
        or code_of(error) in MARIADB_AWAY
        or state_of(error) in STARTING_OR_STOPPING
        or (isinstance(error, OperationalError) and hasattr(error.orig, "diag") and not state_of(error))
    )


def misread(error: DBAPIError) -> bool:
    """Tell whether a server finds a trigger wrong that it took when it was made, as nodes did that had just started."""
    return is_malformed(error) and WRONG_TRIGGER in str(error.orig)


def leaves_open(error: DBAPIError) -> bool:
    """Tell whether a commit that ended so may have been done."""
    return not asks(error) and (is_away(error) or code_of(error) == LOST_AT_COMMIT)


def has_waited(error: DBAPIError, began: float) -> bool:
    """Tell whether a unit that began then (by `time.monotonic`) has waited for SQLite's writers for long enough."""
    return sqlite_of(error) == SQLITE_BUSY and time.monotonic() - began > AGAIN_FOR


def pauses() -> Iterator[bool]:
    """Sleep a little at each step, longer each time; give False, at once, when the time is over."""
    until, pause = time.monotonic() + AGAIN_FOR, FIRST_PAUSE
    while time.monotonic() < until:
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        pause = min(pause * 2, LONGEST_PAUSE)
        yield True
    while True:
        yield False


@event.listens_for(Engine, "handle_error")
def _note(context: ExceptionContext) -> None:
    """Keep what spoils a unit, whoever swallows it: some engines then commit without a word, and write nothing.

    After an error PostgreSQL, and after a deadlock MariaDB, takes the COMMIT and rolls back. What was undone to a
    savepoint spoils nothing.
    """
    error, connection = context.sqlalchemy_exception, context.connection
    if not isinstance(error, DBAPIError):
        return
    if code_of(error) == NOT_READY:
        context.is_disconnect = True  # such a node answers pings, so its connections would be used for ever
    unit = connection.get_execution_options().get(WRITES) if connection is not None else None
    if connection is None or not isinstance(unit, Unit) or unit.spoilt is not None:
        return
    if asks_again(error) or not connection.in_nested_transaction():
        unit.spoilt = error
