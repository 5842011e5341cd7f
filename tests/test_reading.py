"""Connections that only read, and what becomes of them when their session writes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, text, update
from sqlalchemy.orm import Session

from plainsite import reading
from plainsite.databases import open_own
from plainsite.models import User
from plainsite.services import users

ENDS = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}


@pytest.fixture
def engine(app) -> Engine:
    """Give the site's own engine."""
    found: Engine = app.extensions["plainsite"].engine
    return found


@pytest.fixture
def session(app) -> Iterator[Session]:
    """Give a session as pages have it."""
    database = app.extensions["plainsite"]
    with database.session.session_factory() as session:
        yield session


@pytest.fixture
def looks(engine: Engine) -> Iterator[list[object]]:
    """Give what grows whenever the pool looks for a connection."""
    seen: list[object] = []

    def look(connection: object, *_: object) -> None:
        seen.append(connection)

    event.listen(engine, "checkout", look)
    yield seen
    event.remove(engine, "checkout", look)


def end_connections(engine: Engine) -> None:
    """Have the server end every connection to a database but the one by which it is told."""
    killer = open_own(engine.url)
    with killer.engine.connect() as other:
        numbers = other.execute(text(ENDS[engine.dialect.name])).scalars().all()
        assert numbers
        for number in numbers if engine.dialect.name == "mariadb" else ():
            other.execute(text(f"KILL {number}"))
    killer.close()


def add(session: Session) -> User:
    return users.create(session, name="Ada", email="ada@example.org")


def names(session: Session) -> list[str]:
    return [row.name for row in users.find_page(session).rows]


@pytest.mark.parametrize(("seconds", "connections"), [(60, 1), (0, 2)])
def test_a_unit_goes_on_by_the_connection_that_was_read_by_just_now_and_by_no_older_one(
    session, engine, looks, monkeypatch, seconds, connections
) -> None:
    monkeypatch.setattr(reading, "JUST_NOW", seconds)
    names(session)
    add(session)
    assert len(looks) == connections
    assert engine.pool.checkedout() == 0
    assert names(session) == ["Ada"]


@pytest.mark.own("postgresql", "mariadb")
def test_what_was_begun_while_reading_is_no_part_of_the_unit(session, monkeypatch) -> None:
    monkeypatch.setattr(reading, "JUST_NOW", 60)
    add(session)
    session.connection().execute(update(User).values(name="Nobody"))
    users.create(session, name="Grace", email="grace@example.org")
    assert names(session) == ["Ada", "Grace"]


def test_a_unit_whose_connection_was_lost_since_it_was_read_by_runs_again(session, engine, looks, monkeypatch) -> None:
    monkeypatch.setattr(reading, "JUST_NOW", 60)
    names(session)
    if engine.dialect.name == "sqlite":
        session.connection().connection.driver_connection.close()
    else:
        end_connections(engine)
    add(session)
    assert len(looks) > 1
    assert engine.pool.checkedout() == 0
    assert names(session) == ["Ada"]


@pytest.mark.own("postgresql", "mariadb")
def test_a_connection_that_the_server_has_closed_is_replaced_before_it_is_used(engine, client) -> None:
    assert client.get("/messages/").status_code == 200
    end_connections(engine)
    assert client.get("/messages/").status_code == 200
