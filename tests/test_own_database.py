"""The site's own database: the same on SQLite, PostgreSQL and MariaDB. `make test` runs this on each of them."""

import datetime
import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import URL, inspect, make_url, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from plainsite import migrations
from plainsite.databases import open_own
from plainsite.engines import Patience
from plainsite.models import LARGEST_ID, Base, Message, User
from plainsite.refusals import Refused
from plainsite.services import messages, saved, users
from plainsite.settings import database_url
from plainsite.texts import LONGEST_KEY, fold
from plainsite.transactions import WRITES

MICROSECOND = datetime.timedelta(microseconds=1)
# Each pair would be one and the same to some collation of some engine.
APART = [
    ("Ada", "Àda"),
    ("Müller", "Muller"),
    ("Strasse", "Strase"),
    ("😀", "😃"),
    ("Zoë 日本", "Zoë 日木"),
    ("Ångström", "Angstrom"),
    ("か", "が"),
    ("ה", "הּ"),
    ("co-op", "coop"),
]
TOGETHER = [
    ("Ada", "ADA"),
    ("Ada", " Ada  "),
    ("Zo\u00eb", "Zoe\u0308"),
    ("Straße", "STRASSE"),
    ("ﬁsh", "fish"),
    ("Ａｄａ", "ada"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("❤️", "❤"),
]


@pytest.fixture
def engine(app):
    return app.extensions["plainsite"].engine


def add(session: Session, name: str, number: int = 0) -> User:
    return users.create(session, name=name, email=f"somebody{number}@example.org")


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_are_written_otherwise_are_two(session, one, other) -> None:
    add(session, one, 1)
    add(session, other, 2)
    assert {row.name for row in users.find_page(session).rows} == {one, other}
    assert [row.name for row in users.find_page(session, words=other).rows] == [other]


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_names_that_look_the_same_are_one(session, one, other) -> None:
    add(session, one, 1)
    with pytest.raises(Refused) as refused:
        add(session, other, 2)
    assert [(reason.rule, reason.columns) for reason in refused.value.reasons] == [("taken", ("name",))]


def test_names_stand_in_the_same_order_everywhere(session) -> None:
    names = ["zoe", "Äpfel", "Anton", "apfel", "Zoë", "10", "9", "_x", "a b", "ab", "a-b", "éa", "日本", "😀", "ﬀ", "ß"]
    for number, name in enumerate(names):
        add(session, name, number)
    pages: list[str] = []
    after: str | None = ""
    while after is not None:
        page = users.find_page(session, size=3, after=after or None)
        pages += [row.name for row in page.rows]
        after = page.after
    assert pages == sorted(names, key=fold)


def test_a_name_that_folds_to_more_than_an_index_takes_is_told_apart_all_the_same(session) -> None:
    long = ("\ufdfa" * 50, "\ufdfa" * 49 + "\ufdfb")  # of eighteen letters each
    for number, name in enumerate(long):
        assert len(add(session, name, number).name_key) == LONGEST_KEY
    with pytest.raises(Refused):
        add(session, long[0], 3)
    assert [row.name for row in users.find_page(session, words="صلى").rows] == list(long)


def test_the_longest_name_and_address_are_kept_whole(session) -> None:
    name, email = "日" * 50, "a" * 64 + "@" + "ü" * 185 + ".org"
    user = users.create(session, name=name, email=email)
    assert users.find_by_email(session, email.upper()).id == user.id
    assert users.find(session, user.id)[1:3] == (name, email)


def test_a_length_is_of_characters_not_of_bytes(session, ada) -> None:
    body = "😀" * 50_000
    message = messages.create(session, author_id=ada.id, body=body)
    assert messages.find(session, message.id).body == body
    with pytest.raises(Refused):
        messages.create(session, author_id=ada.id, body=body + "!")


def test_a_statement_is_kept_whole(session) -> None:
    query = saved.create(session, database="shop", name="Long", statement="é" * 50_000)
    assert saved.find(session, "shop", query.id).statement == "é" * 50_000


@pytest.mark.parametrize("moment", ["1970-01-01 00:00:00", "2026-03-29 02:30:00.000001", "9999-12-31 23:59:59.999999"])
def test_a_time_is_kept_to_the_microsecond_in_utc(session, ada, moment) -> None:
    message = messages.create(session, author_id=ada.id, body="then")
    at = datetime.datetime.fromisoformat(moment)
    session.execute(update(Message).values(created_at=at))
    session.commit()
    assert messages.find(session, message.id).created_at == at
    (row,) = messages.find_page(session).rows
    assert datetime.datetime.fromisoformat(row.created) == at
    assert session.scalar(select(Message.id).where(Message.created_at > at - MICROSECOND)) == message.id


@pytest.mark.parametrize("typed", ["a\0b", "\ud83d", "\0", "x\udcff"])
def test_what_no_database_can_be_asked_for_is_not_there(session, ada, typed) -> None:
    assert users.find_by_email(session, typed) is None
    assert users.find_page(session, words=typed).rows == []
    assert messages.find_page(session, author=typed).rows == []
    users.find_page(session, after=typed)
    for search in (typed, f"{typed} {typed}"):
        messages.find_page(session, words=search)


@pytest.mark.parametrize("path", ["/messages/{}", "/users/{}", "/users/{}/edit", "/account/devices/{}/delete"])
@pytest.mark.parametrize("number", [LARGEST_ID, LARGEST_ID + 1, 2**63 - 1, 2**63, 2**70])
def test_a_number_that_no_record_can_have_is_not_found(as_grace, path, number) -> None:
    assert as_grace.client.get(path.format(number)).status_code == 404


@pytest.mark.parametrize("place", [LARGEST_ID + 1, 2**63, 10**40])
def test_a_place_beyond_all_records_is_no_fault(session, ada, place) -> None:
    messages.create(session, author_id=ada.id, body="pear")
    messages.find_page(session, words="pear", before=str(place))
    messages.find_page(session, after=f"1-{place}")


LONG = "longword" * 40
WORDS = ["it is what it is", "the who", "a b c", "C3PO 5kg 1e5", "end.Next l'été", "ΣΑΣ", LONG, "日本語 テキスト", "x"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("it", [0]),
        ("what is it", [0]),
        ("the", [1]),
        ("who", [1]),
        ("b", [2]),
        ("c a b", [2]),
        ("c3po", [3]),
        ("5KG", [3]),
        ("1e5", [3]),
        ("next", [4]),
        ("ete", [4]),
        ("l", [4]),
        ("σας", [5]),
        (LONG, [6]),
        ("longwordlong", [6]),
        ("日本語", [7]),
        ("日本", [7]),
        ("日本語 テキ", [7]),
        ("x", [8]),
        ("it the", []),
        ("+it -what", [0]),
        ("(it)", [0]),
        ("it*", [0]),
        ("'it' & !what", [0]),
        ("__it", [0]),
        (" ".join("abc" * 20), [2]),
    ],
)
def test_short_common_long_and_mixed_words_are_found(session, ada, words, found) -> None:
    ids = [messages.create(session, author_id=ada.id, body=each).id for each in WORDS]
    page = messages.find_page(session, words=words)
    assert [ids.index(row.id) for row in page.rows] == found
    by_author = messages.find_page(session, words=words, author="Ada")
    assert [ids.index(row.id) for row in by_author.rows] == found


