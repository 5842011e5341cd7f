"""Databases that do not answer: nobody waits for them twice in a row, and no page waits for two of them."""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import OperationalError
from tests.conftest import HASH, sign_in

from plainsite import engines
from plainsite.engines import absence, mariadb, postgresql
from plainsite.services import users
from plainsite.testing import Browser
from plainsite.views import patience

QUERY_SECONDS = CONNECT_WITHIN = 1


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let connections wait for less than they do."""
    for engine in (engines, mariadb, postgresql):
        monkeypatch.setattr(engine, "CONNECT_WITHIN", CONNECT_WITHIN)


@pytest.fixture
def swallower() -> Iterator[int]:
    """Give a port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def admin(make_app: Callable[..., Flask]) -> Callable[..., Browser]:
    """Give a function that makes a site with databases attached, and gives the browser of its admin."""

    def make(**addresses):
        site = make_app(DATABASES=addresses, QUERY_SECONDS=QUERY_SECONDS)
        session = site.extensions["plainsite"].session
        with site.app_context():
            user = users.create(session(), name="Grace", email="g@example.org", role="admin", password_hash=HASH)
        browser = Browser(site)
        sign_in(browser, user)
        return browser

    return make


def seconds(act):
    """Give how long something takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_nobody_waits_again_for_a_database_that_swallows_connections(admin, swallower, monkeypatch, kind):
    monkeypatch.setattr(absence, "AWAY_FOR", 30)
    browser = admin(gone=f"{kind}://root@127.0.0.1:{swallower}/shop")
    assert seconds(lambda: browser.open("/data/gone/")) < QUERY_SECONDS + CONNECT_WITHIN + 2
    assert browser.page.status == 503
    for address in ("/data/gone/", "/data/", "/data/gone/"):
        assert seconds(lambda address=address: browser.open(address)) < 2, "to be asked again takes 2 seconds"
    page = browser.open("/data/")
    assert "does not answer just now" in page.text


def test_it_is_asked_again_after_some_seconds(monkeypatch):
    monkeypatch.setattr(absence, "AWAY_FOR", 1)
    engine, refusals = create_engine("sqlite://", poolclass=NullPool), [0.6, 0.6]
    connect = engine.dialect.connect

    def connect_slowly(*args, **options):
        if refusals:
            time.sleep(refusals.pop())
            raise sqlite3.OperationalError("timeout expired")
        return connect(*args, **options)

    monkeypatch.setattr(engine.dialect, "connect", connect_slowly)
    absence.Absence().watch(engine)

    def ask():
        with pytest.raises(OperationalError, match="timeout expired"):
            engine.connect()

    assert seconds(ask) > 0.5
    assert seconds(ask) < 0.1
    time.sleep(1)
    assert seconds(ask) > 0.5, "it still does not answer"
    time.sleep(1)
    engine.connect().close()


def test_what_is_refused_at_once_may_be_asked_at_once(make_app, admin, postgresql_url, monkeypatch):
    browser = admin(wrong=f"{postgresql_url.rpartition('/')[0]}/nothing-is-called-this")
    assert browser.open("/data/wrong/").status == 503
    assert not patience.is_slow(browser.client.application.extensions["plainsite.databases"]["wrong"])


def test_stuck_statements_cost_a_dashboard_the_time_of_one(admin, chinook):
    urls = {f"shop{number}": chinook("postgresql") for number in range(2)}
    browser = admin(**urls)
    browser.open("/data/")
    holders = []
    for name, database in browser.client.application.extensions["plainsite.databases"].items():
        if name in urls:
            engine = create_engine(urls[name].set(drivername="postgresql+psycopg"), poolclass=NullPool)
            holders.append(engine.connect())
            tables = ", ".join(database.catalog.read().relations)
            holders[-1].execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))
    try:
        assert seconds(lambda: browser.open("/data/")) < QUERY_SECONDS + 2
        assert "Some figures are left out" in browser.page.text
        browser.open("/data/")
        assert seconds(lambda: browser.open("/data/")) < 1, "who was waited for in vain is not asked again at once"
    finally:
        for holder in holders:
            holder.close()


def test_a_dashboard_waits_for_one_database_only(admin, swallower):
    addresses = {f"gone{number}": f"postgresql://root@127.0.0.1:{swallower}/shop{number}" for number in range(3)}
    browser = admin(**addresses)
    assert seconds(lambda: browser.open("/data/")) < CONNECT_WITHIN + 2
    page = browser.page
    assert page.text.count("does not answer just now") == 1
    assert page.text.count("not asked, because another database did not answer") == 2
