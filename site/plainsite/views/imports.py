"""A file into a table: bring it, say which column goes where, look at what would become of it, do it."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.imports import Cell, MappingForm, UploadForm
from plainsite.services.csvtexts import Unreadable, read
from plainsite.services.incoming import not_taken_back
from plainsite.services.queries import visible
from plainsite.services.tablefiles import csv_of_texts, unguarded
from plainsite.views import jobs, tables, uploads
from plainsite.views.context import me, show_form
from plainsite.views.data import pages

BASE = "/<name>/<table>/+import"
LOOK_AGAIN = 2  # seconds after which a page of progress is asked for again


@pages.route(BASE, methods=["GET", "POST"])
def bring(name: str, table: str) -> ResponseReturnValue:
    """Ask for a file."""
    place = _changeable(name, table)
    form = UploadForm()
    if form.validate_on_submit():
        sent = request.files.get("file")
        given = sent.stream if sent is not None and sent.filename else BytesIO((form.pasted.data or "").encode())
        file = uploads.keep(given, _owner())
        try:
            with uploads.opened(_owner(), file) as content:
                number = sum(1 for _ in read(content)[1])
        except Unreadable as why:
            uploads.forget(_owner(), file)
            form.form_errors.append(f"{why}")
        else:
            uploads.note(_owner(), file, {"rows": number})
            return redirect(f"{place.address}+import/{file}", 303)
    return show_form("data/import.html", form, place=place)


@pages.route(f"{BASE}/<file>", methods=["GET", "POST"])
def mapping(name: str, table: str, file: str) -> ResponseReturnValue:
    """Ask which column of the file goes where, and try it."""
    place = _changeable(name, table)
    with uploads.opened(_owner(), file) as content:
        names, rows = read(content)
        lines = list(islice(rows, 3))
    noted = uploads.noted(_owner(), file)
    exported = [unguarded(name) for name in names] == [column.name for column in visible(place.relation)]
    form = MappingForm(place.relation, names, noted.get("chosen", {}), exported=exported)
    if form.validate_on_submit():
        jobs.start(place, _owner(), file, form.values() | {"places": form.places()}, trial=True)
        return redirect(f"{place.address}+import/{file}/+result", 303)
    context = {"place": place, "names": names, "lines": lines, "number": noted.get("rows", 0)}
    return show_form("data/import_columns.html", form, **context)


@pages.route(f"{BASE}/<file>/+result", methods=["GET", "POST"])
def result(name: str, table: str, file: str) -> ResponseReturnValue:
    """Show how far a file is, what would become of it, and do it; show what became of it."""
    at_work = uploads.is_held(_owner(), file)  # asked first: what is noted after it ended says so
    noted = _noted(name, table, file)
    if at_work:  # and may keep the database from answering
        page = render_template("data/import_progress.html", noted=noted, table=table, again=LOOK_AGAIN)
        return page, {"Refresh": str(LOOK_AGAIN)}
    place = _changeable(name, table)
    form = Press()
    if form.validate_on_submit():
        if not noted.get("written"):  # else the button was pressed once more
            jobs.start(place, _owner(), file, noted["chosen"], trial=False)
        return redirect(f"{place.address}+import/{file}/+result", 303)
    return show_form("data/import_result.html", form, place=place, file=file, noted=noted, most=jobs.MOST_SHOWN)


@pages.get(f"{BASE}/<file>/+refused.csv")
def refused_rows(name: str, table: str, file: str) -> ResponseReturnValue:
    """Give the refused rows as they came, each with its line and what is wrong with it: to be mended."""
    place = _changeable(name, table)
    noted, owner = _noted(name, table, file), _owner()
    why, content = uploads.refused(owner, file), uploads.opened(owner, file)
    names, lines = read(content)
    exported, escapes = bool(noted["chosen"].get("exported")), place.database.engine.dialect.name == "sqlite"

    def rows() -> Iterator[Sequence[Any]]:
        for line in lines:
            if line.number in why:
                cells = [jobs.meant(cell, escapes=escapes) if exported else cell for cell in line.cells]
                yield *_padded(cells, len(names)), line.number, why[line.number]

    answer = Response(csv_of_texts([*names, "line", "refused"], rows()), content_type="text/csv; charset=utf-8")
    answer.call_on_close(content.close)
    answer.headers.set("Content-Disposition", "attachment", filename="refused.csv")
    return answer


def _padded(cells: list[Cell], width: int) -> list[Cell]:
    """Give as many cells as there are columns: a row that had too many or too few is told so beside them."""
    return (cells + [None] * width)[:width]


def _owner() -> int:
    user = me()
    return int(user.id) if user is not None else abort(403)


def _noted(name: str, table: str, file: str) -> dict[str, Any]:
    """Give what is known of a file that was tried for this table."""
    found = uploads.noted(_owner(), file)
    return found if found.get("address") == url_for("data.table", name=name, table=table) else abort(404)


def _changeable(name: str, table: str) -> tables.Place:
    place = tables.place_of(name, table)
    if not place.editable or place.locked or not_taken_back(place.relation):
        abort(403)
    return place
