"""Forms that create: each is sent under an id, and what was made under one is never made again.

The id is written in the transaction that makes the record, so there are both or neither; its unique key is the judge of
two that come at once.
"""

import datetime
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plainsite.driven import driven
from plainsite.history import wait
from plainsite.ledger import Submission
from plainsite.models import now
from plainsite.reasons import Reason, Refused

SENDING = "plainsite_submission"  # where a session keeps what its next unit is done for
LED = "plainsite_led"  # and the table and key of the record to which that leads
OWN = "site"
SWEPT_EVERY = 500  # submissions, about, after which old ones are looked for

submissions = Submission.__table__


class Sending(NamedTuple):
    """A form as it was sent: its id, by whom (a user, or what marks a visitor's browser), and a digest of its content.

    Another database than the site's own is named where the record is to be made there: the id is then only claimed, and
    what was made is told with it as `relation` and `key`. `days` is how long ids are kept.
    """

    id: str
    who_id: int | None
    session: str | None
    content: str
    database: str = OWN
    relation: str | None = None
    key: str | None = None
    days: float = 30


class Repeated(Exception):  # noqa: N818 - it is not an error: what was asked for is there
    """What a form asks for was made when it was sent before; or, unless `done`, was about to be."""

    def __init__(self, *, key: str | None, number: int | None, done: bool) -> None:
        """Take the record's key as in addresses, which entry of the history tells of it, and whether it is there."""
        super().__init__(key, number, done)
        self.key, self.number, self.done = key, number, done


def tell(session: Session, sending: Sending) -> Session:
    """Tell a session that its next transaction is done for a form, and so once; give the session.

    That transaction raises `Repeated` when it was done before for the same form with the same content, and `Refused`
    for another content ("made"), for another person and for an id that no form was given ("stale").
    """
    if not sending.id:
        raise Refused(Reason("stale"))
    session.info[SENDING] = sending
    return session


def lead_to(session: Session, relation: str, key: str) -> None:
    """Tell, in a transaction, to which record a form leads: to the first that is told."""
    session.info.setdefault(LED, (relation, key))


def keep(session: Session, sending: Sending, entries: Sequence[int], made: tuple[str, str] | None = None) -> None:
    """Write down, in the transaction that does it, where a form led, and the number of the entry that tells of it.

    It leads where the transaction was told, else to the first record that was `made` in it.
    """
    relation, key = session.info.get(LED) or made or (sending.relation, sending.key)
    values = {
        "id": sending.id,
        "at": now(),
        "who_id": sending.who_id,
        "session": sending.session,
        "content": sending.content,
        "database": sending.database,
        "relation": relation,
        "record_key": key,
        "number": entries[0] if entries else None,
        "state": "done" if sending.database == OWN else "claimed",
    }
    try:
        driven(session.connection(), _KEEP, values)
    except IntegrityError as error:
        raise Refused(Reason("made")) from error
    if random.random() * SWEPT_EVERY < 1:  # noqa: S311 - no secret
        sweep(session.connection(), sending.days)


def complete(connection: Connection, submission_id: str) -> None:
    """Write down that what a form had claimed is there."""
    connection.execute(_COMPLETE, {"claimed": submission_id})


def release(connection: Connection, submission_id: str) -> None:
    """Let what a form had claimed be made by it another time."""
    connection.execute(_RELEASE, {"claimed": submission_id})


def refuse_repeat(connection: Connection, sending: Sending) -> None:
    """Raise what a refused transaction is to be told as, where its form was taken before."""
    found = find(connection, sending.id)
    if found is None:
        return
    if (found.who_id, found.session) != (sending.who_id, sending.session):
        raise Refused(Reason("stale"))
    if found.content != sending.content:
        raise Refused(Reason("made"))
    raise Repeated(key=found.record_key, number=found.number, done=found.state == "done")


def find(connection: Connection, submission_id: str) -> Any:
    """Find what a form made: a Submission's columns; None when it was not taken."""
    return connection.execute(_FIND, {"id": submission_id}).first()


def was_kept(connection: Connection, submission_id: str) -> bool:
    """Tell whether the transaction that a form was sent for was committed; wait for one that still is under way."""
    wait(connection)
    return find(connection, submission_id) is not None


def sweep(connection: Connection, days: float) -> None:
    """Forget forms that were taken long ago; those whose end is not known stay."""
    connection.execute(_SWEEP, {"before": now() - datetime.timedelta(days=days)})


_MINE = (Submission.id == bindparam("claimed"), Submission.state == "claimed")
_KEEP = insert(Submission)
_FIND = select(submissions).where(submissions.c.id == bindparam("id"))
_COMPLETE = update(Submission).where(*_MINE).values(state="done")
_RELEASE = delete(Submission).where(*_MINE)
_SWEEP = delete(Submission).where(Submission.at < bindparam("before"), Submission.state == "done")
