"""Fixtures: servers that a test may kill. They are its own process's, so such tests do not run in parallel."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from tests.servers.galera import Cluster, missing_for_galera
from tests.servers.killable import Replica, Server
from tests.servers.using import missing


@pytest.fixture(scope="session")
def _galera() -> Iterator[Cluster]:
    demand(missing_for_galera())
    with closing(Cluster()) as cluster:
        cluster.start()
        yield cluster


@pytest.fixture
def galera(_galera: Cluster) -> Cluster:
    """Give a Galera cluster of three nodes, all of them members, whatever the test before did to them."""
    _galera.heal()
    return _galera


@pytest.fixture(scope="session")
def _primary_and_replica() -> Iterator[tuple[Server, Replica]]:
    demand(missing("postgresql"))
    with closing(Server("postgresql")) as primary, closing(Replica(primary)) as replica:
        for server in (primary, replica):
            server.set_up()
            server.start()
        yield primary, replica


@pytest.fixture
def primary_and_replica(_primary_and_replica: tuple[Server, Replica]) -> tuple[Server, Replica]:
    """Give a PostgreSQL server and its streaming replica, both running."""
    for server in _primary_and_replica:
        server.resume()
        if not server.is_running:
            server.start()
    return _primary_and_replica


@pytest.fixture
def own_server() -> Iterator[Callable[[str], Server]]:
    """Give a function that starts a server of an engine for this test alone."""
    with ExitStack() as opened:

        def start(engine: str) -> Server:
            demand(missing(engine))
            server = opened.enter_context(closing(Server(engine)))
            server.set_up()
            server.start()
            return server

        yield start


def demand(said: str | None) -> None:
    """Skip a test for which something must be installed; where CI is set, fail it: it was not tested."""
    if said:
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
