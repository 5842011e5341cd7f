"""Three databases of three engines in one site: none waits for another, and none keeps a session or a connection."""

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from tests.faults.conftest import Person
from tests.servers.fixtures import ENGINES, MakeKnown

SECONDS = 2
COUNTING = (
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000) SELECT count(*) AS x FROM n"
)
SLOW = {
    "sqlite": COUNTING,
    "postgresql": f"SELECT pg_sleep({SECONDS * 2})::text AS x",
    "mariadb": "SELECT SLEEP(4) AS x",
}
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


class Counted:
    """The connections of all databases of a site, as they are taken and given back."""

    def __init__(self, site: Flask) -> None:
        self.databases = site.extensions["plainsite.databases"]
        self.out: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        engines = {"own": site.extensions["plainsite"].engine}
        for name, database in self.databases.items():
            engines |= {name: database.engine, f"{name}, statements": database.reader}
        for name, engine in engines.items():
            event.listen(engine, "checkout", self._noting(name, 1))
            event.listen(engine, "checkin", self._noting(name, -1))

    def kept(self) -> dict[str, int]:
        """Give how many connections and sessions of each database nobody has put away."""
        sessions = {f"sessions of {name}": len(one.session.registry.registry) for name, one in self.databases.items()}
        return {name: number for name, number in {**self.out, **sessions}.items() if number}

    def _noting(self, name: str, step: int) -> Callable[..., None]:
        def note(*_: Any) -> None:
            self.out[name] += step
            self.taken[name] += step > 0

        return note


@pytest.fixture
def site(open_site: Callable[..., Flask], chinook: MakeKnown, people: Any) -> Iterator[Flask]:
    """Give a site with a Chinook of each engine, each with a view that takes longer than is allowed."""
    databases = {}
    for engine in ENGINES:
        url = chinook(engine)
        direct = create_engine(url.set(drivername=DRIVERS[url.get_backend_name()]))
        with direct.begin() as connection:
            connection.execute(text(f"CREATE VIEW slow AS {SLOW[engine]}"))
        direct.dispose()
        databases[engine] = {"url": url.render_as_string(hide_password=False), "writable": True}
    site = open_site(DATABASES=databases, QUERY_SECONDS=SECONDS)
    people(site, "Grace:admin")
    yield site
    for database in site.extensions["plainsite.databases"].values():
        database.close()


def table(site: Flask, engine: str, name: str) -> str:
    """Give the address of a table: PostgreSQL's Chinook is written small, with a sign between words."""
    names = site.extensions["plainsite.databases"][engine].catalog.read().relations
    return f"/data/{engine}/{next(each for each in names if each.lower() == name)}/"


