"""People for the tests, and the ways they come in."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from plainsite.models import User
from plainsite.services import account, users

# real servers, those that are killed, a real browser
pytest_plugins = ["tests.servers.fixtures", "tests.servers.clusters", "tests.servers.chromium"]

PASSWORD = "correct horse battery"
HASH = account.password_hash(PASSWORD)  # once for all tests: it takes 15 ms


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
