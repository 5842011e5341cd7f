"""Messages from elsewhere: each comes in once, whoever brings it how often."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plainsite.models import LARGEST_ID, Message, User
from plainsite.recording import note
from plainsite.refusals import Reason, Refused
from plainsite.services import users
from plainsite.services.identities import written_here
from plainsite.services.rows import Row, folded
from plainsite.texts import tidy
from plainsite.transactions import transaction
from plainsite.writes import Written, table_of

LONGEST_NAME: int = User.__table__.c.name.type.length  # type: ignore[attr-defined]  # it is a String
# Asked after the rollback, a new author is gone and their first name is still taken: neither is what was refused.
SOLVED = {Reason("taken", ("name",)), Reason("unknown", ("author_id",))}

messages, people = Message.__table__, User.__table__


class Author(NamedTuple):
    """An author who was created: the name they have, and the one that was asked for."""

    name: str
    asked: str
    email: str


@dataclass
class Outcome:
    """What became of some rows."""

    added: int = 0
    there: int = 0
    refused: list[tuple[Row, tuple[Reason, ...]]] = field(default_factory=list)
    authors: list[Author] = field(default_factory=list)

    def take(self, other: "Outcome") -> None:
        """Count what became of other rows in."""
        self.added += other.added
        self.there += other.there
        self.refused += other.refused
        self.authors += other.authors


def add(session: Session, rows: Sequence[Row]) -> Outcome:
    """Add messages, and those of their authors whose e-mail nobody has; some hundred at a time go fastest.

    All are one transaction; but when the database refuses it, each half is one of its own, and so on, until only the
    rows that it refuses are left out. A row whose key is known is there already, and stays as it is; but where the
    known one has another text, and nobody has edited it, the row is refused with the rule "other".
    """
    try:
        return _add(session, rows)
    except Refused as refused:
        if any(reason.rule == "read_only" for reason in refused.reasons):  # that is no fault of a row
            raise
        if len(rows) == 1:
            reasons = tuple(reason for reason in refused.reasons if reason not in SOLVED)
            return Outcome(refused=[(rows[0], reasons or refused.reasons)])
    middle = len(rows) // 2
    outcome = add(session, rows[:middle])
    outcome.take(add(session, rows[middle:]))
    return outcome


@transaction
def _add(session: Session, rows: Sequence[Row]) -> Outcome:
    outcome = Outcome()
    new = _unknown(session, rows, outcome)
    authors = _authors(session, new, outcome)
    values = [
        {
            "author_id": authors[folded(row.author_email)],
            "body": row.body,
            "created_at": row.created_at,
            "edited_at": row.edited_at,
            "import_key": row.key,
        }
        for row in new
    ]
    if len(values) > 1:
        _insert(session, values)
    elif values:
        session.add(Message(**values[0]))  # so that a refusal is told in columns
    outcome.added = len(values)
    return outcome


def _insert(session: Session, values: Sequence[dict[str, Any]]) -> None:
    """Write messages by one statement; the unit of work sees nothing of them, so the history is told."""
    session.connection().execute(insert(Message), values)
    ids = {key: number for number, key in session.execute(_NUMBERS, {"keys": [row["import_key"] for row in values]})}
    told = ({"id": ids[row["import_key"]], **row} for row in values)
    note(session, *(Written("create", table_of(Message), (row["id"],), None, row) for row in told))


def _unknown(session: Session, rows: Sequence[Row], outcome: Outcome) -> list[Row]:
    """Give the rows that are not there yet, and count the others.

    Two imports may both take a row for new: then the unique key refuses the later one, which looks again.
    """
    numbered = {row.key: here for row in rows if (here := written_here(row.key))}
    ids = [number for number, _ in numbered.values() if number <= LARGEST_ID]
    own = {tuple(found) for found in session.execute(_WRITTEN_HERE, {"ids": ids})} if ids else set()
    known: dict[str, Any] = {
        found.import_key: found for found in session.execute(_KNOWN, {"keys": [row.key for row in rows]})
    }
    new = []
    for row in rows:
        if (there := known.setdefault(row.key, row)) is row and numbered.get(row.key) not in own:
            new.append(row)
        elif there.body == row.body or there.edited_at:
            outcome.there += 1
        else:
            outcome.refused.append((row, (Reason("other", ("id",)),)))
    return new


def _authors(session: Session, rows: Sequence[Row], outcome: Outcome) -> dict[str, int]:
    """Give the ids of the rows' authors by folded e-mail; those nobody knows are created."""
    wanted: dict[str, Row] = {}
    for row in rows:
        wanted.setdefault(folded(row.author_email), row)
    found = session.execute(_AUTHORS, {"keys": list(wanted)}) if wanted else ()
    authors = {key: author_id for key, author_id in found}  # noqa: C416 - of rows, dict() makes what mypy cannot tell
    for key, row in wanted.items():
        if key not in authors:
            author = _create(session, row)
            authors[key] = author.id
            outcome.authors.append(Author(author.name, tidy(row.author_name), author.email))
    return authors


def _create(session: Session, row: Row) -> User:
    """Create an author under the first of some names that the database takes."""
    *names, last = _names(row)
    for name in names:
        try:
            with session.begin_nested():
                return users.add(session, name=name, email=row.author_email, role="member")
        except IntegrityError:
            continue
    return users.add(session, name=last, email=row.author_email, role="member")


def _names(row: Row) -> Iterator[str]:
    """Give an author's name, then the same with 2 to 9, then with more and more digits made from the e-mail."""
    name = tidy(row.author_name)
    yield name
    if len(name) <= LONGEST_NAME:
        digits = str(int(hashlib.sha256(folded(row.author_email).encode()).hexdigest(), 16))
        for number in (*range(2, 10), digits[:4], digits[:8], digits[:16]):
            yield f"{name[: LONGEST_NAME - len(f' {number}')].rstrip()} {number}"


_NUMBERS = select(messages.c.id, messages.c.import_key).where(
    messages.c.import_key.in_(bindparam("keys", expanding=True))
)
_KNOWN = select(messages.c.import_key, messages.c.body, messages.c.edited_at).where(
    messages.c.import_key.in_(bindparam("keys", expanding=True))
)
_WRITTEN_HERE = select(messages.c.id, messages.c.created_at).where(
    messages.c.id.in_(bindparam("ids", expanding=True)), messages.c.import_key.is_(None)
)
_AUTHORS = select(people.c.email_key, people.c.id).where(people.c.email_key.in_(bindparam("keys", expanding=True)))
