"""One service call is one transaction."""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, validates

from plainsite import again, migrations, submissions
from plainsite.databases import Database, open_own
from plainsite.engines import Patience
from plainsite.inserting import insert
from plainsite.models import Base, Message, User
from plainsite.refusals import Reason, Refused
from plainsite.services import users
from plainsite.transactions import Busy, transaction


@pytest.fixture
def plain(tmp_path) -> Iterator[Session]:
    """Give a session as anybody would make one: no Flask, no engine of ours."""
    engine = create_engine(f"sqlite:///{tmp_path}/plain.sqlite")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def patient(tmp_path) -> Iterator[Database]:
    """Give the site's own kind of database, opened as the site opens it."""
    yield from opened(tmp_path, patience=Patience(busy=20))


@pytest.fixture
def impatient(tmp_path) -> Iterator[Database]:
    """Give one whose writers do not wait, so that it is we who must."""
    yield from opened(tmp_path, patience=Patience(busy=0))


def opened(folder: Path, **options: Any) -> Iterator[Database]:
    """Open a database with the site's tables, and close it."""
    database = open_own(f"sqlite:///{folder}/own.sqlite", **options)
    migrations.upgrade(database.engine)
    yield database
    database.remove()
    database.close()


@contextmanager
def rival_writer(database: Database) -> Iterator[sqlite3.Connection]:
    """Hold the database as its one writer."""
    file = database.engine.url.database or ""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        yield rival


