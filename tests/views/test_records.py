"""Changing records of a database that was there before, through forms made from its columns."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from plainsite.services import account, users
from plainsite.testing import Browser

DATA = Path(__file__).parents[1] / "data"
PASSWORD = "correct horse battery"


@pytest.fixture
def chinook(make_app, tmp_path) -> Browser:
    """Give the browser of an admin of a site with Chinook attached, writable."""
    file = shutil.copyfile(DATA / "chinook" / "Chinook_Sqlite.sqlite", tmp_path / "chinook.sqlite")
    nasty = tmp_path / "nasty.sqlite"
    with sqlite3.connect(nasty) as connection:
        connection.executescript((DATA / "nasty" / "nasty_sqlite.sql").read_text())
    connection.close()
    app = make_app(
        DATABASES={
            "chinook": {"url": f"sqlite:///{file}", "writable": True},
            "nasty": {"url": f"sqlite:///{nasty}", "writable": True},
        }
    )
    return signed_in(app, "Grace", "admin")


def signed_in(app, name: str, role: str) -> Browser:
    """Add a user and sign in."""
    with Session(app.extensions["plainsite"].engine) as session:
        user = users.create(
            session,
            name=name,
            email=f"{name.lower()}@example.org",
            role=role,
            password_hash=account.password_hash(PASSWORD),
        )
        email = user.email
    browser = Browser(app)
    browser.open("/account/sign-in")
    browser.fill("E-mail", email)
    browser.fill("Password", PASSWORD)
    browser.press("Sign in")
    return browser


def test_a_record_is_added_and_its_key_is_given_by_the_database(chinook: Browser) -> None:
    chinook.open("/data/chinook/Artist/+new")
    chinook.fill("Name", "A new one")
    page = chinook.press("Save")
    assert page.path == "/data/chinook/Artist/276"
    assert page.flashes == ["The record was added."]
    assert "A new one" in page.heading


def test_one_record_after_another_is_added(chinook: Browser) -> None:
    chinook.open("/data/chinook/Artist/+new")
    chinook.fill("Name", "First")
    assert chinook.press("Save and add another").path == "/data/chinook/Artist/+new"
    chinook.fill("Name", "Second")
    assert chinook.press("Save").path == "/data/chinook/Artist/277"


def test_only_what_was_touched_is_written(chinook: Browser) -> None:
    before = chinook.open("/data/chinook/Customer/1").text
    chinook.open("/data/chinook/Customer/1/edit")
    assert chinook.press("Save").flashes == ["Nothing was changed."]
    assert chinook.page.text.replace("Nothing was changed.", "").split() == before.split()
    chinook.open("/data/chinook/Customer/1/edit")
    chinook.fill("City", "Chur")
    page = chinook.press("Save")
    assert page.flashes == ["The record was changed."]
    assert "Chur" in page.text


def test_what_is_needed_and_what_is_not_there_is_said_at_the_fields(chinook: Browser) -> None:
    chinook.open("/data/chinook/Album/+new")
    chinook.fill("ArtistId", "99999")
    page = chinook.press("Save")
    assert page.status == 422
    assert set(page.errors) == {"Title"}
    chinook.fill("Title", "No artist has this")
    page = chinook.press("Save")
    assert page.status == 422
    assert set(page.errors) == {"ArtistId"}
    assert page.value("Title") == "No artist has this"


def test_a_foreign_key_is_looked_up_and_what_was_typed_is_kept(chinook: Browser) -> None:
    chinook.open("/data/chinook/Album/+new")
    chinook.fill("Title", "Kept while looking")
    page = chinook.press("Find… (ArtistId)")
    assert page.heading == "Choose from Artist"
    chinook.fill("Search", "aerosmith")
    chinook.press("Search")
    page = chinook.press("Aerosmith 3")
    assert (page.value("Title"), page.value("ArtistId")) == ("Kept while looking", "3")
    assert "Aerosmith" in chinook.press("Save").text


def test_looking_up_can_be_left_without_choosing(chinook: Browser) -> None:
    chinook.open("/data/chinook/Album/1/edit")
    chinook.press("Find… (ArtistId)")
    page = chinook.press("Back without choosing")
    assert page.status == 200
    assert page.value("ArtistId") == "1"
    assert chinook.press("Save").flashes == ["Nothing was changed."]


def test_a_two_column_unique_is_said_at_both_fields(chinook: Browser) -> None:
    chinook.open("/data/nasty/uniq/+new")
    chinook.fill("A", "a")
    chinook.fill("B", "b")
    page = chinook.press("Save")
    assert page.status == 422
    assert {"A", "B"} <= set(page.errors)


def test_what_a_trigger_says_is_shown_escaped(chinook: Browser) -> None:
    chinook.open("/data/nasty/readonly_by_trigger/1/edit")
    chinook.fill("V", "changed")
    page = chinook.press("Save")
    assert page.status == 422
    assert "no <b>updates</b> here" in page.summary[0]
    assert "<b>updates" not in page.html


def test_a_key_is_changed_and_the_record_is_found_under_its_new_address(chinook: Browser) -> None:
    chinook.open("/data/nasty/123_starts_with_digits/x/edit")
    chinook.fill("Content", "a/b,c.d")
    page = chinook.press("Save")
    assert page.path == "/data/nasty/123_starts_with_digits/a~2f.b~2c.c~2e.d"


def test_a_database_that_was_attached_read_only_has_no_forms(make_app, tmp_path) -> None:
    file = shutil.copyfile(DATA / "chinook" / "Chinook_Sqlite.sqlite", tmp_path / "chinook.sqlite")
    browser = signed_in(make_app(DATABASES={"chinook": f"sqlite:///{file}"}), "Grace", "admin")
    assert "read-only" in browser.open("/data/chinook/Artist/").text
    for path in ("+new", "1/edit", "1/delete"):
        assert browser.open(f"/data/chinook/Artist/{path}").status == 403


def test_nobody_but_an_admin_sees_any_of_it(make_app, tmp_path) -> None:
    file = shutil.copyfile(DATA / "chinook" / "Chinook_Sqlite.sqlite", tmp_path / "chinook.sqlite")
    browser = signed_in(make_app(DATABASES={"chinook": f"sqlite:///{file}"}), "Ada", "member")
    for path in ("", "chinook/", "chinook/Artist/", "chinook/Artist/1"):
        assert browser.open(f"/data/{path}").status == 403


def test_a_record_is_copied_into_the_form_of_a_new_one(chinook: Browser) -> None:
    chinook.open("/data/chinook/Track/15")
    page = chinook.follow("Copy as new")
    assert page.path == "/data/chinook/Track/+new?copy=15"
    assert page.value("TrackId") == ""
    assert page.value("Name") == "Go Down"
    assert page.value("UnitPrice") == "0.99"
    chinook.fill("Name", "Go Up")
    page = chinook.press("Save")
    assert page.path == "/data/chinook/Track/3504"
    assert "AC/DC" in page.text, page.text
    assert chinook.open("/data/chinook/Track/+new?copy=99999").status == 404


def test_a_copy_has_no_key_no_secret_and_nothing_that_the_database_fills_in(make_app, make_database, tmp_path) -> None:
    file = tmp_path / "copied.sql"
    file.write_text(
        "CREATE TABLE things (code TEXT PRIMARY KEY, password TEXT, note TEXT, empty TEXT DEFAULT 'x', yes BOOLEAN,"
        " twice INT GENERATED ALWAYS AS (2 * yes), picture BLOB);"
        "INSERT INTO things VALUES ('a', 'never', NULL, 'y', 1, x'00'),"
        " ('b', 'never', 'two' || char(10) || 'lines', NULL, NULL, x'00');"
    )
    url = make_database("sqlite", file)
    app = make_app(DATABASES={"odd": {"url": url, "writable": True}})
    browser = signed_in(app, "Grace", "admin")
    for key, new in (("a", "c"), ("b", "d")):
        page = browser.open(f"/data/odd/things/+new?copy={key}")
        assert "never" not in page.body.decode()
        browser.fill("Code", new)
        assert browser.press("Save").path == f"/data/odd/things/{new}"
    with app.extensions["plainsite.databases"]["odd"].engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT password, note, empty, yes, picture FROM things WHERE code > 'b'"
        ).all()
    assert rows == [(None, None, "y", 1, None), (None, "two\nlines", None, None, None)]


def test_looking_for_what_is_referred_to_gives_no_typed_secret_back(make_app, make_database, tmp_path) -> None:
    file = tmp_path / "people.sql"
    file.write_text(
        "CREATE TABLE towns (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO towns VALUES (1, 'Paris');"
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, password TEXT, town INTEGER REFERENCES towns);"
    )
    url = make_database("sqlite", file)
    browser = signed_in(make_app(DATABASES={"odd": {"url": url, "writable": True}}), "Grace", "admin")
    browser.open("/data/odd/people/+new")
    browser.fill("Name", "Ada")
    browser.fill("Password", "never given back")
    page = browser.press("Find… (Town)")
    assert "Ada" in page.body.decode()
    assert "never given back" not in page.body.decode()
    page = browser.press("Paris 1")
    assert page.value("Name") == "Ada"
    assert page.value("Town") == "1"
    assert "never given back" not in page.body.decode()
    assert page.errors == {
        "Password": "Password is to be given again: it was not kept while you looked for another record"
    }
    page = browser.press("Save")
    assert (page.status, page.errors) == (200, {}), "it is said once"


def test_a_file_that_does_not_come_along_while_a_record_is_looked_for_is_asked_for_again(
    make_app, make_database, tmp_path
) -> None:
    file = tmp_path / "people.sql"
    file.write_text(
        "CREATE TABLE towns (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO towns VALUES (1, 'Paris');"
        "CREATE TABLE people (id INTEGER PRIMARY KEY, photo BLOB, town INTEGER REFERENCES towns);"
        "INSERT INTO people VALUES (1, x'00', NULL);"
    )
    url = make_database("sqlite", file)
    browser = signed_in(make_app(DATABASES={"odd": {"url": url, "writable": True}}), "Grace", "admin")
    browser.open("/data/odd/people/1/edit")
    assert browser.press("Find… (Town)").status == 200
    assert browser.press("Paris 1").errors == {}, "nothing was chosen"
    browser.attach("Photo", "new.png", b"new")
    browser.press("Find… (Town)")
    browser.press("Search")
    page = browser.press("Paris 1")
    assert page.errors == {"Photo": "Photo is to be given again: it was not kept while you looked for another record"}
    browser.attach("Photo", "new.png", b"new")
    assert browser.press("Save").flashes == ["The record was changed."]
    with sqlite3.connect(url.database) as connection:
        assert connection.execute("SELECT photo, town FROM people").fetchall() == [(b"new", 1)]
    connection.close()


@pytest.mark.parametrize("key", ["abc", "99999999999999999999", "1,2", "~N", "~Sx"])
def test_what_cannot_be_a_key_is_no_page_and_nothing_is_deleted(make_app, make_database, tmp_path, any_engine, key):
    file = tmp_path / "things.sql"
    file.write_text(
        "CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR(9)); INSERT INTO things VALUES (1, 'a');"
    )
    url = make_database(any_engine, file)
    browser = signed_in(make_app(DATABASES={"odd": {"url": url, "writable": True}}), "Grace", "admin")
    at = "/data/odd/things/"
    browser.open(f"{at}1/delete")
    for address in (f"{at}{key}", f"{at}{key}/edit", f"{at}{key}/delete", f"{at}+new?copy={key}"):
        assert browser.open(address).status == 404, address
    token = browser.open(f"{at}1/delete").document.root.xpath("//input[@name='csrf_token']/@value")[0]
    answer = browser.client.post(f"{at}+delete", data={"key": ["1", key], "sure": "1", "csrf_token": token})
    assert answer.status_code in {303, 404}
    assert browser.open(f"{at}1").status == (404 if answer.status_code == 303 else 200)


def test_what_is_left_empty_gets_the_default_and_null_is_stored_where_it_is_ticked(make_app, make_database, tmp_path):
    file = tmp_path / "left.sql"
    file.write_text("CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT DEFAULT 'x');")
    url = make_database("sqlite", file)
    browser = signed_in(make_app(DATABASES={"odd": {"url": url, "writable": True}}), "Grace", "admin")
    browser.open("/data/odd/things/+new")
    assert "x" in browser.press("Save").text
    browser.open("/data/odd/things/+new")
    browser.check("Not set (NULL): Note")
    browser.press("Save")
    with browser.client.application.extensions["plainsite.databases"]["odd"].engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT note FROM things ORDER BY id").scalars().all() == ["x", None]


def test_what_a_key_refers_to_is_chosen_for_the_form_of_where_the_site_is_mounted(chinook) -> None:
    chinook.open("/data/chinook/Album/+new")
    sent = {"csrf_token": chinook.page.document.root.xpath("string(//main//input[@name='csrf_token']/@value)")}
    (name,) = set(chinook.page.document.root.xpath("//button[@name='find']/@value"))
    page = chinook.client.post(
        "/data/chinook/Album/+new", data={**sent, "find": name}, environ_overrides={"SCRIPT_NAME": "/below"}
    )
    addresses = set(re.findall(r'<form [^>]*method="post" action="([^"]*Album[^"]*)"', page.text))
    assert addresses == {"/below/data/chinook/Album/+new"}
