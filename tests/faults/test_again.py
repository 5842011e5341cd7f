"""Units that run again, on real servers: deadlocks, connections that end, commits whose answer is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from plainsite import again
from plainsite.databases import Database, open_own
from plainsite.reasons import Refused
from plainsite.transactions import WITNESS, Busy, Unknown, transaction

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(50), unique=True),
)
ENGINES = ["postgresql", "mariadb"]


class Base(DeclarativeBase):
    """Tables of these tests that are mapped."""


class Named(Base):
    """Something with a name of its own."""

    __tablename__ = "named"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50), unique=True)


@pytest.fixture
def opened(make_database: Any, tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Give a function that opens a new database of an engine as the site opens its own, with a table of things."""
    empty, databases = tmp_path / "empty.sql", []
    empty.write_text("SELECT 1;")

    def open_one(engine: str, **options: Any) -> Database:
        databases.append(open_own(make_database(engine, empty), **options))
        metadata.create_all(databases[-1].engine)
        return databases[-1]

    yield open_one
    for each in databases:
        each.remove()
        each.close()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, opened: Callable[..., Database]) -> Database:
    """Give such a database of each server."""
    return opened(request.param)


@pytest.fixture
def others(database: Database) -> Iterator[Engine]:
    """Give connections of somebody else."""
    engine = create_engine(database.engine.url)
    yield engine
    engine.dispose()


@transaction
def add(session: Session, number: int, *then: Callable[[], Any]) -> int:
    """Add a thing, and do something else before it is committed."""
    session.execute(insert(things).values(id=number, name=f"thing {number}"))
    for each in then:
        each()
    return number


def kept(database: Database) -> list[int]:
    """Give the things there are."""
    with database.engine.connect() as connection:
        return list(connection.scalars(select(things.c.id).order_by(things.c.id)))


def end_all(others: Engine) -> None:
    """End all connections to a database, as a server does that is told to stop."""
    with others.connect() as one:
        if others.dialect.name == "postgresql":
            ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            one.exec_driver_sql(f"{ending} AND pid <> pg_backend_pid()")
            return
        listed = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        for number in one.exec_driver_sql(listed).scalars():
            with suppress(DBAPIError):  # it went by itself
                one.exec_driver_sql(f"KILL {number}")


def once(work: Callable[[], Any]) -> Callable[[], Any]:
    """Make something that is done the first time only."""
    left = [work]
    return lambda: left.pop()() if left else None


