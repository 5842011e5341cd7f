"""Engines keep the same promises: what only reads cannot write, a statement ends, values come as they are stored."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, literal_column, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from plainsite.databases import Attached, attach
from plainsite.engines import UNTIMED, absence, mariadb, postgresql

KEPT = {"sqlite": "many", "postgresql": "same_name", "mariadb": "ck"}  # a table of each engine to write to
INSERT = {
    "sqlite": "INSERT INTO many VALUES (99999, 'x')",
    "postgresql": "INSERT INTO same_name VALUES (99999, 'x')",
    "mariadb": "INSERT INTO ck VALUES (99999, 1)",
}
WRITES = {
    "sqlite": [
        "UPDATE many SET v = ''",
        "DELETE FROM many",
        "CREATE TABLE made (id INTEGER)",
        "DROP TABLE many",
        "ALTER TABLE many ADD COLUMN made TEXT",
        "REINDEX",
        "ANALYZE",
        "PRAGMA user_version = 5",
        "INSERT INTO notes_fts (notes_fts) VALUES ('rebuild')",
        "ATTACH '{folder}/made.sqlite' AS made",
        "ATTACH 'file:{file}?mode=rw' AS made",
        "VACUUM",
        "VACUUM INTO '{folder}/made.sqlite'",
        "SELECT load_extension('x')",
    ],
    "postgresql": [
        "UPDATE same_name SET v = ''",
        "DELETE FROM same_name",
        "TRUNCATE same_name",
        "CREATE TABLE made (id int)",
        "CREATE TEMPORARY TABLE made (id int)",
        "DROP TABLE same_name",
        "ALTER TABLE same_name ADD COLUMN made text",
        "REFRESH MATERIALIZED VIEW mv",
        "VACUUM",
        "SELECT * FROM same_name FOR UPDATE",
        """SELECT nextval('"Odd Schema"."Mixed Case_Id_seq"')""",
        "WITH made AS (INSERT INTO same_name VALUES (99999, 'x') RETURNING id) SELECT * FROM made",
        "DO $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO same_name VALUES (99999, 'x'); END $$",
        "DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; INSERT INTO same_name VALUES (99999, 'x'); COMMIT; END $$",
        "COMMIT; BEGIN READ WRITE; INSERT INTO same_name VALUES (99999, 'x'); COMMIT",
        "COPY same_name FROM PROGRAM 'echo 99999'",
    ],
    "mariadb": [
        "UPDATE ck SET age = 1",
        "DELETE FROM ck",
        "TRUNCATE ck",
        "REPLACE INTO ck VALUES (99999, 1)",
        "CREATE TABLE made (id int)",
        "CREATE TEMPORARY TABLE made (id int)",
        "DROP TABLE ck",
        "ALTER TABLE ck ADD COLUMN made text",
        "INSERT INTO myisam_t VALUES (99999, 'x')",
        "SELECT * FROM ck FOR UPDATE",
        "SELECT nextval(seq1)",
        "CREATE USER made",
        "SET GLOBAL max_connections = 10",
        "EXECUTE IMMEDIATE 'INSERT INTO ck VALUES (99999, 1)'",
        "BEGIN NOT ATOMIC START TRANSACTION READ WRITE; INSERT INTO ck VALUES (99999, 1); COMMIT; END",
        "/*! BEGIN NOT ATOMIC COMMIT; START TRANSACTION READ WRITE; INSERT INTO ck VALUES (99999, 1); COMMIT; END */",
        "SELECT 1; INSERT INTO ck VALUES (99999, 1)",
        "COMMIT; INSERT INTO ck VALUES (99999, 1)",
    ],
}
# Statements that would let the next one write, if anything could.
WAYS_OUT = {
    "sqlite": ["PRAGMA query_only = OFF", "PRAGMA writable_schema = ON", "COMMIT"],
    "postgresql": [
        "SET TRANSACTION READ WRITE",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off",
        "SET transaction_read_only = off",
        "SELECT set_config('default_transaction_read_only', 'off', false)",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "BEGIN READ WRITE",
        "COMMIT",
    ],
    "mariadb": [
        "SET TRANSACTION READ WRITE",
        "SET SESSION TRANSACTION READ WRITE",
        "SET @@tx_read_only = 0",
        "START TRANSACTION READ WRITE",
        "COMMIT",
        "UNLOCK TABLES",
    ],
}
LONG = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "postgresql": "SELECT count(*) FROM generate_series(1, 100000000000)",
    "mariadb": "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b",
}
SECRET = "hunter2-kept"


@pytest.fixture(scope="module")
def awkward(any_engine: str, nasty: Callable[[str], URL], attached: Callable[..., Attached]) -> Attached:
    """Give everything awkward, read-only."""
    return attached(nasty(any_engine), seconds=0.5)


def every(statements: dict[str, list[str]]) -> list[Any]:
    return [
        pytest.param(engine, one, id=f"{engine}-{one[:60]}") for engine, found in statements.items() for one in found
    ]


@pytest.fixture(scope="module")
def reader(nasty: Callable[[str], URL], attached: Callable[..., Attached]) -> Callable[[str], Attached]:
    """Give a function that gives everything awkward on an engine, read-only, the same each time."""
    made: dict[str, Attached] = {}

    def give(engine: str) -> Attached:
        if engine not in made:
            made[engine] = attached(nasty(engine))
        return made[engine]

    return give


@contextmanager
def unchanged(database: Attached, engine: str) -> Iterator[None]:
    """Hold that nothing was written to the table that is tried, seen by somebody else."""

    def state() -> object:
        other = attach("other", true_url(database), writable=False)
        try:
            with other.engine.connect() as connection:
                return connection.execute(text(f"SELECT * FROM {KEPT[engine]} ORDER BY 1")).all()
        finally:
            other.close()

    before = state()
    yield
    assert state() == before


def true_url(database: Attached):
    url = database.engine.url
    return url if url.get_backend_name() != "sqlite" else url.set(database=file_of(database), query={})


def file_of(database: Attached) -> str:
    return (database.engine.url.database or "").removeprefix("file:")


@pytest.mark.parametrize(("engine", "statement"), every(WRITES))
def test_what_only_reads_is_refused_every_write_by_the_engine(reader, engine, statement):
    database = reader(engine)
    folder = Path(file_of(database)).parent
    said = statement.format(folder=folder, file=file_of(database)) if engine == "sqlite" else statement
    with unchanged(database, engine), database.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(said.replace("%", "%%") if engine != "sqlite" else said)
    assert not (folder / "made.sqlite").exists()


@pytest.mark.parametrize(("engine", "statement"), every(WAYS_OUT))
def test_no_statement_before_it_lets_a_write_through(reader, engine, statement):
    database = reader(engine)
    with unchanged(database, engine), database.engine.connect() as connection:
        written = False
        for one in (statement, INSERT[engine], "COMMIT"):
            try:
                connection.exec_driver_sql(one)
                written = written or one == INSERT[engine]
            except DBAPIError:
                continue
    assert not written


@pytest.mark.parametrize(("engine", "statement"), every(WAYS_OUT))
def test_nothing_said_on_a_connection_lets_the_next_who_has_it_write(nasty, attached, engine, statement):
    database = attached(nasty(engine), pool={"pool_size": 1, "max_overflow": 0})
    for one in (statement, INSERT[engine]):
        with unchanged(database, engine), database.engine.connect() as connection:
            try:
                connection.exec_driver_sql(one)
                connection.exec_driver_sql("COMMIT")
            except DBAPIError:
                continue
            assert one != INSERT[engine]


def test_what_may_write_does(any_engine, nasty, attached):
    database = attached(nasty(any_engine), writable=True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(INSERT[any_engine])
    with database.engine.connect() as connection:
        assert connection.execute(text(f"SELECT id FROM {KEPT[any_engine]} WHERE id = 99999")).scalar() == 99999


@pytest.mark.parametrize("writable", [False, True])
def test_a_file_that_is_missing_is_not_made(tmp_path, attached, writable):
    database = attached(f"sqlite:///{tmp_path}/nothing.sqlite", writable=writable)
    with pytest.raises(OperationalError):
        database.engine.connect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["plain.sqlite", "with space.sqlite", "100%.sqlite", "a?mode=rw.sqlite", "a#b.sqlite", "é😀.sqlite", "%41.sqlite"],
)
def test_a_file_of_any_name_is_opened_read_only(tmp_path, attached, name):
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    database = attached(make_url("sqlite://").set(database=str(tmp_path / name)))
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
        with pytest.raises(OperationalError, match="readonly"):
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_with_many_slashes_before_it_is_opened(tmp_path, attached):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    assert set(attached(f"sqlite:////{tmp_path}/t.sqlite").catalog.read().relations) == {"t"}


@pytest.mark.parametrize("query", ["uri=true", "uri=true&mode=rw", "uri=true&mode=rwc"])
def test_a_file_given_as_sqlite_names_it_is_read_only_too(tmp_path, attached, query):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    database = attached(f"sqlite:///file:{tmp_path}/t.sqlite?{query}")
    with database.engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")


def test_a_long_statement_is_ended_and_the_connection_works_on(any_engine, awkward):
    with awkward.engine.connect() as connection:
        begun = time.monotonic()
        with pytest.raises(DBAPIError):
            connection.exec_driver_sql(LONG[any_engine])
        assert 0.4 < time.monotonic() - begun < 1.5
        connection.rollback()
        assert connection.execute(text("SELECT 1")).scalar() == 1
    with awkward.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_stream_takes_the_time_that_it_needs(any_engine, awkward):
    slow = {
        "sqlite": LONG["sqlite"].replace("FROM c)", "FROM c WHERE x < 6000000)"),
        "postgresql": "SELECT pg_sleep(0.8)",
        "mariadb": "SELECT sleep(0.8)",
    }
    begun = time.monotonic()
    with awkward.engine.connect() as connection:
        connection.execution_options(**{UNTIMED: True}).exec_driver_sql(slow[any_engine]).all()
    assert time.monotonic() - begun > 0.5
    with awkward.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(LONG[any_engine])


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/x",
        f"postgresql+psycopg://127.0.0.1:1/x?user=me&password={SECRET}",
        f"postgresql+psycopg://me@127.0.0.1:1/x?sslpassword={SECRET}",
        f"mysql+pymysql://me:{SECRET}@127.0.0.1:1/x",
        f"mysql+pymysql://127.0.0.1:1/x?user=me&password={SECRET}",
    ],
)
def test_no_password_is_ever_seen(url, attached):
    database = attached(url)
    with pytest.raises(OperationalError) as failed:
        database.catalog.read()
    with pytest.raises(OperationalError) as refused:
        database.engine.connect()
    seen = [database, database.engine, database.engine.url, database.engine.pool, database.catalog, database.session]
    for one in [*seen, failed.value, refused.value]:
        assert SECRET not in f"{one} {one!r}"


class Forwarder:
    """What stands between us and a server, and can be cut."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.pass_on, args=[one, other], daemon=True).start()

    @staticmethod
    def pass_on(one: socket.socket, other: socket.socket) -> None:
        with one, other, suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def cut(self) -> None:
        """Be down: nobody listens, and who is connected is not any more."""
        for one in (self.listener, *self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.open.clear()

    def mend(self) -> None:
        """Come back at the same port."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_that_was_down_comes_back_by_itself(nasty, attached, engine, monkeypatch):
    monkeypatch.setattr(absence, "SLOW", 30)  # where much else is done a refusal takes its time
    url = nasty(engine)
    between = Forwarder(url.port)
    database = attached(url.set(port=between.port))
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    between.cut()
    with pytest.raises(OperationalError):
        database.engine.connect()
    between.mend()
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    assert database.catalog.read().relations
    database.close()
    between.cut()


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_server_that_says_nothing_is_not_waited_for(attached, monkeypatch, scheme):
    for engine in (postgresql, mariadb):
        monkeypatch.setattr(engine, "CONNECT_WITHIN", 2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        database = attached(f"{scheme}://me@127.0.0.1:{silent.getsockname()[1]}/x", seconds=0.5)
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            database.engine.connect()
        assert time.monotonic() - begun < 4


STORED = {
    "sqlite": {
        "CAST('31.12.2024' AS TEXT)": "31.12.2024",
        "CAST(x'ff00fe' AS TEXT)": b"\xff\x00\xfe",
        "x'00ff'": b"\x00\xff",
        "'a' || char(0) || 'b'": "a\0b",
        "9e999": float("inf"),
        "9223372036854775807": 2**63 - 1,
        "NULL": None,
    },
    "postgresql": {
        "'infinity'::timestamp": "infinity",
        "'4713-01-01 BC'::timestamp": "4713-01-01 00:00:00 BC",
        "'20000-01-01'::date": "20000-01-01",
        "'24:00:00'::time": "24:00:00",
        "'12:00+02'::timetz": "12:00:00+02",
        "'2024-02-29 12:00+02'::timestamptz": "2024-02-29 10:00:00+00",
        "'1 year 2 mons'::interval": "1 year 2 mons",
        "'NaN'::numeric": "NaN",
        "12345678901234567890.1234567891::numeric": "12345678901234567890.1234567891",
        "0.1::real": 0.1,
        "0.1::float8 + 0.2::float8": 0.30000000000000004,
        "'{\"b\": [1]}'::jsonb": '{"b": [1]}',
        "ARRAY[1, NULL]": "{1,NULL}",
        "ARRAY['a', 'b,c']": '{a,"b,c"}',
        "'[1,5)'::int4range": "[1,5)",
        "'{[1,3),[5,7)}'::int4multirange": "{[1,3),[5,7)}",
        "'550e8400-e29b-41d4-a716-446655440000'::uuid": "550e8400-e29b-41d4-a716-446655440000",
        "'10.0.0.1/8'::inet": "10.0.0.1/8",
        "B'101'": "101",
        "'12.34'::money": "$12.34",
        r"'\xdeadbeef'::bytea": b"\xde\xad\xbe\xef",
        "true": True,
        "'sad'::mood": "sad",
        "'{sad,ok}'::mood[]": "{sad,ok}",
        "(1, 'x')::pair": "(1,x)",
        "'a=>1'::text": "a=>1",
        "'<a/>'::xml": "<a/>",
        "9223372036854775807::bigint": 2**63 - 1,
        "NULL": None,
    },
    "mariadb": {
        "(SELECT d FROM zero_dates WHERE id = 1)": "0000-00-00",
        "(SELECT dt FROM zero_dates WHERE id = 2)": "2024-00-00 00:00:00",
        "(SELECT d FROM zero_dates WHERE id = 2)": "2024-02-31",
        "(SELECT t FROM zero_dates WHERE id = 1)": "-12:00:00",
        "(SELECT id FROM types)": 2**64 - 1,
        "(SELECT t FROM types)": "838:59:59",
        "(SELECT dt FROM types)": "2024-02-29 12:00:00.123456",
        "(SELECT dc FROM types)": "12345.123456789000000000000000000000",
        "(SELECT s FROM types)": "x,z",
        "(SELECT e FROM types)": "it's",
        "(SELECT y FROM types)": 2024,
        "(SELECT bn FROM types)": b"\x00\xff\x00\xff",
        "(SELECT j FROM types)": '{"a":1}',
        "(SELECT u FROM types)": "550e8400-e29b-41d4-a716-446655440000",
        "(SELECT i6 FROM types)": "::1",
        "(SELECT l1 FROM types)": "é",
        "(SELECT zf FROM types)": 42,
        "(SELECT db FROM types)": 2.5,
        "NULL": None,
    },
}


@pytest.mark.parametrize(
    ("engine", "stored", "shown"),
    [
        pytest.param(engine, one, shown, id=f"{engine}-{one}")
        for engine, all_ in STORED.items()
        for one, shown in all_.items()
    ],
)
def test_values_come_as_they_are_stored(reader, engine, stored, shown):
    with reader(engine).engine.connect() as connection:
        got = connection.execute(select(literal_column(stored))).scalar()
    assert (got, type(got)) == (shown, type(shown))


def test_every_value_of_everything_awkward_is_one_of_few_types(any_engine, awkward):
    for relation in awkward.catalog.read().relations.values():
        with awkward.engine.connect() as connection:
            for row in connection.execute(select(relation.table)):
                assert {type(value) for value in row} <= {type(None), bool, int, float, str, bytes}, relation.name


def test_a_value_that_does_not_fit_is_refused_and_not_cut(mariadb_url, nasty, attached):
    database = attached(nasty("mariadb"), writable=True)
    with database.engine.connect() as connection, pytest.raises(DBAPIError, match="too long"):
        connection.execute(text("INSERT INTO comp VALUES (2, :b, '')"), {"b": "x" * 21})


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_a_long_query_of_one_database_holds_up_no_other(nasty, attached, engine):
    slow, quick = attached(nasty(engine), seconds=1), attached(nasty(engine))

    def keep_busy() -> None:
        with slow.engine.connect() as connection, pytest.raises(DBAPIError):
            connection.exec_driver_sql(LONG[engine])

    with quick.engine.connect() as connection:
        connection.execute(select(func.count()).select_from(text(KEPT[engine])))
    busy = threading.Thread(target=keep_busy)
    busy.start()
    time.sleep(0.1)
    begun = time.monotonic()
    with quick.engine.connect() as connection:
        connection.execute(select(func.count()).select_from(text(KEPT[engine]))).scalar()
    took = time.monotonic() - begun
    assert busy.is_alive()
    busy.join()
    assert took < 0.4
