"""Tables as files."""

import csv
import io
import json
import sqlite3
import time
import tracemalloc
from contextlib import closing

import pytest
from sqlalchemy import Column, event, text
from sqlalchemy.dialects.postgresql import BIT
from tests.conftest import HASH, sign_in

from plainsite.databases import attach
from plainsite.raw import Raw
from plainsite.services import records, users
from plainsite.services.queries import Query
from plainsite.services.streams import Stream
from plainsite.services.tablefiles import csv_of, guarded, unguarded
from plainsite.testing import Browser

AWKWARD = """
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, number REAL, picture BLOB, password_hash TEXT);
INSERT INTO things VALUES (1, '=1+1', -1.5, x'00ff', 'never'), (2, '', NULL, NULL, 'never'), (3, NULL, 2, x'', NULL),
  (4, '-5', 0, 'text', ''), (5, '-x', 9e999, NULL, ''), (6, 'a "quoted", text' || char(13, 10) || 'b', 1, NULL, ''),
  (7, '''=1', 1, NULL, ''), (8, '\\x6162', 1, NULL, '');
CREATE TABLE one (word TEXT);
INSERT INTO one VALUES (''), (NULL), ('x');
"""


@pytest.fixture
def admin(make_app):
    """Give a function that makes a site with databases attached, and gives the browser of its admin."""

    def make(**addresses):
        site = make_app(DATABASES=addresses)
        session = site.extensions["plainsite"].session
        with site.app_context():
            user = users.create(session(), name="Grace", email="g@example.org", role="admin", password_hash=HASH)
        browser = Browser(site)
        sign_in(browser, user)
        return browser

    return make


@pytest.fixture
def things(tmp_path, make_database):
    """Give the URL of a database of awkward values."""
    file = tmp_path / "things.sql"
    file.write_text(AWKWARD)
    return make_database("sqlite", file)


@pytest.fixture
def long(tmp_path):
    """Give the URL of a table of 60,000 rows."""
    file = tmp_path / "long.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE long (id INTEGER PRIMARY KEY, body TEXT)")
        connection.executemany("INSERT INTO long VALUES (?, ?)", ((n, f"text {n} " * 10) for n in range(60_000)))
        connection.commit()
    return f"sqlite:///{file}"


def rows_of(page):
    """Give the rows of a page that is CSV, as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(page.body.decode(), newline="")))


def streaming(browser, name):
    """Give the list of the connections that exports have open now."""
    engine, opened = browser.client.application.extensions["plainsite.databases"][name].streams, []
    event.listen(engine, "connect", lambda connection, _: opened.append(connection))
    event.listen(engine, "close", lambda connection, _: opened.remove(connection))
    return opened


def out(browser, name):
    """Give how many connections of the pages' pool are out."""
    return browser.client.application.extensions["plainsite.databases"][name].engine.pool.checkedout()


def test_a_table_comes_as_csv_with_a_header(admin, chinook):
    browser = admin(shop=chinook("sqlite"))
    page = browser.open("/data/shop/Genre/+export.csv")
    assert page.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert page.headers["Content-Disposition"] == "attachment; filename=Genre.csv"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert rows_of(page)[:2] == [["GenreId", "Name"], ["1", "Rock"]]
    assert len(rows_of(page)) == 26


def test_a_file_keeps_what_the_list_asks(admin, chinook):
    browser = admin(shop=chinook("sqlite"))
    asks = "words=love&column=Milliseconds&op=greater+than&value=300000&show=Name&show=Milliseconds&sort=Name&down=1"
    browser.open(f"/data/shop/Track/?{asks}")
    page = browser.follow("CSV")
    header, *rows = rows_of(page)
    assert header == ["Name", "Milliseconds"]
    assert rows
    assert all(int(length) > 300_000 for _, length in rows)
    assert [name for name, _ in rows] == sorted((name for name, _ in rows), reverse=True)


