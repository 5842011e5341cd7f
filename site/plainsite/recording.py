"""What a transaction writes is told to the history: before its commit, without a word of whoever writes.

On the site's own database that is one transaction with the writing itself. On another one it cannot be: there a
journal, which the session carries, keeps before the commit what is intended and after it how that ended.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.orm import Session

from plainsite.history import Actor, Entry, append, tell, was_written
from plainsite.writes import Written, held, written

WHO = "plainsite_who"  # where a session keeps a function that tells who is writing
UNIT = "plainsite_unit"  # what its transaction is known by, however often it runs
JOURNAL = "plainsite_journal"  # the journal of a session on a database that is not the site's own
WITNESS = "plainsite_witness"  # whom to ask whether its transaction was written, where the commit had no answer
UNDOES = "plainsite_undoes"  # the number of the entry that is being undone
_WRITTEN, _ENTERED, _APPENDED = "plainsite_written", "plainsite_entered", "plainsite_appended"
_INTENDED, _HELD = "plainsite_intended", "plainsite_held"
TOLD = "history"  # marks, in a table's `info`, those of the site's own that have a history


class Journal(Protocol):
    """Keeps what is written to a database that is not the site's own."""

    @property
    def own(self) -> Callable[[], Session]:
        """A function that gives the session of the site's own database."""

    def intend(self, session: Session, writes: Sequence[Written], *, undoes: int | None) -> Any:
        """Keep what is about to be committed; give what the end is told with."""

    def confirm(self, intended: Any) -> list[int]:
        """Keep that it was committed; give the numbers of the entries. Never raises."""

    def refuse(self, intended: Any) -> None:
        """Keep that nothing of it was written. Never raises."""


def begin(session: Session) -> None:
    """Forget what the transaction before told; this one may run several times."""
    session.info.pop(UNIT, None)


def listen(session: Session) -> None:
    """Begin to note what is written; what was told of a run before this one is not of it."""
    for told in (_APPENDED, _INTENDED):
        session.info.pop(told, None)
    session.info[_WRITTEN], session.info[_ENTERED] = [], []


def note(session: Session, *writes: Written) -> None:
    """Tell what statements have written that the session's unit of work knows nothing of."""
    session.info[_WRITTEN].extend(writes)


def enter(session: Session, entries: Iterable[Entry]) -> None:
    """Have entries appended when the transaction is about to be committed."""
    session.info[_ENTERED].extend(entries)


def before_commit(session: Session) -> tuple[str, str] | None:
    """Tell the history what the transaction has written; give table and key of the first record that it made."""
    session.flush()
    writes: list[Written] = session.info.pop(_WRITTEN)
    entered: list[Entry] = session.info.pop(_ENTERED)
    if (journal := session.info.get(JOURNAL)) is not None:
        if writes:
            session.info[_INTENDED] = journal.intend(session, writes, undoes=session.info.get(UNDOES))
        return None
    if writes:
        entered += _entries(writes, session.info.get(UNDOES))
    if entered:
        actor, unit = session.info.get(WHO, Actor)(), unit_of(session)
        session.info[_APPENDED] = append(session.connection(), entered, actor=actor, unit=unit)
        session.info.setdefault(WITNESS, lambda connection: was_written(connection, unit))
    made = (each for each in writes if each.action == "create" and each.key)
    return next(((each.table.name, ",".join(map(str, each.key))) for each in made), None)


@contextmanager
def undoing(session: Session, number: int) -> Iterator[None]:
    """Have what is written meanwhile told as the undoing of an entry."""
    session.info[UNDOES] = number
    try:
        yield
    finally:
        del session.info[UNDOES]


def after_commit(session: Session) -> None:
    """Tell that what was intended has been written."""
    _end(session, lambda journal, intended: journal.confirm(intended))


def after_refusal(session: Session) -> None:
    """Tell that nothing of what was intended has been written."""
    _end(session, lambda journal, intended: journal.refuse(intended))


def own_of(session: Session) -> Session:
    """Give the session of the site's own database: the very same, or that of whose journal it carries."""
    journal: Journal | None = session.info.get(JOURNAL)
    return session if journal is None else journal.own()


def unit_of(session: Session) -> str:
    """Give what this session's transaction is known by: 32 characters, the same however often it runs."""
    unit: str = session.info.setdefault(UNIT, secrets.token_hex(16))
    return unit


def appended(session: Session) -> list[int]:
    """Give the numbers of the entries that tell of the session's last transaction."""
    numbers: list[int] = session.info.get(_APPENDED, [])
    return numbers


def _entries(writes: Sequence[Written], undoes: int | None) -> Iterator[Entry]:
    for write in writes:
        if TOLD in write.table.info:
            key = ",".join(map(str, write.key))  # a number, which stands in addresses as it is
            if (entry := tell(write, relation=write.table.name, key=key, undoes=undoes)) is not None:
                yield entry


def _end(session: Session, tell_it: Callable[[Journal, Any], list[int] | None]) -> None:
    intended = session.info.pop(_INTENDED, None)
    if intended is not None:
        session.info[_APPENDED] = tell_it(session.info[JOURNAL], intended) or []


@event.listens_for(Session, "before_flush")
def _look(session: Session, *_: object) -> None:
    if _WRITTEN in session.info:
        session.info[_HELD] = held(session)


@event.listens_for(Session, "after_flush")
def _listen(session: Session, *_: object) -> None:
    if (noted := session.info.get(_WRITTEN)) is not None:
        noted.extend(written(session, session.info.pop(_HELD, {})))
