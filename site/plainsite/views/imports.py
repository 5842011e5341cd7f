"""A file into a table: bring it, say which column goes where, look at what would become of it, do it."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.imports import Cell, MappingForm, UploadForm, reader, said, writable
from plainsite.refusals import Refused
from plainsite.services.csvtexts import Line, Unreadable, read
from plainsite.services.queries import visible
from plainsite.services.tablefiles import csv_of_texts, heard, unguarded
from plainsite.services.taking import Incoming, Outcome, not_taken_back, take
from plainsite.views import tables, uploads
from plainsite.views.context import me, show_form
from plainsite.views.data import pages

MOST_SHOWN = 200  # refused rows on a page; the others are in the file of them
BASE = "/<name>/<table>/+import"


@pages.route(BASE, methods=["GET", "POST"])
def bring(name: str, table: str) -> ResponseReturnValue:
    """Ask for a file."""
    place = _changeable(name, table)
    form = UploadForm()
    if form.validate_on_submit():
        sent = request.files.get("file")
        content = sent.read() if sent is not None and sent.filename else (form.pasted.data or "").encode()
        try:
            read(content)
        except Unreadable as why:
            form.form_errors.append(f"{why}")
        else:
            return redirect(f"{place.address}+import/{uploads.keep(content, _owner())}", 303)
    return show_form("data/import.html", form, place=place)


@pages.route(f"{BASE}/<file>", methods=["GET", "POST"])
def mapping(name: str, table: str, file: str) -> ResponseReturnValue:
    """Ask which column of the file goes where, and try it."""
    place = _changeable(name, table)
    names, lines = read(uploads.kept(_owner(), file))
    noted = uploads.noted(_owner(), file)
    exported = [unguarded(name) for name in names] == [column.name for column in visible(place.relation)]
    form = MappingForm(place.relation, names, noted.get("chosen", {}), exported=exported)
    if form.validate_on_submit():
        try:
            _run(place, file, form.values() | {"places": form.places()}, trial=True)
        except Refused as refused:
            form.form_errors.extend(said(refused.reasons))
        else:
            return redirect(f"{place.address}+import/{file}/+result", 303)
    return show_form("data/import_columns.html", form, place=place, names=names, lines=lines[:3], number=len(lines))


@pages.route(f"{BASE}/<file>/+result", methods=["GET", "POST"])
def result(name: str, table: str, file: str) -> ResponseReturnValue:
    """Show what would become of the file, and do it; show what became of it."""
    place = _changeable(name, table)
    noted = uploads.noted(_owner(), file)
    if noted.get("address") != place.address:
        abort(404)
    form = Press()
    if form.validate_on_submit():
        try:
            _run(place, file, noted["chosen"], trial=False)
        except Refused as refused:
            form.form_errors.extend(said(refused.reasons))
        else:
            return redirect(f"{place.address}+import/{file}/+result", 303)
    return show_form("data/import_result.html", form, place=place, file=file, noted=noted, most=MOST_SHOWN)


@pages.get(f"{BASE}/<file>/+refused.csv")
def refused_rows(name: str, table: str, file: str) -> ResponseReturnValue:
    """Give the refused rows as they came, each with its line and what is wrong with it: to be mended."""
    place = _changeable(name, table)
    noted = uploads.noted(_owner(), file)
    if noted.get("address") != place.address:
        abort(404)
    names, lines = read(uploads.kept(_owner(), file))
    why = dict(noted["refused"])
    exported = bool(noted["chosen"].get("exported"))
    rows = [
        [
            *_padded([_meant(cell, place, exported=exported) for cell in line.cells], len(names)),
            line.number,
            why[line.number],
        ]
        for line in lines
        if line.number in why
    ]
    answer = Response(csv_of_texts([*names, "line", "refused"], rows), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename="refused.csv")
    return answer


def _run(place: tables.Place, file: str, chosen: dict[str, Any], *, trial: bool) -> None:
    """Take a file's rows into the table, and note what became of them."""
    _, lines = read(uploads.kept(_owner(), file))
    rows, broken = _rows(place, lines, chosen)
    partly = chosen["refused"] == "rest"
    stopped = bool(broken) and not partly  # the database is asked about the others all the same
    outcome = take(
        place.session,
        place.relation,
        rows,
        changes=chosen["there"] == "change",
        partly=partly,
        trial=trial or stopped,
    )
    uploads.note(
        _owner(), file, {"address": place.address, "chosen": chosen, "trial": trial, **_facts(outcome, broken)}
    )


def _rows(
    place: tables.Place, lines: Sequence[Line], chosen: dict[str, Any]
) -> tuple[list[Incoming], list[tuple[int, str]]]:
    """Give the rows that can be read, and of the others why not."""
    columns, exported = writable(place.relation), bool(chosen.get("exported"))
    to_values = reader([None if n is None else columns[n] for n in chosen["places"]], exact=exported)
    rows, broken = [], []
    for line in lines:
        if line.why:
            broken.append((line.number, f"The row {line.why}"))
            continue
        values, wrong = to_values([_meant(cell, place, exported=exported) for cell in line.cells])
        if wrong:
            broken.append((line.number, ". ".join(wrong)))
        else:
            rows.append(Incoming(line.number, values))
    return rows, broken


def _facts(outcome: Outcome, broken: list[tuple[int, str]]) -> dict[str, Any]:
    refused = [(line, ". ".join(said(reasons))) for line, reasons in outcome.refused]
    return {
        "written": outcome.written,
        "added": outcome.added,
        "changed": outcome.changed,
        "there": outcome.there,
        "kept": outcome.kept,
        "refused": sorted([*refused, *broken]),
    }


def _meant(cell: str | None, place: tables.Place, *, exported: bool) -> Cell:
    if cell is None or not exported:
        return cell
    return heard(cell, escapes=place.database.engine.dialect.name == "sqlite")


def _padded(cells: list[Cell], width: int) -> list[Cell]:
    """Give as many cells as there are columns: a row that had too many or too few is told so beside them."""
    return (cells + [None] * width)[:width]


def _owner() -> int:
    user = me()
    return int(user.id) if user is not None else abort(403)


def _changeable(name: str, table: str) -> tables.Place:
    place = tables.place_of(name, table)
    if not place.editable or place.locked or not_taken_back(place.relation):
        abort(403)
    return place
