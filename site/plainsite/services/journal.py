"""What is written to a database that is not the site's own, told to the history: before its commit and after it.

Two databases have no commit in common. So what is about to be committed is kept as intended; when it was, or when the
database refused, an entry of its own says so. What has no such end after a minute is uncertain: the site was stopped,
or lost one of its databases, between the two.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from plainsite import recording, submissions
from plainsite.history import Entry, tell
from plainsite.services.cursors import encode
from plainsite.services.keyed import known
from plainsite.submissions import SENDING
from plainsite.transactions import WROTE, transaction
from plainsite.writes import Written

ROWS = 100  # that are looked at by one statement

log = logging.getLogger(__name__)


class Intended(NamedTuple):
    """What was about to be committed: the entries that say so, their numbers, and the form that it was done for."""

    entries: Sequence[Entry]
    numbers: Sequence[int]
    submission: str | None = None


class Journal(NamedTuple):
    """The journal of one attached database, kept in the site's own, whose session `own` gives."""

    database: str
    own: Callable[[], Session]

    def intend(self, session: Session, writes: Sequence[Written], *, undoes: int | None) -> Intended | None:
        """Keep what a session is about to commit; None when that changes nothing."""
        told = (tell(write, **_known(write, self.database, undoes)) for write in as_stored(session, writes))
        entries = [entry._replace(stage="intended") for entry in told if entry is not None]
        if not entries:
            return None
        own, sending = self.own(), session.info.get(SENDING)
        if sending is not None:  # claimed together with what is intended
            own.info[SENDING] = sending._replace(relation=entries[0].relation, key=entries[0].key)
        with _no_writing(own):
            _append(own, entries)
        return Intended(entries, recording.appended(own), sending.id if sending is not None else None)

    def confirm(self, intended: Intended) -> list[int]:
        """Keep that it was committed; give the numbers of the entries that say so."""
        return self._end(intended, "confirmed")

    def refuse(self, intended: Intended) -> None:
        """Keep that nothing of it was committed."""
        self._end(intended, "refused")

    def _end(self, intended: Intended, stage: str) -> list[int]:
        own = self.own()
        try:
            with _no_writing(own):
                end(own, intended, stage)
        except Exception:  # it is done all the same: the entries stay uncertain, which is the truth
            log.exception("what became of entries %s could not be kept", intended.numbers)
            return []
        return recording.appended(own)


@contextmanager
def _no_writing(own: Session) -> Iterator[None]:
    """Let what is noted here not count as what was asked for: where that then fails, nothing has been written."""
    wrote = own.info.get(WROTE)
    try:
        yield
    finally:
        if not wrote:
            own.info.pop(WROTE, None)


@transaction
def end(session: Session, intended: Intended, stage: str) -> None:
    """Keep how something ended that was intended: "confirmed" or "refused"."""
    recording.enter(session, list(_ends(intended, stage)))
    if intended.submission is not None:
        settle = submissions.complete if stage == "confirmed" else submissions.release
        settle(session.connection(), intended.submission)


@transaction
def _append(session: Session, entries: Sequence[Entry]) -> None:
    recording.enter(session, entries)


def _ends(intended: Intended, stage: str) -> Iterator[Entry]:
    for entry, number in zip(intended.entries, intended.numbers, strict=True):
        yield entry._replace(stage=stage, intent=number)


def as_stored(session: Session, writes: Sequence[Written]) -> Iterator[Written]:
    """Give writes with the values that the database has made of them: 1.50 of 1.5, and what its triggers added."""
    for table, some in groupby(writes, key=lambda write: write.table):
        while batch := list(islice(some, ROWS)):
            looked_at = {n: w for n, w in enumerate(batch) if w.key and w.after is not None and w.after != w.before}
            names = [column.name for column in table.primary_key.columns]
            keys = {n: dict(zip(names, write.key, strict=True)) for n, write in looked_at.items()}
            rows = known(session, table, keys) if keys else {}
            for number, write in enumerate(batch):
                yield write._replace(after=rows[number]._asdict()) if number in rows else write


def _known(write: Written, database: str, undoes: int | None) -> dict[str, Any]:
    """Give what an entry says beside what was written."""
    schema, name = write.table.schema, write.table.name
    relation = f"{schema}.{name}" if schema else name
    return {"database": database, "relation": relation, "key": encode(write.key), "undoes": undoes}
