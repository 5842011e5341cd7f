"""Real servers, raw clients and a site whose errors become pages: what the adversary needs."""

import html
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from lxml import html as trees
from sqlalchemy.orm import Session

from plainsite.forms.submissions import fresh
from plainsite.services import account, messages, users
from plainsite.views.context import TOKEN

PASSWORD = "correct horse battery"
HASH = account.password_hash(PASSWORD)
FORM = "application/x-www-form-urlencoded"
STARTS_WITHIN = 20.0  # seconds, on a machine with much else to do
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as behind a shell's "&", where all that is started inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def new_form() -> dict[str, Any]:
    """Give what a form that creates holds when it is opened anew."""
    return {"submission": fresh()}


class Answer:
    """What came back for one request."""

    def __init__(self, status: int, headers: Any, body: bytes, path: str) -> None:
        self.status, self.headers, self.body, self.path = status, headers, body, path

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        assert found, f"{self.path} serves no form: {self.status} {self.text[:500]}"
        return found[1]

    def errors_at(self, field: str) -> list[str]:
        """Give the sentences to which a control points as its description."""
        page = trees.fromstring(self.text)
        (control,) = page.xpath("//*[@name=$name]", name=field)
        described = (control.get("aria-describedby") or "").split()
        if f"{field}-error" not in described:
            return []
        return [each.text_content() for each in page.get_element_by_id(f"{field}-error").iter("p")]

    def served(self, field: str) -> str | None:
        """Give what a text control was served with, read without a parser that stumbles over odd characters."""
        name = re.escape(f'name="{field}"')
        area = re.search(rf"<textarea[^>]*{name}[^>]*>\n?(.*?)</textarea>", self.text, re.DOTALL)
        if area:
            return html.unescape(area[1])
        control = re.search(rf"<input[^>]*{name}[^>]*>", self.text, re.DOTALL)
        value = control and re.search(r'value="([^"]*)"', control[0], re.DOTALL)
        return html.unescape(value[1]) if value else None


