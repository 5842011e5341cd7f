"""The history: what was done, by whom; one entry; for admins all of it, for members what is their own."""

import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.history import OWN
from plainsite.services import history, messages
from plainsite.services.history import Asked
from plainsite.services.pages import Page, Record
from plainsite.views import tables
from plainsite.views.context import db, is_admin, is_beyond, me, place
from plainsite.views.entries import DONE, address_of, beside, lines, may_undo, named, number_of, said, who_of
from plainsite.views.guards import members_only

pages = Blueprint("history", __name__, url_prefix="/history")

LONGEST = 1_000  # characters of a filter that are read


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
        gone=asked.key is not None and _is_gone(asked.database or OWN, asked.relation, asked.key),
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
        what=named(entry.database, entry.relation, entry.record_key),
        done=DONE[entry.action],
        may_undo=is_admin() or may_undo(entry),
        sides=[(name, said(before, name), said(after, name)) for name in names],
        link=address_of(entry.database, entry.relation, entry.record_key),
        others=beside(entry) if is_admin() else [],
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
    database = asked.database or OWN
    return named(database, asked.relation, asked.key), address_of(database, asked.relation, asked.key)


def _is_gone(database: str, relation: str, key: str) -> bool:
    last = history.last_change(db(), database, relation, key)
    return last is not None and last.action == "delete"


def _turning(page: Page, given: dict[str, str]) -> dict[str, str | None]:
    here = url_for("history.index")
    pairs = [(name, value) for name, value in given.items() if value]

    def to(*more: tuple[str, str]) -> str:
        return f"{here}?{urlencode([*pairs, *more])}" if pairs or more else here

    return {
        "newest": to() if page.before or is_beyond(page.rows) else None,
        "newer": to(("before", page.before)) if page.before else None,
        "older": to(("after", page.after)) if page.after else None,
        "oldest": to(("at", "last")) if page.after else None,
    }


FILTERS = ("who", "database", "table", "key", "action", "since", "until", "which")
