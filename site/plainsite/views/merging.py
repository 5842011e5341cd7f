"""Edits of what others edit too: compared with what the record holds now, field by field, written or asked about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Form
from plainsite.reasons import Changed, Refused
from plainsite.services.pages import Record
from plainsite.transactions import Busy

Kind = TypeVar("Kind", bound=Form)

MOST_TRIES = 5  # times that a record may change between being read and being locked
GONE = "{what} is not there any more: it was deleted, or given another key, while you were changing it"


@dataclass(frozen=True)
class Edit(Generic[Kind]):
    """What became of an edit: the record it was compared with, None once that is gone; its form; what was written."""

    record: Record | None
    form: Kind
    written: Any = None


def edited(
    find: Callable[[], Record | None], make: Callable[[Record | None], Kind], write: Callable[[Kind], Any]
) -> Edit[Kind]:
    """Open the form of a record, or compare what was sent with what the record holds now, and write what may be.

    Takes what finds the record, what makes its form (of None: that of a new one) and what writes the form's changes,
    by a service that takes `held` and gives None for a record that is gone. A record that changed in between is read
    and compared again. Raises Busy when that never ends; a record that nobody could have been editing is a 404.
    """
    for _ in range(MOST_TRIES):
        record = find()
        if record is None and not any(name.endswith("-was") for name in request.form):
            abort(404)
        form = make(record)
        if record is None or not form.validate_on_submit():
            return Edit(record, form)
        try:
            written = write(form)
        except Changed:
            continue
        except Refused as refused:
            form.show(refused)
            return Edit(record, form)
        if written is not None:
            return Edit(record, form, written)
    raise Busy


def tell(what: str, form: Form) -> None:
    """Say that something was changed, if it was, and what of others was kept."""
    mine = any(field.changed or field.there for field in form.merging())
    theirs = [field.label.text for field in form.merging() if field.theirs]
    said = f"{what} was changed." if mine else "Nothing was changed."
    flash(f"{said} What somebody else changed meanwhile was kept: {', '.join(theirs)}." if theirs else said)


def add_again(form: Form, what: str, adding: str, leading: str, **context: Any) -> ResponseReturnValue:
    """Say that a record is gone, and offer what was typed as a new one.

    Takes the form of a new one, what it is called, the address that adds it, and where to go without it.
    """
    form.form_errors.append(GONE.format(what=what))
    return render_template("gone.html", form=form, what=what, adding=adding, leading=leading, **context), 409
