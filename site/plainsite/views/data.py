"""Any table of any database: the databases, one of them, a table's page, a record's page."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError, SQLAlchemyError

from plainsite.databases import Attached
from plainsite.forms.base import Press
from plainsite.kinds import is_secret
from plainsite.reflection import Reflection, Relation
from plainsite.services import records, references
from plainsite.services.pages import Record
from plainsite.services.queries import Query, operators_for, searched, visible
from plainsite.views import rows, tables
from plainsite.views.context import admins_only, show_form

pages = Blueprint("data", __name__, url_prefix="/data")


@pages.before_request
@admins_only
def admins() -> ResponseReturnValue:
    """Let nobody else see any of it."""
    return None  # type: ignore[return-value] # Flask goes on with the request


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the databases there are."""
    found = [(name, database, *_read(database)) for name, database in tables.databases().items()]
    return render_template("data/index.html", rows=found, titles=tables.TITLES)


@pages.get("/<name>/")
def database(name: str) -> ResponseReturnValue:
    """Show a database's tables and views, and what was left out, with why."""
    found = tables.database_called(name)
    reflection = found.catalog.read()
    relations = reflection.relations.values()
    return render_template(
        "data/database.html",
        database=found,
        rows=[(relation, tables.address_of(relation), _size(found, relation)) for relation in relations],
        left_out=reflection.left_out,
        title=tables.TITLES[found.engine.dialect.name],
    )


@pages.route("/<name>/+reflection", methods=["GET", "POST"])
def reflect(name: str) -> ResponseReturnValue:
    """Ask whether a database's tables are to be looked at again, and do so."""
    found, form = tables.database_called(name), Press()
    if form.validate_on_submit():
        found.catalog.read(anew=True)
        flash("The tables were looked at again.")
        return redirect(url_for("data.database", name=name), 303)
    return show_form("data/reflect.html", form, database=found)


@pages.get("/<name>/<table>/")
def table(name: str, table: str) -> ResponseReturnValue:
    """Show a table, as its address asks: these columns, those rows, in this order."""
    place, query = tables.place_of(name, table), tables.asked(request.args)
    try:
        listed = records.find_page(place.session, place.relation, query, **tables.paging())
        number = records.count(place.session, place.relation, query)
    except ValueError:
        abort(404)
    except (DataError, ProgrammingError, OperationalError) as error:
        place.database.remove()
        return _narrow(place, query, error)
    return render_template(
        "data/table.html",
        place=place,
        query=query,
        listed=listed,
        rows=rows.lines(place, listed),
        number=number,
        counted=records.COUNTED_UP_TO,
        headings=rows.headings(place, query, listed),
        chips=rows.chips(place, query),
        searched=[column.name for column in searched(place.relation)],
        operators={column.name: operators_for(column) for column in visible(place.relation)},
        pairs=tables.pairs_of(query),
        **rows.turns(place, query, listed),
    )


@pages.get("/<name>/<table>/<key>")
def show(name: str, table: str, key: str) -> ResponseReturnValue:
    """Show a record whole: what it refers to, and what refers to it."""
    place = tables.place_of(name, table)
    row = existing(place, key)
    told = references.references_of(place.reflection, place.relation)
    facts = [rows.fact(place, row, column, told) for column in place.relation.table.columns]
    hanging = [
        (reference, rows.children(place, reference, row), references.hanging(place.session, reference, row))
        for reference in references.references_to(place.reflection, place.relation)
    ]
    label = references.label_column(place.relation)
    return render_template(
        "data/show.html",
        place=place,
        key=key,
        facts=facts,
        hanging=hanging,
        label=row._mapping[label.name] if label is not None else None,  # noqa: SLF001
        most=references.COUNTED_UP_TO,
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
    try:
        found = records.find(place.session, place.relation, tables.key_of(key))
    except (ValueError, DataError, OverflowError):
        abort(404)
    return found or abort(404)


def _read(database: Attached) -> tuple[Reflection | None, str | None]:
    """Give a database's tables, or what its driver says while it does not answer."""
    try:
        return database.catalog.read(), None
    except SQLAlchemyError as error:
        return None, tables.complaint(error)


def _narrow(place: tables.Place, query: Query, error: SQLAlchemyError) -> ResponseReturnValue:
    """Say that the database could not answer this, and what to change."""
    context = {"place": place, "query": query, "says": tables.complaint(error), "chips": rows.chips(place, query)}
    return render_template("data/narrow.html", **context), 422


def _size(database: Attached, relation: Relation) -> str:
    """Say how many rows a table has; nothing where that takes too long or is not allowed."""
    try:
        number = records.count(database.session(), relation)
    except SQLAlchemyError:
        database.remove()
        return "?"
    return f"{number:,}" if number <= records.COUNTED_UP_TO else f"more than {records.COUNTED_UP_TO:,}"
