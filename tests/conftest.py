"""People for the tests, and the ways they come in."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import URL
from sqlalchemy.orm import Session
from tests.servers.loading import empty_mariadb, empty_postgresql

from plainsite.models import User
from plainsite.services import account, users

# real servers, those that are killed, a real browser
pytest_plugins = ["tests.servers.fixtures", "tests.servers.clusters", "tests.servers.chromium"]

PASSWORD = "correct horse battery"
account.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the tests sign in thousands of times
HASH = account.password_hash(PASSWORD)

# What the site's own database is: tests that touch it run once on each engine, all others once.
ENGINE = os.environ.get("TEST_DATABASE") or "sqlite"
MAKES = {"postgresql": empty_postgresql, "mariadb": empty_mariadb}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about other engines; on a server also what can find nothing that it did not find on SQLite."""
    config.hook.pytest_deselected(items=[each for each in items if not _belongs_here(each)])
    items[:] = filter(_belongs_here, items)


def _belongs_here(item: Any) -> bool:
    asked = set(item.fixturenames)
    if any(ENGINE not in mark.args for mark in item.iter_markers("own")):
        return False
    # Those with `any_engine` try each engine by themselves; what a real browser shows is the same on all of them.
    elsewhere = {"any_engine", "chromium"} & asked
    return ENGINE == "sqlite" or ("plainsite_databases" in asked and not elsewhere)


def pytest_collection_finish() -> None:
    """Let what is loaded by now be looked through for garbage no more, which takes long and finds none."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Spare the end the same: a worker that takes ten seconds for it is killed, and what it measured is lost."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: Any) -> Any:
    """Leave tests that sweep over everything unmeasured: others run the same lines, and it doubles their time."""
    with untraced() if item.get_closest_marker("sweep") else nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def plainsite_new_database(request: pytest.FixtureRequest) -> Callable[[], URL] | None:
    """Make the site's own databases on the server that is to be tested."""
    if ENGINE == "sqlite":
        return None
    server = request.getfixturevalue(f"{ENGINE}_url")
    return lambda: MAKES[ENGINE](server)


@pytest.fixture
def make_user(session: Session) -> Callable[..., User]:
    """Add a user who signs in with PASSWORD."""

    def make(name: str = "Ada", role: str = "member") -> User:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        user = users.create(session, name=name, email=email, role=role, password_hash=HASH)
        session.rollback()
        return user

    return make


@pytest.fixture
def ada(make_user: Callable[..., User]) -> User:
    """Give a member."""
    return make_user("Ada")


@pytest.fixture
def grace(make_user: Callable[..., User]) -> User:
    """Give an admin."""
    return make_user("Grace", role="admin")


def sign_in(browser: Any, user: User) -> None:
    """Sign a user in through the form."""
    browser.open("/account/sign-in")
    browser.fill("E-mail", user.email)
    browser.fill("Password", PASSWORD)
    browser.press("Sign in")


@pytest.fixture
def as_ada(browser: Any, ada: User) -> Any:
    """Give the browser of a member who is signed in."""
    sign_in(browser, ada)
    return browser


@pytest.fixture
def as_grace(browser: Any, grace: User) -> Any:
    """Give the browser of an admin who is signed in."""
    sign_in(browser, grace)
    return browser


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Give a function that tells what a test counted: it is printed below all tests, wherever this one ran."""
    return lambda said: request.node.user_properties.append(("told", said))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(said))


@contextmanager
def untraced() -> Iterator[None]:
    """Measure as it is, also while coverage looks on."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)
