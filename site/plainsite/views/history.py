"""The history: what was done, by whom; one entry; for admins all of it, for members what is their own."""

import base64
import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.history import OWN
from plainsite.models import LARGEST_ID
from plainsite.services import history, messages
from plainsite.services.cursors import encode
from plainsite.services.history import Asked
from plainsite.services.pages import Page, Record
from plainsite.services.undoing import RECORDS
from plainsite.views import tables
from plainsite.views.context import COMMAND_LINE, db, is_admin, me, members_only, place

pages = Blueprint("history", __name__, url_prefix="/history")

LONGEST = 1_000  # characters of a filter that are read
NAMED = 4  # columns of an entry that a list names
ENDPOINTS = {"users": "users.show", "messages": "messages.show"}
DONE = {"create": "added", "change": "changed", "delete": "deleted"}


@pages.get("/")
@members_only
def index() -> ResponseReturnValue:
    """Show what was done, newest first; who is no admin sees what was done to one record of their own."""
    given = {name: request.args.get(name, "")[:LONGEST].replace("\0", "").strip() for name in FILTERS}
    asked = _asked(given)
    if not is_admin() and not is_own(asked.database, asked.relation, asked.key or ""):
        abort(403)
    try:
        page = history.find_page(db(), asked, **place())
    except ValueError:
        abort(404)
    return render_template(
        "history/index.html",
        rows=lines(page),
        given=given,
        searching=any(given.values()),
        databases=list(tables.databases()),
        record=_record(asked),
        **_turning(page, given),
    )


@pages.get("/<id:number>")
@members_only
def show(number: int) -> ResponseReturnValue:
    """Show one entry: what stood there before and after, column by column."""
    entry = visible(number)
    before, after = (history.values_of(text) or {} for text in (entry.before, entry.after))
    names = sorted({*before, *after})
    return render_template(
        "history/show.html",
        entry=entry,
        who=who_of(entry),
        done=DONE[entry.action],
        sides=[(name, _said(before, name), _said(after, name)) for name in names],
        link=address_of(entry.database, entry.relation, entry.record_key),
        ending=history.ending(db(), number) if entry.stage == "intended" else None,
        uncertain_after=history.UNCERTAIN_AFTER,
    )


def visible(number: int) -> Record:
    """Give an entry that may be seen by who asks."""
    entry = history.find(db(), number) or abort(404)
    if not is_admin() and not is_own(entry.database, entry.relation, entry.record_key):
        abort(403)
    return entry


def is_own(database: str, relation: str, key: str) -> bool:
    """Tell whether a record is of whoever asks: their account, or a message of theirs, even one that is deleted."""
    user = me()
    number = number_of(key)
    if user is None or database != OWN or number is None:
        return False
    if relation == "users":
        return key == str(user.id)
    if relation != "messages":
        return False
    if message := messages.find(db(), number):
        return bool(message.author_id == user.id)
    last = history.last_change(db(), database, relation, key)
    values = history.values_of(last.before) if last else None
    return bool(values and values.get("author_id") == user.id)


def lines(page: Page) -> list[dict[str, Any]]:
    """Give a page's rows as its template shows them."""
    return [
        {
            "number": row.number,
            "at": row.at,
            "who": who_of(row),
            "done": "being undone" if row.stage == "intended" and row.undoes else DONE[row.action],
            "record": " ".join(filter(None, [row.relation, row.record_key])),
            "database": row.database,
            "link": address_of(row.database, row.relation, row.record_key),
            "columns": _columns(row),
            "open": row.stage == "intended",
            "undoes": row.undoes,
        }
        for row in page.rows
    ]


def is_told(place: tables.Place) -> bool:
    """Tell whether the history tells of a table's records."""
    return place.editable if place.database.name != OWN else place.relation.name in RECORDS


def who_of(entry: Record) -> str:
    """Say who wrote an entry; what has no name is a visitor's, or comes from the command line."""
    if entry.who:
        return str(entry.who)
    if entry.address == COMMAND_LINE:
        return "the command line"
    return f"a visitor from {entry.address}" if entry.address else "a program"


def of_record(database: str, relation: str, key: str) -> str:
    """Give the address of the history of one record."""
    return f"{url_for('history.index')}?{urlencode({'database': database, 'table': relation, 'key': key})}"


def address_of(database: str, relation: str, key: str) -> str | None:
    """Give the address of a record's page, whether it is still there or not; None for what has none."""
    if not key:
        return None
    if database == OWN:
        number = number_of(key)
        return url_for(ENDPOINTS[relation], id=number) if relation in ENDPOINTS and number is not None else None
    if database not in tables.databases():
        return None
    schema, _, name = relation.rpartition(".")
    return f"{url_for('data.table', name=database, table=encode([schema, name] if schema else [name]))}{key}"


def number_of(key: str) -> int | None:
    """Give the number that is the key of a record of the site's own; None where it can be none."""
    return int(key) if key.isdecimal() and key.isascii() and int(key[:20]) <= LARGEST_ID else None


def _columns(row: Record) -> str:
    if row.action != "change" or row.values is None:
        return ""
    names = sorted(history.values_of(row.values) or {})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _said(values: dict[str, Any], name: str) -> tuple[str, str] | None:
    """Give a value as a page shows it, and its look; None where the entry does not tell of it."""
    if name not in values:
        return None
    value = values[name]
    if value is None:
        return "NULL", "null"
    if not isinstance(value, dict):
        return str(value), ""
    if "secret" in value:
        return ("a secret" if value["secret"] is True else "another secret"), "null"
    if "base64" in value:
        return f"{len(base64.b64decode(value['base64'])):,} bytes", "null"
    return f"{value['length']:,} {'bytes' if value['kind'] == 'bytes' else 'characters'}, not kept", "null"


def _asked(given: dict[str, str]) -> Asked:
    key = request.args.get("key")
    return Asked(
        who=given["who"],
        database=given["database"],
        relation=given["table"],
        key=key[:LONGEST] if key else None,
        action=given["action"],
        since=_day(given["since"]),
        until=_day(given["until"]),
        which=given["which"],
    )


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _record(asked: Asked) -> tuple[str, str | None] | None:
    if asked.key is None:
        return None
    return f"{asked.relation} {asked.key}", address_of(asked.database or OWN, asked.relation, asked.key)


def _turning(page: Page, given: dict[str, str]) -> dict[str, str | None]:
    here = url_for("history.index")
    pairs = [(name, value) for name, value in given.items() if value]

    def to(*more: tuple[str, str]) -> str:
        return f"{here}?{urlencode([*pairs, *more])}" if pairs or more else here

    return {
        "newest": to() if page.before else None,
        "newer": to(("before", page.before)) if page.before else None,
        "older": to(("after", page.after)) if page.after else None,
        "oldest": to(("at", "last")) if page.after else None,
    }


FILTERS = ("who", "database", "table", "key", "action", "since", "until", "which")
