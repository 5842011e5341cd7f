"""What the pages of queries share: who asks which database what, and the address that says so."""

from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, request, url_for

from plainsite.databases import Attached
from plainsite.engines.statements import is_same
from plainsite.forms.queries import PARAMETER, QueryForm, form_for
from plainsite.services import saved
from plainsite.services.pages import Record
from plainsite.services.running import Running
from plainsite.services.sqltext import parameters
from plainsite.services.statements import Asker
from plainsite.texts import unbroken
from plainsite.views import tables
from plainsite.views.context import db, me, own


def asked(name: str) -> Attached | None:
    """Give the database of an address; None where it is the site's own, by whatever name it was attached."""
    database = tables.database_called(name)
    return None if name == "site" or is_same(database.reader.url, own().engine.url) else database


def existing(name: str, id: int) -> Record:
    """Give the saved query of an address."""
    return saved.find(db(), name, id) or abort(404)


def statement_of(query: Record | None) -> str:
    """Give a saved query's statement, or else the one that was sent."""
    return str(query.statement) if query else unbroken(request.values.get("statement", ""))


def filled_form(database: Attached, query: Record | None) -> QueryForm:
    """Make the form of a statement, filled by the address, or by what was sent."""
    statement = statement_of(query)
    names = tuple(parameters(statement, database.engine.dialect.name))
    kind = form_for(names, saved=query is not None)
    if request.method == "POST":
        return kind()
    given = {PARAMETER + each: request.args.get(PARAMETER + each, "") for each in names}
    return kind(data={"statement": statement, "name": request.args.get("name", ""), **given})


def is_to_run(form: QueryForm) -> bool:
    """Tell whether all is there; a link from elsewhere runs nothing that nobody here has read."""
    complete = all(PARAMETER + name in request.args for name in form.given())
    typed = "statement" not in form or bool(form["statement"].data.strip())
    return complete and typed and not is_from_elsewhere()


def is_from_elsewhere() -> bool:
    """Tell whether a page of another site led here; a browser says so, or at least which page it was."""
    came = (request.referrer or "").partition("://")[2].partition("/")[0]  # it may be no address at all
    told = request.headers.get("Sec-Fetch-Site", "same-origin" if came in {"", request.host} else "cross-site")
    return told not in {"same-origin", "none"}


def address(database: Attached, query: Any, form: QueryForm) -> str:
    """Give the address that runs a query with what was sent; a parameter that had no field yet is asked for there."""
    values = ((PARAMETER + name, value) for name, value in form.given().items())
    pairs = [(name, value) for name, value in values if name in request.values]
    if query is None:
        base = url_for("queries.ask", name=database.name)
        name = form["name"].data
        pairs = [("statement", form["statement"].data), *pairs, *([("name", name)] if name else [])]
    else:
        base = url_for("queries.show", name=database.name, id=query.id)
    return f"{base}?{urlencode(pairs)}" if pairs else base


def asker(database: Attached) -> Asker:
    """Give what runs statements for whoever is asking."""
    return Asker(database.reader, current_app.config["QUERY_SECONDS"], running(), owner(database))


def running() -> Running:
    """Give what runs in this process."""
    found: Running = current_app.extensions.setdefault("plainsite.running", Running())
    return found


def owner(database: Attached) -> tuple[int, str]:
    """Tell whose statements are ended together: those of one admin on one database."""
    user = me()
    return (user.id if user else 0), database.name