def ask(port: int, cookie: str, path: str) -> int:
    """Ask a real server for a page; give the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: plainsite={cookie}\r\n\r\n"
        connection.sendall(head.encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return int(answer[9:12])


@pytest.mark.load
@pytest.mark.parametrize("engine", ENGINES)
def test_a_slow_query_of_one_database_holds_up_no_page_of_another(site, engine, listening) -> None:
    admin, server = Person(site, "Grace"), listening(site)
    others = [table(site, each, "artist") for each in ENGINES if each != engine]
    statement = quote(f"SELECT x FROM slow WHERE x <> {engine!r}" if engine == "sqlite" else "SELECT x FROM slow")
    for path in (*others, "/messages/", f"/data/{engine}/"):
        assert ask(server.port, admin.cookie(), path) == 200  # whatever is done once is done
    for slow in (f"/data/{engine}/slow/", f"/data/{engine}/+query?statement={statement}"):
        busy = threading.Thread(target=ask, args=(server.port, admin.cookie(), slow))
        began = time.monotonic()
        busy.start()
        time.sleep(0.2)
        answered = 0
        while busy.is_alive() and answered < 12:
            assert ask(server.port, admin.cookie(), [*others, "/messages/"][answered % 3]) == 200
            answered += 1
        still = busy.is_alive()
        busy.join()
        assert time.monotonic() - began > SECONDS - 0.5, "it was to be slow"
        assert (answered, still) == (12, True), slow


def requests(site: Flask, person: Person, engine: str) -> Iterator[tuple[str, set[int]]]:
    """Send all sorts of requests to a database; give what each was, and what it may answer."""
    artist, track = table(site, engine, "artist"), table(site, engine, "track")
    key = next(each.name for each in relation(site, engine, "artist").table.columns)
    word = list(relation(site, engine, "artist").table.columns)[1].name
    for path in ("", "?at=last", f"?sort={word}&down=1", "?words=a", "1", "1/edit", "+new", "1/delete", "+import"):
        yield f"{artist}{path}", {200}
    yield f"/data/{engine}/", {200}
    yield f"{artist}?{urlencode({'column': key, 'op': 'is', 'value': 'nothing'})}", {200, 422}
    yield f"{artist}?{urlencode({'column': key, 'op': 'contains', 'value': '1'})}", {422}
    for path in ("?after=nonsense", "999999", f"{2**63}", "a~2f.b", "?sort=nothing"):
        yield f"{artist}{path}", {404}
    yield f"{artist}+export.csv", {200}
    yield f"{track}+export.jsonl", {200}
    for statement, right in (("SELECT 1 AS one", {200}), ("SELECT nothing", {422}), ("DELETE FROM nothing", {422})):
        yield f"/data/{engine}/+query?statement={quote(statement)}", right
        yield f"/data/{engine}/+query.csv?statement={quote(statement)}", {200, 303, 422}


def relation(site: Flask, engine: str, name: str) -> Any:
    names = site.extensions["plainsite.databases"][engine].catalog.read().relations
    return next(each for full, each in names.items() if full.lower() == name)


@pytest.mark.sweep
@pytest.mark.parametrize("cut", [False, True], ids=["read whole", "cut off"])
def test_two_hundred_mixed_requests_leave_no_session_and_no_connection(site, cut) -> None:
    admin, counted, sent = Person(site, "Grace"), Counted(site), 0
    every = [list(requests(site, admin, engine)) for engine in ENGINES]
    for path, right in itertools.chain.from_iterable(
        itertools.repeat([*itertools.chain(*zip(*every, strict=True))], 3)
    ):
        answer = admin.client.get(path, buffered=False)
        assert answer.status_code in right, path
        if cut:
            next(iter(answer.iter_encoded()), b"")
        else:
            answer.get_data()
        answer.close()
        sent += 1
        assert counted.kept() == {}, path
        if sent == 200:
            break
    assert sent == 200
    assert all(counted.taken[name] for name in (*ENGINES, *(f"{each}, statements" for each in ENGINES)))


@pytest.mark.parametrize("where", ENGINES)
def test_a_view_that_fails_half_way_leaves_no_session_and_no_connection(site, where) -> None:
    databases = site.extensions["plainsite.databases"]

    def fails() -> str:
        for engine in ENGINES:
            databases[engine].session().connection().execute(text("SELECT 1"))
        databases[where].session().connection().execute(text("SELECT nothing at all"))
        return "never"

    site.add_url_rule("/fails", view_func=fails)
    counted = Counted(site)
    for _ in range(20):
        assert site.test_client().get("/fails").status_code == 500
        assert counted.kept() == {}
    assert all(counted.taken[engine] == 20 for engine in ENGINES)


def test_forms_that_are_refused_or_saved_leave_no_session_and_no_connection(site) -> None:
    admin, counted = Person(site, "Grace"), Counted(site)
    for engine in ENGINES:
        artist = table(site, engine, "artist")
        assert admin.post(f"{artist}1/edit", {"c1": "Changed", "c1-was": "=AC/DC"}).status == 303
        assert admin.post(f"{artist}1/edit", {"c0": "none", "c0-was": "=1"}).status == 422
        assert admin.post(f"{artist}1/delete", {"sure": "1"}).status == 422
        assert admin.post(f"{artist}999999/delete", {"sure": "1"}).status == 404
        assert admin.post(f"{artist}1/edit", {"csrf_token": "broken"}).status == 422
        assert counted.kept() == {}, engine


@pytest.mark.load
def test_many_at_once_on_all_three_leave_no_session_and_no_connection(site, listening, eventually) -> None:
    admin, server, counted = Person(site, "Grace"), listening(site), Counted(site)
    paths = [path for engine in ENGINES for path, _ in requests(site, admin, engine)]
    wrong: list[tuple[str, int]] = []

    def visit(which: int) -> None:
        for path in paths[which::4]:
            status = ask(server.port, admin.cookie(), path)
            if status >= 500:
                wrong.append((path, status))

    threads = [threading.Thread(target=visit, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert eventually(lambda: counted.kept() == {}), counted.kept()
