"""Messages: list them by pages, find one, write, change and delete."""

import datetime
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from plainsite.engines import UNTIMED
from plainsite.inserting import insert
from plainsite.models import LARGEST_ID, Message, User, now
from plainsite.portable import beyond
from plainsite.refusals import Reason, Refused
from plainsite.services.held import Held, still
from plainsite.services.identities import EPOCH, MICROSECOND
from plainsite.services.moments import Moment
from plainsite.services.pages import Page, Record, fetch
from plainsite.services.search import among, page_of, words_of
from plainsite.texts import fold, unbroken, unstorable
from plainsite.transactions import transaction

EXCERPT = 500  # characters of a message that a list shows

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
    """List messages, newest first: rows of id, author_id, name, text (501 characters), created (as text), edited_at.

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
        values |= {"id": _number(place)} if by_words else _place(place)
    if by_words:
        statement, cursor = _found(engine, backward=backward, inner=inner), lambda row: str(row.id)
    else:
        statement, cursor = _list(engine, frozenset(values), backward=backward), _cursor
    return fetch(session.connection(), statement, values, size=size, backward=backward, inner=inner, cursor=cursor)


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


def _place(cursor: str) -> dict[str, Any]:
    at, _, message_id = cursor.partition("-")
    try:
        return {"at": EPOCH + int(at) * MICROSECOND, "id": _number(message_id)}
    except OverflowError as error:
        raise ValueError(cursor) from error


def _number(text: str) -> int:
    return max(0, min(int(text), LARGEST_ID))


def _cursor(row: Record) -> str:
    return f"{(datetime.datetime.fromisoformat(row.created) - EPOCH) // MICROSECOND}-{row.id}"


@lru_cache
def _found(engine: str, *, backward: bool, inner: bool) -> Select[Any]:
    """Build the list of what words alone find."""
    page = page_of(engine, backward=backward, inner=inner)
    listed = _ROWS.join(page, page.c.id == messages.c.id)
    return listed.order_by(messages.c.id if backward else messages.c.id.desc())


@lru_cache
def _list(engine: str, asked: frozenset[str], *, backward: bool) -> Select[Any]:
    """Build the list's statement once for each set of questions."""
    listed = _ROWS
    order = (messages.c.created_at, messages.c.id)
    if "at" in asked:
        here: Any = (bindparam("at", type_=messages.c.created_at.type), bindparam("id"))
        listed = listed.where(*beyond(engine, order, here, backward=backward))
    if "words" in asked:
        listed = listed.where(among(engine, messages.c.id))
    if "author_id" in asked:
        listed = listed.where(messages.c.author_id == bindparam("author_id"))
    if "author_key" in asked:
        known = select(users.c.id).where(users.c.name_key == bindparam("author_key")).scalar_subquery()
        listed = listed.where(messages.c.author_id == known)
    listed = listed.order_by(*(order if backward else (column.desc() for column in order)))
    return listed.limit(bindparam("limit"))


_ROWS = select(
    messages.c.id,
    messages.c.author_id,
    users.c.name,
    func.substr(messages.c.body, 1, EXCERPT + 1).label("text"),
    type_coerce(messages.c.created_at, Moment).label("created"),
    messages.c.edited_at,
).join_from(messages, users, isouter=True)  # each has an author; joined so, MariaDB does not begin with the users
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
