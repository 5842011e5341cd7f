"""Every answer carries the headers, and every error is a page of the site, also when the database is the trouble."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Blueprint
from sqlalchemy import text

from plainsite import again
from plainsite.services import users
from plainsite.views.context import db, own

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECRETS = ("Traceback", "SELECT", "INSERT", "sqlite", "sqlalchemy", "no such table", "Error: ", "File &#34;")

pages = Blueprint("faulty", __name__, url_prefix="/faulty")


@pages.get("/raises")
def raises() -> str:
    raise ZeroDivisionError


@pages.get("/asks-wrongly")
def asks_wrongly() -> str:
    return str(db().execute(text("SELECT secret FROM nowhere")).all())


@pages.get("/divides")
def divides() -> str:
    """Break a rule of the database outside of any service."""
    db().execute(text("INSERT INTO users (name) VALUES ('secret')"))
    return "never"


@pages.post("/saves")
def saves() -> str:
    """Break after something was saved."""
    users.create(db(), name="Eve", email="eve@example.org")
    raise ZeroDivisionError


@pytest.fixture
def faulty(open_site):
    """Give a function that makes a site with pages that fail."""

    def make(**settings):
        site = open_site(**settings)
        site.register_blueprint(pages)
        return site

    return make


def file_of(site) -> Path:
    return Path(site.extensions["plainsite"].engine.url.database)


def assert_dressed(answer, status):
    """Assert that it is the error page of the site, with its headers, and tells nothing of what is inside."""
    assert answer.status == status, answer.text[:500]
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.count("<h1>") == 1
    assert f"Error {status}" in answer.text
    assert 'class="brand"' in answer.text
    assert 'href="/messages/"' in answer.text
    assert [word for word in SECRETS if word.lower() in answer.text.lower().replace("<title>error: ", "")] == []


PATHS = ["/messages/", "/users/", "/account/sign-in", "/messages/feed.atom", "/static/site.css", "/", "/messages"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(app, person, path):
    answer = person(app).get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in answer.headers


MULTIPART = "multipart/form-data"
ERRORS = [
    (404, "GET", "/nowhere", {}),
    (404, "GET", "/messages/999", {}),
    (404, "GET", "/static/nowhere.css", {}),
    (404, "GET", "/static/../config.py", {}),
    (405, "PUT", "/messages/", {}),
    (405, "TRACE", "/messages/", {}),
    (405, "POST", "/messages/", {}),
    (413, "POST", "/account/sign-in", {"data": {"email": "x" * 5_000_000}}),
    (413, "POST", "/account/sign-in", {"data": {f"f{n}": "x" for n in range(2000)}, "content_type": MULTIPART}),
    (500, "GET", "/faulty/raises", {}),
    (500, "GET", "/faulty/divides", {}),
]


@pytest.mark.parametrize("who", ["", "Ada"])
def test_an_error_is_a_page_of_the_site(faulty, person, people, who):
    site = faulty()
    people(site, "Ada")
    somebody = person(site, who)
    for status, method, path, more in ERRORS:
        assert_dressed(somebody.send(method, path, **more), status)


def test_what_was_saved_before_an_error_is_not_said_to_be_lost(faulty, person):
    answer = person(faulty()).post("/faulty/saves")
    assert_dressed(answer, 500)
    assert "What you sent was saved" in answer.text
    assert "Nothing was saved" not in answer.text


def test_what_a_page_asks_wrongly_is_our_fault_and_not_said_to_be_busy(faulty, person):
    assert_dressed(person(faulty()).get("/faulty/asks-wrongly"), 500)


def test_a_forbidden_page_is_a_page_of_the_site(faulty, person, people):
    site = faulty()
    people(site, "Ada", "Bob")
    assert_dressed(person(site, "Ada").get("/users/2/edit"), 403)


@pytest.mark.parametrize("who", ["", "Ada"])
def test_a_name_that_is_not_trusted_is_refused_in_the_clothes_of_the_site(faulty, person, people, who):
    site = faulty(TRUSTED_HOSTS=["localhost", ".example.org"])
    people(site, "Ada")
    somebody = person(site, who)
    for host in ("evil.example", "localhost.evil.example", "exampleXorg", "notexample.org", 'a"b', "[", ""):
        answer = somebody.get("/messages/", headers={"Host": host})
        assert_dressed(answer, 400)
        assert "evil" not in answer.text
    assert somebody.get("/messages/", headers={"Host": "www.example.org:8000"}).status == 200


def cookie_flags(answer):
    (cookie,) = answer.headers.get_all("Set-Cookie")
    return {part.strip().partition("=")[0].lower(): part.strip().partition("=")[2] for part in cookie.split(";")[1:]}


@pytest.mark.parametrize(
    ("settings", "more", "secure"),
    [
        ({}, {}, False),
        ({}, {"base_url": "https://localhost"}, True),
        ({}, {"headers": {"X-Forwarded-Proto": "https"}}, False),
        ({"TRUSTED_PROXIES": 1}, {"headers": {"X-Forwarded-Proto": "https"}}, True),
        ({"TRUSTED_PROXIES": 1}, {"headers": {"X-Forwarded-Proto": "http"}}, False),
        ({"TRUSTED_PROXIES": 1}, {"headers": {"X-Forwarded-Proto": "https, http"}}, False),
        ({"SESSION_COOKIE_SECURE": True}, {}, True),
    ],
)
def test_a_cookie_is_for_this_site_only_and_secure_behind_tls_only(open_site, person, settings, more, secure):
    answer = person(open_site(**settings)).get("/account/sign-in", **more)
    flags = cookie_flags(answer)
    assert "httponly" in flags
    assert flags["samesite"] == "Lax"
    assert ("secure" in flags) is secure
    assert "domain" not in flags


@pytest.mark.parametrize("who", ["", "Ada"])
def test_a_pool_with_no_connection_left_answers_503_and_loses_none(faulty, person, people, who):
    site = faulty(THREADS=2, POOL_SIZE=2, POOL_TIMEOUT=0)
    people(site, "Ada")
    somebody = person(site, who)
    with site.app_context():
        engine = own().engine
    held = [engine.connect() for _ in range(2)]
    answers = {path: [somebody.get(path) for _ in range(3)] for path in ("/messages/", "/users/", "/nowhere")}
    form = somebody.get("/account/sign-in")  # it asks nothing of the database
    for each in held:
        each.close()
    assert form.status == 200
    for path, several in answers.items():
        for answer in several:
            assert_dressed(answer, 404 if path == "/nowhere" else 503)
            assert path == "/nowhere" or int(answer.headers["Retry-After"]) > 0
    assert engine.pool.checkedout() == 0
    assert somebody.get("/messages/").status == 200


@pytest.mark.own("sqlite")
def test_a_database_locked_for_too_long_answers_503_and_the_next_request_works(faulty, person, people, monkeypatch):
    monkeypatch.setattr(again, "AGAIN_FOR", 0.2)
    site = faulty(SQLITE_BUSY_TIMEOUT=0)
    people(site, "Ada")
    somebody = person(site, "Ada")
    with closing(sqlite3.connect(file_of(site), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        form = {"body": "kept <as typed>", "submission": "a" * 22}
        answers = [somebody.post("/messages/new", form) for _ in range(3)]
        assert somebody.get("/messages/").status == 200, "who only reads need not wait"
        other.execute("ROLLBACK")
    for answer in answers:
        assert answer.status == 503
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert int(answer.headers["Retry-After"]) > 0
        assert "The site is busy, and nothing was saved" in answer.text
        assert answer.served("body") == "kept <as typed>", "whoever waits need not type it again"
    assert site.extensions["plainsite"].engine.pool.checkedout() == 0
    assert somebody.post("/messages/new", form).status == 303


@pytest.mark.own("sqlite")
def test_who_only_reads_never_waits_for_who_writes(faulty, person, people, monkeypatch):
    monkeypatch.setattr(again, "AGAIN_FOR", 0.2)
    site = faulty(SQLITE_BUSY_TIMEOUT=0)
    people(site, "Ada")
    somebody = person(site, "Ada")
    with closing(sqlite3.connect(file_of(site), isolation_level=None)) as other:
        other.execute("UPDATE sign_ins SET seen_at = '2020-01-01 00:00:00.000000'")  # Ada has been away for long
        other.execute("BEGIN IMMEDIATE")
        answer = somebody.get("/messages/")
        other.execute("ROLLBACK")
    assert answer.status == 200, "noting that a device was used is not worth an answer"


@pytest.mark.own("sqlite")
@pytest.mark.parametrize("who", ["", "Ada"])
@pytest.mark.parametrize("fate", ["replaced by other bytes", "emptied", "without a table", "a folder"])
def test_an_error_is_a_page_of_the_site_also_when_the_database_is_gone(faulty, person, people, who, fate):
    site = faulty()
    people(site, "Ada")
    somebody = person(site, who)
    site.extensions["plainsite"].close()
    file = file_of(site)
    for each in file.parent.glob("plainsite.sqlite*"):
        each.unlink()
    if fate == "replaced by other bytes":
        file.write_bytes(b"no database " * 1000)
    elif fate == "emptied":
        file.write_bytes(b"")
    elif fate == "a folder":
        file.mkdir()
    else:
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE messages (id)")
    assert somebody.get("/account/sign-in").status == 200  # it asks nothing of the database
    assert_dressed(somebody.get("/nowhere"), 404)
    for path in ("/messages/", "/users/1", "/faulty/raises"):
        answer = somebody.get(path)
        assert answer.status in {500, 503}
        assert_dressed(answer, answer.status)


def test_a_program_that_asks_for_json_gets_its_error_as_json(faulty, person, people):
    site = faulty()
    people(site, "Ada")
    for path, status in (("/nowhere", 404), ("/faulty/raises", 500), ("/messages/?after=x", 404)):
        answer = person(site, "Ada").get(path, headers={"Accept": "application/json"})
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/json")
        assert answer.headers["Content-Security-Policy"] == POLICY