def test_a_text_of_no_words_or_of_very_many_is_kept_and_others_are_found(session, ada) -> None:
    for body in ("!!! ... 😀", "x " * 25_000, "é" * 50_000, "needle"):
        messages.create(session, author_id=ada.id, body=body)
    assert [row.text for row in messages.find_page(session, words="needle").rows] == ["needle"]


UPGRADE = [sys.executable, "-m", "plainsite", "db", "upgrade"]


@pytest.fixture
def nowhere(plainsite_new_database, tmp_path) -> URL:
    """Give the address of a database with no tables."""
    return make_url(
        plainsite_new_database() if plainsite_new_database else f"sqlite:///{tmp_path}/nowhere/plainsite.sqlite"
    )


def test_of_four_processes_that_upgrade_at_once_each_finds_all_tables(nowhere, tmp_path, plainsite_databases) -> None:
    (tmp_path / "nowhere").mkdir()
    environ = os.environ | {
        "PLAINSITE_INSTANCE": str(tmp_path / "nowhere"),
        "PLAINSITE_DATABASE_URL": nowhere.render_as_string(hide_password=False),
    }
    started = [
        subprocess.Popen(UPGRADE, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4, said
    database = open_own(nowhere)
    assert migrations.is_current(database.engine)
    migrations.check(database.engine)
    database.close()


def test_tables_of_something_else_are_left_alone_and_said_to_be(plainsite_databases, tmp_path) -> None:
    database = open_own(plainsite_databases.lend(tmp_path))
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(migrations.NotUpgraded, match=r"tables of something else .*messages.*users"):
        migrations.upgrade(database.engine)
    database.close()


def test_the_tables_are_those_of_the_models(engine) -> None:
    migrations.check(engine)


def test_tables_made_from_the_models_are_as_the_migrations_make_them(nowhere, tmp_path, engine) -> None:
    (tmp_path / "nowhere").mkdir()
    # In a process of its own: a migration, which this one has seen, would have told the models already.
    code = f"""
from plainsite.databases import open_own
from plainsite.models import Base
import plainsite.ledger
Base.metadata.create_all(open_own({nowhere.render_as_string(hide_password=False)!r}).engine)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    database = open_own(nowhere)
    assert particulars(database.engine) == particulars(engine)
    database.close()


def test_a_table_made_by_itself_is_as_all_are_made_and_what_it_says_of_itself_stays() -> None:
    code = """
from sqlalchemy import Column, Integer, Table, create_engine
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable
from plainsite.models import Base, User
from plainsite.portable import specify
engine = create_engine("sqlite://")
User.__table__.create(engine)
with engine.connect() as connection:
    print("AUTOINCREMENT" in connection.exec_driver_sql("SELECT sql FROM sqlite_master").scalar())
odd = Table("odd", Base.metadata, Column("id", Integer, primary_key=True), mysql_engine="Aria", info={"numbered": True})
specify(odd)
print("ENGINE=Aria CHARSET=utf8mb4" in str(CreateTable(odd).compile(dialect=mysql.dialect())))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def particulars(engine) -> dict[str, object]:
    """Give what only one engine knows of the models' tables: how they compare and number, and which rows indexes hold.

    The full-text index is of the migrations alone.
    """
    inspector = inspect(engine)
    found: dict[str, object] = {}
    for table in Base.metadata.sorted_tables:
        named = {index.name for index in table.indexes}
        found[table.name] = (
            inspector.get_table_options(table.name) if engine.dialect.name != "sqlite" else {},
            [str(column["type"]) for column in inspector.get_columns(table.name) if column["name"] != "search"],
            {
                each["name"]: {name: str(value) for name, value in each.get("dialect_options", {}).items()}
                for each in inspector.get_indexes(table.name)
                if each["name"] in named
            },
        )
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            of_tables = text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
            found["numbered"] = sorted(connection.execute(of_tables).scalars())
    return found


@pytest.mark.own("mariadb")
def test_on_mariadb_every_text_of_every_table_compares_as_it_is(engine) -> None:
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
                " AND collation_name <> 'utf8mb4_nopad_bin' AND table_name <> 'alembic_version'"
            )
        ).all()
    assert found == [("messages", "search")], "make each table with **AS_IS or **NUMBERED of plainsite.portable"


