"""The proof of the history: that its chain is whole, and how its beginning goes without breaking the rest."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, or_, select, update
from sqlalchemy.orm import Session, aliased

from plainsite import submissions
from plainsite.history import seal
from plainsite.ledger import NO_DIGEST, Chain, Change
from plainsite.models import now
from plainsite.transactions import transaction

BATCH = 1_000  # entries that are held at a time

changes, chain = Change.__table__, Chain.__table__


def verify(engine: Engine) -> tuple[int, str, str | None]:
    """Look whether each entry is as it was written and none is missing, in one view of the database.

    Gives the number and the digest of the last entry, to be noted where nobody who changes the database can change it
    too; and the first thing that is wrong, in words, None when nothing is. Holds a thousand entries at a time.
    """
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**level) as connection:
        head = connection.execute(select(chain)).first()
        if head is None:
            return 0, NO_DIGEST, "the head of the history is gone"
        return head.number, head.digest, _first_fault(connection, head)


def _first_fault(connection: Connection, head: Any) -> str | None:
    number, digest = head.pruned_number, head.pruned_digest
    if number > head.number:
        return (
            f"the head of the history was changed: it says that {number} entries were pruned, and {head.number} written"
        )
    entries = select(changes).order_by(changes.c.number)
    with connection.execution_options(yield_per=BATCH).execute(entries) as rows:
        for entry in rows.mappings():
            if fault := _fault(entry, number, digest, head):
                return fault
            number, digest = entry["number"], entry["digest"]
    if number < head.number:
        return f"entry {number + 1} of the history was removed: it was the last, or those after it were too"
    if number == head.number and digest != head.digest:
        return f"entry {number} of the history was replaced, or the head of the chain was changed"
    return None


def _fault(entry: Any, number: int, digest: str, head: Any) -> str | None:
    """Say what is wrong with an entry that comes after one with this number and digest."""
    here = entry["number"]
    if here > head.number:
        return f"entry {here} of the history was inserted: the head of the chain does not know it"
    if here > number + 1:
        return f"entry {number + 1} of the history was removed"
    if _moved(entry, 0):
        if entry["previous"] == digest:
            return None
        if number == head.pruned_number:
            return f"entry {here} of the history does not follow what was pruned: one before it was removed or replaced"
        return f"entry {number} of the history was replaced: entry {here} was written after another"
    return _spoilt(entry, number, digest)


def _spoilt(entry: Any, number: int, digest: str) -> str:
    """Say what is wrong with an entry that is not as it was written."""
    here = entry["number"]
    if entry["previous"] != digest and _moved(entry, -1):
        return f"entry {number} of the history was inserted"
    if _moved(entry, 1):
        return f"entry {here} of the history was removed, and those after it numbered anew"
    return f"entry {here} of the history was changed"


def _moved(entry: Any, by: int) -> bool:
    """Tell whether an entry is as it was written, but for its number."""
    return bool(seal({**entry, "number": entry["number"] + by}) == entry["digest"])


@transaction
def forget(session: Session, *, days: float) -> None:
    """Forget under which ids forms were sent that long ago."""
    submissions.sweep(session.connection(), days)


@transaction
def prune(session: Session, *, days: float, most: int = BATCH) -> int:
    """Delete the oldest entries, at most so many, that are older than some days; give how many.

    The head of the chain keeps the digest of the last that goes, so that the first that stays still proves what it
    came after. What is younger than the first young entry stays, whatever its clock said; so does what comes after an
    intent of which nobody has said the end: without it nobody could say it any more.
    """
    connection, limit = session.connection(), now() - datetime.timedelta(days=days)
    connection.execute(select(chain.c.number).with_for_update()).one()
    gone = None
    number = 0
    for row in _oldest(connection, most):
        if row.at >= limit or not row.ended:
            break
        gone, number = row, number + 1
    if gone is not None:
        pruned = {"pruned_number": gone.number, "pruned_digest": gone.digest}
        connection.execute(update(Chain).values(pruned))
        connection.execute(delete(Change).where(changes.c.number <= gone.number))
    return number


def uncertain(session: Session, *, days: float) -> int | None:
    """Give the number of the intent without an end that keeps what is older than some days; None where none does."""
    limit = now() - datetime.timedelta(days=days)
    return next((row.number for row in _oldest(session.connection(), 1) if row.at < limit and not row.ended), None)


def _oldest(connection: Connection, most: int) -> Sequence[Any]:
    """Give the oldest entries, and of each whether it is anything but an intent without an end."""
    oldest = select(changes).order_by(changes.c.number).limit(most).subquery()
    ending = aliased(Change.__table__)
    end = select(ending.c.number).where(ending.c.intent == oldest.c.number).limit(1).scalar_subquery()
    told = or_(oldest.c.stage != "intended", end.is_not(None)).label("ended")
    some = select(oldest.c.number, oldest.c.at, oldest.c.digest, told).order_by(oldest.c.number)
    return connection.execute(some).all()