def test_rows_without_a_value_come_last_as_on_the_pages(admin, chinook):
    browser = admin(shop=chinook("sqlite"))
    rows = rows_of(browser.open("/data/shop/Track/+export.csv?show=TrackId&show=Composer&sort=Composer&down=1"))[1:]
    missing = [name == "" for _, name in rows]
    assert len(rows) == 3503
    assert missing == sorted(missing)
    assert any(missing)


def test_nothing_secret_leaves(admin, things):
    browser = admin(things=things)
    page = browser.open("/data/things/things/+export.csv")
    assert "password_hash" not in rows_of(page)[0]
    assert b"never" not in page.body
    assert browser.open("/data/things/things/+export.csv?show=password_hash").status == 404
    assert "token" not in browser.open("/data/site/sign_ins/+export.jsonl").body.decode()


def test_only_admins_export(make_app, chinook, as_ada):
    assert as_ada.open("/data/site/users/+export.csv").status == 403
    visitor = Browser(make_app(DATABASES={"shop": str(chinook("sqlite"))}))
    assert visitor.open("/data/shop/Genre/+export.csv").path.startswith("/account/sign-in")


def test_values_that_a_spreadsheet_would_calculate_are_guarded(admin, things):
    names = [row[1] for row in rows_of(admin(things=things).open("/data/things/things/+export.csv"))[1:]]
    assert names[0] == "'=1+1"
    assert names[3] == "-5", "a plain number is no formula"
    assert names[4] == "'-x"
    assert names[6] == "''=1", "so that taking one away gives what was there"


@pytest.mark.parametrize(
    "typed", ["=1", "'=1", "''+x", "-5", "'-5", "@a", "\ta", "\ra", "＝1", "", "'", "x", "'x", "-"]
)
def test_a_guard_is_taken_away_without_a_trace(typed):
    assert unguarded(guarded(typed)) == typed
    assert guarded(typed)[:1] not in set("=@\t\r＝")


def test_null_and_the_empty_text_are_told_apart(admin, things):
    browser = admin(things=things)
    lines = browser.open("/data/things/things/+export.csv?show=id&show=name").body.decode().split("\r\n")
    assert lines[2:4] == ['2,""', "3,"]
    assert browser.open("/data/things/one/+export.csv").body == b'word\r\n""\r\n\r\nx\r\n'


def test_bytes_are_written_in_hexadecimal_and_texts_like_them_are_told(admin, things):
    rows = rows_of(admin(things=things).open("/data/things/things/+export.csv"))
    assert [row[3] for row in rows[1:5]] == ["\\x00ff", "", "\\x", "text"]
    assert rows[8][1] == "\\\\x6162"
    assert rows[6][1] == 'a "quoted", text\r\nb'


def test_a_truth_value_is_spelled_alike_behind_whatever_stands_before_it() -> None:
    column = Column("x", Raw(), info={"engine": "postgresql"})
    batches: list[list[tuple[object]]] = [[(None,), (True,)], [(False,), ("true",)]]
    assert b"".join(csv_of([column], batches)) == b"x\r\n\r\ntrue\r\nfalse\r\ntrue\r\n"


def test_null_and_empty_bits_are_told_apart_also_where_they_stand_alone() -> None:
    column = Column("x", BIT(5, varying=True), info={"engine": "postgresql"})
    assert b"".join(csv_of([column], [[(None,), ("",), ("10",)]])) == b'x\r\n\r\n""\r\n10\r\n'


def test_json_lines_keep_types(admin, things):
    page = admin(things=things).open("/data/things/things/+export.jsonl")
    found = [json.loads(line) for line in page.body.decode().splitlines()]
    assert page.headers["Content-Disposition"] == "attachment; filename=things.jsonl"
    assert found[0] == {"id": 1, "name": "=1+1", "number": -1.5, "picture": {"base64": "AP8="}}
    assert [row["name"] for row in found[1:3]] == ["", None]
    assert found[4]["number"] == "inf"


