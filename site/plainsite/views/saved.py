"""Saved queries: those of a database, changing one, deleting one."""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.queries import SavedQueryForm
from plainsite.services import saved
from plainsite.views import asking
from plainsite.views.context import db, show_form
from plainsite.views.merging import Key, add_again, deleted_already, edited, tell
from plainsite.views.queries import not_here, pages
from plainsite.views.undoing import offer


@pages.get("/<name>/+queries/")
def index(name: str) -> ResponseReturnValue:
    """Show a database's saved queries."""
    database = asking.asked(name)
    if database is None:
        return not_here(name)
    return render_template("data/queries.html", database=database, rows=saved.find_all(db(), name))


@pages.route("/<name>/+queries/<id:id>/edit", methods=["GET", "POST"])
def edit(name: str, id: int) -> ResponseReturnValue:
    """Let an admin change a saved query."""
    database = asking.asked(name) or abort(403)
    edit = edited(
        Key("queries", str(id)),
        lambda: saved.find(db(), name, id),
        lambda query: SavedQueryForm(obj=query),
        lambda form: saved.update(db(), id, **form.changes(), held=form.held()),
    )
    if edit.written:
        tell("The query", edit.form)
        return redirect(url_for("queries.show", name=name, id=id), 303)
    if edit.record is None:
        adding, leading = url_for("queries.ask", name=name), url_for("queries.index", name=name)
        return add_again(edit, "The query", adding, leading, database=database, pairs=[("save", "1")])
    return show_form("data/query_edit.html", edit.form, database=database, query=edit.record)


@pages.route("/<name>/+queries/<id:id>/delete", methods=["GET", "POST"])
def delete(name: str, id: int) -> ResponseReturnValue:
    """Ask whether a saved query is to go, and delete it."""
    database, query, form = asking.asked(name) or abort(403), saved.find(db(), name, id), Press()
    if query is None:
        return deleted_already(Key("queries", str(id)), "The query", url_for("queries.index", name=name))
    if form.validate_on_submit():
        saved.delete(db(), id)
        offer("The query was deleted.", db())
        return redirect(url_for("queries.index", name=name), 303)
    return show_form("data/query_delete.html", form, database=database, query=query)