class Http:
    """One visitor with a cookie and one connection, who does exactly what is said and nothing by itself."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def close(self) -> None:
        self.connection.close()

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        given = Answer(answer.status, answer.headers, answer.read(), path)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            pair = cookie.partition(";")[0]
            self.cookie = "" if "Max-Age=0" in cookie or pair.endswith("=") else pair
        return given

    def get(self, path: str, **headers: Any) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, values: dict[str, str] | None = None, **headers: Any) -> Answer:
        return self.send("POST", path, urlencode(new_form() | (values or {})).encode(), Content_Type=FORM, **headers)

    def go_on(self, answer: Answer) -> Answer:
        """Follow redirects, so that what was flashed is read and the cookie stays small."""
        while answer.status in {301, 302, 303, 307, 308}:
            parts = urlsplit(urljoin(answer.path, answer.headers["Location"]))
            answer = self.get(parts.path + (f"?{parts.query}" if parts.query else ""))
        return answer

    def submit(self, path: str, **values: str) -> Answer:
        """Open a form and send it filled."""
        return self.post(path, {"csrf_token": self.get(path).token, **values})

    def sign_in(self, name: str) -> str:
        """Sign a user of the test in; give the token of the forms to come."""
        answer = self.submit("/account/sign-in", email=f"{name.lower()}@example.org", password=PASSWORD)
        assert answer.status == 303, answer.text
        self.go_on(answer)
        return self.get("/account/sign-out").token


class Server:
    """A `plainsite run` of its own, on a free port where none is given."""

    def __init__(self, instance: Path, *, port: int = 0, **settings: Any) -> None:
        self.instance = instance
        instance.mkdir(exist_ok=True)
        known = {name: value for name, value in os.environ.items() if not name.startswith("PLAINSITE_")}
        given = {"SIGN_UP_LIMIT": "100000 per hour", "SIGN_IN_LIMIT": "100000 per hour", **settings}
        environ = known | {f"PLAINSITE_{name}": str(value) for name, value in given.items()}
        self.log = instance / f"log{len(list(instance.glob('log*')))}-{id(self)}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "plainsite", "run", "--port", str(port)],
                env=environ | {"PLAINSITE_INSTANCE": str(instance)},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.said: list[str] = []
        self.port = 0

    def wait(self) -> "Server":
        """Wait until it says where it answers."""
        watch = threading.Timer(STARTS_WITHIN, self.process.kill)
        watch.start()
        out: Any = self.process.stdout
        for line in out:
            self.said.append(line.decode())
            if found := re.search(r"answers on http://[^/]*:(\d+)/", self.said[-1]):
                self.port = int(found[1])
                break
        watch.cancel()
        assert self.port, f"it did not start: {self.said} {self.log.read_text()}"
        return self

    def stop(self, by: signal.Signals = signal.SIGKILL) -> int:
        if self.process.poll() is None:
            self.process.send_signal(by)
        code = self.process.wait(20)
        out: Any = self.process.stdout
        if not out.closed:
            self.said += [line.decode() for line in out]
        out.close()
        return code

    def visitor(self) -> Http:
        return Http(self.port)


@pytest.fixture
def served(tmp_path: Path, plainsite_site: Any) -> Iterator[Callable[..., Server]]:
    """Give a function that starts a server on a migrated database, in one instance folder for all of them."""
    folder, servers = tmp_path / "instance", []

    def start(*, fresh: bool = True, wait: bool = True, **settings: Any) -> Server:
        folder.mkdir(exist_ok=True)
        if fresh and not (folder / "plainsite.sqlite").exists():
            shutil.copyfile(plainsite_site.databases.fresh, folder / "plainsite.sqlite")
        servers.append(Server(folder, **settings))
        return servers[-1].wait() if wait else servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def people() -> Callable[..., dict[str, int]]:
    """Give a function that adds users who sign in with PASSWORD; the name before a colon, the role behind it."""

    def add(where: Any, *names: str) -> dict[str, int]:
        engine = where.extensions["plainsite"].engine if isinstance(where, Flask) else where
        ids = {}
        with Session(engine, expire_on_commit=False) as session:
            for given in names:
                name, _, role = given.partition(":")
                user = users.create(
                    session,
                    name=name,
                    email=f"{name.lower()}@example.org",
                    role=role or "member",
                    password_hash=HASH,
                )
                ids[name] = user.id
        return ids

    return add


@pytest.fixture
def write() -> Callable[..., int]:
    """Give a function that writes a message."""

    def add(site: Flask, author_id: int, body: str = "A *first* message") -> int:
        with Session(site.extensions["plainsite"].engine, expire_on_commit=False) as session:
            return int(messages.create(session, author_id=author_id, body=body).id)

    return add


@pytest.fixture
def open_site(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    """Give a function that makes a site whose errors become pages and whose limits do not get in the way."""

    def make(**settings: Any) -> Flask:
        given = {"TESTING": False, "SIGN_UP_LIMIT": "100000 per hour", "SIGN_IN_LIMIT": "100000 per hour", **settings}
        return make_app(**given)

    return make


class Person:
    """Somebody at a site in this process, who does exactly what is said."""

    def __init__(self, site: Flask, name: str = "") -> None:
        self.site, self.client = site, site.test_client()
        self._known, self._token = None, ""
        if name:
            self.be_signed_in(name)

    def be_signed_in(self, name: str) -> None:
        """Sign in as the form does, without the time that it takes to look at a password."""
        with Session(self.site.extensions["plainsite"].engine) as session:
            user: Any = users.find_by_email(session, f"{name.lower()}@example.org")
            token = account.sign_in(session, user.id, device="a browser", address="127.0.0.1")
        with self.client.session_transaction() as cookie:
            cookie[TOKEN] = token
            cookie.permanent = True

    def send(self, method: str, path: str, **more: Any) -> Answer:
        answer = self.client.open(path, method=method, **more)
        given = Answer(answer.status_code, answer.headers, answer.data, path)
        answer.close()
        return given

    def get(self, path: str, **more: Any) -> Answer:
        return self.send("GET", path, **more)

    def post(self, path: str, values: dict[str, Any] | None = None, **more: Any) -> Answer:
        return self.send("POST", path, data=new_form() | {"csrf_token": self.token, **(values or {})}, **more)

    @property
    def token(self) -> str:
        """Give the token that the forms of this session hold."""
        with self.client.session_transaction() as session:
            secret = session.get("csrf_token")
        if secret is None or self._known != secret:
            self._token = self.get("/account/sign-in").token
            with self.client.session_transaction() as session:
                self._known = session["csrf_token"]
        return self._token

    def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        answer = self.post("/account/sign-in", {"email": f"{name.lower()}@example.org", "password": password})
        if answer.status == 303:
            self.get("/messages/")
        return answer

    def cookie(self) -> str:
        found = self.client.get_cookie("plainsite")
        return found.value if found else ""

    def take_cookie(self, value: str) -> None:
        self.client.set_cookie("plainsite", value)

    def is_in(self) -> bool:
        return self.get("/account/").status == 200


@pytest.fixture
def person() -> type[Person]:
    """Give what makes somebody at a site in this process."""
    return Person


class Served:
    """A site in this process behind a real server, so that its connections can be counted from here."""

    def __init__(self, site: Flask) -> None:
        from waitress.server import create_server  # noqa: PLC0415 - few tests need it

        self.server = create_server(site, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
        self.port = int(self.server.effective_port)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.close()
        self.server.task_dispatcher.shutdown()
        self.thread.join(5)


@pytest.fixture
def listening() -> Iterator[Callable[[Flask], Served]]:
    """Give a function that puts a site of this process behind a real server."""
    running: list[Served] = []

    def start(site: Flask) -> Served:
        running.append(Served(site))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def eventually() -> Callable[..., bool]:
    """Give a function that waits a little for something to become true."""

    def wait(true: Callable[[], bool], seconds: float = 5) -> bool:
        until = time.monotonic() + seconds
        while not true() and time.monotonic() < until:
            time.sleep(0.01)
        return true()

    return wait


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Give a function that runs work in threads which start together; what one raises, the test raises."""

    def run(*works: Callable[[], Any]) -> list[Any]:
        gate, results, wrong = threading.Barrier(len(works)), [None] * len(works), []

        def go(place: int, work: Callable[[], Any]) -> None:
            try:
                gate.wait(60)
                results[place] = work()
            except BaseException as error:  # noqa: BLE001 - it is raised below, where the test sees it
                wrong.append(error)

        threads = [threading.Thread(target=go, args=each) for each in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        if wrong:
            raise wrong[0]
        return results

    return run


@pytest.fixture
def visitors() -> Iterator[Callable[..., list[Http]]]:
    """Give a function that makes visitors of a server, and sees them off."""
    made: list[Http] = []

    def make(port: int, count: int) -> list[Http]:
        some = [Http(port) for _ in range(count)]
        made.extend(some)
        return some

    yield make
    for each in made:
        with closing(each):
            pass