def losing_answers(database: Database, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose the next commit: after it was done, or before it was sent."""
    dialect, left = database.engine.dialect, [1]
    commit = dialect.do_commit
    lost = {
        "postgresql": psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly"),
        "mariadb": pymysql.err.OperationalError(2013, "Lost connection to MySQL server during query"),
    }[dialect.name]

    def do_commit(connection: Any) -> None:
        if not left:
            return commit(connection)
        left.pop()
        if after:
            commit(connection)
        connection.dbapi_connection.close()
        raise lost

    monkeypatch.setattr(dialect, "do_commit", do_commit)


def test_connections_that_end_while_it_is_asked_what_was_wrong_leave_it_told_rightly(database, others):
    Base.metadata.create_all(database.engine)

    @transaction
    def keep(session: Session, number: int, name: str) -> None:
        session.add(Named(number=number, name=name))

    keep(database.session(), 1, "a name")
    ended = once(lambda: end_all(others))

    @event.listens_for(database.engine, "before_cursor_execute")
    def end(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT 1"):
            ended()

    with pytest.raises(Refused) as refused:
        keep(database.session(), 2, "a name")
    assert [(each.rule, each.columns) for each in refused.value.reasons] == [("taken", ("name",))]
    keep(database.session(), 2, "another name")


def test_of_two_that_lock_each_other_out_both_get_through(database):
    runs: list[int] = []
    met = threading.Barrier(2)

    @transaction
    def both(session: Session, first: int, second: int) -> None:
        runs.append(first)
        session.execute(update(things).where(things.c.id == first).values(name=f"{first} before {second}"))
        if len(runs) <= 2:
            met.wait(20)
        session.execute(update(things).where(things.c.id == second).values(name=f"{second} after {first}"))

    def work(first: int, second: int) -> None:
        with Session(database.engine) as session:
            both(session, first, second)

    add(database.session(), 1)
    add(database.session(), 2)
    database.remove()
    threads = [threading.Thread(target=work, args=each) for each in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 3, "one of them was told to run again"
    with database.engine.connect() as connection:
        names = set(connection.scalars(select(things.c.name)))
    assert names in ({"1 before 2", "2 after 1"}, {"2 before 1", "1 after 2"}), "and came whole after the other"


def test_what_cannot_be_serialized_runs_again(opened):
    database, totals = opened("postgresql"), []

    @transaction
    def count(session: Session, number: int) -> None:
        session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        totals.append(session.scalar(select(func.count()).select_from(things)))
        if len(totals) == 1:
            with Session(database.engine) as rival:
                count(rival, 2)
        session.execute(insert(things).values(id=number, name=f"{totals[-1]} before"))

    count(database.session(), 1)
    with database.engine.connect() as connection:
        assert connection.execute(select(things)).all() == [(2, "0 before"), (1, "1 before")]
    assert totals == [0, 0, 1]


def test_a_pool_of_connections_that_have_all_ended_is_no_reason_to_fail(database, others):
    add(database.session(), 1)
    database.remove()
    end_all(others)
    add(database.session(), 2)
    assert kept(database) == [1, 2]


def test_a_unit_whose_connection_ends_before_its_commit_runs_again_on_another(database, others):
    session = database.session()
    add(session, 1, once(lambda: end_all(others)), lambda: session.execute(select(things)).all())
    assert kept(database) == [1]


def test_a_unit_whose_commit_was_lost_is_not_done_twice_and_not_said_to_be_done(database, monkeypatch):
    for after in (False, True):
        losing_answers(database, after=after, monkeypatch=monkeypatch)
        with pytest.raises(Unknown):
            add(database.session(), 1 + after)
        monkeypatch.undo()
    assert kept(database) == [2]
    assert add(database.session(), 3) == 3, "the session works on"


def test_a_lost_commit_that_was_done_is_a_success_where_something_bears_witness(database, monkeypatch):
    losing_answers(database, after=True, monkeypatch=monkeypatch)
    session, asked = database.session(), []

    def witness(connection: Any) -> bool:
        asked.append(1)
        return connection.scalar(select(things.c.id)) is not None

    session.info[WITNESS] = witness
    assert add(session, 1) == 1
    assert (kept(database), asked) == ([1], [1])
    add(session, 2)
    assert asked == [1], "it speaks of one unit"


def test_a_lost_commit_that_was_not_done_is_done_then(database, monkeypatch):
    losing_answers(database, after=False, monkeypatch=monkeypatch)
    database.session().info[WITNESS] = lambda connection: connection.scalar(select(things.c.id)) is not None
    assert add(database.session(), 1) == 1
    assert kept(database) == [1]


@pytest.mark.parametrize("gone", [False, True])
def test_a_witness_that_cannot_tell_leaves_it_unknown(database, monkeypatch, gone):
    monkeypatch.setattr(again, "AGAIN_FOR", 0.2)
    losing_answers(database, after=True, monkeypatch=monkeypatch)

    def witness(_: Any) -> None:
        if gone:
            raise OperationalError(None, None, pymysql.err.OperationalError(2003, "Can't connect"))

    database.session().info[WITNESS] = witness
    with pytest.raises(Unknown):
        add(database.session(), 1)


def test_an_error_that_somebody_swallowed_is_no_success(database):
    """PostgreSQL takes the commit after an error, and rolls back without a word."""

    @transaction
    def careless(session: Session) -> None:
        session.execute(insert(things).values(id=1, name="one"))
        with suppress(DBAPIError):
            session.connection().exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(DBAPIError, match="nowhere"):
        careless(database.session())
    assert kept(database) == []


def test_an_error_that_was_undone_to_a_savepoint_spoils_nothing(database):
    @transaction
    def careful(session: Session) -> None:
        session.execute(insert(things).values(id=1, name="one"))
        with suppress(DBAPIError), session.begin_nested():
            session.execute(insert(things).values(id=1, name="another one"))

    careful(database.session())
    assert kept(database) == [1]


@pytest.mark.parametrize("url", ["postgresql+psycopg://postgres@127.0.0.1:1/x", "mysql+pymysql://root@127.0.0.1:1/x"])
def test_a_server_that_does_not_come_back_in_time_is_busy(url, monkeypatch):
    monkeypatch.setattr(again, "AGAIN_FOR", 0.3)
    with closing(open_own(url)) as database, pytest.raises(Busy):
        add(database.session(), 1)


@pytest.mark.parametrize(
    ("code", "asks", "leaves_open"),
    [
        *((code, True, False) for code in (1020, 1047, 1205, 1213)),
        *((code, True, True) for code in (1040, 1180, 1203, 1226, 2006, 2013)),
        *((code, False, False) for code in (1062, 1146)),
    ],
)
def test_what_mariadb_says_asks_to_run_again_or_leaves_a_commit_open(code, asks, leaves_open):
    error = DBAPIError(None, None, pymysql.err.OperationalError(code, "words"))
    assert (again.asks_again(error), again.leaves_open(error)) == (asks, leaves_open)


@pytest.mark.parametrize(
    ("state", "asks", "leaves_open"),
    [("40001", True, False), ("40P01", True, False), ("57P01", True, True), ("23505", False, False)],
)
def test_what_postgresql_says_asks_to_run_again_or_leaves_a_commit_open(state, asks, leaves_open):
    error = OperationalError(None, None, psycopg.errors.lookup(state)("words"))
    assert (again.asks_again(error), again.leaves_open(error)) == (asks, leaves_open)
