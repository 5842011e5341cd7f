"""The site's own records: users, their messages, their sign-ins and the links that invite them."""

import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, MetaData, String, Table, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from plainsite.portable import characters, key, moment, specify, writing
from plainsite.texts import LONGEST_KEY, fold

LONGEST_TEXT = 50_000  # characters of a message; a constraint, so that the database judges imports too
LONGEST_STATEMENT = 50_000  # characters of a saved query
LARGEST_ID = 2**31 - 1  # what an INTEGER key of the strictest engine holds
ROLES = ("member", "admin")
TOLD = {"info": {"history": True, "numbered": True}}  # tables with addresses, of which the history tells
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1000  # characters; NIST SP 800-63B, 3.1.1.2, asks for 8 and at least 64


def now() -> datetime.datetime:
    """Give the time as it is kept everywhere: UTC, without a zone."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """Names every constraint, so that a refusal and a migration can call it by its name on any engine."""

    type_annotation_map: ClassVar = {datetime.datetime: moment()}
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


class User(Base):
    """A person who may sign in: a name and an e-mail that nobody else has."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(characters("name", 50), "name_length"),
        CheckConstraint(characters("email", 254), "email_length"),
        CheckConstraint("role IN ('member', 'admin')", "role_known"),
        Index("ix_users_role", "role"),  # the admins are locked whenever there might be one less
        TOLD,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(key(LONGEST_KEY), unique=True, info={"key_of": "name"})
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(key(LONGEST_KEY), unique=True, info={"key_of": "email"})
    role: Mapped[str] = mapped_column(String(10), default="member", server_default="member")
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime.datetime | None]

    @validates("name", "email")
    def keep_key(self, column: str, value: str) -> str:
        """Keep the folded key beside the text it is made from."""
        setattr(self, f"{column}_key", fold(value))
        return value


class Message(Base):
    """What a user wrote, as typed."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(characters("body", LONGEST_TEXT), "body_length"),
        Index("ix_messages_newest", "created_at", "id"),
        Index("ix_messages_of_author", "author_id", "created_at", "id"),
        TOLD,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(writing(LONGEST_TEXT))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime.datetime | None]
    import_key: Mapped[str | None] = mapped_column(String(64), unique=True)


class SignIn(Base):
    """One device on which a user is signed in; the cookie holds the token, the record only its digest."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime.datetime] = mapped_column(default=now)


class Invitation(Base):
    """A link that works once: to set a password, or to become the first admin."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("purpose IN ('password', 'admin')", "purpose_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime.datetime]


class SavedQuery(Base):
    """A statement that reads an attached database, kept under a name that no other one of that database has."""

    __tablename__ = "queries"
    __table_args__ = (
        UniqueConstraint("database", "name_key"),
        CheckConstraint(characters("name", 100), "name_length"),
        CheckConstraint(characters("statement", LONGEST_STATEMENT), "statement_length"),
        TOLD,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    database: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(key(LONGEST_KEY), info={"key_of": "name"})
    statement: Mapped[str] = mapped_column(writing(LONGEST_STATEMENT))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime.datetime] = mapped_column(default=now, onupdate=now)

    @validates("name")
    def keep_key(self, _: str, value: str) -> str:
        """Keep the folded key beside the name it is made from."""
        self.name_key = fold(value)
        return value


@event.listens_for(Table, "before_create")
def _specify(table: Table, _: Connection, **__: object) -> None:
    """Make a table as migrations make it, where it is made from its model, as in a trial."""
    if table.metadata is Base.metadata:
        specify(table)
