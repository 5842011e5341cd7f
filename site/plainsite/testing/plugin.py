"""The pytest plugin: a site, a client, a command runner, a session and a browser, fresh for each test.

The code under test commits for real; so each test starts from a copy of a freshly migrated SQLite file, or, on a
server, from tables emptied of what the test before wrote.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner
    from sqlalchemy import URL
    from sqlalchemy.orm import Session

    from plainsite.testing import Browser
    from plainsite.testing.sites import Databases, Site


@pytest.fixture(scope="session")
def plainsite_settings() -> dict[str, Any]:
    """Give settings to the site under test: override this to add your own."""
    return {}


@pytest.fixture(scope="session")
def plainsite_create_app() -> "Callable[..., Flask]":
    """Give the function that makes the site: override this to test a site of your own, built on plainsite's.

    It takes what `plainsite.create_app` takes. What it writes into the site's database, such as tables of its own,
    is there when a test starts.
    """
    from plainsite import create_app  # noqa: PLC0415 - nothing is imported for tests that ask for nothing

    return create_app


@pytest.fixture(scope="session")
def plainsite_new_database() -> "Callable[[], URL | str] | None":
    """Give a function that makes an empty database, and gives its address: override this to test on a server.

    What it made is emptied after each test and used again, never dropped. None: each site has a file of SQLite.
    """
    return None


@pytest.fixture(scope="session")
def plainsite_databases(
    tmp_path_factory: pytest.TempPathFactory, plainsite_new_database: "Callable[[], URL | str] | None"
) -> "Databases":
    """Give what lends empty databases."""
    from plainsite.testing.sites import Databases  # noqa: PLC0415 - nothing is imported for tests that ask for nothing

    return Databases(tmp_path_factory.mktemp("fresh") / "fresh.sqlite", plainsite_new_database)


@pytest.fixture(scope="session")
def plainsite_site(
    tmp_path_factory: pytest.TempPathFactory,
    plainsite_settings: dict[str, Any],
    plainsite_databases: "Databases",
    plainsite_create_app: "Callable[..., Flask]",
) -> "Iterator[Site]":
    """Make the site once, with its tables."""
    from plainsite.testing.sites import Site, close, make  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("plainsite")
    settings = {**plainsite_settings, "TESTING": True, "DATABASE_URL": plainsite_databases.lend(folder)}
    app = make(plainsite_create_app, settings, folder)
    close(app)
    plainsite_databases.remember(folder)
    yield Site(app, plainsite_databases)
    close(app)


@pytest.fixture
def app(plainsite_site: "Site") -> Iterator["Flask"]:
    """Give the site, with nobody and nothing in it."""
    from plainsite.testing.sites import close  # noqa: PLC0415

    plainsite_site.reset()
    yield plainsite_site.app
    close(plainsite_site.app)


@pytest.fixture
def make_app(
    plainsite_databases: "Databases",
    tmp_path: Path,
    plainsite_settings: dict[str, Any],
    plainsite_create_app: "Callable[..., Flask]",
) -> Iterator[Callable[..., "Flask"]]:
    """Give a function that makes another site, with settings of its own and an empty database of its own."""
    from plainsite.testing import sites  # noqa: PLC0415

    made: list[Flask] = []
    lent: list[URL] = []

    def make(**settings: Any) -> "Flask":
        folder = tmp_path / f"site{len(made)}"
        folder.mkdir()
        lent.append(plainsite_databases.lend(folder))
        given = {**plainsite_settings, "TESTING": True, "DATABASE_URL": lent[-1], **settings}
        made.append(sites.make(plainsite_create_app, given, folder))
        return made[-1]

    yield make
    for one in made:
        sites.close(one)
    for url in lent:
        plainsite_databases.take_back(url)


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """Give Flask's test client."""
    return app.test_client()


@pytest.fixture
def runner(app: "Flask") -> "FlaskCliRunner":
    """Give Flask's runner of commands."""
    return app.test_cli_runner()


@pytest.fixture
def session(app: "Flask") -> Iterator["Session"]:
    """Give a session on the site's own database, as a plain shell would have it."""
    from sqlalchemy.orm import Session  # noqa: PLC0415

    with Session(app.extensions["plainsite"].engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def browser(app: "Flask") -> "Browser":
    """Give somebody who opens pages, fills in forms and presses buttons."""
    from plainsite.testing import Browser  # noqa: PLC0415

    return Browser(app)
