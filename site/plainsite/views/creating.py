"""Adding a record to a table of another database, once, however often its form comes."""

import time
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from plainsite import submissions
from plainsite.forms.columns import RecordForm
from plainsite.forms.submissions import fresh
from plainsite.models import now
from plainsite.services import history, records, traces
from plainsite.services.cursors import encode
from plainsite.services.pages import Record
from plainsite.submissions import Repeated
from plainsite.views import tables
from plainsite.views.context import db, own
from plainsite.views.repeats import sending

WAITS = 5.0  # seconds for what the same form has just begun
PAUSE = 0.1  # seconds between looks


def create(place: tables.Place, form: RecordForm) -> str:
    """Add a record, or find the one that this form has added; give its key as in addresses.

    Raises Refused for what cannot be added, and Repeated where it is not known whether the form has added it.
    """
    told, until = sending(form, place.database.name), time.monotonic() + WAITS
    while True:
        try:
            return encode(records.create(submissions.tell(place.session, told), place.relation, form.values()))
        except Repeated as repeated:
            if repeated.done:
                return str(repeated.key)
            if not _has_ended(told.id, until):
                raise


def show_uncertain(place: tables.Place, form: RecordForm) -> ResponseReturnValue:
    """Say what is known of a form of which nobody knows whether it was written, and offer to send it as a new one."""
    claimed = submissions.find(db().connection(), form.submission)
    entry = history.find(db(), claimed.number) if claimed and claimed.number else None
    form.submission = fresh()
    traced = seen(place, entry) if entry else {}
    has_file = any(getattr(field, "control", "") == "file" for field in form)
    page = render_template("data/uncertain.html", place=place, form=form, entry=entry, has_file=has_file, **traced)
    return page, 409


def seen(place: tables.Place, entry: Record) -> dict[str, Any]:
    """Look at a database for what was intended: what its record is like now, and others that hold the same."""
    told = history.values_of(entry.after if entry.after is not None else entry.before) or {}
    try:
        return traces.look(place.session, place.relation, entry.record_key, told)
    finally:
        place.database.remove()  # a question that could not be asked spoils what comes after it


def _has_ended(submission_id: str, until: float) -> bool:
    """Wait until what a form began has an end; tell whether it has. What is older than the wait will have none."""
    while time.monotonic() < until:
        found = submissions.find(db().connection(), submission_id)
        if found is None or found.state == "done":
            return True
        if (now() - found.at).total_seconds() > 2 * WAITS:
            return False
        own().remove()  # what is looked at next is what is there then
        time.sleep(PAUSE)
    return False
