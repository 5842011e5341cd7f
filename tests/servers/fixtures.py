"""Fixtures: real servers, and databases of all three engines, fresh for whoever asks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.servers.loading import fresh_mariadb, fresh_postgresql, fresh_sqlite
from tests.servers.using import Servers, missing

from plainsite.databases import Attached, attach

DATA = Path(__file__).parents[1] / "data"
ENGINES = ("sqlite", "postgresql", "mariadb")
NASTY = {
    engine: DATA / "nasty" / f"nasty_{short}.sql"
    for engine, short in zip(ENGINES, ("sqlite", "postgres", "mariadb"), strict=True)
}
CHINOOK = {
    "sqlite": DATA / "chinook" / "Chinook_Sqlite.sqlite",
    "postgresql": DATA / "chinook" / "Chinook_PostgreSql.sql",
    "mariadb": DATA / "chinook" / "Chinook_MySql.sql",
}

MakeDatabase = Callable[[str, Path], URL]
MakeKnown = Callable[[str], URL]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Give the servers of this run; each is started when it is first asked for."""
    own = tmp_path_factory.getbasetemp()
    servers = Servers(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def postgresql_url(servers: Servers) -> str:
    """Give the URL of a PostgreSQL server, as one who may do everything there."""
    return _url(servers, "postgresql")


@pytest.fixture(scope="session")
def mariadb_url(servers: Servers) -> str:
    """Give the URL of a MariaDB server, as one who may do everything there."""
    return _url(servers, "mariadb")


@pytest.fixture(scope="session")
def make_database(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> MakeDatabase:
    """Give a function that makes a database of an engine from a file of SQL (or of SQLite), and gives its URL.

    Each call makes another, so what is written there concerns nobody else.
    """
    folder = tmp_path_factory.mktemp("databases")

    def make(engine: str, file: Path) -> URL:
        if engine == "sqlite":
            return fresh_sqlite(file, folder)
        server = _url(servers, engine)
        return fresh_mariadb(server, file) if engine == "mariadb" else fresh_postgresql(server, file, servers.root)

    return make


@pytest.fixture(scope="session")
def nasty(make_database: MakeDatabase) -> MakeKnown:
    """Give a function that makes a database of an engine which holds everything awkward, and gives its URL."""
    return lambda engine: make_database(engine, NASTY[engine])


@pytest.fixture(scope="session")
def chinook(make_database: MakeDatabase) -> MakeKnown:
    """Give a function that makes a Chinook of an engine, and gives its URL."""
    return lambda engine: make_database(engine, CHINOOK[engine])


@pytest.fixture
def northwind(make_database: MakeDatabase) -> URL:
    """Give the URL of a Northwind of SQLite."""
    return make_database("sqlite", DATA / "northwind" / "northwind.db")


@pytest.fixture(scope="module", params=ENGINES)
def any_engine(request: pytest.FixtureRequest) -> str:
    """Give each engine in turn."""
    engine: str = request.param
    if engine != "sqlite":
        _demand(engine)
    return engine


@pytest.fixture(scope="module")
def attached() -> Iterator[Callable[..., Attached]]:
    """Give a function that attaches a database as the site does: its URL, and what `databases.attach` takes."""
    opened: list[Attached] = []

    def open_one(url: URL | str, **options: object) -> Attached:
        opened.append(attach("tested", url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for database in opened:
        database.remove()
        database.close()


def _url(servers: Servers, engine: str) -> str:
    _demand(engine)
    return servers.url(engine)


def _demand(engine: str) -> None:
    """Skip a test whose engine is not installed; where CI is set, fail it: it was not tested."""
    if said := missing(engine):
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
