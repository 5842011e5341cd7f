"""An import at work: in a thread of its own, so that nobody waits for it and whoever leaves does not end it.

How far it is stands beside the file, for every process of the site; that it still goes on is told by its hold on the
file, which ends with the process that did it.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any, BinaryIO, NamedTuple

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from plainsite.databases import Attached
from plainsite.forms.imports import Cell, reader, said, writable
from plainsite.history import Actor
from plainsite.recording import WHO
from plainsite.reflection import Relation
from plainsite.refusals import Refused
from plainsite.services.csvtexts import read
from plainsite.services.incoming import Incoming, Outcome
from plainsite.services.tablefiles import heard
from plainsite.services.taking import take
from plainsite.submissions import Repeated, Sending, tell
from plainsite.transactions import Busy, Unknown
from plainsite.views import complaints, tables, uploads
from plainsite.views.context import db, who

AT_ONCE = 2.0  # seconds for which whoever starts an import waits: most are done by then
TOLD_EVERY = 0.5  # seconds
MOST_SHOWN = 200  # refused rows on a page; the others are in the file of them
BUSY = "others kept the table for too long: try again"
TAKEN = "this file has been imported before, so nothing was written now"
PERHAPS = (
    "the site was stopped while this file was being imported, and it is not known whether the database has kept it: "
    "look at the table first. Nothing was written now"
)
OURS = "something went wrong here: it is our fault, and it is noted"

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A file that is to be taken into a table, by whom, and as they chose."""

    actor: Actor
    owner: int
    file: str
    database: Attached
    relation: Relation
    facts: dict[str, Any]  # as they stand beside the file while it is worked on
    sending: Sending | None  # a file is taken once, whoever presses the button how often; None while it is only tried


def start(place: tables.Place, owner: int, file: str, chosen: dict[str, Any], *, trial: bool) -> None:
    """Begin to take a file into a table, and wait a moment; what is at work already goes on instead."""
    hold = uploads.held(owner, file)
    if hold is None:
        return
    number = uploads.noted(owner, file).get("rows", 0)
    facts = {"address": place.address, "chosen": chosen, "trial": trial, "rows": number, "done": 0}
    facts |= {"keeping": False, "ended": False}
    sending = None if trial else _sending(place, owner, file)
    job = Job(who(), owner, file, place.database, place.relation, facts, sending)
    uploads.note(owner, file, facts)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask documents it
    thread = Thread(target=_work, args=(app, hold, job), name=f"import {file}", daemon=True)
    thread.start()
    thread.join(AT_ONCE)


class Rows:
    """A file's rows as they are to be taken; read anew whenever somebody goes through them."""

    def __init__(self, job: Job) -> None:
        """Take what is to be done."""
        self._job = job

    def __iter__(self) -> Iterator[Incoming]:
        """Give each row, or why it cannot be read."""
        job, chosen = self._job, self._job.facts["chosen"]
        columns, exported = writable(job.relation), bool(chosen.get("exported"))
        to_values = reader([None if n is None else columns[n] for n in chosen["places"]], exact=exported)
        escapes = exported and job.database.engine.dialect.name == "sqlite"
        with uploads.opened(job.owner, job.file) as file:
            for line in read(file)[1]:
                if line.why:
                    yield Incoming(line.number, {}, f"The row {line.why}")
                    continue
                cells = [meant(cell, escapes=escapes) for cell in line.cells] if exported else line.cells
                values, wrong = to_values(cells)
                yield Incoming(line.number, values, ". ".join(wrong))


def meant(cell: str | None, *, escapes: bool) -> Cell:
    """Give what a cell of an exported file stands for."""
    return None if cell is None else heard(cell, escapes=escapes)


def _sending(place: tables.Place, owner: int, file: str) -> Sending:
    """Tell what an import is done for: the name of its file, which nobody can guess, is as good as a form's id."""
    content = hashlib.sha256(file.encode()).hexdigest()
    return Sending(file, owner, None, content, place.database.name, days=current_app.config["SUBMISSION_DAYS"])


def _work(app: Flask, hold: BinaryIO, job: Job) -> None:
    with hold, app.app_context():
        db().info[WHO] = lambda: job.actor  # here is no request to tell
        facts = job.facts
        try:
            found = _found(job, _take(job))
        except Refused as refused:
            found = {"failed": said(refused.reasons), "keeping": False}
        except Busy:
            found = {"failed": [BUSY], "keeping": False}
        except Unknown:
            found = {"failed": [PERHAPS], "again": True, "keeping": False}
        except Repeated as repeated:
            found = {"failed": [TAKEN if repeated.done else PERHAPS], "again": True, "keeping": False}
        except SQLAlchemyError as error:
            found = {"failed": [complaints.complaint(error)]}
        except Exception:  # nobody else would hear of it
            log.exception("an import ended early")
            found = {"failed": [OURS]}
        uploads.note(job.owner, job.file, {**facts, **found, "ended": True})


def _take(job: Job) -> Outcome:
    chosen, next_at = job.facts["chosen"], time.monotonic() + TOLD_EVERY

    def told(done: int, keeping: bool) -> None:  # noqa: FBT001
        nonlocal next_at
        if keeping or time.monotonic() > next_at:
            job.facts.update(done=min(done, job.facts["rows"]), keeping=keeping)
            uploads.note(job.owner, job.file, job.facts)
            next_at = time.monotonic() + TOLD_EVERY

    session = job.database.session()
    return take(
        session if job.sending is None else tell(session, job.sending),
        job.relation,
        Rows(job),
        changes=chosen["there"] == "change",
        partly=chosen["refused"] == "rest",
        trial=job.facts["trial"],
        told=told,
    )


def _found(job: Job, outcome: Outcome) -> dict[str, Any]:
    words = {id(reasons): ". ".join(said(reasons)) for _, reasons in outcome.refused}
    refused = [(line, words[id(reasons)]) for line, reasons in outcome.refused]
    uploads.note_refused(job.owner, job.file, refused)
    return {
        "written": outcome.written,
        "added": outcome.added,
        "changed": outcome.changed,
        "there": outcome.there,
        "kept": outcome.kept,
        "refused": len(refused),
        "shown": refused[:MOST_SHOWN],
    }
