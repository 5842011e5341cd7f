"""What the database could not do is told truly, with what was typed in the form, at every form there is."""

import re
import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, InternalError

from plainsite import transactions
from plainsite.services import messages
from plainsite.transactions import Busy, Unknown

BUSY = "The site is busy, and nothing was saved"
UNKNOWN = "It may be saved, or not"
NEW_PASSWORD = "a new and secret one"
ID = {"submission": "a" * 22}
# who, address, what is sent, which of it is to come back
FORMS = [
    ("Ada", "/messages/new", {"body": "a <long> text\nof two lines", **ID}, ["body"]),
    ("Ada", "/messages/1/edit", {"body": "changed"}, ["body"]),
    ("Ada", "/messages/1/delete", {}, []),
    ("", "/users/new", {"name": "New", "email": "new@example.org", "password": NEW_PASSWORD, **ID}, ["name", "email"]),
    ("Grace", "/users/new", {"name": "New", "email": "new@example.org", "role": "admin", **ID}, ["name", "email"]),
    ("Ada", "/users/2/edit", {"name": "Ada L.", "email": "ada@example.org"}, ["name", "email"]),
    ("Grace", "/users/3/delete", {}, []),
    ("Grace", "/users/2/closing", {}, []),
    ("Ada", "/account/password", {"current": "correct horse battery", "password": NEW_PASSWORD}, []),
    ("", "/account/sign-in", {"email": "ada@example.org", "password": "correct horse battery"}, ["email"]),
    ("Ada", "/account/sign-out", {}, []),
    ("Ada", "/account/devices/delete", {}, []),
    ("Grace", "/data/shop/things/+new", {"c0": "7", "c1": "a <thing>", **ID}, ["c0", "c1"]),
    ("Grace", "/data/shop/things/1/edit", {"c0": "1", "c1": "changed"}, ["c1"]),
]


@pytest.fixture
def site(open_site, people, write, tmp_path):
    """Give a site with a message of Ada's, and a shop."""
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT); ")
        connection.execute("INSERT INTO things VALUES (1, 'first')")
        connection.commit()
    site = open_site(DATABASES={"shop": {"url": f"sqlite:///{file}", "writable": True}})
    people(site, "Grace:admin", "Ada", "Bob")
    write(site, 2)
    return site


def fail_with(error, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(transactions, "_once", fail)


@pytest.mark.parametrize(("who", "path", "values", "kept"), FORMS, ids=[f"{form[0]}{form[1]}" for form in FORMS])
def test_a_form_comes_back_as_it_was_typed_and_can_be_sent_again(site, person, monkeypatch, who, path, values, kept):
    somebody = person(site, who)
    served = re.findall(r'name="(\S+-was)" value="([^"]*)"', somebody.get(path).text)  # what an edit is compared with
    values = dict(served) | values
    for error, sentence in ((Busy(), BUSY), (Unknown(), UNKNOWN)):
        with monkeypatch.context() as patched:
            fail_with(error, patched)
            answer = somebody.post(path, values)
        assert answer.status == 503, answer.text
        assert sentence in answer.text
        assert {name: answer.served(name) for name in kept} == {name: values[name] for name in kept}
        assert NEW_PASSWORD not in answer.text
        assert "correct horse battery" not in answer.text
        assert answer.headers["Retry-After"] == "5" if error.__class__ is Busy else "Retry-After" not in answer.headers
    assert somebody.post(path, values).status == 303, "nothing but the database was in the way"


@pytest.mark.own("sqlite")
def test_a_full_disk_is_told_apart_from_a_busy_site_and_nothing_is_lost(site, person):
    ada, engine = person(site, "Ada"), site.extensions["plainsite"].engine
    assert ada.get("/messages/new").status == 200

    def fill(connection, *_):
        """Let the file grow by no more than a few pages."""
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + (5 if room else 10**6)}")

    room = 5
    event.listen(engine, "checkout", fill)
    typed = "a <long> text " * 3000
    for _ in range(2):
        answer = ada.post("/messages/new", {"body": typed, **ID})
        assert (answer.status, "no room to save" in answer.text, "busy" in answer.text) == (503, True, False), (
            answer.text
        )
        assert answer.served("body") == typed
        assert ada.get("/messages/").status == 200
    room = 0
    assert ada.post("/messages/new", {"body": typed, **ID}).status == 303


def test_what_was_saved_before_the_trouble_is_said_to_be_saved(site, person, monkeypatch):
    once, left = transactions._once, [1]  # noqa: SLF001 - what is replaced is called once

    def fail_later(*arguments):
        if left:
            left.pop()
            return once(*arguments)
        raise Busy

    monkeypatch.setattr(transactions, "_once", fail_later)
    answer = person(site).post("/users/new", {"name": "New", "email": "new@example.org", "password": "p" * 12, **ID})
    assert answer.status == 503
    assert "What you sent was saved" in answer.text
    assert "nothing was saved" not in answer.text.lower()


def test_a_program_is_told_as_json(site, person, monkeypatch):
    ada = person(site, "Ada")
    fail_with(Unknown(), monkeypatch)
    answer = ada.post("/messages/new", {"body": "x", **ID}, headers={"Accept": "application/json"})
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/json")
    assert "It is not known whether this was saved" in answer.text


@pytest.mark.parametrize(("times", "status"), [(1, 200), (2, 503)])
def test_a_page_whose_connection_ends_is_read_once_more(site, person, monkeypatch, times, status):
    ended = psycopg.errors.IdleInTransactionSessionTimeout("terminating connection")
    errors = [InternalError("SELECT 1", None, ended, connection_invalidated=True) for _ in range(times)]
    find_page = messages.find_page

    def find(*given, **more):
        if errors:
            raise errors.pop()
        return find_page(*given, **more)

    monkeypatch.setattr(messages, "find_page", find)
    assert person(site).get("/messages/").status == status


def test_what_the_program_did_wrong_is_our_fault(site, person, monkeypatch):
    def find(*_, **__):
        raise IntegrityError("INSERT", None, sqlite3.IntegrityError("UNIQUE constraint failed: a.b"))

    monkeypatch.setattr(messages, "find_page", find)
    assert person(site).get("/messages/").status == 500
