"""Replicas: pages are read there, but not by whoever has just written; where none answers, the database itself is read.

A replica is an older copy of the file here, so one sees at once which of the two a page shows.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from tests.conftest import HASH, sign_in

from plainsite import migrations
from plainsite.databases import open_own
from plainsite.models import User
from plainsite.services import messages, users
from plainsite.settings import SettingsError
from plainsite.testing import Browser


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, User]:
    """Give the file of a site, that of a replica which lacks the newest message, and who wrote it."""
    own, copy = tmp_path / "own.sqlite", tmp_path / "replica.sqlite"
    with closing(open_own(f"sqlite:///{own}")) as database:
        migrations.upgrade(database.engine)
        session = database.session()
        ada = users.create(session, name="Ada", email="ada@example.org", password_hash=HASH)
        messages.create(session, author_id=ada.id, body="an old one")
        database.remove()
        with database.engine.connect() as connection:
            connection.connection.cursor().execute(f"VACUUM INTO '{copy}'")
        messages.create(session, author_id=ada.id, body="a new one")
        database.remove()
    return own, copy, ada


@pytest.fixture
def site(files: tuple[Path, Path, User], make_app: Any) -> Iterator[Flask]:
    """Give a site with a replica."""
    own, copy, _ = files
    site = make_app(DATABASE_URL=f"sqlite:///{own}", DATABASE_REPLICAS=[f"sqlite:///{copy}"], REPLICA_SECONDS=60)
    with closing(site.extensions["plainsite.replicas"]):
        yield site


def texts(client: Any, path: str = "/messages/", **more: Any) -> list[str]:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.text
    return [words for words in ("an old one", "a new one", "the newest") if words in answer.text]


@pytest.mark.parametrize("path", ["/messages/", "/messages/?words=one", "/messages/feed.atom", "/users/1"])
def test_lists_and_pages_are_read_from_a_replica(site, path):
    assert texts(site.test_client(), path) == ["an old one"]


def test_a_list_as_json_is_read_from_a_replica(site):
    assert texts(site.test_client(), headers={"Accept": "application/json"}) == ["an old one"]


def test_a_record_that_a_replica_does_not_have_yet_is_looked_for_in_the_database_itself(site):
    client = site.test_client()
    assert texts(client, "/messages/2") == ["a new one"]
    assert client.get("/messages/3").status_code == 404


def test_whoever_has_just_written_reads_what_they_wrote_and_others_read_on_from_the_replica(site, files):
    browser, other = Browser(site), site.test_client()
    sign_in(browser, files[2])
    browser.client.delete_cookie("plainsite-wrote")
    assert "a new one" not in browser.open("/messages/").text
    browser.open("/messages/new")
    browser.fill("Message", "the newest")
    browser.press("Post")
    assert [words in browser.open("/messages/").text for words in ("a new one", "the newest")] == [True, True]
    assert texts(other) == ["an old one"]
    browser.client.delete_cookie("plainsite-wrote")  # as a browser does by itself after a while
    assert "the newest" not in browser.open("/messages/").text


def test_the_mark_of_having_written_ends_by_itself_and_no_script_sees_it(site, files):
    browser = Browser(site)
    sign_in(browser, files[2])
    mark = browser.client.get_cookie("plainsite-wrote")
    assert (mark.max_age, mark.http_only, mark.same_site) == (60, True, "Lax")


def test_the_form_of_a_record_is_filled_from_the_database_itself(site, files):
    browser = Browser(site)
    sign_in(browser, files[2])
    browser.client.delete_cookie("plainsite-wrote")
    assert "a new one" in browser.client.get("/messages/2/edit").text


def test_who_was_signed_out_elsewhere_is_so_at_once(site, files):
    browser = Browser(site)
    sign_in(browser, files[2])
    browser.client.delete_cookie("plainsite-wrote")
    assert "Sign out" in browser.open("/messages/").text
    with closing(create_engine(f"sqlite:///{files[0]}").raw_connection()) as connection:
        connection.cursor().execute("DELETE FROM sign_ins")
        connection.commit()
    assert "Sign out" not in browser.open("/messages/").text


def test_without_a_replica_that_answers_the_database_itself_is_read(site, files):
    client = site.test_client()
    assert texts(client) == ["an old one"]
    site.extensions["plainsite.replicas"].close()
    files[1].unlink()
    files[1].mkdir()
    assert texts(client) == ["an old one", "a new one"]


def test_a_site_that_has_no_replicas_marks_nobody(as_ada):
    assert as_ada.client.get_cookie("plainsite-wrote") is None


A_SERVER = "postgresql://u@127.0.0.1:1/x"


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("sqlite:///x.sqlite", ["db2"]),
        (A_SERVER, [""]),
        (A_SERVER, ["user@db2"]),
        (A_SERVER, ["db2:port"]),
        (A_SERVER, ["postgresql://other@db2/x"]),
        (A_SERVER, ["postgresql://u@db2/y"]),
        (A_SERVER, ["mysql://u@db2/x"]),
        (A_SERVER, ["postgresql:///x"]),
        (A_SERVER, ["://"]),
    ],
)
def test_other_servers_of_a_file_and_names_that_are_none_are_refused_when_the_site_starts(make_app, url, nodes):
    with pytest.raises(SettingsError, match="DATABASE_NODES are like"):
        make_app(DATABASE_URL=url, DATABASE_NODES=nodes)
