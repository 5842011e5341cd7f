"""One service call is one transaction: it commits, or is refused in columns, or runs again when the engine asks."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite import again, history, recording, submissions
from plainsite.again import Busy, Unfinished, Unit, Unknown, asks_again, has_waited, leaves_open, pauses
from plainsite.driven import WRITES
from plainsite.refusals import Reason, Refused, broken_rules
from plainsite.verdicts import is_sure, is_verdict, named
from plainsite.writes import NOTED, Write, pending

__all__ = ["NOTED", "WITNESS", "WRITES", "WROTE", "Busy", "Unfinished", "Unknown", "transaction"]

Values = ParamSpec("Values")
Result = TypeVar("Result")

WROTE = "plainsite_wrote"  # where a session keeps that a unit was committed
WITNESS = "plainsite_witness"  # where a unit may leave whom to ask whether it was written: connection -> bool or None

log = logging.getLogger(__name__)


def transaction(
    service: Callable[Concatenate[Session, Values], Result],
) -> Callable[Concatenate[Session, Values], Result]:
    """Make a function that takes a Session one transaction.

    It commits when the function returns. When the database refuses, it rolls back and raises `Refused` with every
    broken rule. When the engine asks for it (deadlock, serialization or certification failure, a busy SQLite), or the
    connection is lost before the commit, or a server has misread a trigger of ours, it runs the function again, for at
    most 10 seconds, then raises `Busy`. When the connection is lost during the commit, `session.info[WITNESS]` is asked
    on a new one whether the unit was written; without an answer it raises `Unknown`. So the function takes plain
    values, touches nothing but the session and may run twice. It must not call another such function, nor be given a
    session with unsaved changes: both raise RuntimeError.
    """

    @wraps(service)
    def unit(session: Session, /, *args: Values.args, **values: Values.kwargs) -> Result:
        _make_ready(session, service.__qualname__)
        sending = session.info.get(submissions.SENDING)
        kept = sending if session is recording.own_of(session) else None  # elsewhere the journal claims it
        if kept is not None:
            session.info.setdefault(WITNESS, lambda connection: submissions.was_kept(connection, kept.id))
        pause, began, anew = pauses(), time.monotonic(), False
        try:
            while True:
                try:
                    result = _once(session, lambda: service(session, *args, **values), kept)
                    break
                except Refused:
                    if sending is not None:
                        _refuse_repeat(recording.own_of(session), sending)
                    raise
                except DBAPIError as error:
                    ours = again.misread(error) and session is recording.own_of(session)
                    if not (asks_again(error) or ours):
                        raise
                    if has_waited(error, began) or not next(pause):
                        raise Busy from error
                    if ours and not anew:
                        _read_anew(session)
                        anew = True
                    log.info("%s runs again: %s", service.__qualname__, error.orig)
        finally:
            session.info.pop(WITNESS, None)  # it speaks of this unit only
            session.info.pop(submissions.SENDING, None)
        session.info[WROTE] = True
        return result

    return unit


def _make_ready(session: Session, name: str) -> None:
    if NOTED in session.info:
        message = f"{name} is a transaction of its own: share an undecorated function instead of calling it in another"
        raise RuntimeError(message)
    holds = bool(session.identity_map)  # else nothing of it can have been changed
    if session.new or (holds and (session.dirty or session.deleted)):
        message = f"{name} was given a session with unsaved changes: it would have committed them too"
        raise RuntimeError(message)
    recording.begin(session)
    if session.in_transaction():
        session.commit()  # ends what was only reading
    if holds and not session.expire_on_commit:
        session.expunge_all()  # what was read before stays readable, but is not taken for what the table holds now


def _once(session: Session, work: Callable[[], Result], sending: submissions.Sending | None) -> Result:
    unit = Unit()
    session.info[NOTED] = unit.writes
    recording.listen(session)
    try:
        session.connection(execution_options={WRITES: unit})
        result = work()
        made = recording.before_commit(session)
        if sending is not None:
            submissions.keep(session, sending, recording.appended(session), made)
        session.flush()
        unit.go_on_to_commit()
        session.commit()
        recording.after_commit(session)
    except DBAPIError as error:
        if unit.committing and leaves_open(error):
            session.expunge_all()  # what is to be given back stays as it was
            _roll_back(session)
            if _was_written(session, error):
                recording.after_commit(session)
                return result
        _roll_back(session)
        if is_verdict(error) or asks_again(error):
            recording.after_refusal(session)
        if not is_verdict(error) or asks_again(error):
            raise
        refused = _refusal(session, unit.writes, error)
        if refused is None:
            raise
        raise refused from error
    except OverflowError as error:  # SQLite's driver, bare, for a number beyond 64 bits
        _roll_back(session)
        raise Refused(Reason("out_of_range")) from error
    except BaseException:
        _roll_back(session)
        raise
    finally:
        del session.info[NOTED]
        session.info.pop(submissions.LED, None)
    return result


def _was_written(session: Session, lost: DBAPIError) -> bool:
    """Ask a unit's witness, on a new connection, whether its commit was done; raise Unknown where nobody can tell."""
    witness, pause = session.info.get(WITNESS), pauses()
    log.warning("lost while committing, %s: %s", "witnessed" if witness else "not witnessed", lost.orig)
    while witness is not None:
        try:
            written: bool | None = witness(session.connection())
        except DBAPIError as error:
            if not asks_again(error) or not next(pause):
                break
        else:
            if written is not None:
                return written
            break
        finally:
            _roll_back(session)
    raise Unknown from lost


def _refuse_repeat(session: Session, sending: submissions.Sending) -> None:
    _roll_back(session)  # what is looked at is what is there now, not what was when this began
    try:
        submissions.refuse_repeat(session.connection(), sending)
    finally:
        _roll_back(session)


def _read_anew(session: Session) -> None:
    with suppress(DBAPIError):  # the unit will say whether it mattered
        history.read_anew(session.connection())
    _roll_back(session)


def _roll_back(session: Session) -> None:
    try:
        session.rollback()
    except DBAPIError:  # the connection is gone, and with it what was to be undone
        session.invalidate()


def _refusal(session: Session, noted: list[Write], error: DBAPIError) -> Refused | None:
    """Find what was broken, and leave no transaction open; None where the write was not what was wrong."""
    log.info("refused: %s", named(error))
    try:
        reasons = broken_rules(session.connection(), noted, error)
    finally:
        session.rollback()
    if not reasons and not is_sure(error):
        return None
    return Refused(*(reasons or (Reason("refused"),)))


@event.listens_for(Session, "before_flush")
def _note(session: Session, *_: object) -> None:
    if (noted := session.info.get(NOTED)) is not None:
        noted.extend(pending(session))
