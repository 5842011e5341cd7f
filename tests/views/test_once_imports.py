"""A file is imported once, also where none of its rows has a key by which it would be known again."""

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from tests.views.test_imports import admin_of, bring, counts, done

FILE = "words\nOne\nTwo\n"
AT = "/data/notes/notes/"
KILLED = """
import json, os, signal, sys, time
from plainsite import create_app
from plainsite.services import journal
from plainsite.views import jobs, tables

journal.end = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
settings, instance, owner, file = sys.argv[1:]
with create_app(json.loads(settings), instance=instance).test_request_context("/"):
    chosen = {"places": [1], "there": "keep", "refused": "none"}
    jobs.start(tables.place_of("notes", "notes"), int(owner), file, chosen, trial=False)
    time.sleep(60)
"""


@pytest.fixture
def notes(make_app, tmp_path):
    """Give the browser of an admin of a table whose keys the database makes."""
    file = tmp_path / "notes.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, words TEXT)")
    return admin_of(make_app(DATABASES={"notes": {"url": f"sqlite:///{file}", "writable": True}}))


def words(browser) -> list[str]:
    """Give what the table holds."""
    file = browser.client.application.extensions["plainsite.databases"]["notes"].engine.url.database
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT words FROM notes ORDER BY id")]


def test_a_file_is_imported_once_by_two_presses_of_the_button(notes):
    bring(notes, FILE, AT)
    notes.press("Import 2 rows", lost=True)
    page = done(notes, "Import 2 rows")
    assert (counts(page)["Added"], words(notes)) == (2, ["One", "Two"])


def test_a_file_is_imported_once_also_by_another_choice_of_columns(notes):
    page = bring(notes, FILE, AT)
    done(notes, "Import 2 rows")
    notes.open(page.path.removesuffix("/+result"))
    notes.press("Try it")
    page = done(notes, "Import 2 rows")
    assert "this file has been imported before" in page.text
    assert words(notes) == ["One", "Two"]


def test_the_same_rows_brought_again_are_another_file(notes):
    for _ in range(2):
        bring(notes, FILE, AT)
        done(notes, "Import 2 rows")
    assert words(notes) == ["One", "Two"] * 2


def test_a_file_that_a_killed_worker_had_written_is_not_written_again(notes, tmp_path):
    bring(notes, FILE, AT)
    site = notes.client.application
    (kept,) = tmp_path.glob("site*/imports/*.csv")
    owner, _, file = kept.stem.partition("-")
    url = site.extensions["plainsite.databases"]["notes"].engine.url
    settings = {name: str(site.config[name]) for name in ("DATABASE_URL", "SECRET_KEY")}
    settings |= {"DATABASES": {"notes": {"url": str(url), "writable": True}}}
    command = [sys.executable, "-c", KILLED, json.dumps(settings), str(site.config["INSTANCE"]), owner, file]
    worker = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert worker.returncode == -signal.SIGKILL, worker.stderr
    assert words(notes) == ["One", "Two"]
    page = notes.reload()
    assert page.heading == "The import into notes was cut short"
    notes.follow("Try again")
    notes.press("Try it")
    page = done(notes, "Import 2 rows")
    assert "it is not known whether the database has kept it" in page.text
    assert words(notes) == ["One", "Two"]
