"""Queries: a statement that reads, written by an admin, its result as a page and as a file."""

from itertools import chain
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from plainsite.databases import Attached
from plainsite.forms.queries import QueryForm
from plainsite.models import now
from plainsite.refusals import Refused
from plainsite.services import saved
from plainsite.services.pages import Record
from plainsite.services.statements import MOST_ROWS, Failed, Result
from plainsite.services.tablefiles import csv_of, json_lines_of
from plainsite.submissions import Repeated
from plainsite.views import asking, complaints, results, tables
from plainsite.views.context import db, show_form
from plainsite.views.guards import admins_only
from plainsite.views.repeats import once

pages = Blueprint("queries", __name__, url_prefix="/data")

LONGEST_ADDRESS = 2000  # characters; some servers and proxies take no more than twice that
WRITERS = {"csv": csv_of, "jsonl": json_lines_of}
TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl; charset=utf-8"}
FILE = "<any(csv, jsonl):kind>"


@pages.before_request
@admins_only
def admins() -> ResponseReturnValue:
    """Let nobody else see any of it."""
    return None  # type: ignore[return-value] # Flask goes on with the request


@pages.route("/<name>/+query", methods=["GET", "POST"])
def ask(name: str) -> ResponseReturnValue:
    """Ask for a statement, run it, or save it; what is run stands in the address."""
    database = asking.asked(name)
    return _page(database, None) if database else not_here(name)


@pages.route("/<name>/+queries/<id:id>", methods=["GET", "POST"])
def show(name: str, id: int) -> ResponseReturnValue:
    """Run a saved query, or ask for its parameters first."""
    database = asking.asked(name)
    return _page(database, asking.existing(name, id)) if database else not_here(name)


@pages.get(f"/<name>/+query.{FILE}")
def export(name: str, kind: str) -> ResponseReturnValue:
    """Give the whole result of a statement as a file."""
    database = asking.asked(name)
    return _file(database, None, kind) if database else not_here(name)


@pages.get(f"/<name>/+queries/<id:id>.{FILE}")
def export_saved(name: str, id: int, kind: str) -> ResponseReturnValue:
    """Give the whole result of a saved query as a file."""
    database = asking.asked(name)
    return _file(database, asking.existing(name, id), kind) if database else not_here(name)


def not_here(name: str) -> ResponseReturnValue:
    """Say why the site's own database is not asked."""
    return render_template("data/query_not_here.html", database=tables.database_called(name)), 403


def _page(database: Attached, query: Record | None) -> ResponseReturnValue:
    form = asking.filled_form(database, query)
    if request.method == "GET":
        return _show(database, query, form, run=asking.is_to_run(form))
    valid = form.validate()
    if "cancel" in request.form and not form.csrf_token.errors:
        return _cancel(database, query, form)
    if valid and (onward := _onward(database, query, form)):
        return redirect(onward, 303)
    return _show(database, query, form, run=False)


def _cancel(database: Attached, query: Record | None, form: QueryForm) -> ResponseReturnValue:
    """End what this admin has running, and give back what was typed."""
    ended = asking.running().end(asking.owner(database))
    flash("Nothing was running." if not ended else "1 statement was ended." if ended == 1 else f"{ended} were ended.")
    form.forgive()
    return _show(database, query, form, run=False)


def _onward(database: Attached, query: Record | None, form: QueryForm) -> str | None:
    """Give the address that runs what was sent; what is to be saved, or is too long for an address, is saved first."""
    keep = "save" in request.form
    address = asking.address(database, query, form)
    if query is not None or (not keep and len(address) <= LONGEST_ADDRESS):
        return address
    name = form["name"].data or ("" if keep else f"Query of {now():%Y-%m-%d %H:%M:%S.%f}")
    if not name:
        form["name"].errors = ["Enter a name to save it under"]
        return None
    try:
        made: Any = saved.create(once(form), database=database.name, name=name, statement=form["statement"].data)
    except Repeated as repeated:
        made = saved.find(db(), database.name, int(repeated.key or 0)) or abort(404)
        name = made.name
    except Refused as refused:
        form.show(refused)
        return None
    flash(f"It was saved as {name}." if keep else f"It is too long for an address, so it was saved as {name}.")
    return asking.address(database, made, form)


def _show(database: Attached, query: Record | None, form: QueryForm, *, run: bool) -> ResponseReturnValue:
    result = _run(database, query, form) if run else None
    columns = results.columns_of(result.names, result.rows, database.engine.dialect.name) if result else []
    here = url_for("queries.show", name=database.name, id=query.id) if query else request.script_root + request.path
    return show_form(
        "data/query.html",
        form,
        database=database,
        query=query,
        result=result,
        columns=results.headings(columns),
        rows=results.lines(result.names, columns, result.rows) if result else [],
        most=MOST_ROWS,
        seconds=current_app.config["QUERY_SECONDS"],
        from_elsewhere=request.method == "GET" and asking.is_from_elsewhere(),
        to_fill=not run and not form.problems and bool(form.given()),
        here=here,
        asked=_asked(),
    )


def _run(database: Attached, query: Record | None, form: QueryForm) -> Result | None:
    try:
        return asking.asker(database).run(asking.statement_of(query), form.given())
    except Failed as error:
        form.say(str(error))
    except SQLAlchemyError as error:
        words = complaints.complaint(error)
        form.say(words[:1].upper() + words[1:])
    return None


def _file(database: Attached, query: Record | None, kind: str) -> ResponseReturnValue:
    form = asking.filled_form(database, query)
    page = request.path.removesuffix(f".{kind}")
    try:
        if not asking.is_to_run(form):
            return redirect(request.script_root + page + _asked(), 303)
        names, batches = asking.asker(database).stream(asking.statement_of(query), form.given())
        first = next(batches, [])
    except (Failed, SQLAlchemyError):  # the page says what is wrong
        return redirect(request.script_root + page + _asked(), 303)
    columns = results.columns_of(names, first, database.engine.dialect.name)
    whole = results.masked(names, chain([first] if first else [], batches))
    answer = Response(WRITERS[kind](columns, whole), content_type=TYPES[kind])
    answer.call_on_close(batches.close)  # also of one who leaves half-way
    answer.headers.set("Content-Disposition", "attachment", filename=f"{database.name}-query.{kind}")
    return answer


def _asked() -> str:
    """Give the part of the address that says what is asked."""
    return f"?{request.query_string.decode()}" if request.query_string else ""
