"""What was intended and has no end: the site was stopped, or lost a database, between the two. People say the end."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session, aliased

from plainsite import recording, submissions
from plainsite.history import Entry, wait
from plainsite.ledger import Change, Submission
from plainsite.services.history import values_of
from plainsite.services.pages import Record
from plainsite.transactions import transaction

changes = Change.__table__
_ending = aliased(Change.__table__)


def together(session: Session, unit: str, at: datetime.datetime | None = None) -> Sequence[Record]:
    """Find what was intended by one transaction and has no end: every column. All of it was written, or nothing.

    Where it is known when that was, it is found at once, and else among all that was ever intended.
    """
    return session.connection().execute(_open(unit, at)).all()


@transaction
def settle(session: Session, unit: str, *, written: bool, at: datetime.datetime | None = None) -> int:
    """Keep what became of all that one transaction intended (see `together`); give how many entries had no end yet.

    The form that it was done for is then taken, or may be sent again.
    """
    wait(session.connection())  # for another who says the same, or the contrary
    rows = session.connection().execute(_open(unit, at)).all()
    recording.enter(session, [_end(row, "confirmed" if written else "refused") for row in rows])
    wanted = select(Submission.id).where(Submission.number.in_([row.number for row in rows]))
    for submission in session.scalars(wanted):
        (submissions.complete if written else submissions.release)(session.connection(), submission)
    return len(rows)


def _open(unit: str, at: datetime.datetime | None) -> Any:
    ended = select(_ending.c.number).where(_ending.c.intent == changes.c.number).exists()
    found = select(changes).where(changes.c.unit == unit, changes.c.stage == literal_column("'intended'"), ~ended)
    return found if at is None else found.where(changes.c.at == at)


def _end(row: Record, stage: str) -> Entry:
    return Entry(
        row.action,
        row.relation,
        row.record_key,
        values_of(row.before),
        values_of(row.after),
        row.database,
        stage,
        row.number,
        row.undoes,
    )
