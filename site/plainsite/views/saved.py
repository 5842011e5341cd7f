"""Saved queries: those of a database, changing one, deleting one."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.queries import SavedQueryForm
from plainsite.refusals import Refused
from plainsite.services import saved
from plainsite.views import asking
from plainsite.views.context import db, show_form
from plainsite.views.queries import not_here, pages


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
    database, query = asking.asked(name) or abort(403), asking.existing(name, id)
    form = SavedQueryForm(obj=query)
    if form.validate_on_submit():
        try:
            saved.update(db(), id, **form.values()) or abort(404)
        except Refused as refused:
            form.show(refused)
        else:
            flash("The query was changed.")
            return redirect(url_for("queries.show", name=name, id=id), 303)
    return show_form("data/query_edit.html", form, database=database, query=query)


@pages.route("/<name>/+queries/<id:id>/delete", methods=["GET", "POST"])
def delete(name: str, id: int) -> ResponseReturnValue:
    """Ask whether a saved query is to go, and delete it."""
    database, query, form = asking.asked(name) or abort(403), asking.existing(name, id), Press()
    if form.validate_on_submit():
        saved.delete(db(), id)
        flash("The query was deleted.")
        return redirect(url_for("queries.index", name=name), 303)
    return show_form("data/query_delete.html", form, database=database, query=query)
