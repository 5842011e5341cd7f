"""Changing the records of any table: new, edit, and finding what a foreign key is to refer to."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from plainsite.forms.columns import RecordForm, form_for, labels_of
from plainsite.forms.controls import DROPPED
from plainsite.forms.copies import copied
from plainsite.forms.finding import picked
from plainsite.kinds import is_secret
from plainsite.refusals import Refused
from plainsite.services import records, references
from plainsite.services.cursors import encode
from plainsite.services.pages import Record
from plainsite.submissions import Repeated
from plainsite.views import tables
from plainsite.views.context import show_form
from plainsite.views.creating import create, show_uncertain
from plainsite.views.data import existing, found, pages
from plainsite.views.merging import Key, add_again, edited, tell

SEEKING = {"find", "find-words", "pick", "for"}  # what the page sends that finds a row to refer to


@pages.route("/<name>/<table>/+new", methods=["GET", "POST"])
def new(name: str, table: str) -> ResponseReturnValue:
    """Ask for a record, and add it."""
    place = tables.changeable(name, table)
    form = _form(place, None)
    if form.sought is not None:
        return choose(place, form)
    if form.validate_on_submit():
        try:
            key = create(place, form)
        except Repeated:
            return show_uncertain(place, form)
        except Refused as refused:
            form.show(refused)
        else:
            flash("The record was added.")
            again = "again" in request.form
            return redirect(place.address + ("+new" if again else key), 303)
    return show_form("data/form.html", form, place=place, heading=f"New record of {place.relation.name}", key=None)


@pages.route("/<name>/<table>/<key>/edit", methods=["GET", "POST"])
def edit(name: str, table: str, key: str) -> ResponseReturnValue:
    """Let an admin change a record; what was not touched is not written."""
    place = tables.changeable(name, table)
    edit = edited(
        Key(place.relation.name, key, name),
        lambda: found(place, key, secrets=True),
        lambda row: _form(place, row),
        lambda form: records.update(
            place.session, place.relation, tables.key_of(key), form.changes(), held=form.held()
        ),
    )
    if edit.form.sought is not None:
        return choose(place, edit.form)
    if edit.written is not None:
        tell("The record", edit.form, session=place.session)
        return redirect(place.address + encode(edit.written), 303)
    if edit.record is None:
        return add_again(edit, "The record", f"{place.address}+new", place.address, place=place)
    heading = f"Edit {place.relation.name} {key}"
    return show_form("data/form.html", edit.form, place=place, heading=heading, key=key)


def sent_of(place: tables.Place) -> MultiDict[str, str] | None:
    """Give what was sent, with what was picked for a foreign key put where it belongs."""
    sent = MultiDict(request.form) if request.method == "POST" else None
    if sent is not None and "pick" in sent:
        _put(place, sent)
    return sent


def _form(place: tables.Place, row: Record | None) -> RecordForm:
    """Make the form of a record."""
    sent = sent_of(place)
    if sent is None and row is None and "copy" in request.args:
        sent = copied(place.relation, existing(place, request.args["copy"]))
    told = references.references_of(place.reflection, place.relation)
    known: dict[str, Any] = {"choices": _labels(place, told, row), "sent": sent}
    if row is not None:
        key = [row._mapping[column.name] for column in place.relation.table.primary_key.columns]  # noqa: SLF001
        files = f"{place.address}{encode(key)}/+file/"
        known["downloads"] = {name: files + encode([name]) for name in row._mapping}  # noqa: SLF001
        known["holds"] = partial(records.holds, place.session, place.relation, key)
    return form_for(place.relation, record=row, **known)


def _labels(place: tables.Place, told: Sequence[references.Reference], row: Record | None) -> dict[str, str]:
    """Give the labels of the rows that a record refers to, by column."""
    found: dict[str, str] = {}
    for each in told:
        if row is not None and len(each.columns) == 1:
            value = row._mapping[each.columns[0].name]  # noqa: SLF001
            found[each.columns[0].name] = tables.labels_of(place, each, value)
    return found


def _put(place: tables.Place, sent: MultiDict[str, str]) -> None:
    """Put the values of a picked row into the fields of the foreign key that looked for it."""
    pick, wanted = sent.pop("pick", ""), sent.pop("for", "")
    if not pick:
        return
    try:
        values = picked(place.relation, wanted, tables.key_of(pick))
    except ValueError:
        abort(404)
    for name, text in values.items():
        sent[name] = text
        sent.poplist(f"{name}-null")


def choose(place: tables.Place, form: RecordForm) -> ResponseReturnValue:
    """Show the rows that a foreign key may refer to; whatever was typed comes along, and back."""
    told = references.references_of(place.reflection, place.relation)
    sought = form.sought
    each = next(one for one in told if one.key is sought)
    words = request.form.get("find-words", "")
    rows = references.choices(place.session, each.parent, each.referred, words)
    width, secrets = len(each.referred), _secrets(place)
    dropped = _dropped(secrets)
    return render_template(
        "data/choose.html",
        place=place,
        reference=each,
        words=words,
        found=[(encode(row[:width]), ", ".join(map(str, row[:width])), "".join(map(str, row[width:]))) for row in rows],
        most=references.MOST_CHOICES,
        field=request.form["find"],
        kept=[pair for pair in request.form.items(multi=True) if pair[0] not in {*SEEKING, *secrets}]
        + [(f"{name}{DROPPED}", "y") for name in dropped],
        lost=[label for number, label in enumerate(labels_of(place.relation).values()) if f"c{number}" in dropped],
        back=request.script_root + request.full_path.removesuffix("?"),
        parent=url_for("data.table", name=place.database.name, table=tables.address_of(each.parent)),
    )


def _dropped(secrets: Iterable[str]) -> list[str]:
    """Give the names of fields that were filled in with what does not come along: secrets, and files."""
    files = [name for name, file in request.files.items() if file.filename]
    return [name for name in secrets if request.form.get(name)] + files


def _secrets(place: tables.Place) -> set[str]:
    """Give the names of fields that hold secrets: no page gives one back, so it is typed after the others."""
    return {f"c{number}" for number, column in enumerate(place.relation.table.columns) if is_secret(column.name)}
