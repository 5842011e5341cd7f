"""A row of a file, understood as a message; asks no database."""

import datetime
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from plainsite.models import now
from plainsite.refusals import Reason, Refused
from plainsite.services.identities import Contents, key_of_id
from plainsite.texts import fold, tidy, unseen, unstorable

NEEDED = ("author_name", "author_email", "text")
NAMES = ("id", *NEEDED, "date", "written", "edited")

folded, _tidy, _unseen = (lru_cache(1024)(judge) for judge in (fold, tidy, unseen))  # few authors, each often


class Row(NamedTuple):
    """A message as a file tells it; `source` is the caller's, and comes back with a refusal."""

    key: str
    author_name: str
    author_email: str
    body: str
    created_at: datetime.datetime
    edited_at: datetime.datetime | None
    source: Any = None


def row_of(fields: Mapping[str, Any], contents: Contents, source: Any = None) -> Row:
    """Understand a row's fields (those of NAMES; `written` is another name for `date`).

    Asks no database. Raises Refused with every fault at once: "missing", "not_text", "not_id", "not_date",
    "out_of_years", "unseen", "unstorable", at the fields concerned.
    """
    faults: list[Reason] = []
    name, email, body = (_text(fields, field, faults) for field in NEEDED)
    date = "date" if fields.get("date") not in (None, "") else "written"
    created_at, edited_at = (_time(fields, field, faults) for field in (date, "edited"))
    file_id = fields.get("id")
    if file_id is not None and (not isinstance(file_id, (str, int)) or isinstance(file_id, bool)):
        faults.append(Reason("not_id", ("id",)))
    if _unseen(email := _tidy(email)):
        faults.append(Reason("unseen", ("author_email",)))
    if unstorable(body):
        faults.append(Reason("unstorable", ("text",)))
    if faults:
        raise Refused(*faults)
    if file_id is None or file_id == "":
        key = contents.key(folded(email), created_at.isoformat() if created_at else "", body)
    else:
        key = key_of_id(str(file_id))
    return Row(key, name, email, body, created_at or now(), edited_at, source)


def _text(fields: Mapping[str, Any], name: str, faults: list[Reason]) -> str:
    value = fields.get(name)
    if isinstance(value, str) and (value if name == "text" else value.strip()):
        return value
    faults.append(Reason("missing" if value is None or isinstance(value, str) else "not_text", (name,)))
    return ""


def _time(fields: Mapping[str, Any], name: str, faults: list[Reason]) -> datetime.datetime | None:
    """Read an ISO 8601 time as UTC; one without a zone is UTC already."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        time = datetime.datetime.fromisoformat(value)
        return time.astimezone(datetime.UTC).replace(tzinfo=None) if time.tzinfo else time
    except (TypeError, ValueError):
        faults.append(Reason("not_date", (name,)))
    except OverflowError:
        faults.append(Reason("out_of_years", (name,)))
    return None