def test_a_file_is_called_as_its_table_where_that_can_be_a_name(admin, nasty):
    browser = admin(odd=nasty("sqlite"))
    browser.open("/data/odd/")
    page = browser.follow("table/with/slashes.csv")
    page = browser.open(f"{page.path}+export.csv")
    assert page.headers["Content-Disposition"] == "attachment; filename=table_with_slashes.csv.csv"


@pytest.mark.sweep
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_every_table_and_view_of_every_engine_can_be_exported(admin, nasty, any_engine, kind):
    browser = admin(odd=nasty(any_engine))
    catalog = browser.client.application.extensions["plainsite.databases"]["odd"].catalog
    browser.open("/data/odd/")
    tables = [name for name in catalog.read().relations if name in browser.page.links]
    assert len(tables) > 10
    for name in tables:
        browser.open("/data/odd/")
        page = browser.open(f"{browser.page.href(name)}+export.{kind}")
        assert page.status == 200 or "could not" in page.text or "right" in page.text, name
        assert out(browser, "odd") == 0, name


def test_a_connection_is_closed_when_the_file_ends(admin, chinook, any_engine):
    browser = admin(shop=chinook(any_engine))
    opened = streaming(browser, "shop")
    address = f"/data/shop/{'track' if any_engine == 'postgresql' else 'Track'}/+export.csv"
    assert len(rows_of(browser.open(address))) == 3504
    assert opened == []


def test_a_connection_is_closed_when_its_reader_leaves_half_way(admin, chinook, any_engine):
    browser = admin(shop=chinook(any_engine))
    address = f"/data/shop/{'track' if any_engine == 'postgresql' else 'Track'}/+export.csv"
    opened = streaming(browser, "shop")
    for _ in range(12):
        answer = browser.client.get(address, buffered=False)
        parts = iter(answer.response)
        next(parts), next(parts)
        assert len(opened) == 1
        assert out(browser, "shop") == 0, "an export takes none of the pages' connections"
        answer.close()
        assert opened == []
    browser.client.head(address).close()  # as every server does
    assert opened == []
    assert len(rows_of(browser.open(address))) == 3504


def test_an_export_is_not_ended_for_taking_long(tmp_path):
    file = tmp_path / "slow.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE digit (n INTEGER)")
        connection.executemany("INSERT INTO digit VALUES (?)", [(n,) for n in range(40)])
        four = "digit a, digit b, digit c, digit d"
        connection.execute(f"CREATE VIEW slow AS SELECT count(*) AS many FROM {four} WHERE a.n * b.n * c.n * d.n > 9")
        connection.commit()
    database = attach("slow", f"sqlite:///{file}", seconds=0.05)
    relation = database.catalog.read().relations["slow"]
    with pytest.raises(Exception, match="interrupted"), database.session() as session:
        records.find_page(session, relation, Query())
    stream = Stream(database.streams, relation, Query())
    assert b"".join(csv_of(stream.columns, stream)).startswith(b"many\r\n")
    database.close()


def test_a_reader_who_pauses_is_waited_for(make_database, tmp_path, any_engine):
    file = tmp_path / "wide.sql"
    rows = ", ".join(f"({n}, '{'x' * 990}')" for n in range(1000))
    double = "INSERT INTO wide SELECT * FROM wide; " * 5  # 32 MB: more than what stands between two programs
    file.write_text(f"CREATE TABLE wide (id INT, body VARCHAR(1000)); INSERT INTO wide VALUES {rows}; {double}")
    database = attach("wide", make_database(any_engine, file), seconds=1, writable=True)
    impatient = any_engine == "mariadb"  # by itself it hangs up after a minute
    with database.engine.connect() as connection:
        if impatient:
            connection.execute(text("SET GLOBAL net_write_timeout = 1"))
    try:
        stream = Stream(database.streams, database.catalog.read().relations["wide"], Query())
        batches = iter(stream)
        number = len(next(batches))
        time.sleep(3)
        assert number + sum(map(len, batches)) == 32_000
    finally:
        with database.engine.connect() as connection:
            if impatient:
                connection.execute(text("SET GLOBAL net_write_timeout = DEFAULT"))
        database.close()


