"""Forms that create: each is sent under an id, and what was made under one is never made again.

The id is written in the transaction that makes the record, so there are both or neither; its unique key is the judge of
two that come at once.
"""

import datetime
import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plainsite.ledger import Submission
from plainsite.models import now
from plainsite.reasons import Reason, Refused

SENDING = "plainsite_submission"  # where a session keeps what its next unit is done for
OWN = "site"
SWEPT_EVERY = 500  # submissions, about, after which old ones are looked for

submissions = Submission.__table__


@dataclass(frozen=True)
class Sending:
    """A form as it was sent: its id, by whom (a user, or what marks a visitor's browser), and a digest of its content.

    Another database than the site's own, and a relation, are named where the record is to be made there: the id is then
    only claimed. `days` is how long ids are kept.
    """

    id: str
    who_id: int | None
    session: str | None
    content: str
    database: str = OWN
    relation: str | None = None
    days: float = 30


class Repeated(Exception):  # noqa: N818 - it is not an error: what was asked for is there
    """What a form asks for was made when it was sent before; or, where `key` is None, may be just being made."""

    def __init__(self, database: str, relation: str | None, key: str | None, number: int | None) -> None:
        """Take where it led, the key as in addresses, and which entry of the history tells of it."""
        super().__init__(database, relation, key, number)
        self.database, self.relation, self.key, self.number = database, relation, key, number


def tell(session: Session, sending: Sending) -> Session:
    """Tell a session that its next transaction is done for a form, and so once; give the session.

    That transaction raises `Repeated` when it was done before for the same form with the same content, and `Refused`
    for another content ("made"), for another person and for an id that no form was given ("stale").
    """
    if not sending.id:
        raise Refused(Reason("stale"))
    session.info[SENDING] = sending
    return session


def keep(connection: Connection, sending: Sending, made: tuple[str, str] | None) -> None:
    """Write down, in the transaction that made it, what was made for a form: its table and its key."""
    relation, key = made or (sending.relation, None)
    values = {
        "id": sending.id,
        "at": now(),
        "who_id": sending.who_id,
        "session": sending.session,
        "content": sending.content,
        "database": sending.database,
        "relation": relation,
        "record_key": key,
        "state": "done" if sending.database == OWN else "claimed",
    }
    try:
        connection.execute(_KEEP, values)
    except IntegrityError as error:
        raise Refused(Reason("made")) from error
    if random.randrange(SWEPT_EVERY) == 0:  # noqa: S311 - no secret
        sweep(connection, sending.days)


def refuse_repeat(session: Session, sending: Sending) -> None:
    """Raise what a refused transaction is to be told as, where its form was taken before."""
    found = find(session.connection(), sending.id)
    session.rollback()
    if found is None:
        return
    if (found.who_id, found.session) != (sending.who_id, sending.session):
        raise Refused(Reason("stale"))
    if found.content != sending.content:
        raise Refused(Reason("made"))
    raise Repeated(found.database, found.relation, found.record_key, found.number)


def find(connection: Connection, submission_id: str) -> Any:
    """Find what a form made: a Submission's columns; None when it was not taken."""
    return connection.execute(_FIND, {"id": submission_id}).first()


def sweep(connection: Connection, days: float) -> None:
    """Forget forms that were taken long ago; those whose end is not known stay."""
    connection.execute(_SWEEP, {"before": now() - datetime.timedelta(days=days)})


_KEEP = insert(submissions)
_FIND = select(submissions).where(submissions.c.id == bindparam("id"))
_SWEEP = delete(submissions).where(submissions.c.at < bindparam("before"), submissions.c.state == "done")