def people(session: Session) -> int:
    """Count the users."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def test_services_run_in_a_plain_shell_with_a_plain_session(plain: Session) -> None:
    users.create(plain, name="Ada", email="ada@example.org")
    with pytest.raises(Refused) as refused:
        users.create(plain, name="ADA", email="other@example.org")
    assert refused.value.reasons == (Reason("taken", ("name",)),)
    assert people(plain) == 1


def test_a_record_inserted_at_once_has_its_key_and_defaults_and_is_nobody_elses(session: Session) -> None:
    @transaction
    def post(session: Session, author_id: int, body: str) -> Message:
        message = insert(session, Message, author_id=author_id, body=body)
        assert message not in session
        return message

    author = users.create(session, name="Ada", email="ada@example.org")
    posted = post(session, author.id, "Hello")
    kept = session.get_one(Message, posted.id)
    assert (author.role, kept.body, kept.created_at) == ("member", "Hello", posted.created_at)
    with pytest.raises(Refused) as refused:
        post(session, author.id + 1, "Hello")
    assert refused.value.reasons == (Reason("unknown", ("author_id",)),)


def test_an_error_of_the_service_itself_rolls_everything_back(session: Session) -> None:
    @transaction
    def fail(session: Session) -> None:
        users.add(session, name="Ada", email="ada@example.org", role="member")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(session)
    assert people(session) == 0


def test_a_refusal_by_the_service_itself_rolls_everything_back(session: Session) -> None:
    @transaction
    def refuse(session: Session) -> None:
        users.add(session, name="Ada", email="ada@example.org", role="member")
        raise Refused(Reason("no"))

    with pytest.raises(Refused):
        refuse(session)
    assert people(session) == 0


def test_a_transaction_inside_a_transaction_is_a_mistake_that_is_named(session: Session) -> None:
    @transaction
    def outer(session: Session) -> None:
        users.create(session, name="Ada", email="ada@example.org")

    with pytest.raises(RuntimeError, match="create is a transaction of its own"):
        outer(session)
    assert people(session) == 0


def test_a_session_with_unsaved_changes_is_not_committed_by_the_way(session: Session) -> None:
    session.add(User(name="Eve", email="eve@example.org"))
    with pytest.raises(RuntimeError, match="unsaved changes"):
        users.create(session, name="Ada", email="ada@example.org")


def test_what_was_read_before_stays_readable_after(session: Session) -> None:
    ada = users.create(session, name="Ada", email="ada@example.org")
    session.execute(select(User)).all()
    users.create(session, name="Bob", email="bob@example.org")
    session.close()
    assert ada.name == "Ada"


def test_a_unit_runs_again_until_a_busy_database_has_time(impatient: Database, caplog) -> None:
    caplog.set_level("INFO")
    with rival_writer(impatient) as rival:
        threading.Timer(0.15, rival.execute, ["ROLLBACK"]).start()
        users.create(impatient.session(), name="Ada", email="ada@example.org")
    assert "create runs again: database is locked" in caplog.text
    assert people(impatient.session()) == 1


def test_a_unit_that_never_gets_through_ends_as_busy_and_writes_nothing(impatient: Database, monkeypatch) -> None:
    monkeypatch.setattr(again, "AGAIN_FOR", 0.2)
    with rival_writer(impatient) as rival:
        with pytest.raises(Busy):
            users.create(impatient.session(), name="Ada", email="ada@example.org")
        rival.execute("ROLLBACK")
    assert people(impatient.session()) == 0


def test_a_unit_that_has_waited_for_long_enough_is_not_run_again(tmp_path, monkeypatch, caplog) -> None:
    monkeypatch.setattr(again, "AGAIN_FOR", 0.2)
    database = next(opening := opened(tmp_path, patience=Patience(busy=0.5)))
    with caplog.at_level("INFO"), rival_writer(database) as rival:
        with pytest.raises(Busy):
            users.create(database.session(), name="Ada", email="ada@example.org")
        rival.execute("ROLLBACK")
    assert "runs again" not in caplog.text
    next(opening, None)


def test_an_error_that_asks_for_nothing_is_not_run_again(session: Session) -> None:
    runs = []

    @transaction
    def broken(session: Session) -> None:
        runs.append(1)
        session.connection().exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(DBAPIError):
        broken(session)
    assert len(runs) == 1


def test_a_writer_begins_as_a_writer_so_that_readers_turned_writers_never_clash(patient: Database) -> None:
    author = users.create(patient.session(), name="Ada", email="ada@example.org").id
    patient.remove()

    @transaction
    def append(session: Session) -> None:
        count = session.scalar(select(func.count()).select_from(Message)) or 0
        session.add(Message(author_id=author, body=f"number {count + 1}"))

    def work() -> None:
        with Session(patient.engine) as own:
            for _ in range(25):
                append(own)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = set(patient.session().scalars(select(Message.body)))
    assert bodies == {f"number {number}" for number in range(1, 101)}


def names(session: Session) -> list[str]:
    """Give the names of the directory."""
    return [row.name for row in users.find_page(session).rows]


@pytest.fixture
def narrow(tmp_path) -> Iterator[Database]:
    """Give one that has a single connection."""
    yield from opened(tmp_path, pool={"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1})


def test_reading_and_writing_in_turns_never_takes_a_second_connection(narrow: Database) -> None:
    session = narrow.session()
    assert names(session) == []
    ada = users.create(session, name="Ada", email="ada@example.org")
    assert names(session) == ["Ada"]
    assert session.get_one(User, ada.id).name == "Ada"
    assert names(session) == ["Ada"]
    users.create(session, name="Bob", email="bob@example.org")
    assert names(session) == ["Ada", "Bob"]


def test_each_statement_reads_what_was_committed_before_it_and_leaves_nothing_open(patient: Database) -> None:
    session, other = patient.session(), Session(patient.engine)
    assert names(session) == []
    assert not session.connection().connection.driver_connection.in_transaction
    users.create(other, name="Ada", email="ada@example.org")
    assert names(session) == ["Ada"]


def test_what_a_transaction_reads_is_one_state_to_its_end(patient: Database) -> None:
    with patient.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(User)) == 0
        users.create(patient.session(), name="Ada", email="ada@example.org")
        assert connection.scalar(select(func.count()).select_from(User)) == 0
        connection.rollback()
        assert connection.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("end", ["rollback", "close", "commit"])
def test_a_connection_that_was_read_from_goes_back(patient: Database, end: str) -> None:
    session, pool = patient.session(), cast("Any", patient.engine.pool)
    names(session)
    assert pool.checkedout() == 1
    getattr(session, end)()
    assert pool.checkedout() == 0


def test_a_form_sent_again_leads_to_what_an_ordinary_service_made(session: Session) -> None:
    @transaction
    def add(session: Session, *, name: str) -> User:
        user = User(name=name, email=f"{name}@example.org", role="member")
        session.add(user)
        return user

    sending = submissions.Sending(secrets.token_hex(16), None, None, "content")
    made = add(submissions.tell(session, sending), name="Ada").id
    with pytest.raises(submissions.Repeated) as caught:
        add(submissions.tell(session, sending), name="Ada")
    assert (caught.value.key, caught.value.done) == (str(made), True)


def test_while_a_transaction_lasts_there_is_one_connection_and_it_is_the_transactions(patient) -> None:
    session = patient.session()
    reader = session.connection()
    session.execute(select(User.id))
    writer = session.connection()
    assert writer is session.connection() is not reader
    assert reader.closed
    with session.begin_nested():
        assert session.connection() is writer
    session.rollback()
    assert writer.closed
    assert not session.connection().closed


def test_a_rule_that_was_broken_spoils_a_unit_whoever_swallowed_it(session: Session) -> None:
    users.create(session, name="Ada", email="ada@example.org")

    @transaction
    def add_twice(session: Session) -> None:
        users.add(session, name="Grace", email="grace@example.org", role="member")
        with suppress(IntegrityError):
            users.add(session, name="Ada", email="other@example.org", role="member")

    with pytest.raises((Refused, InternalError)):  # PostgreSQL takes nothing more before it is rolled back
        add_twice(session)
    assert people(session) == 1


def test_what_a_kind_calls_its_columns_and_validates_holds_for_what_is_inserted_at_once(tmp_path: Path) -> None:
    class Kinds(DeclarativeBase):
        pass

    class Note(Kinds):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)
        told: Mapped[str] = mapped_column("metadata")

        @validates("told")
        def loud(self, _: str, value: str) -> str:
            return value.upper()

    @transaction
    def note(session: Session, /, **values: str) -> Note:
        return insert(session, Note, **values)

    engine = create_engine(f"sqlite:///{tmp_path}/notes.sqlite")
    Kinds.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        made = note(session, told="abc")
        assert (made.id, made.told) == (1, "ABC")
        assert session.get_one(Note, 1).told == "ABC"
        with pytest.raises(TypeError, match="'metadata' is no column of Note"):
            note(session, metadata="abc")
    engine.dispose()
