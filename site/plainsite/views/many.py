"""Changing several records of a table at once: those chosen in its list."""

from collections.abc import Sequence

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from plainsite.forms.many import ManyForm, form_for_many
from plainsite.reasons import Changed, Refused
from plainsite.services import records
from plainsite.services.pages import Record
from plainsite.transactions import Busy
from plainsite.views import tables
from plainsite.views.context import show_form
from plainsite.views.data import found, pages
from plainsite.views.deleting import MOST_CHOSEN
from plainsite.views.merging import MOST_TRIES, tell
from plainsite.views.records import choose, sent_of

GONE = "{number} of these records are not there any more, and are left out from here on: {keys}"
NOTHING = "Tick “Change it” at what is to be set"


@pages.route("/<name>/<table>/+edit", methods=["GET", "POST"])
def edit_many(name: str, table: str) -> ResponseReturnValue:
    """Set columns of the chosen records, all or none; what somebody else changed meanwhile is asked about."""
    place = tables.changeable(name, table)
    back = tables.with_query(place.address, tables.asked(request.args))
    keys = list(dict.fromkeys(request.values.getlist("key")))
    if not keys or len(keys) > MOST_CHOSEN:
        flash(f"Choose at most {MOST_CHOSEN} records." if keys else "Choose the records first.")
        return redirect(back, 303)
    for _ in range(MOST_TRIES):
        there = {key: row for key in keys if (row := found(place, key)) is not None}
        if not there:
            flash("None of these records is there any more.", "warning")
            return redirect(back, 303)
        form = _form(place, keys, there)
        if form.sought is not None:
            return choose(place, form)
        if not _may_save(form, keys, there):
            break
        try:
            changed = records.update_many(place.session, place.relation, _edits(form, there))
        except Changed:
            continue
        except Refused as refused:
            form.show(refused)
            break
        number = changed or len(there)  # what all of them hold already was saved before
        tell("1 record" if number == 1 else f"{number} records", form, many=number > 1)
        return redirect(back, 303)
    else:
        raise Busy
    heading = f"Edit {len(there)} records of {place.relation.name}"
    return show_form("data/edit_many.html", form, place=place, heading=heading, keys=list(there), back=back)


def _form(place: tables.Place, keys: Sequence[str], there: dict[str, Record]) -> ManyForm:
    wanted = [tables.key_of(key) for key in there]
    return form_for_many(
        place.relation,
        list(there.values()),
        there=[key in there for key in keys],
        holds=lambda number, *of: records.holds(place.session, place.relation, wanted[number], *of),
        sent=sent_of(place),
    )


def _may_save(form: ManyForm, keys: Sequence[str], there: dict[str, Record]) -> bool:
    """Tell whether the form was sent, and may be saved; what is gone since is said once."""
    may = form.validate_on_submit()
    gone = [key for key in keys if key not in there]
    if gone and form.was_sent:
        form.say_gone(GONE.format(number=len(gone), keys=", ".join(gone[:20])))
    elif may and not form.ticks_anything:
        form.form_errors.append(NOTHING)
    return may and not form.form_errors


def _edits(form: ManyForm, there: dict[str, Record]) -> list[records.Edit]:
    pairs = zip(there, form.edits(), strict=False)
    return [(tables.key_of(key), values, held) for key, (values, held) in pairs if values]
