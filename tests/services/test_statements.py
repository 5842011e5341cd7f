"""A statement written by hand reads and does nothing else, on every engine, though the database may be written."""

import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from tests.conftest import untraced

from plainsite.services.running import Running
from plainsite.services.statements import MOST_ROWS, Asker, Blob, Failed

TABLE = {"sqlite": "many", "postgresql": "same_name", "mariadb": "ck"}
COUNTING = {  # rows without end, or nearly
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    "postgresql": "SELECT generate_series(1, 100000000) AS x",
    "mariadb": "SELECT seq AS x FROM seq_1_to_100000000",
}
SLOW = {
    "sqlite": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "postgresql": "SELECT pg_sleep(60)",
    "mariadb": "SELECT sleep(60)",
}


def plpgsql(name: str, body: str) -> str:
    """Write a function of PostgreSQL."""
    return f"CREATE FUNCTION {name}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN 1; END $$"


# What is prepared for the attempts, by somebody who may.
PREPARED = {
    "sqlite": [],
    "postgresql": [
        "CREATE SEQUENCE counting",
        plpgsql("sneak", "INSERT INTO same_name VALUES (99999, 'x')"),
        plpgsql("turn", "SET TRANSACTION READ WRITE; INSERT INTO same_name VALUES (99999, 'x')"),
        plpgsql("peek", "PERFORM pg_read_file('PG_VERSION')"),
        plpgsql("climb", "COPY same_name FROM PROGRAM 'echo 99999'"),
    ],
    "mariadb": [
        "CREATE SEQUENCE counting",
        "CREATE TABLE loose (id int) ENGINE = MyISAM",
        "CREATE FUNCTION sneak() RETURNS int BEGIN INSERT INTO ck VALUES (99999, 1); RETURN 1; END",
        "CREATE FUNCTION slip() RETURNS int BEGIN INSERT INTO loose VALUES (1); RETURN 1; END",
    ],
}
ATTEMPTS = {
    "sqlite": [
        "DELETE FROM many",
        "WITH m AS (SELECT 1) DELETE FROM many",
        "WITH m AS (SELECT 1) INSERT INTO many SELECT 99999, 'x'",
        "WITH m AS (SELECT 1) UPDATE sqlite_master SET sql = ''",
        "SELECT 1; DELETE FROM many",
        "CREATE TEMP TABLE made (x)",
        "ATTACH '{folder}/made' AS made",
        "PRAGMA user_version = 5",
        "PRAGMA query_only = OFF",
        "SELECT * FROM pragma_user_version(5)",
        "SELECT * FROM pragma_query_only",
        "SELECT * FROM pragma_journal_mode('DELETE')",
        "VACUUM INTO '{folder}/made'",
        "SELECT load_extension('x')",
        "SELECT \"load_extension\"('x')",
        "SELECT LOAD_EXTENSION/**/('x')",
        "SELECT readfile('/etc/hostname')",
        "SELECT writefile('{folder}/made', 'x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT * FROM fsdir('/')",
        "SELECT zeroblob(1000000000)",
        "EXPLAIN ATTACH '{folder}/made' AS made",
    ],
    "postgresql": [
        "DELETE FROM same_name",
        "WITH m AS (DELETE FROM same_name RETURNING 1) SELECT * FROM m",
        "EXPLAIN ANALYZE DELETE FROM same_name",
        "EXPLAIN ANALYZE CREATE TABLE made AS SELECT 1",
        "EXPLAIN (ANALYZE) WITH m AS (INSERT INTO same_name VALUES (99999, 'x') RETURNING 1) SELECT * FROM m",
        "SELECT * INTO made FROM same_name",
        "SELECT * FROM same_name FOR UPDATE",
        "SELECT 1; DELETE FROM same_name",
        "SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM same_name; COMMIT",
        "SELECT nextval('counting')",
        "SELECT setval('counting', 99)",
        "SELECT sneak()",
        "SELECT turn()",
        "SELECT * FROM turn() AS t(x)",
        "SELECT peek()",
        "SELECT climb()",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT set_config('role', 'none', true), peek()",
        "SELECT query_to_xml('SELECT pg_read_file(''PG_VERSION'')', true, false, '')",
        "SELECT * FROM ts_stat('SELECT to_tsvector(pg_read_file(''PG_VERSION''))')",
        "COPY same_name TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '{folder}/made'",
        "SELECT lo_import('/etc/hostname')",
        "SELECT lo_export(1, '{folder}/made')",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT PG_CATALOG . PG_Read_File /* */ ('PG_VERSION')",
        "SELECT \"pg_read_file\"('PG_VERSION')",
        "SELECT U&\"pg_\\0072ead_file\"('PG_VERSION')",
        "SELECT /* /* */ ' */ */, pg_read_file('PG_VERSION') /* ' */",
        "SELECT E'\\' , ' , pg_read_file('PG_VERSION') --'",
        "SELECT E'a'\n'\\', ', pg_read_file('PG_VERSION') --'",
        "SELECT 1 --\r, pg_read_file('PG_VERSION')",
        "SELECT $\xa0$ ' $\xa0$, lo_create(4712) --'",
        "SELECT 1 AS \xa0$$, lo_create(4713) AS \xa0$$",
        "SELECT 1 AS \xa0$$, set_config('role', 'none', 't'), query_to_xml('TABLE pg_authid', 't', 'f', '') AS \xa0$$",
        "SELECT pg_notify('site', 'x')",
        "SELECT subconninfo AS x FROM pg_subscription",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT * FROM pg_stat_file('PG_VERSION')",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_authid",
        "SELECT passwd AS x FROM pg_shadow",
        "SELECT pg_reload_conf()",
        "SELECT pg_terminate_backend(1)",
        "SHOW server_version; DROP TABLE same_name",
        "DO $$ BEGIN DELETE FROM same_name; END $$",
        "SET ROLE none",
    ],
    "mariadb": [
        "DELETE FROM ck",
        "WITH m AS (SELECT 1) DELETE FROM ck",
        "SELECT * FROM ck FOR UPDATE",
        "SELECT 1; DELETE FROM ck",
        "SELECT 1; COMMIT; DELETE FROM ck",
        "SELECT nextval(counting)",
        "SELECT sneak()",
        "SELECT slip()",
        "SELECT 1 INTO OUTFILE '{folder}/made'",
        "SELECT 1 INTO/**/ dumpfile '{folder}/made'",
        "TABLE ck INTO OUTFILE '{folder}/made'",
        "VALUES (1) INTO OUTFILE '{folder}/made'",
        "(SELECT 1) INTO OUTFILE '{folder}/made'",
        "SELECT 1 /*! INTO OUTFILE '{folder}/made' */",
        "SELECT 1 /*M!100000 INTO OUTFILE '{folder}/made' */",
        "SELECT '\\' , ' INTO OUTFILE '{folder}/made' --'",
        "SELECT 1 --\x01'\n INTO OUTFILE '{folder}/made' -- '",
        "SELECT 1 AS `\xa0` --\xa0'\n INTO OUTFILE '{folder}/made' -- '",
        "SELECT load_file('/etc/hostname')",
        "SELECT `load_file`('/etc/hostname')",
        "SELECT LOAD_FILE ('/etc/hostname')",
        "SHOW GRANTS",
        "show /* */ create user",
        "SELECT authentication_string AS x FROM mysql.user",
        "SELECT 1 FROM `mysql` /* */ . `global_priv`",
        "BEGIN NOT ATOMIC COMMIT; DELETE FROM ck; END",
        "SET STATEMENT max_statement_time = 0 FOR DELETE FROM ck",
        "LOAD DATA INFILE '/etc/hostname' INTO TABLE ck",
        "HANDLER ck OPEN",
        "SELECT 1 INTO @a",
    ],
}