def test_a_file_of_any_length_takes_the_same_memory(long):
    database = attach("long", long)
    relation = database.catalog.read().relations["long"]
    tracemalloc.start()
    stream = Stream(database.streams, relation, Query())
    size = sum(len(part) for part in csv_of(stream.columns, stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    database.close()
    assert size > 5_000_000
    assert peak < 1_000_000


def test_long_values_take_no_more_memory_than_short_ones(make_database, tmp_path, any_engine):
    file = tmp_path / "photos.sql"
    binary = {"sqlite": "BLOB", "postgresql": "BYTEA", "mariadb": "LONGBLOB"}[any_engine]
    rows = ", ".join(f"({n}, '{'x' * 100_000}')" for n in range(100))
    file.write_text(f"CREATE TABLE photos (id INT PRIMARY KEY, photo {binary}); INSERT INTO photos VALUES {rows};")
    database = attach("photos", make_database(any_engine, file))
    relation = database.catalog.read().relations["photos"]
    tracemalloc.start()
    stream = Stream(database.streams, relation, Query())
    size = sum(len(part) for part in csv_of(stream.columns, stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    database.close()
    assert size > 10_000_000
    assert peak < 8_000_000


def test_what_the_database_cannot_compare_is_said_before_anything_is_sent(admin, chinook):
    browser = admin(shop=chinook("postgresql"))
    page = browser.open("/data/shop/track/+export.csv?column=milliseconds&op=is&value=soon")
    assert page.status == 422
    assert "soon" in page.text
    assert out(browser, "shop") == 0


def test_two_parts_of_an_order_see_the_same_rows(chinook):
    database = attach("shop", chinook("postgresql"), writable=True)
    relation = database.catalog.read().relations["track"]
    stream = Stream(database.streams, relation, Query(columns=("track_id",), sort="composer"))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE track SET composer = NULL"))
    assert sum(len(batch) for batch in stream) == 3503
    database.close()


def test_chosen_records_alone_come_as_a_file(admin, chinook):
    browser = admin(shop=str(chinook("sqlite")))
    browser.open("/data/shop/Genre/?show=Name&sort=Name&down=1")
    for key in ("3", "1", "7"):
        browser.check(f"Choose {key}")
    assert browser.press("CSV").body.decode().split() == ["Name", "Rock", "Metal", "Latin"]
    browser.open("/data/shop/Genre/")
    browser.check("Choose 2")
    assert json.loads(browser.press("JSON lines").body) == {"GenreId": 2, "Name": "Jazz"}


def test_records_of_keys_of_two_columns_are_chosen_on_every_engine(admin, chinook, any_engine):
    browser = admin(shop=str(chinook(any_engine)))
    table = "playlist_track" if any_engine == "postgresql" else "PlaylistTrack"
    answer = browser.client.post(f"/data/shop/{table}/+export.csv", data={"key": ["1,3", "8,2"]})
    assert list(csv.reader(io.StringIO(answer.text)))[1:] == [["1", "3"], ["8", "2"]]


def test_what_cannot_be_chosen_is_said_or_not_there(admin, chinook, any_engine):
    browser = admin(shop=str(chinook(any_engine)))
    genre = "genre" if any_engine == "postgresql" else "Genre"
    answer = browser.client.post(f"/data/shop/{genre}/+export.csv", follow_redirects=True)
    assert "Choose the records first." in answer.text
    many = {"key": [str(number) for number in range(501)]}
    assert (
        "at most 500" in browser.client.post(f"/data/shop/{genre}/+export.csv", data=many, follow_redirects=True).text
    )
    for wrong in ("1,2", "~N,"):
        assert browser.open(f"/data/shop/{genre}/+export.csv?key={wrong}").status == 404, wrong
