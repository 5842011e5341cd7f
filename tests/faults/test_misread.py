"""A server that finds a trigger of ours wrong, which it took when it was made: it is had to look again."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, make_url, text
from sqlalchemy.exc import DBAPIError

from plainsite import migrations
from plainsite.databases import Database, open_own
from plainsite.ledger import Change
from plainsite.models import now
from plainsite.services import users
from plainsite.transactions import Busy

if TYPE_CHECKING:
    from tests.servers.galera import Cluster

pytestmark = pytest.mark.cluster


TEXTS = ("unit", "who", "address", "database", "relation", "record_key", "place", "previous", "digest")
ENTRY = {**dict.fromkeys(TEXTS, "x"), "number": 4711, "at": now(), "action": "create", "stage": "done"}


@pytest.fixture(params=["mariadb", "galera"])
def server(request: pytest.FixtureRequest) -> Any:
    """Give a server whose files may be changed."""
    if request.param == "mariadb":
        return request.getfixturevalue("own_server")("mariadb")
    cluster: Cluster = request.getfixturevalue("galera")
    return cluster.nodes[0]


@pytest.fixture
def database(server: Any) -> Iterator[Database]:
    """Give a database of the site there, opened by a user who may do everything in it and nothing else."""
    url = make_url(server.url)
    everything = open_own(url.set(database="mysql"))
    with everything.engine.connect() as connection:
        for statement in (
            "CREATE OR REPLACE DATABASE misread",
            "CREATE OR REPLACE USER reader",
            "GRANT ALL ON misread.* TO reader",
            "SET GLOBAL log_bin_trust_function_creators = 1",
        ):
            connection.execute(text(statement))
    database = open_own(url.set(database="misread", username="reader"))
    migrations.upgrade(database.engine)
    yield database
    for each in (database, everything):
        each.remove()
        each.close()


def triggers(server: Any) -> Path:
    """Give the file in which a server keeps the triggers of the history."""
    found: Path = server.folder / "data" / "misread" / "changes.TRG"
    return found


def misread(server: Any, database: Database) -> None:
    """Have a server read the triggers wrongly; what is in its file is right again afterwards."""
    right = triggers(server).read_bytes()
    wrong = right.replace(b"CREATE DEFINER", b"CREOTE DEFINER")
    triggers(server).write_bytes(wrong)
    everything = open_own(make_url(server.url).set(database="misread"))
    with everything.engine.connect() as connection:
        connection.execute(text("FLUSH TABLES changes"))
    everything.close()
    for content in (wrong, right):
        triggers(server).write_bytes(content)
        with database.engine.connect() as connection, pytest.raises(DBAPIError, match="error in its body"):
            connection.execute(insert(Change).values(ENTRY))


def test_triggers_that_were_misread_are_read_anew_and_the_write_is_done(server: Any, database: Database) -> None:
    migrated = triggers(server).read_bytes()
    misread(server, database)
    users.create(database.session(), name="Ada", email="ada@example.org")
    users.create(database.session(), name="Grace", email="grace@example.org")
    assert database.session().query(Change).count() == 2
    assert triggers(server).read_bytes() == migrated
    database.remove()
    with database.engine.begin() as connection, pytest.raises(DBAPIError, match="entries of the history"):
        connection.execute(text("DELETE FROM changes"))


def test_triggers_that_are_wrong_indeed_are_not_tried_for_ever(server: Any, database: Database, monkeypatch) -> None:
    monkeypatch.setattr("plainsite.again.AGAIN_FOR", 0.5)
    right = triggers(server).read_bytes()
    misread(server, database)
    triggers(server).write_bytes(right.replace(b"CREATE DEFINER", b"CREOTE DEFINER"))
    with pytest.raises(Busy):
        users.create(database.session(), name="Ada", email="ada@example.org")
    triggers(server).write_bytes(right)
    users.create(database.session(), name="Ada", email="ada@example.org")
