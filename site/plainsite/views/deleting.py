"""Deleting records of any table: one, those chosen, or all that match; each is asked first, in numbers."""

from collections.abc import Iterable, Sequence

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import DataError, SQLAlchemyError

from plainsite import recording
from plainsite.forms.base import Press
from plainsite.forms.columns import RecordForm
from plainsite.reasons import Refused
from plainsite.services import bulk, cascades, records, references, undoing
from plainsite.services.queries import Query
from plainsite.views import tables
from plainsite.views.context import show_form
from plainsite.views.data import found, pages
from plainsite.views.merging import Key, deleted_already
from plainsite.views.undoing import offer

MOST_CHOSEN = 500  # records that one form names by their keys
OTHERS = "The database keeps some of them: others refer to them, or a rule of its own forbids it. Nothing was deleted"
OWN_RULE = "The database keeps it and does not say why: a rule of its own forbids this. Nothing was deleted"
IN_THE_WAY = (
    "Nothing was deleted, because of {count:,} in {table}, by {columns}, that would refer to nothing: see to them first"
)
OTHER = "They are not the same records as when you were asked. Nothing was deleted: look again"
CHANGED = "They were {before:,} when you were asked, and are {now:,} now. Nothing was deleted: look again"


@pages.route("/<name>/<table>/<key>/delete", methods=["GET", "POST"])
def delete(name: str, table: str, key: str) -> ResponseReturnValue:
    """Ask whether a record is to go, saying what hangs on it, and delete it."""
    place = tables.changeable(name, table)
    if (row := found(place, key)) is None:
        return deleted_already(Key(place.relation.name, key, name), "The record", place.address)
    return _chosen(place, [key], place.address, references.name_of(place.relation, row))


@pages.route("/<name>/<table>/+delete", methods=["GET", "POST"])
def delete_many(name: str, table: str) -> ResponseReturnValue:
    """Ask whether the chosen records, or all that match, are to go, and delete them: all or none."""
    place, query = tables.changeable(name, table), tables.asked(request.args)
    back = tables.with_query(place.address, query)
    if "all" in request.values:
        return _matching(place, query, back)
    keys = request.values.getlist("key")
    if not keys or len(keys) > MOST_CHOSEN:
        flash(f"Choose at most {MOST_CHOSEN} records." if keys else "Choose the records first.")
        return redirect(back, 303)
    return _chosen(place, keys, back)


def _chosen(place: tables.Place, keys: list[str], back: str, label: str = "") -> ResponseReturnValue:
    form, wanted = Press(), [tables.key_of(key) for key in keys]
    try:
        which = cascades.these(place.relation, wanted)
        if not _are_keys(place, which):
            abort(404)
    except ValueError:
        abort(404)
    refused = None
    if _is_sure(form):
        try:
            gone = records.delete(place.session, place.relation, wanted)
        except ValueError:
            abort(404)
        except Refused as why:
            refused = why
        else:
            may = not undoing.unkept(place.relation.table)
            offer(_gone(gone, len(recording.appended(place.session))), place.session, number=gone, may=may)
            return redirect(back, 303)
    return _ask(place, form, which, refused, keys=keys, number=len(keys), back=back, label=label)


def _gone(number: int, entries: int) -> str:
    """Say how many records were deleted; of one, whether the history tells of others that went with it."""
    if number != 1:
        return f"{number} records were deleted."
    return "The record was deleted." + (" What hung on it was deleted too, or set free." if entries > 1 else "")


def _are_keys(place: tables.Place, which: cascades.Condition) -> bool:
    """Tell whether rows of the table could have these keys at all."""
    try:
        place.session.connection().execute(select(1).where(which(place.relation.table)).limit(1)).first()
    except (DataError, OverflowError):
        place.database.remove()
        return False
    return True


def _matching(place: tables.Place, query: Query, back: str) -> ResponseReturnValue:
    form, refused, told = Press(), None, request.form.get("number", 0, type=int)
    try:
        number, which = records.count(place.session, place.relation, query), cascades.matching(place.relation, query)
        sealed = bulk.seal(place.session, place.relation, query) if number <= bulk.MOST else ""
    except (ValueError, SQLAlchemyError):
        return redirect(back, 303)  # where it is said what is wrong with the filters
    if number > bulk.MOST:
        form.form_errors.append(f"More than {bulk.MOST:,} match: add a filter, so that fewer go at once")
    elif _is_sure(form):
        given = request.form.get("sealed", "")
        try:
            gone = bulk.delete_matching(place.session, place.relation, query, told, given)
        except Refused as why:
            refused = why
        else:
            flash(f"{gone:,} records were deleted.")
            return redirect(place.address, 303)
    return _ask(place, form, which, refused, keys=[], number=number, back=back, told=told, sealed=sealed)


def _is_sure(form: Press) -> bool:
    """Tell whether the button of the page that asks was pressed, not the one that leads there."""
    return "sure" in request.form and form.validate_on_submit()


def _ask(  # noqa: PLR0913 - what a page that asks has to say
    place: tables.Place,
    form: Press,
    which: cascades.Condition,
    refused: Refused | None,
    *,
    keys: list[str],
    number: int,
    back: str,
    label: str = "",
    told: int = 0,
    sealed: str = "",
) -> ResponseReturnValue:
    """Show what would go, and what with it; None where that takes too long to find out."""
    try:
        hanging = cascades.hanging_on(place.session, place.reflection, place.relation, which)
    except SQLAlchemyError:
        place.database.remove()
        hanging = None
    if refused is not None:
        form.form_errors.extend(_why(refused, hanging or (), told, one=len(keys) == 1))
    context = {"place": place, "keys": keys, "number": number, "hanging": hanging, "back": back, "label": label}
    context |= {
        "unkept": ", ".join(undoing.unkept(place.relation.table)),
        "sealed": sealed,
        "most": cascades.COUNTED_UP_TO,
        "too_many": number > bulk.MOST,
    }
    return show_form("data/delete.html", form, **context)


def _why(refused: Refused, hanging: Sequence[cascades.Hanging], told: int, *, one: bool) -> Iterable[str]:
    """Say why records cannot go: in the words of a record's form where the database gives a reason."""
    for now in (reason.count or 0 for reason in refused.reasons if reason.rule == "changed"):
        return [OTHER if now == told else CHANGED.format(before=told, now=now)]
    words = RecordForm({})
    words.show(Refused(*(reason for reason in refused.reasons if reason.rule != "refused")))
    in_the_way = [each for each in hanging if each.fate == "keeps"]
    return words.form_errors or [_named(each) for each in in_the_way] or [OWN_RULE if one else OTHERS]


def _named(each: cascades.Hanging) -> str:
    columns = ", ".join(column.name for column in each.reference.columns)
    return IN_THE_WAY.format(count=each.count, table=each.reference.child.name, columns=columns)
