"""Real Chromium before a real server: a site and a database file for each test, one Chromium for all of them."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import account
from plainsite.views.context import TOKEN

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHINOOK = Path(__file__).parents[1] / "data" / "chinook" / "Chinook_Sqlite.sqlite"
PATIENCE = 15_000  # milliseconds, on a machine with much else to do

# Chromium also writes a line for every answer of 400 and more: those the tests look at themselves.
ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} at ${location.pathname}`));
"""


class Server:
    """A server on a free port, which serves one site after the other."""

    def __init__(self) -> None:
        from waitress.server import create_server  # noqa: PLC0415 - only these tests need it

        self.site: Flask
        self.server: Any = create_server(self.answer, host="127.0.0.1", port=0, threads=4)
        self.port = self.server.effective_port
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def answer(self, environ: Any, start_response: Any) -> Any:
        """Answer as the site of the test that runs."""
        return self.site(environ, start_response)

    def stop(self) -> None:
        """Stop, and let go of the port."""
        self.server.close()
        self.server.task_dispatcher.shutdown()
        self.thread.join(5)


@pytest.fixture
def app(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """Give a site as it is served, with a database of others; errors become pages, nobody has to wait."""
    chinook = shutil.copyfile(CHINOOK, tmp_path / "chinook.sqlite")
    return make_app(
        TESTING=False,
        PAGE_SIZE=10,
        SIGN_IN_LIMIT="100000 per hour",
        SIGN_UP_LIMIT="100000 per hour",
        DATABASES={"chinook": {"url": f"sqlite:///{chinook}", "writable": True}},
    )


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Start a real server, once: to stop one takes a second."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def address(app: Flask, server: Server) -> str:
    """Serve the site, and give where it answers."""
    server.site = app
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Collect what Chromium complains of on any page; a test that leaves a complaint fails."""
    complaints: list[str] = []
    yield complaints
    assert complaints == []


@pytest.fixture
def window(
    chromium: "Browser", address: str, app: Flask, session: Session, heard: list[str]
) -> Iterator[Callable[..., "Page"]]:
    """Give a function that opens a window with cookies of its own, on request with a user signed in."""
    contexts = []

    def open_one(user: User | None = None, *, javascript: bool = True, width: int = 1280, **options: Any) -> "Page":
        context = chromium.new_context(
            base_url=address,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 800},
            locale="en-GB",
            timezone_id="UTC",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(TELL_VIOLATIONS)
        if user:
            token = account.sign_in(session, user.id, device="x" * 200, address="2001:db8:85a3:8d3:1319:8a2e:370:7348")
            cookie = app.session_interface.get_signing_serializer(app).dumps({TOKEN: token})  # type: ignore[attr-defined]
            context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": str(cookie), "url": address}])
        page = context.new_page()
        page.on("console", lambda said: _listen(heard, said))
        page.on("pageerror", lambda error: heard.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()


def _listen(heard: list[str], said: Any) -> None:
    if said.type in {"error", "warning"} and not ANSWERED.match(said.text):
        heard.append(said.text)