@pytest.fixture(scope="module")
def url(any_engine, nasty):
    made = nasty(any_engine)
    engine = create_engine(made, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in PREPARED[any_engine]:
            connection.exec_driver_sql(statement)
    return made


@pytest.fixture
def ask(url, attached):
    def asker(seconds: float = 5, running: Running | None = None) -> Asker:
        database = attached(url, writable=True, seconds=seconds)
        return Asker(database.reader, seconds, running or Running(), "ada")

    return asker


def everything(url, engine: str) -> list[list[str]]:
    """Give what the tables of the attempts hold, and which tables there are."""
    opened = create_engine(url, poolclass=NullPool)
    names = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT relname FROM pg_class"}
    with opened.connect() as connection:
        tables = connection.execute(text(names.get(engine, "SHOW TABLES"))).all()
        rows = connection.execute(text(f"SELECT * FROM {TABLE[engine]}")).all()
        loose = connection.execute(text("SELECT * FROM loose")).all() if engine == "mariadb" else []
        counted = [] if engine == "sqlite" else connection.execute(text("SELECT * FROM counting")).all()
    return [sorted(map(str, each)) for each in (tables, rows, loose, counted)]


def test_nothing_writes_nor_reads_a_file(any_engine, url, ask, tmp_path) -> None:
    folder = Path("/tmp" if any_engine != "sqlite" else tmp_path)
    made = folder / "made"
    before, done = everything(url, any_engine), []
    for attempt in ATTEMPTS[any_engine]:
        with suppress(Failed):
            done.append((attempt, ask().run(attempt.replace("{folder}", str(folder)), {}).rows))
    assert done == []
    assert not made.exists()
    assert everything(url, any_engine) == before


def test_the_engine_alone_refuses_what_would_write(any_engine, url, ask) -> None:
    """Without the reading of statements that stands before it."""
    before = everything(url, any_engine)
    table, value = TABLE[any_engine], 1 if any_engine == "mariadb" else "'x'"
    attempts = [
        f"DELETE FROM {table}",
        f"INSERT INTO {table} VALUES (99999, {value})",
        "CREATE TABLE made (id int)",
        "CREATE TEMPORARY TABLE made (id int)",
        f"DROP TABLE {table}",
    ]
    attempts += {
        "sqlite": ["ATTACH ':memory:' AS made", "PRAGMA query_only = OFF", "COMMIT; DELETE FROM many", "DETACH main"],
        "postgresql": [
            "SELECT pg_read_file('PG_VERSION')",
            "SELECT pg_ls_dir('.')",
            "COPY same_name TO PROGRAM 'true'",
            "SET TRANSACTION READ WRITE",
            "SELECT lo_import('/etc/hostname')",
            "SELECT 1; DELETE FROM same_name",
        ],
        "mariadb": ["COMMIT", "SET @a = 1", "SELECT 1; DELETE FROM ck", "LOAD DATA INFILE 'x' INTO TABLE ck"],
    }[any_engine]
    for attempt in attempts:
        with pytest.raises(DBAPIError), ask().engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(attempt)
    assert everything(url, any_engine) == before


def test_what_a_function_has_done_after_all_is_taken_back(nasty, attached, postgresql_url) -> None:
    """PostgreSQL lets large objects be made where nothing is to be written, until its version 16."""
    url = nasty("postgresql")
    asker = Asker(attached(url, writable=True).reader, 5, Running(), "ada")
    opened = create_engine(url, poolclass=NullPool)
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(plpgsql("heap", "PERFORM lo_create(4711)"))
        with suppress(Failed):
            asker.run("SELECT heap()", {})
        assert connection.exec_driver_sql("SELECT oid FROM pg_largeobject_metadata").all() == []


def test_quotation_marks_are_read_as_here_whatever_mode_the_server_is_in(nasty, attached, mariadb_url) -> None:
    for mode in ("ANSI", "ORACLE", "NO_BACKSLASH_ESCAPES"):
        url = nasty("mariadb").update_query_dict({"init_command": f"SET SESSION sql_mode = '{mode}'"})
        asker = Asker(attached(url).reader, 5, Running(), "ada")
        assert asker.run('SELECT "it\\"s"', {}).rows[0][0] == 'it"s', mode


def test_what_reads_is_answered(any_engine, ask) -> None:
    table = TABLE[any_engine]
    statements = [f"SELECT * FROM {table}", "-- why\nSELECT 1", "WITH a AS (SELECT 1 AS x) SELECT x FROM a;"]
    statements += {
        "sqlite": ["EXPLAIN QUERY PLAN SELECT 1", "SELECT * FROM notes_fts", "SELECT * FROM pragma_table_info('many')"],
        "postgresql": [
            "EXPLAIN ANALYZE SELECT 1",
            "SHOW server_version",
            "TABLE same_name",
            "(SELECT 1)",
            "VALUES (1, 'x')",
        ],
        "mariadb": ["EXPLAIN SELECT 1", "SHOW TABLES", "DESCRIBE ck", "VALUES (1, 'x')"],
    }[any_engine]
    for statement in statements:
        assert ask().run(statement, {}).rows, statement


def test_a_percent_sign_and_a_colon_stay_what_they_are(any_engine, ask) -> None:
    for values in ({}, {"a": "100%"}):
        extra = ", :a" if values else ""
        cast = "::text" if any_engine == "postgresql" and values else ""
        (row,) = ask().run(f"SELECT 7 % 4, '50% :b %s %(a)s'{extra}{cast}", values).rows
        assert [row[0], row[1], *row[2:]] == [3, "50% :b %s %(a)s", *values.values()]


def test_parameters_are_values_and_never_sql(any_engine, ask) -> None:
    hostile = "x' OR '1'='1'; -- \\' %s"
    cast = "CAST(:a AS text)" if any_engine == "postgresql" else ":a"
    assert [list(row) for row in ask().run(f"SELECT {cast}", {"a": hostile}).rows] == [[hostile]]


def test_a_parameter_counts_and_compares_as_a_number_where_it_is_one(any_engine, ask) -> None:
    table = TABLE[any_engine]
    assert len(ask().run(f"SELECT 1 FROM {table} LIMIT :n", {"n": "1"}).rows) == 1
    assert len(ask().run(f"SELECT count(*) FROM {table} HAVING count(*) > :n", {"n": "0"}).rows) == 1
    assert len(ask().run(f"SELECT count(*) FROM {table} HAVING count(*) > :n", {"n": "999999"}).rows) == 0


def test_a_parameter_that_counts_is_none_other(any_engine, ask) -> None:
    statement = f"SELECT count(*) FROM (SELECT 1 FROM {TABLE[any_engine]} LIMIT :a) AS found HAVING count(*) = :a_n"
    assert ask().run(statement, {"a": "1", "a_n": "1"}).rows
    assert not ask().run(statement, {"a": "1", "a_n": "2"}).rows


def test_only_so_many_rows_are_shown_and_what_is_left_is_said(any_engine, ask) -> None:
    begun = time.monotonic()
    with untraced():
        result = ask(seconds=20).run(COUNTING[any_engine], {})
    assert (len(result.rows), result.more) == (MOST_ROWS, True)
    assert [row[0] for row in result.rows[:3]] == [1, 2, 3]
    assert time.monotonic() - begun < 10


def test_long_texts_and_binaries_come_shortened(ask, any_engine) -> None:
    made = {
        "sqlite": "printf('%.*c', 5000, 'x'), zeroblob(3000)",
        "postgresql": "repeat('x', 5000), decode(repeat('00', 3000), 'hex')",
        "mariadb": "repeat('x', 5000), CAST(repeat('x', 3000) AS binary)",
    }
    ((long, blob),) = ask().run(f"SELECT {made[any_engine]}", {}).rows
    assert len(long) == 121
    assert isinstance(blob, Blob)
    assert blob == 3000


def test_a_statement_that_takes_too_long_is_ended(any_engine, ask) -> None:
    begun = time.monotonic()
    with pytest.raises(Failed, match=r"longer than 0\.5 seconds"):
        ask(seconds=0.5).run(SLOW[any_engine], {})
    assert time.monotonic() - begun < 5


def test_sqlite_is_ended_in_time_though_each_of_its_steps_takes_long(nasty, attached) -> None:
    begun = time.monotonic()
    with pytest.raises(Failed, match=r"longer than 0\.5 seconds"):
        Asker(attached(nasty("sqlite"), seconds=0.5).reader, 0.5, Running(), "ada").run(
            SLOW["sqlite"].replace("count(*)", "count(randomblob(2000000))"), {}
        )
    assert time.monotonic() - begun < 5


def test_long_values_are_held_a_few_at_a_time(any_engine, ask) -> None:
    long = {
        "sqlite": "SELECT zeroblob(1000000) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
        "SELECT x FROM c LIMIT 60)",
        "postgresql": "SELECT repeat('x', 1000000) FROM generate_series(1, 60)",
        "mariadb": "SELECT repeat('x', 1000000) FROM seq_1_to_60",
    }[any_engine]
    tracemalloc.start()
    try:
        assert len(ask(seconds=30).run(long, {}).rows) == 60
        assert sum(len(batch) for batch in ask(seconds=30).stream(long, {})[1]) == 60
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_another_thread_cancels_it(any_engine, ask) -> None:
    running = Running()
    asker = ask(seconds=30, running=running)
    ended: list[int] = []

    def cancel() -> None:
        while not ended or not ended[-1]:
            time.sleep(0.05)
            ended.append(running.end("ada"))

    thread = threading.Thread(target=cancel)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(Failed, match="cancelled"):
        asker.run(SLOW[any_engine], {})
    thread.join()
    assert time.monotonic() - begun < 10
    assert running.end("ada") == 0


def test_who_cancels_a_statement_before_it_has_begun_is_heard(any_engine, ask) -> None:
    class Hasty(Running):
        @contextmanager
        def noted(self, owner: object, end: Callable[[], None]) -> Iterator[Callable[[], bool]]:
            with super().noted(owner, end) as told:
                assert self.end(owner) == 1
                yield told

    begun = time.monotonic()
    with pytest.raises(Failed, match="cancelled"):
        ask(seconds=30, running=Hasty()).run(SLOW[any_engine], {})
    assert time.monotonic() - begun < 10


def test_nobody_cancels_anothers(ask, any_engine) -> None:
    running = Running()
    with running.noted("ada", lambda: pytest.fail("ended")):
        assert running.end("grace") == 0


def test_a_whole_result_is_streamed_and_may_be_left(any_engine, ask) -> None:
    asker = ask(seconds=5)
    names, batches = asker.stream(COUNTING[any_engine], {})
    assert list(names) == ["x"]
    assert [row[0] for row in next(batches)][:2] == [1, 2]
    begun, worked = time.monotonic(), time.thread_time()
    with untraced():
        batches.close()  # of MariaDB's rows those that are under way are read, however busy the machine is
    assert (time.thread_time() - worked < 5, time.monotonic() - begun < 30) == (True, True), "not all were fetched"
    assert asker.running.end("ada") == 0


def test_what_the_engine_says_comes_in_one_line(any_engine, ask) -> None:
    with pytest.raises(Failed, match="nowhere") as failed:
        ask().run("SELECT *\nFROM nowhere", {})
    assert "\n" not in str(failed.value)


def test_what_a_statement_sets_concerns_no_other(nasty, attached, mariadb_url) -> None:
    asker = Asker(attached(nasty("mariadb")).reader, 5, Running(), "ada")
    assert asker.run("SELECT @a := 5", {}).rows[0][0] == 5
    assert asker.run("SELECT @a", {}).rows[0][0] is None


def test_a_superuser_of_postgresql_asks_as_one_who_only_reads(nasty, attached, postgresql_url) -> None:
    asker = Asker(attached(nasty("postgresql"), writable=True).reader, 5, Running(), "ada")
    assert [list(row) for row in asker.run("SELECT session_user, current_user", {}).rows] == [
        ["postgres", "pg_read_all_data"]
    ]


def test_who_is_no_superuser_asks_as_themselves(nasty, attached, postgresql_url) -> None:
    url = nasty("postgresql")
    with create_engine(url, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {(name := 'guest_of_' + str(url.database))} LOGIN")
        connection.commit()
    asker = Asker(attached(url.set(username=name), writable=True).reader, 5, Running(), "ada")
    assert asker.run("SELECT current_user", {}).rows[0][0] == name[:63]
    with pytest.raises(Failed, match="permission denied"):
        asker.run("SELECT * FROM same_name", {})
