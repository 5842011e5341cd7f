"""What nobody knows the end of: a list for admins, who look at the other database and say what became of it."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from plainsite.forms.base import Press
from plainsite.models import now
from plainsite.services import history, uncertain
from plainsite.services.history import UNCERTAIN_AFTER, Asked
from plainsite.services.pages import Record
from plainsite.views import tables
from plainsite.views.context import db, place, turning
from plainsite.views.creating import seen
from plainsite.views.entries import address_of, lines, named
from plainsite.views.guards import admins_only
from plainsite.views.history import pages


@pages.get("/uncertain")
@admins_only
def list_uncertain() -> ResponseReturnValue:
    """Show what was to be written to other databases and has had no end for a minute."""
    try:
        page = history.find_page(db(), Asked(which=history.UNCERTAIN), **place())
    except ValueError:
        abort(404)
    return render_template("history/uncertain.html", rows=lines(page), **turning(page))


@pages.route("/<id:number>/end", methods=["GET", "POST"])
@admins_only
def settle(number: int) -> ResponseReturnValue:
    """Show what is known of an entry without an end, and keep what an admin says became of it."""
    entry = history.find(db(), number) or abort(404)
    if entry.stage != "intended" or history.ending(db(), number):
        return redirect(url_for("history.show", number=number), 303)
    form, early = Press(), now() - entry.at < UNCERTAIN_AFTER
    if not early and form.validate_on_submit() and (said := request.form.get("was")) in {"written", "refused"}:
        uncertain.settle(db(), entry.unit, written=said == "written", at=entry.at)
        flash(f"Noted of entry {number}: it was {'' if said == 'written' else 'not '}written.")
        return redirect(url_for("history.list_uncertain"), 303)
    others = [row for row in uncertain.together(db(), entry.unit, entry.at) if row.number != number]
    page = render_template(
        "history/end.html",
        form=form,
        entry=entry,
        what=named(entry.database, entry.relation, entry.record_key),
        early=early,
        others=len(others),
        **_traced(entry),
    )
    return page, 422 if form.problems else 200


def _traced(entry: Record) -> dict[str, Any]:
    """Look at the table, so far as it is there to be looked at."""
    address = address_of(entry.database, entry.relation, entry.record_key)
    if address is None or entry.database == "site":
        return {"place": None}
    try:
        there = tables.place_of(entry.database, address.rstrip("/").split("/")[-2])
        return {"place": there, **seen(there, entry)}
    except SQLAlchemyError:  # the database is away
        return {"place": None}
