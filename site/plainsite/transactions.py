"""One service call is one transaction: it commits, or is refused in columns, or runs again when the engine asks."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.refusals import Reason, Refused, broken_rules
from plainsite.verdicts import is_sure, is_verdict
from plainsite.writes import Write, insertion, pending

Values = ParamSpec("Values")
Result = TypeVar("Result")

WRITES = "plainsite_writes"  # the execution option under which a connection begins as a writer
NOTED = "plainsite_pending"  # where a session keeps what its unit is about to write
AGAIN_FOR = 10.0  # seconds after which a unit is no longer run again
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5  # seconds, before jitter

# serialization failure and deadlock (SQL standard class 40); MariaDB's lock timeout, deadlock, changed-since-read
SQLSTATES_TO_RUN_AGAIN = frozenset({"40001", "40P01"})
MARIADB_CODES_TO_RUN_AGAIN = frozenset({1205, 1213, 1020})
SQLITE_BUSY, SQLITE_LOCKED = 5, 6

log = logging.getLogger(__name__)


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """The database kept asking to run the unit again; nothing was written."""


def transaction(
    service: Callable[Concatenate[Session, Values], Result],
) -> Callable[Concatenate[Session, Values], Result]:
    """Make a function that takes a Session one transaction.

    It commits when the function returns. When the database refuses, it rolls back and raises `Refused` with every
    broken rule. When the engine asks for it (deadlock, serialization failure, a busy SQLite), it runs the function
    again, for at most 10 seconds, then raises `Busy`. So the function takes plain values, touches nothing but the
    session and may run twice. It must not call another such function, nor be given a session with unsaved changes:
    both raise RuntimeError.
    """

    @wraps(service)
    def unit(session: Session, /, *args: Values.args, **values: Values.kwargs) -> Result:
        _make_ready(session, service.__qualname__)
        until = time.monotonic() + AGAIN_FOR
        pause = FIRST_PAUSE
        while True:
            try:
                return _once(session, lambda: service(session, *args, **values))
            except DBAPIError as error:
                if not _asks_again(error):
                    raise
                if time.monotonic() > until:
                    raise Busy from error
                log.info("%s runs again: %s", service.__qualname__, error.orig)
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, LONGEST_PAUSE)

    return unit


def insert(session: Session, record: Any) -> None:
    """Insert one new record at once, in a third of the time that the session's unit of work takes.

    Call it in a transaction. A refusal is told in columns as ever. The record gets its key and its defaults, and is
    then a plain object: the session does not know it, so changing it changes nothing in the database.
    """
    write = insertion(record)
    session.info[NOTED].append(write)
    result: Any = session.connection().execute(write.table.insert(), write.values)
    key = zip((column.name for column in write.table.primary_key), result.inserted_primary_key, strict=True)
    for name, value in {**result.last_inserted_params(), **dict(key)}.items():
        if name not in write.values:
            setattr(record, name, value)


def _make_ready(session: Session, name: str) -> None:
    if NOTED in session.info:
        message = f"{name} is a transaction of its own: share an undecorated function instead of calling it in another"
        raise RuntimeError(message)
    if session.new or session.dirty or session.deleted:
        message = f"{name} was given a session with unsaved changes: it would have committed them too"
        raise RuntimeError(message)
    if session.in_transaction():
        session.commit()  # ends what was only reading
    if not session.expire_on_commit:
        session.expunge_all()  # what was read before stays readable, but is not taken for what the table holds now


def _once(session: Session, work: Callable[[], Result]) -> Result:
    noted: list[Write] = []
    session.info[NOTED] = noted
    try:
        session.connection(execution_options={WRITES: True})
        result = work()
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if not is_verdict(error) or _asks_again(error):
            raise
        refused = _refusal(session, noted, error)
        if refused is None:
            raise
        raise refused from error
    except OverflowError as error:  # SQLite's driver, bare, for a number beyond 64 bits
        session.rollback()
        raise Refused(Reason("out_of_range")) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[NOTED]
    return result


def _refusal(session: Session, noted: list[Write], error: DBAPIError) -> Refused | None:
    """Find what was broken, and leave no transaction open; None where the write was not what was wrong."""
    log.info("refused: %s", error.orig)
    try:
        reasons = broken_rules(session.connection(), noted, error)
    finally:
        session.rollback()
    if not reasons and not is_sure(error):
        return None
    return Refused(*(reasons or (Reason("refused"),)))


def _asks_again(error: DBAPIError) -> bool:
    driver: Any = error.orig
    if (code := getattr(driver, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED}
    if getattr(driver, "sqlstate", None) in SQLSTATES_TO_RUN_AGAIN:
        return True
    return bool(driver and driver.args and driver.args[0] in MARIADB_CODES_TO_RUN_AGAIN)


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


@event.listens_for(Session, "before_flush")
def _note(session: Session, *_: object) -> None:
    if (noted := session.info.get(NOTED)) is not None:
        noted.extend(pending(session))
