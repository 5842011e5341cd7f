"""The site and the floor, each called in this process as a server would call it, with no network between."""

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.test import create_environ

from bench.measured import floor
from bench.measured.rows import MARK
from plainsite import create_app
from plainsite.services import account, users

NEW_USER = "/users/new"


@dataclass
class Answer:
    """What came back, and the seconds of processor time it took."""

    status: int
    text: str
    seconds: float

    @property
    def marks(self) -> set[str]:
        """Which messages are on the page."""
        return set(re.findall(MARK, self.text))


@dataclass
class Subject:
    """An application, and what its visitor's browser would keep."""

    name: str
    application: Callable[[dict[str, Any], Any], Iterable[bytes]]
    cookie: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    added: int = 0

    def get(self, address: str) -> Answer:
        """Open a page."""
        return self._ask(create_environ(address, headers={"Cookie": self.cookie}))

    def add_user(self) -> Answer:
        """Send the form for a new user, with a name nobody has."""
        self.added += 1
        name = f"new{self.added}"
        once = secrets.token_urlsafe(16)  # a form of its own each time, which the site's form says by this
        sent = {**self.fields, "submission": once, "name": name, "email": f"{name}@example.org"}
        return self._ask(create_environ(NEW_USER, method="POST", data=sent, headers={"Cookie": self.cookie}))

    def _ask(self, environ: dict[str, Any]) -> Answer:
        got: list[str] = []
        start = time.thread_time()
        chunks = self.application(environ, lambda status, *_: got.append(status))
        body = b"".join(chunks)
        if close := getattr(chunks, "close", None):
            close()
        seconds = time.thread_time() - start
        return Answer(int(got[0][:3]), body.decode(), seconds)


def the_floor(file: Path) -> Subject:
    """Give the floor, on a copy of the database."""
    subject = Subject("floor", floor.create(shutil.copyfile(file, file.with_name("floor.sqlite"))))
    return _with_form(subject)


def the_site(file: Path) -> Subject:
    """Give the site, on a copy of the database, with an admin signed in."""
    copy = shutil.copyfile(file, file.with_name("site.sqlite"))
    app = create_app({"DATABASE_URL": f"sqlite:///{copy}", "SECRET_KEY": "bench"}, instance=file.parent)
    with app.app_context():
        session = app.extensions["plainsite"].session()
        admin = users.create(session, name="admin", email="admin@example.org", role="admin")
        token = account.sign_in(session, admin.id, device="bench", address="")
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["token"] = token
    client.get(NEW_USER)  # the cookie now holds the secret of the form's token too
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    return _with_form(Subject("plainsite", app.wsgi_app, f"{name}={cookie.value if cookie else ''}"))


def _with_form(subject: Subject) -> Subject:
    token = re.search(r'name="csrf_token" value="([^"]+)"', subject.get(NEW_USER).text)
    subject.fields = {"csrf_token": token[1] if token else "", "role": "member"}
    return subject
