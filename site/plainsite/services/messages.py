"""Messages: list them by pages, find one, write, change and delete."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from plainsite.engines import UNTIMED
from plainsite.inserting import insert
from plainsite.models import Message, User, now
from plainsite.refusals import Reason, Refused
from plainsite.services.excerpts import Excerpt, cursor_of, found, listed, number_of, place_of
from plainsite.services.held import Held, still
from plainsite.services.pages import Page, Record, fetch
from plainsite.services.search import words_of
from plainsite.texts import fold, unbroken, unstorable
from plainsite.transactions import transaction

messages, users = Message.__table__, User.__table__


def find_page(  # noqa: PLR0913 - each is a thing a visitor may ask for
    session: Session,
    *,
    words: str = "",
    author: str = "",
    author_id: int | None = None,
    before: str | None = None,
    after: str | None = None,
    last: bool = False,
    size: int = 50,
) -> Page:
    """List messages, newest first: a Page of Excerpts.

    `words` must all stand in the text; `author` is a whole name, in any spelling that folds to it. Words alone find
    those added last first, whenever they were written. `after` and `before` are the cursors of a Page: older than the
    one, newer than the other; `last` asks for the oldest. A cursor that is none raises ValueError.
    """
    engine = session.get_bind().dialect.name
    values: dict[str, Any] = {"words": words_of(words, engine)} if words else {}
    if author:
        values["author_key"] = fold(author)
    if author_id is not None:
        values["author_id"] = author_id
    if words and values["words"] is None:
        return Page([])
    place, by_words = after or before or None, set(values) == {"words"}
    inner, backward = place is not None, last or (before is not None and after is None)
    if place is not None:
        values |= {"id": number_of(place)} if by_words else place_of(place)
    if by_words:
        statement, cursor = found(engine, backward=backward, inner=inner), lambda row: str(row.id)
    else:
        statement, cursor = listed(engine, frozenset(values), backward=backward), cursor_of
    return fetch(
        session.connection(),
        statement,
        values,
        size=size,
        backward=backward,
        inner=inner,
        cursor=cursor,
        made=Excerpt._make,
    )


def find(session: Session, message_id: int) -> Record | None:
    """Find one message: id, author_id, author, body, created_at, edited_at; None when there is none."""
    return session.connection().execute(_ONE, {"id": message_id}).first()


def texts(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Give the whole texts of some messages, by id."""
    rows = session.connection().execute(_TEXTS, {"ids": list(ids)}).all() if ids else ()
    return {row.id: row.body for row in rows}


@transaction
def create(session: Session, *, author_id: int, body: str) -> Message:
    """Write a message; it is kept as typed, with line ends as LF."""
    return insert(session, Message, author_id=author_id, body=_storable(unbroken(body)))


@transaction
def update(session: Session, message_id: int, *, body: str | None = None, held: Held = None) -> Message | None:
    """Change a message's text; the same text changes nothing. None when it is gone; Changed when not as `held`."""
    message = session.get(Message, message_id, populate_existing=True, with_for_update=True)
    still(held, message)
    if message and body is not None and unbroken(message.body) != unbroken(body):
        message.body, message.edited_at = _storable(unbroken(body)), now()
    return message


@transaction
def delete(session: Session, message_id: int, *, held: Held = None) -> bool:
    """Delete a message; False when it was gone already. Raises Changed when it is not as `held` says."""
    message = session.get(Message, message_id, populate_existing=True, with_for_update=True)
    if message:
        still(held, message)
        session.delete(message)
    return message is not None


def every(session: Session) -> Iterator[Record]:
    """Stream all messages in the order they came: id, name, e-mail, text, created_at, edited_at, import_key.

    Holds a thousand rows at a time. The rows come from the session's own connection, which is busy until the end.
    """
    with session.connection().execute(_EVERY, execution_options={"yield_per": 1000, UNTIMED: True}) as rows:
        yield from rows


def count_of(session: Session, author_id: int, *, at_most: int = 1000) -> int:
    """Count a user's messages, up to `at_most`."""
    some = select(messages.c.id).where(messages.c.author_id == author_id).limit(at_most).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def _storable(body: str) -> str:
    if unstorable(body):
        raise Refused(Reason("unstorable", ("body",)))
    return body


_ONE = (
    select(
        messages.c.id,
        messages.c.author_id,
        users.c.name.label("author"),
        messages.c.body,
        messages.c.created_at,
        messages.c.edited_at,
    )
    .join_from(messages, users)
    .where(messages.c.id == bindparam("id"))
)
_TEXTS = select(messages.c.id, messages.c.body).where(messages.c.id.in_(bindparam("ids", expanding=True)))
_EVERY = (
    select(
        messages.c.id,
        users.c.name,
        users.c.email,
        messages.c.body,
        messages.c.created_at,
        messages.c.edited_at,
        messages.c.import_key,
    )
    .join_from(messages, users)
    .order_by(messages.c.id)
)
