"""Any table of any database: the databases, one of them, a table's page, a record's page."""

from functools import partial

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from plainsite.forms.base import Press
from plainsite.kinds import is_secret
from plainsite.services import history, records, references
from plainsite.services.pages import Record
from plainsite.services.queries import Query, TooMuch
from plainsite.views import boards, columns, complaints, counts, entries, figures, filters, plans, rows, tables
from plainsite.views.context import db, show_form
from plainsite.views.guards import admins_only
from plainsite.views.patience import Patience

RECENT = 10  # changes that the dashboard shows

pages = Blueprint("data", __name__, url_prefix="/data")


@pages.before_request
@admins_only
def admins() -> ResponseReturnValue:
    """Let nobody else see any of it."""
    return None  # type: ignore[return-value] # Flask goes on with the request


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the databases there are, with what can be said of them at a glance."""
    found, left_out = boards.of_all()
    recent = entries.lines(history.find_page(db(), history.Asked(), size=RECENT))
    return render_template("data/index.html", rows=found, left_out=left_out, recent=recent)


@pages.get("/<name>/")
def database(name: str) -> ResponseReturnValue:
    """Show a database's tables and views, and what was left out, with why."""
    found = boards.of(tables.database_called(name))
    return render_template("data/database.html", **found), 503 if found["away"] else 200


@pages.route("/<name>/+reflection", methods=["GET", "POST"])
def reflect(name: str) -> ResponseReturnValue:
    """Ask whether a database's tables are to be looked at again, and do so."""
    found, form = tables.database_called(name), Press()
    if form.validate_on_submit():
        found.catalog.read(anew=True)
        found.engine.clear_compiled_cache()  # of statements about tables as they were
        flash("The tables were looked at again.")
        return redirect(url_for("data.database", name=name), 303)
    return show_form("data/reflect.html", form, database=found)


@pages.get("/<name>/<table>/")
def table(name: str, table: str) -> ResponseReturnValue:
    """Show a table, as its address asks: these columns, those rows, in this order."""
    place, query = tables.place_of(name, table), tables.asked(request.args)
    if "of" in request.args:  # sent by the form that chooses columns; what it means is an address
        query = query._replace(columns=columns.chosen(place.relation, request.args))
        return redirect(tables.with_query(place.address, query), 303)
    if (typed := filters.wrong(place.relation, query, request.args)) is not None:
        return _narrow(place, query, typed)
    try:
        listed = _page(place, query)
    except (TooMuch, DBAPIError) as error:
        return narrow(place, query, error)
    except ValueError:
        abort(404)
    plan = plans.plan_of(place, query)
    number, counted = counts.counted(place, query, listed)
    return render_template(
        "data/table.html",
        place=place,
        query=query,
        plan=plan,
        rows=partial(plan.rows.draw, listed, picked="picked" in request.args) if listed.rows else None,
        number=number,
        counted=counted,
        unreachable=place.relation.record is not None and None in listed.keys,
        **plan.turns(place, listed),
    )


@pages.get("/<name>/<table>/<key>")
def show(name: str, table: str, key: str) -> ResponseReturnValue:
    """Show a record whole: what it refers to, and what refers to it."""
    place = tables.place_of(name, table)
    row = existing(place, key)
    patience = Patience(figures.BOARD)
    hanging = [
        (each, rows.children(place, each, row), patience.ask(place.database, partial(_hanging, place, each, row)))
        for each in references.references_to(place.reflection, place.relation)
    ]
    return render_template(
        "data/show.html",
        place=place,
        key=key,
        facts=rows.facts(place, row),
        hanging=hanging,
        label=references.name_of(place.relation, row),
        most=references.COUNTED_UP_TO,
        history=entries.of_record(name, place.relation.name, key) if entries.is_told(place) else None,
    )


@pages.get("/<name>/<table>/<key>/+file/<column>")
def download(name: str, table: str, key: str, column: str) -> ResponseReturnValue:
    """Give one value as a file: nothing in it is opened as a page."""
    place = tables.place_of(name, table)
    row = existing(place, key)
    (wanted,) = tables.key_of(column)
    if wanted not in row._mapping or is_secret(str(wanted)):  # noqa: SLF001
        abort(404)
    value = row._mapping[wanted]  # noqa: SLF001
    content = value if isinstance(value, bytes) else str("" if value is None else value).encode()
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"{wanted}.{'bin' if isinstance(value, bytes) else 'txt'}"
    )
    return answer


def existing(place: tables.Place, key: str) -> Record:
    """Give the record of an address."""
    return found(place, key) or abort(404)


def found(place: tables.Place, key: str, *, secrets: bool = False) -> Record | None:
    """Give the record of an address; None when it is gone."""
    try:
        return records.find(place.session, place.relation, tables.key_of(key), secrets=secrets)
    except (ValueError, DataError, OverflowError):
        place.database.remove()  # PostgreSQL answers nothing more in that transaction
        abort(404)


def narrow(place: tables.Place, query: Query, error: SQLAlchemyError | TooMuch) -> ResponseReturnValue:
    """Say that the database could not answer this, and what to change."""
    place.database.remove()
    if isinstance(error, TooMuch):
        return _narrow(place, query, None, f"{error}")
    typed = filters.unfit(place, query) if isinstance(error, DataError) else None
    return _narrow(place, query, typed, complaints.complaint(error))


def _page(place: tables.Place, query: Query) -> records.Listed:
    """Ask for the page that is wanted; without labels where the tables that they come from cannot be read."""
    links, wanted = references.links_of(place.reflection, place.relation), tables.paging()
    try:
        return records.find_page(place.session, place.relation, query, links=links, **wanted)
    except DBAPIError as error:
        if not links or isinstance(error, DataError) or complaints.took_too_long(error):
            raise
        place.database.remove()
    return records.find_page(place.session, place.relation, query, **wanted)


def _hanging(place: tables.Place, reference: references.Reference, row: Record) -> int:
    return references.hanging(place.session, reference, row)


def _narrow(place: tables.Place, query: Query, typed: filters.Typed | None, says: str = "") -> ResponseReturnValue:
    """Say that the database could not answer this, and what helps: a filter to change, the tables as they are now."""
    rest = query if typed is None else filters.without(query, typed.filter)
    away, other = says.startswith(complaints.AWAY), says == complaints.OTHER
    context = {"place": place, "query": rest, "typed": typed or filters.BLANK, "says": "" if typed else says}
    again = tables.with_query(place.address, query) if away else None
    answer = render_template("data/narrow.html", **context, again=again, other=other, **plans.narrowing(place, rest))
    return answer, 503 if away else 422
