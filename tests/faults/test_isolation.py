"""Requests that raise, abort, stream and are left alone: nothing of them stays, and nobody sees anything of another."""

import http.client
import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, select, text
from tests.servers.loading import empty_mariadb, empty_postgresql

from plainsite import migrations
from plainsite.forms.submissions import fresh
from plainsite.models import Message, User

PEOPLE, EACH = 10, 100  # a thousand requests
THREADS = 4  # and as many connections
ROWS, LONG = 100, 100_000  # more than sockets take in while nobody reads
FORM = "application/x-www-form-urlencoded"
PROCESS = Path(__file__).with_name("isolated.py")

# Transactions that a server knows of in one database, and that nobody ended.
OPEN = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
    " AND pid <> pg_backend_pid()",
    "mariadb": "SELECT count(*) FROM information_schema.innodb_trx JOIN information_schema.processlist"
    " ON trx_mysql_thread_id = id WHERE db = database() AND id <> connection_id()",
}

pytestmark = pytest.mark.long


class Process:
    """A site in a process of its own, with careless pages; it tells what it holds without being visited."""

    def __init__(self, settings: dict[str, Any], instance: Path) -> None:
        self.log = instance / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, PROCESS, json.dumps(settings), instance],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.port = self.ask()["port"]

    def ask(self) -> dict[str, Any]:
        """Give what it says next; raise what it logged when that is nothing."""
        said = self.process.stdout.readline()
        assert said, self.log.read_text()
        return json.loads(said)

    def held(self) -> dict[str, Any]:
        """Give the connections that are out, the scopes that have a session, and the sessions that there are."""
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return self.ask()

    def close(self) -> None:
        self.process.kill()
        self.process.wait(20)
        self.process.stdin.close()
        self.process.stdout.close()


class Visitor:
    """Somebody who does what the others do, in another order, and looks whose page comes back."""

    def __init__(self, name: str, page: Any, number: int) -> None:
        self.name, self.page, self.number, self.random = name, page, number, Random(name)
        self.token = page.sign_in(name)
        self.counts: Counter[Any] = Counter()
        self.posted: list[str] = []

    def visit(self, others: list[str]) -> None:
        """Make a hundred requests."""
        ways = [self.open, self.open, self.be_refused, self.be_refused_by_the_database, self.post, self.change]
        ways += [self.stream, self.stream_broken, self.leave, self.leave, self.leave_body, self.leave_unread]
        for turn in range(EACH):
            way = ways[turn % len(ways)] if turn < len(ways) else self.random.choice(ways)
            self.counts[way.__name__] += 1
            for seen in way():
                assert self.name in seen, (way, seen[:2000])
                found = [other for other in others if other != self.name and other in seen]
                assert not found, f"{self.name} sees {found}: {way} {seen[:2000]}"

    def look(self, answer: Any, status: int, flashes: int = 0) -> str:
        """Give a page's text; only who did something is told so, and only once."""
        self.counts[answer.status] += 1
        assert self.name in answer.text, (answer.path, answer.text)
        assert answer.status == status, (answer.path, answer.status, answer.text[:2000])
        assert answer.text.count('class="flash') == flashes, (answer.path, answer.text)
        return answer.text

    def open(self) -> Iterator[str]:
        """Open a page, mostly one that fails."""
        path, status = self.random.choice(
            [
                ("/account/", 200),
                ("/messages/new", 200),
                ("/nowhere", 404),
                ("/messages/999999", 404),
                ("/faulty/raises", 500),
                ("/faulty/raises-unsaved", 500),
                ("/faulty/raises-in-service", 500),
                ("/faulty/fails-to-flush", 500),
                ("/faulty/aborts", 403),
            ]
        )
        yield self.look(self.page.get(path), status)
        if self.random.random() < 0.1:
            yield self.look(self.page.get("/faulty/flashes-and-raises"), 500, 1)

    def be_refused(self) -> Iterator[str]:
        """Send a form that is not right."""
        answer = self.send("/messages/new", {"body": f"{self.name} typed this \0"})
        assert f"{self.name} typed this" in answer.text
        yield self.look(answer, 422)

    def be_refused_by_the_database(self) -> Iterator[str]:
        """Send a form that only the database can refuse."""
        values = {"name": f"{self.name} anew", "email": "taken@example.org", "role": "admin"}
        answer = self.send(f"/users/{self.number}/edit", values)
        assert "is taken" in answer.text
        assert f"{self.name} anew" in answer.text
        yield self.look(answer, 422)

    def post(self) -> Iterator[str]:
        """Post a message."""
        body = f"{self.name} wrote {len(self.posted)}"
        answer = self.send("/messages/new", {"body": body})
        assert answer.status == 303, answer.text
        self.posted.append(body)
        yield self.look(self.page.go_on(answer), 200, 1)

    def change(self) -> Iterator[str]:
        """Change the own account."""
        values = {"name": self.name, "email": f"{self.name.lower()}@{len(self.posted)}.example.org", "role": "admin"}
        answer = self.send(f"/users/{self.number}/edit", values)
        assert answer.status == 303, answer.text
        yield self.look(self.page.get("/account/"), 200, 1)

    def stream(self) -> Iterator[str]:
        """Read a stream to its end: each line says whose it is."""
        lines = self.page.get("/faulty/streams?lines=5&length=100").text.splitlines()
        assert len(lines) == 5
        yield from lines

    def stream_broken(self) -> Iterator[str]:
        """Read a stream that breaks off."""
        try:
            yield self.page.get("/faulty/streams-and-fails").text
            raise AssertionError("it ended well")
        except http.client.IncompleteRead as error:
            yield error.partial.decode()
        finally:
            self.page.close()

    def leave(self) -> Iterator[str]:
        """Leave in the middle of a stream."""
        path = self.random.choice(["/faulty/streams", "/faulty/streams-from-its-own", "/data/notes/notes/+export.csv"])
        with self.connected() as connection:
            self.begin(connection, f"GET {path} HTTP/1.1")
            began = b""
            while len(began) < 20_000 and (more := connection.recv(4000)):
                began += more
            assert began.startswith(b"HTTP/1.1 200"), began[:2000]
        if "export" not in path:
            yield began.decode()

    def leave_body(self) -> Iterator[str]:
        """Leave in the middle of what one sends."""
        path = self.random.choice(["/faulty/reads", "/messages/new", "/account/sign-in"])
        with self.connected() as connection:
            self.begin(connection, f"POST {path} HTTP/1.1", f"Content-Type: {FORM}", "Content-Length: 100000")
            connection.sendall(b"body=")
        yield from ()

    def leave_unread(self) -> Iterator[str]:
        """Leave without looking at the answer."""
        path = self.random.choice(["/account/", "/faulty/raises-unsaved", "/faulty/streams?lines=20", "/faulty/raises"])
        with self.connected() as connection:
            self.begin(connection, f"GET {path} HTTP/1.1")
        yield from ()

    def send(self, path: str, values: dict[str, str]) -> Any:
        body = urlencode({"csrf_token": self.token, "submission": fresh(), **values}).encode()
        return self.page.send("POST", path, body, Content_Type=FORM)

    def connected(self) -> socket.socket:
        """Connect as somebody who takes in little."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", self.page.port))
        return connection

    def begin(self, connection: socket.socket, *lines: str) -> None:
        head = "\r\n".join([*lines, "Host: localhost", f"Cookie: {self.page.cookie}", "", ""])
        connection.sendall(head.encode())


@pytest.fixture
def databases(any_engine, request, tmp_path) -> Iterator[tuple[Any, Any]]:
    """Give the site's own database, with its tables, and another one with a long table."""
    if any_engine == "sqlite":
        urls: list[Any] = [f"sqlite:///{tmp_path}/{name}.sqlite" for name in ("site", "notes")]
    else:
        server = request.getfixturevalue(f"{any_engine}_url")
        urls = [{"postgresql": empty_postgresql, "mariadb": empty_mariadb}[any_engine](server) for _ in range(2)]
    own, notes = (create_engine(url) for url in urls)
    migrations.upgrade(own)
    with notes.begin() as connection:
        kind = "LONGTEXT" if any_engine == "mariadb" else "TEXT"
        connection.execute(text(f"CREATE TABLE notes (id INTEGER PRIMARY KEY, note {kind})"))
        rows = [{"id": number, "note": "x" * LONG} for number in range(ROWS)]
        connection.execute(text("INSERT INTO notes VALUES (:id, :note)"), rows)
    yield own, notes
    own.dispose()
    notes.dispose()


