"""Messages as lists show them: how each begins, and its place in the list."""

import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select, type_coerce

from plainsite.models import LARGEST_ID, Message, User
from plainsite.portable import beyond
from plainsite.services.identities import EPOCH, MICROSECOND
from plainsite.services.moments import Moment
from plainsite.services.search import among, page_of

EXCERPT = 500  # characters of a message that a list shows

messages, users = Message.__table__, User.__table__


class Excerpt(NamedTuple):
    """A message in a list: a text of 501 characters goes on. `edited_at` is a time, or its text, as drivers have it."""

    id: int
    author_id: int
    name: str
    text: str
    created: str
    edited_at: datetime.datetime | str | None


@lru_cache
def listed(engine: str, asked: frozenset[str], *, backward: bool) -> Select[Any]:
    """Build the list's statement once for each set of questions."""
    rows = _ROWS
    order = (messages.c.created_at, messages.c.id)
    if "at" in asked:
        here: Any = (bindparam("at", type_=messages.c.created_at.type), bindparam("id"))
        rows = rows.where(*beyond(engine, order, here, backward=backward))
    if "words" in asked:
        rows = rows.where(among(engine, messages.c.id))
    if "author_id" in asked:
        rows = rows.where(messages.c.author_id == bindparam("author_id"))
    if "author_key" in asked:
        known = select(users.c.id).where(users.c.name_key == bindparam("author_key")).scalar_subquery()
        rows = rows.where(messages.c.author_id == known)
    rows = rows.order_by(*(order if backward else (column.desc() for column in order)))
    return rows.limit(bindparam("limit"))


@lru_cache
def found(engine: str, *, backward: bool, inner: bool) -> Select[Any]:
    """Build the list of what words alone find."""
    page = page_of(engine, backward=backward, inner=inner)
    rows = _ROWS.join(page, page.c.id == messages.c.id)
    return rows.order_by(messages.c.id if backward else messages.c.id.desc())


def cursor_of(row: Excerpt) -> str:
    """Name a message's place in the list of all."""
    return f"{(datetime.datetime.fromisoformat(row.created) - EPOCH) // MICROSECOND}-{row.id}"


def place_of(cursor: str) -> dict[str, Any]:
    """Read such a name; raises ValueError for what is none."""
    at, _, message_id = cursor.partition("-")
    try:
        return {"at": EPOCH + int(at) * MICROSECOND, "id": number_of(message_id)}
    except OverflowError as error:
        raise ValueError(cursor) from error


def number_of(text: str) -> int:
    """Read a message's number; raises ValueError for what is none."""
    return max(0, min(int(text), LARGEST_ID))


_ROWS = select(
    messages.c.id,
    messages.c.author_id,
    users.c.name,
    func.substr(messages.c.body, 1, EXCERPT + 1).label("text"),
    type_coerce(messages.c.created_at, Moment).label("created"),
    messages.c.edited_at,
).join_from(messages, users, isouter=True)  # each has an author; joined so, MariaDB does not begin with the users
