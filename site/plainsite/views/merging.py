"""Edits of what others edit too: compared with what the record holds now, field by field, written or asked about."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from plainsite import recording
from plainsite.forms.base import Form
from plainsite.history import OWN
from plainsite.reasons import Changed, Refused
from plainsite.services import history
from plainsite.services.pages import Record
from plainsite.transactions import Busy
from plainsite.views.context import db, is_admin
from plainsite.views.history import is_own
from plainsite.views.times import said

Kind = TypeVar("Kind", bound=Form)

MOST_TRIES = 5  # times that a record may change between being read and being locked
GONE = "{what} is not there any more: it was deleted, or given another key, while you were changing it"
ALREADY = "{what} was deleted already, {by}."
DELETED = "{what} was deleted {by}, while you were changing it"


class Key(NamedTuple):
    """Which record it is, as the history names it: the key as in addresses."""

    relation: str
    key: str
    database: str = OWN


class Edit(NamedTuple, Generic[Kind]):
    """What became of an edit: the record it was compared with, None once that is gone; its form; what was written."""

    of: Key
    record: Record | None
    form: Kind
    written: Any = None


def edited(
    of: Key,
    find: Callable[[], Record | None],
    make: Callable[[Record | None], Kind],
    write: Callable[[Kind], Any],
) -> Edit[Kind]:
    """Open the form of a record, or compare what was sent with what the record holds now, and write what may be.

    Takes which record it is, what finds it, what makes its form (of None: that of a new one) and what writes the
    form's changes, by a service that takes `held` and gives None for a record that is gone. A record that changed in
    between is read and compared again. Raises Busy when that never ends; a record that nobody was editing is a 404.
    """
    for _ in range(MOST_TRIES):
        record = find()
        if record is None and not any(name.endswith("-was") for name in request.form):
            abort(404)
        form = make(record)
        if record is None or not form.validate_on_submit():
            _explain(form, of)
            return Edit(of, record, form)
        try:
            written = write(form)
        except Changed:
            continue
        except Refused as refused:
            form.show(refused)
            return Edit(of, record, form)
        if written is not None:
            return Edit(of, record, form, written)
    raise Busy


def tell(what: str, form: Form, *, many: bool = False, session: Session | None = None) -> None:
    """Say that something was changed, or several things were, and what of others was kept.

    `session` is given where a rule of the database's own may have left all as it was: the history then tells nothing.
    """
    mine = any(field.changed or field.there for field in form.merging())
    if session is not None and any(field.changed for field in form.merging()) and not recording.appended(session):
        flash("The database left the record as it was: it holds what it held before.", "warning")
        return
    theirs = [field.label.text for field in form.merging() if field.theirs]
    says = f"{what} {'were' if many else 'was'} changed." if mine else "Nothing was changed."
    flash(f"{says} What somebody else changed meanwhile was kept: {', '.join(theirs)}." if theirs else says)


def add_again(edit: Edit[Kind], what: str, adding: str, leading: str, **context: Any) -> ResponseReturnValue:
    """Say that a record is gone, and offer what was typed as a new one.

    Takes the edit, what its record is called, the address that adds one, and where to go without it.
    """
    last = _last(edit.of)
    says = DELETED.format(what=what, by=_by(last)) if last and last.action == "delete" else GONE.format(what=what)
    edit.form.form_errors.append(says)
    return render_template("gone.html", form=edit.form, what=what, adding=adding, leading=leading, **context), 409


def deleted_already(of: Key, what: str, leading: str) -> ResponseReturnValue:
    """Say by whom and when a record was deleted that was to be deleted now; of what never was there, it is a 404."""
    last = _last(of)
    if last is None or last.action != "delete":
        abort(404)
    flash(ALREADY.format(what=what, by=_by(last)), "warning")
    return redirect(leading, 303)


def _explain(form: Form, of: Key) -> None:
    """Tell at each field that clashes who changed it and when, if the history says that it was made what it is now."""
    for field in form.merging():
        name = field.column_name
        last = _last(of, [name]) if field.before is not None else None
        if last is not None:
            before, after = (history.values_of(text) or {} for text in (last.before, last.after))
            if not history.differing({name: field.stored}, after, [name]):
                field.recollect(_by(last), before.get(name))


def _last(of: Key, columns: Iterable[str] = ()) -> Record | None:
    """Give who changed a record last, where whoever asks may know."""
    may_know = is_admin() or is_own(of.database, of.relation, of.key)
    return history.last_change(db(), of.database, of.relation, of.key, columns) if may_know else None


def _by(last: Record) -> str:
    return f"by {last.who or 'the command line'}, {said(last.at)}"