def test_a_writer_waits_for_another_so_long_and_no_longer(engine, ada) -> None:
    hasty = open_own(engine.url, patience=Patience(busy=1, lock=1))
    try:
        with engine.connect() as one, hasty.engine.connect() as other:
            one.execute(update(User).values(name="x"))
            with pytest.raises(OperationalError):
                other.execute(update(User).values(name="y"))
    finally:
        hasty.close()


def test_doctor_finds_nothing_that_needs_care(runner, grace) -> None:
    result = runner.invoke(args=["doctor"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "all is well"), result.output


@pytest.mark.own("mariadb")
def test_doctor_tells_of_a_server_whose_index_leaves_words_out(runner, grace, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["plainsite.cli.doctor"], "WORDS_OF_ANY_LENGTH", "SELECT 3 <= 2")
    result = runner.invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "a search finds no short or no long words" in result.output


def test_a_unit_that_waited_too_long_for_a_lock_runs_again_until_it_has_it(engine, ada) -> None:
    hasty = open_own(engine.url, patience=Patience(busy=0.1, lock=1))
    try:
        with engine.connect().execution_options(**{WRITES: True}) as other, hasty.session() as session:
            other.execute(update(User).values(password_hash="held"))
            free = threading.Timer(2.5, other.rollback)
            free.start()
            users.update(session, ada.id, name="Ada the patient")
            free.join()
        assert hasty.session().get(User, ada.id).name == "Ada the patient"
        hasty.remove()
    finally:
        hasty.close()


@pytest.mark.parametrize(("there", "driver"), [(True, "mysqldb"), (False, "pymysql")])
def test_the_driver_that_is_written_in_c_is_taken_where_it_is_installed_and_none_is_named(
    monkeypatch, tmp_path, there, driver
) -> None:
    monkeypatch.setattr("plainsite.engines.addresses.find_spec", lambda name: name if there else None)
    for scheme in ("mysql", "mariadb"):
        assert database_url(f"{scheme}://me@db/site", tmp_path).drivername == f"{scheme}+{driver}"
    assert database_url("mysql+pymysql://me@db/site", tmp_path).drivername == "mysql+pymysql"


@pytest.mark.own("sqlite")
@pytest.mark.parametrize(("flush", "level"), [("NORMAL", 1), ("FULL", 2)])
def test_a_commit_on_sqlite_waits_for_the_disk_where_that_is_asked_for(make_app, flush, level) -> None:
    engine = make_app(SQLITE_FLUSH=flush).extensions["plainsite"].engine
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
