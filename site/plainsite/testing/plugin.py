"""The pytest plugin: a site, a client, a command runner, a session and a browser, fresh for each test.

The code under test commits for real; so each test starts from a copy of a freshly migrated SQLite file, or, on
another engine, from tables emptied of what the test before wrote.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient, FlaskCliRunner
    from sqlalchemy.orm import Session

    from plainsite.testing import Browser


@dataclass
class Site:
    """An app that tests share, and the file that its database starts from."""

    app: "Flask"
    fresh: Path | None
    made: "list[Flask]" = field(default_factory=list)

    def reset(self) -> None:
        """Bring the database back to where every test starts, and forget who tried what how often."""
        database = self.app.extensions["plainsite"]
        _close(self.app)
        if self.fresh:
            _put(self.fresh, Path(database.engine.url.database))
        else:
            _empty(database.engine)
        self.app.extensions["plainsite.limits"][0].storage.reset()


@pytest.fixture(scope="session")
def plainsite_settings() -> dict[str, Any]:
    """Give settings to the site under test: override this to add your own, DATABASE_URL among them."""
    return {}


@pytest.fixture(scope="session")
def plainsite_site(tmp_path_factory: pytest.TempPathFactory, plainsite_settings: dict[str, Any]) -> Iterator[Site]:
    """Make the site once, with its tables."""
    from plainsite import create_app, migrations  # noqa: PLC0415 - nothing is imported for tests that ask for nothing

    folder = tmp_path_factory.mktemp("plainsite")
    app = create_app({**_of_its_own(folder), **plainsite_settings}, instance=folder)
    database = app.extensions["plainsite"]
    migrations.upgrade(database.engine)
    _close(app)
    fresh = None
    if database.engine.dialect.name == "sqlite":
        fresh = folder / "fresh.sqlite"
        shutil.copyfile(database.engine.url.database, fresh)
    yield Site(app, fresh)
    _close(app)


@pytest.fixture
def app(plainsite_site: Site) -> Iterator["Flask"]:
    """Give the site, with nobody and nothing in it."""
    plainsite_site.reset()
    yield plainsite_site.app
    _close(plainsite_site.app)


@pytest.fixture
def make_app(
    plainsite_site: Site, tmp_path: Path, plainsite_settings: dict[str, Any]
) -> Iterator[Callable[..., "Flask"]]:
    """Give a function that makes another site, with settings of its own and an empty SQLite database of its own."""
    from plainsite import create_app  # noqa: PLC0415

    made: list[Flask] = []

    def make(**settings: Any) -> "Flask":
        folder = tmp_path / f"site{len(made)}"
        folder.mkdir()
        if plainsite_site.fresh:
            shutil.copyfile(plainsite_site.fresh, folder / "plainsite.sqlite")
        made.append(create_app({**plainsite_settings, **_of_its_own(folder), **settings}, instance=folder))
        return made[-1]

    yield make
    for one in made:
        _close(one)


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


def _close(app: "Flask") -> None:
    """Close every connection of an app, those to attached databases too."""
    for database in (app.extensions["plainsite"], *app.extensions["plainsite.databases"].values()):
        database.close()


def _of_its_own(folder: Path) -> dict[str, Any]:
    """Give settings that keep tests away from any database that the environment names: they empty theirs."""
    return {"TESTING": True, "DATABASE_URL": f"sqlite:///{folder}/plainsite.sqlite"}


def _put(fresh: Path, file: Path) -> None:
    """Put a new file in the old one's place: a connection that a failed test left open keeps the old one."""
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    copy = file.with_name(file.name + ".new")
    shutil.copyfile(fresh, copy)
    copy.replace(file)


def _empty(engine: Any) -> None:
    from plainsite.ledger import NO_DIGEST, Chain  # noqa: PLC0415
    from plainsite.models import Base  # noqa: PLC0415

    chain: Any = Chain.__table__
    with engine.begin() as connection:
        connection.execute(chain.update().values(pruned_number=chain.c.number))  # or entries of the history are kept
        for table in reversed(Base.metadata.sorted_tables):
            if table is not chain:
                connection.execute(table.delete())
        none = {"number": 0, "digest": NO_DIGEST, "pruned_number": 0, "pruned_digest": NO_DIGEST}
        connection.execute(chain.update().values(none))