@pytest.fixture
def process(databases, tmp_path) -> Iterator[Process]:
    """Give the site as a process, with no more connections than threads."""
    own, notes = (engine.url.render_as_string(hide_password=False) for engine in databases)
    settings = {
        "DATABASE_URL": own,
        "DATABASES": {"notes": notes},
        "THREADS": THREADS,
        "POOL_SIZE": THREADS,
        "POOL_OVERFLOW": 0,
        "SIGN_IN_LIMIT": "100000 per hour",
    }
    process = Process(settings, tmp_path)
    yield process
    process.close()


def test_of_a_thousand_requests_that_fail_or_are_left_nothing_stays_and_nobody_sees_another(
    any_engine, databases, process, visitors, people, eventually, at_once, tell
):
    own, _ = databases
    names = [f"Person{chr(ord('A') + number) * 3}" for number in range(PEOPLE)]
    numbers = people(own, "Taken", *(f"{name}:admin" for name in names))
    everybody = [Visitor(name, visitors(process.port, 1)[0], numbers[name]) for name in names]
    before = process.held()

    at_once(*(lambda each=each: each.visit(names) for each in everybody))

    eventually(lambda: is_idle(process.held()), 20)
    after = process.held()
    assert is_idle(after)
    assert after["left"] > PEOPLE, "streams were left in their middle"
    assert after["files"] <= before["files"] + 4 * THREADS, "connections were left open"
    if any_engine in OPEN:
        for engine in databases:
            with engine.connect() as connection:
                assert connection.scalar(text(OPEN[any_engine])) == 0
    for each in everybody:  # as many as there are connections, and more
        assert each.name in each.look(each.page.get("/account/"), 200)
    with own.connect() as connection:
        assert sorted(connection.scalars(select(User.name))) == sorted(["Taken", *names])
        posted = [body for each in everybody for body in each.posted]
        assert sorted(connection.scalars(select(Message.body))) == sorted(posted)
    counts = sum((each.counts for each in everybody), Counter())
    ways = {name: times for name, times in counts.items() if isinstance(name, str)}
    tell(
        f"isolation on {any_engine}: {sum(ways.values())} turns of {PEOPLE} people at {THREADS} connections "
        f"({ways}, answers { ({name: times for name, times in counts.items() if name not in ways}) }): "
        f"nothing of another seen; held before {before}, after {after}"
    )


def is_idle(held: dict[str, Any]) -> bool:
    """Tell whether a process holds nothing that belongs to a request."""
    return not any((*held["out"].values(), held["scopes"], held["sessions"], held["connections"]))
