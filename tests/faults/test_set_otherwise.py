"""Servers and databases that are set in other ways than the site wants: it works alike, or says what is to be done."""

import datetime
import os
import subprocess
import sys
import uuid
from contextlib import closing

import pytest
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tests.servers.loading import empty_mariadb

from plainsite import migrations
from plainsite.databases import open_own
from plainsite.models import Message, now

NO_VALUE = "Name is not a value that this column can hold: change it"
TYPED = "a \\ of é, 日本 and 😀"
ODD_POSTGRESQL = {
    "client_encoding": "LATIN1",
    "timezone": "Asia/Kolkata",
    "datestyle": "German",
    "default_transaction_isolation": "serializable",
    "standard_conforming_strings": "off",
    "search_path": "elsewhere",
}
ODD_MARIADB = {
    "sql_mode": "ORACLE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    "tx_isolation": "SERIALIZABLE",
    "time_zone": "-07:00",
    "character_set_server": "latin1",
    "collation_server": "latin1_german2_ci",
    "init_connect": "SET NAMES latin1; SET foreign_key_checks = 0, autocommit = 0",
    "innodb_default_row_format": "compact",
}


def run(*arguments, url, instance, **settings):
    """Run the command on a database; give what it said and how it ended."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PLAINSITE_")}
    done = subprocess.run(
        [sys.executable, "-m", "plainsite", *arguments],
        env=known | {"PLAINSITE_INSTANCE": str(instance), "PLAINSITE_DATABASE_URL": str(url)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def new_postgresql(server, **options):
    """Make a database of PostgreSQL, with other options than those of the server; give its address."""
    name = f"odd_{uuid.uuid4().hex[:8]}"
    made = " ".join(f"{option} '{value}'" for option, value in options.items())
    execute(server, f"CREATE DATABASE {name} {made}")
    return make_url(server).set(database=name)


def execute(url, *statements):
    """Run statements, each by itself."""
    options = {"client_encoding": "utf8"} if make_url(url).get_backend_name() == "postgresql" else {}
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args=options)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def odd_postgresql(own_server):
    url = new_postgresql(own_server("postgresql").url)
    execute(url, "CREATE SCHEMA elsewhere")
    execute(url, *(f"ALTER DATABASE {url.database} SET {name} = '{value}'" for name, value in ODD_POSTGRESQL.items()))
    return url


def odd_mariadb(own_server):
    server = own_server("mariadb").url
    execute(server, *(f"SET GLOBAL {name} = '{value}'" for name, value in ODD_MARIADB.items()))
    # What is to be done at each connection is not done for whoever may do everything.
    execute(server, "CREATE DATABASE odd", "CREATE USER app", "GRANT ALL ON odd.* TO app")
    return make_url(server).set(database="odd", username="app")


@pytest.mark.cluster
@pytest.mark.parametrize("make", [odd_postgresql, odd_mariadb])
def test_on_a_server_with_other_settings_everything_is_kept_alike(own_server, make, open_site, people, person):
    url = make(own_server)
    site = open_site(DATABASE_URL=url.render_as_string(hide_password=False))
    engine = site.extensions["plainsite"].engine
    for _ in range(2):
        migrations.upgrade(engine)
    migrations.check(engine)
    people(site, "Ada")
    ada = person(site, "Ada")
    assert ada.post("/messages/new", {"body": TYPED}).status == 303
    assert TYPED in ada.get("/messages/").text
    assert "😀" in ada.get("/messages/?words=日本").text
    with Session(engine) as session:
        (message,) = session.query(Message)
        assert message.body == TYPED
        assert abs(message.created_at - now()) < datetime.timedelta(minutes=1), "in UTC"
        session.add(Message(author_id=4711, body="of nobody"))
        with pytest.raises(IntegrityError):
            session.commit()


@pytest.mark.parametrize(("encoding", "status"), [("LATIN1", 422), ("SQL_ASCII", 303)])
def test_a_database_of_another_encoding_takes_what_it_has_signs_for_and_refuses_the_rest_at_the_field(
    postgresql_url, open_site, people, person, encoding, status
):
    options = {"ENCODING": encoding, "TEMPLATE": "template0", "LC_COLLATE": "C", "LC_CTYPE": "C"}
    url = new_postgresql(postgresql_url, **options)
    execute(url, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
    address = url.render_as_string(hide_password=False)
    site = open_site(DATABASES={"shop": {"url": address, "writable": True}})
    people(site, "Grace:admin")
    grace = person(site, "Grace")
    assert grace.post("/data/shop/things/+new", {"c0": "2", "c1": "über"}).status == 303
    answer = grace.post("/data/shop/things/+new", {"c0": "3", "c1": TYPED})
    assert answer.status == status
    assert status == 303 or (answer.errors_at("c1"), answer.served("c1")) == ([NO_VALUE], TYPED)
    listed = grace.get("/data/shop/things/")
    assert (listed.status, "über" in listed.text) == (200, True)
    for path in ("2", "2/edit", "+export.csv", "?words=%F0%9F%98%80"):
        assert grace.get(f"/data/shop/things/{path}").status in {200, 422}, path


def test_a_database_in_which_the_tables_cannot_be_is_refused_before_the_first_of_them(
    postgresql_url, mariadb_url, tmp_path
):
    options = {"ENCODING": "LATIN1", "TEMPLATE": "template0", "LC_COLLATE": "C", "LC_CTYPE": "C"}
    latin, bare = new_postgresql(postgresql_url, **options), empty_mariadb(mariadb_url)
    rights = "CREATE, SELECT, INSERT, UPDATE, DELETE, DROP, ALTER, INDEX, REFERENCES"
    user = f"u{uuid.uuid4().hex[:8]}"
    execute(mariadb_url, f"CREATE USER {user}", f"GRANT {rights} ON {bare.database}.* TO {user}")
    for url, why in ((latin, "ENCODING 'UTF8'"), (bare.set(username=user), "the right TRIGGER")):
        code, said = run("db", "upgrade", url=url, instance=tmp_path)
        assert (code, why in said, "Traceback" in said, "CREATE TABLE" in said) == (1, True, False, False), said
        with closing(open_own(url)) as database:
            assert inspect(database.engine).get_table_names() == [], "nothing is half done"
    execute(mariadb_url, f"GRANT TRIGGER ON {bare.database}.* TO {user}")
    assert run("db", "upgrade", url=bare.set(username=user), instance=tmp_path)[0] == 0


def test_a_step_that_fails_half_way_on_mariadb_is_told_with_the_way_back(mariadb_url, tmp_path):
    url = empty_mariadb(mariadb_url)
    execute(url, "CREATE VIEW messages AS SELECT 1 AS id")
    code, said = run("db", "upgrade", url=url, instance=tmp_path)
    assert (code, "MariaDB commits each" in said, "Traceback" in said) == (1, True, False), said


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (["run", "--port", "0"], "postgresql://nobody@127.0.0.1:1/x"),
        (["db", "upgrade"], "mariadb://nobody@127.0.0.1:1/x"),
        (["doctor"], "postgresql://nobody@127.0.0.1:1/x"),
        (["run", "--port", "0"], "nobody"),
    ],
)
def test_a_database_that_does_not_answer_is_said_in_a_line(command, wrong, mariadb_url, tmp_path):
    url = make_url(mariadb_url).set(username=wrong).render_as_string() if wrong == "nobody" else wrong
    code, said = run(*command, url=url, instance=tmp_path)
    assert (code, "the database did not do it" in said.lower() or "does not answer" in said) == (1, True), said
    assert ("Traceback" in said, "SELECT" in said) == (False, False), said


def test_doctor_tells_of_servers_that_nobody_misses_yet(postgresql_url, tmp_path):
    url = new_postgresql(postgresql_url)
    with closing(open_own(url)) as database:
        migrations.upgrade(database.engine)
    settings = {
        "PLAINSITE_DATABASE_NODES": "127.0.0.1:1",
        "PLAINSITE_DATABASE_REPLICAS": f"{url},postgresql://me:secret@127.0.0.1:2/x,{postgresql_url}",
    }
    code, said = run("doctor", url=url, instance=tmp_path, **settings)
    told = [line.removeprefix("needs care: ") for line in said.splitlines() if line.startswith("needs care: ")]
    assert (code, "secret" in said) == (1, False)
    assert ["127.0.0.1:1/" in told[0], "127.0.0.1:2/" in told[1]] == [True, True], told
    assert all("does not answer" in each for each in told[:2])
    assert "does not have the tables of this version" in told[2]
    assert len(told) == 4, "and that there is no admin"
