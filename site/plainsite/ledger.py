"""What the site remembers of writing: each change, the head of their chain, and the forms that were sent once."""

import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Connection, Index, Integer, String, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column

from plainsite.models import Base
from plainsite.portable import endless

NO_DIGEST = "0" * 64  # what the first entry comes after
LONGEST_RELATION = 600  # characters of a table's full name: what an index of MariaDB has room for
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # there, INTEGER is the number of the row itself
_AN_END = {"rows": text("intent IS NOT NULL")}
_RARE = {"rows": text("stage = 'intended' OR stage = 'refused'")}  # what is looked for among all that was done


class Change(Base):
    """One entry of the history: what somebody did to one record. Entries are never changed, only pruned by age."""

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("action IN ('create', 'change', 'delete')", "action_known"),
        CheckConstraint("stage IN ('done', 'intended', 'confirmed', 'refused')", "stage_known"),
        # Each way to narrow the list has an index in the list's own order, so that a page of it is read and no more.
        Index("ix_changes_action", "action", "number"),
        Index("ix_changes_at", "at", "number"),
        Index("ix_changes_database", "database", "number"),
        Index("ix_changes_place", "place", "number"),
        Index("ix_changes_relation", "database", "relation", "number"),
        Index("ix_changes_relation_anywhere", "relation", "number"),
        Index("ix_changes_who", "who", "number"),
        Index("ix_changes_stage", "stage", "number", info=_RARE),
        Index("ix_changes_intent", "intent", info=_AN_END),
    )

    number: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=False)  # without gaps
    at: Mapped[datetime.datetime]
    unit: Mapped[str] = mapped_column(String(32))  # the transaction that wrote it
    who_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(50))  # the name as it was; empty for a visitor and the command line
    address: Mapped[str] = mapped_column(String(64))
    database: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str] = mapped_column(String(LONGEST_RELATION))
    record_key: Mapped[str] = mapped_column(endless())  # as it stands in addresses; empty while it is not known
    place: Mapped[str] = mapped_column(String(64))  # a digest of database, relation and key, short enough for an index
    action: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(10))
    intent: Mapped[int | None] = mapped_column(NUMBER)  # what a confirmation or a refusal is about
    undoes: Mapped[int | None] = mapped_column(NUMBER)
    before: Mapped[str | None] = mapped_column(endless())
    after: Mapped[str | None] = mapped_column(endless())
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Chain(Base):
    """The head of the history: its one row says which entry is the last, and which was the last to be pruned."""

    __tablename__ = "chain"
    __table_args__ = (CheckConstraint("id = 1", "one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(NUMBER)
    digest: Mapped[str] = mapped_column(String(64))
    pruned_number: Mapped[int] = mapped_column(NUMBER)
    pruned_digest: Mapped[str] = mapped_column(String(64))


class Submission(Base):
    """A form that was sent: so that it is taken once, however often it comes."""

    __tablename__ = "submissions"
    __table_args__ = (CheckConstraint("state IN ('claimed', 'done')", "state_known"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(index=True)
    who_id: Mapped[int | None]
    session: Mapped[str | None] = mapped_column(String(64))  # a digest of whose form it was
    content: Mapped[str] = mapped_column(String(64))  # a digest of what was typed: other words are no repeat
    database: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str | None] = mapped_column(String(LONGEST_RELATION))  # and the key: where it led
    record_key: Mapped[str | None] = mapped_column(endless())
    number: Mapped[int | None] = mapped_column(NUMBER)  # the entry of the history that says what it wrote
    state: Mapped[str] = mapped_column(String(10))


@event.listens_for(Chain.__table__, "after_create")
def _begin(table: Table, connection: Connection, **_: Any) -> None:
    """Put the head there, where tables are made from the models, as in a trial; a site's are made by migrations."""
    connection.execute(
        table.insert(), {"id": 1, "number": 0, "digest": NO_DIGEST, "pruned_number": 0, "pruned_digest": NO_DIGEST}
    )
