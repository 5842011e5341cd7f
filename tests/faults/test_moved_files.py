"""Files of SQLite that are moved, deleted or replaced while in use: nothing is written where nobody finds it."""

import sqlite3
from contextlib import closing

import pytest

from plainsite import migrations

SHOP = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, '{}');"
ENDS = ("", "-wal", "-shm")


def move(file, to):
    """Move a database with what stands beside it."""
    for end in ENDS:
        one = file.with_name(file.name + end)
        if one.exists():
            one.rename(to.with_name(to.name + end))


def copy(file, to):
    """Copy a database as a whole, as a backup does."""
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(to)) as other:
        one.backup(other)


def bodies(file):
    """Give the messages that a file holds."""
    with closing(sqlite3.connect(file)) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM messages ORDER BY id")]


@pytest.fixture
def file(tmp_path):
    """Give where the site's own database is."""
    return tmp_path / "own.sqlite"


@pytest.fixture
def site(open_site, people, file, tmp_path):
    """Give a site with somebody and a shop that changes."""
    for name in ("old", "new"):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite")) as connection:
            connection.executescript(SHOP.format(name))
    address = f"sqlite:///{tmp_path}/old.sqlite"
    site = open_site(DATABASE_URL=f"sqlite:///{file}", DATABASES={"shop": {"url": address, "writable": True}})
    migrations.upgrade(site.extensions["plainsite"].engine)
    people(site, "Grace:admin")
    return site


@pytest.mark.own("sqlite")
def test_a_backup_that_is_put_back_while_the_site_runs_takes_what_is_written_from_then_on(site, person, file, tmp_path):
    grace = person(site, "Grace")
    assert grace.post("/messages/new", {"body": "first"}).status == 303
    copy(file, tmp_path / "backup.sqlite")
    assert grace.post("/messages/new", {"body": "not in it"}).status == 303
    move(file, tmp_path / "away.sqlite")
    move(tmp_path / "backup.sqlite", file)
    assert grace.post("/messages/new", {"body": "after"}).status == 303
    assert bodies(file) == ["first", "after"]
    assert bodies(tmp_path / "away.sqlite") == ["first", "not in it"]


@pytest.mark.own("sqlite")
def test_without_its_file_a_site_saves_nothing_and_makes_none_and_goes_on_when_it_is_back(site, person, file, tmp_path):
    grace = person(site, "Grace")
    token = grace.token
    move(file, tmp_path / "away.sqlite")
    answer = grace.post("/messages/new", {"csrf_token": token, "body": "typed"})
    assert (answer.status, answer.served("body")) == (503, "typed")
    assert grace.get("/messages/").status == 503
    assert not file.exists()
    move(tmp_path / "away.sqlite", file)
    assert grace.post("/messages/new", {"csrf_token": token, "body": "typed"}).status == 303
    assert bodies(file) == ["typed"]


@pytest.mark.own("sqlite")
def test_an_attached_file_that_is_replaced_is_read_and_written_anew(site, person, tmp_path):
    grace = person(site, "Grace")
    assert "old" in grace.get("/data/shop/things/").text
    move(tmp_path / "new.sqlite", tmp_path / "old.sqlite")
    assert "new" in grace.get("/data/shop/things/").text
    assert grace.post("/data/shop/things/+new", {"c1": "added"}).status == 303
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as connection:
        assert connection.execute("SELECT name FROM things").fetchall() == [("new",), ("added",)]
