"""Undoing one entry of the history: asked first, in the values that come back; then done as any form would do it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plainsite import recording
from plainsite.forms.base import SENTENCES, Press
from plainsite.history import OWN
from plainsite.kinds import is_secret
from plainsite.reasons import Changed
from plainsite.refusals import Refused
from plainsite.services import cascades, history, records, undoing
from plainsite.services.cursors import decode
from plainsite.services.pages import Record
from plainsite.services.undoing import Undoing
from plainsite.views import tables
from plainsite.views.context import db, is_admin
from plainsite.views.entries import address_of, beside, may_undo, named
from plainsite.views.guards import members_only
from plainsite.views.history import pages, visible

WHY = {
    "unknown": "It tells of no one record that was written, so there is nothing to undo.",
    "gone": "The record is not there any more.",
    "there": "A record with this key is there again.",
    "again": "The record was brought back since then, and deleted again: undo that deletion instead.",
    "numbered": "Only the database makes the keys of these records, so this one cannot come back: add it as a new one.",
    "lost": "The history does not keep what stood there, because it is secret or very long.",
}
UNDONE = {
    "create": "Undone: what was added is deleted again.",
    "change": "Undone: what was changed is as it was before.",
    "delete": "Undone: what was deleted is there again.",
}
UNDONE_ALREADY = "This was undone already, by {by}."


@pages.route("/<id:number>/undo", methods=["GET", "POST"])
@members_only
def undo(number: int) -> ResponseReturnValue:
    """Ask whether what an entry tells is to be undone, and undo it."""
    entry, form = visible(number), Press()
    if not is_admin() and not may_undo(entry):
        abort(403)
    how, place = look(entry)
    is_sent = form.validate_on_submit()
    if is_sent and not how.why:
        try:
            key = _undo(entry, how, place)
        except (Changed, Refused) as refused:
            values, (how, place) = how.values, look(entry)  # somebody may have been faster
            if isinstance(refused, Refused) and not how.why:
                form.form_errors.extend(_sentences(refused, values))
        else:
            if key is not None:
                flash(UNDONE[entry.action])
                gone = entry.action == "create"
                link = None if gone else address_of(entry.database, entry.relation, key)
                return redirect(link or url_for("history.show", number=number), 303)
            how = Undoing("gone")
    if is_sent and how.why and (by := _undone_by(entry)):
        flash(UNDONE_ALREADY.format(by=by), "warning")
        return redirect(url_for("history.show", number=number), 303)
    status = 409 if how.why else 422 if form.problems else 200
    return render_template(
        "history/undo.html",
        form=form,
        entry=entry,
        how=how,
        why=WHY.get(how.why),
        what=named(entry.database, entry.relation, entry.record_key),
        clashes=list(_clashes(entry, how)),
        later=_later_deletion(entry) if how.why == "again" else None,
        hanging=_hanging_on(entry, place) if place and not how.why else [],
        others=beside(entry) if is_admin() and entry.action == "delete" else [],
        most=cascades.COUNTED_UP_TO,
        link=address_of(entry.database, entry.relation, entry.record_key),
    ), status


def offer(says: str, session: Session, *, number: int = 1, may: bool = True) -> None:
    """Say that so many records were deleted; lead whoever `may` to where the deletion of one is undone.

    Its entry is the first: what went with it is told after it.
    """
    entries = recording.appended(session)
    undo_it = f" {url_for('history.undo', number=entries[0], _external=True)}" if number == 1 and entries else ""
    flash(says + (undo_it if may else ""))


def look(entry: Record) -> tuple[Undoing, tables.Place | None]:
    """Look how an entry would be undone, and where, if that is another database."""
    how, place = _looked_at(entry)
    told = history.values_of(entry.after) or {}
    secrets = [name for name, value in told.items() if is_secret(name) and value is not None]  # NULL hides nothing
    if not how.why and secrets and _wrote_since(entry, secrets):
        return Undoing("changed", secrets), place
    if not how.why and entry.action == "delete" and _later_deletion(entry):
        return Undoing("again"), place
    return how, place


def _wrote_since(entry: Record, names: Sequence[str]) -> bool:
    """Tell whether the history knows of a later change to columns of which it keeps no value to compare with."""
    last = history.last_change(db(), entry.database, entry.relation, entry.record_key, names)
    return last is not None and last.number > entry.number


def _later_deletion(entry: Record) -> int | None:
    """Give the number of the entry by which a record went again after it was brought back; None where it did not."""
    last = history.last_change(db(), entry.database, entry.relation, entry.record_key)
    return int(last.number) if last and last.action == "delete" and last.number > entry.number else None


def _looked_at(entry: Record) -> tuple[Undoing, tables.Place | None]:
    if entry.database == OWN:
        if entry.relation not in undoing.RECORDS:
            return Undoing("unknown"), None
        table = undoing.RECORDS[entry.relation].__table__
        return undoing.look(entry, table, undoing.row_of(db(), table, entry.record_key)), None  # type: ignore[arg-type]
    address = address_of(entry.database, entry.relation, entry.record_key)
    if address is None:
        return Undoing("unknown"), None
    place = tables.changeable(entry.database, address.rstrip("/").split("/")[-2])
    try:
        row = records.find(place.session, place.relation, decode(entry.record_key))
    except ValueError:
        return Undoing("unknown"), None
    return undoing.look(entry, place.relation.table, None if row is None else row._asdict()), place


def _undone_by(entry: Record) -> str | None:
    """Give who has undone an entry, where nothing was done to the record since; None where that is not so."""
    last = history.last_change(db(), entry.database, entry.relation, entry.record_key)
    if last is None or last.undoes != entry.number:
        return None
    return str(last.who) or "somebody who was not signed in"


def _undo(entry: Record, how: Undoing, place: tables.Place | None) -> str | None:
    """Undo an entry; give the key that its record has then, None when that is gone."""
    if place is None:
        return str(entry.record_key) if undoing.undo(db(), entry, how) else None
    return undoing.undo_attached(place.session, place.relation, entry, how)


def _clashes(entry: Record, how: Undoing) -> Iterator[tuple[str, Record | None]]:
    """Give the columns that somebody has changed since, each with who was the last to."""
    for name in how.columns if how.why == "changed" else ():
        yield name, history.last_change(db(), entry.database, entry.relation, entry.record_key, [name])


def _hanging_on(entry: Record, place: tables.Place) -> Sequence[cascades.Hanging] | None:
    """Count what would go with a record, or be set free, where undoing deletes it; None where that takes too long."""
    if entry.action != "create":
        return []
    try:
        which = cascades.these(place.relation, [decode(entry.record_key)])
        return cascades.hanging_on(place.session, place.reflection, place.relation, which)
    except SQLAlchemyError:
        place.database.remove()
        return None


def _sentences(refused: Refused, values: Mapping[str, Any]) -> Iterator[str]:
    """Say in sentences why the database did not take it."""
    for reason in refused.reasons:
        columns: Sequence[str] = reason.columns or ("Something",)
        for name in columns:
            yield SENTENCES.get(reason.rule, SENTENCES["refused"]).format(
                label=name, typed=values.get(name, ""), limit=reason.limit or 0, count=reason.count, table=reason.table
            )
