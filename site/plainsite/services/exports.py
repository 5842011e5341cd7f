"""Messages as they leave the site."""

import datetime
from collections.abc import Generator

from sqlalchemy.orm import Session

from plainsite.services import messages
from plainsite.services.identities import exported_id

NAMES = ("id", "author_name", "author_email", "text", "written", "edited")


def rows(session: Session) -> Generator[tuple[str | None, ...]]:
    """Stream all messages in the order they came, their values in the order of NAMES; times are ISO 8601, in UTC."""
    for message_id, name, email, body, created_at, edited_at, key in messages.every(session):
        yield exported_id(message_id, created_at, key), name, email, body, _iso(created_at), _iso(edited_at)


def _iso(time: datetime.datetime | None) -> str | None:
    return f"{time.isoformat()}Z" if time else None
