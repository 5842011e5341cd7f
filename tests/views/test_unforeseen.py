"""Databases as they are found: damaged, half there, changed by others, with types and rights that nobody thought of."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import URL, create_engine, make_url, text
from tests.views.test_data import signed_in

from plainsite.reflection import Relation
from plainsite.services import records, references
from plainsite.services.queries import Query
from plainsite.settings import SettingsError
from plainsite.testing import Browser

MakeSite = Callable[..., Browser]


@pytest.fixture
def open_site(make_app: Callable[..., Flask]) -> Iterator[MakeSite]:
    """Give a function that makes a site with databases, and gives its admin's browser."""
    made: list[Flask] = []

    def make(**urls: object) -> Browser:
        made.append(make_app(DATABASES=urls))
        return signed_in(made[-1])

    yield make
    for app in made:
        for database in app.extensions["plainsite.databases"].values():
            database.close()


@pytest.fixture
def on(make_database: Callable[[str, Path], URL], tmp_path: Path) -> Callable[[str, str], str]:
    """Give a function that makes a database of an engine from SQL, and gives its address."""

    def make(engine: str, sql: str) -> str:
        file = tmp_path / "made.sql"
        file.write_text(sql)
        return make_database(engine, file).render_as_string(hide_password=False)

    return make


def made(file: Path, sql: str) -> str:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(sql)
    return f"sqlite:///{file}"


SMALL = "CREATE TABLE shelves (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO shelves VALUES (1, 'upper');"


def test_a_date_that_stands_for_none_leaves_the_dashboard_as_it_is(open_site, tmp_path) -> None:
    sql = f"{SMALL} CREATE TABLE visits (id INTEGER PRIMARY KEY, created_at DATETIME);"
    url = made(tmp_path / "old.db", f"{sql} INSERT INTO visits VALUES (1, '0001-01-01 00:00:00')")
    admin = open_site(old=url)
    assert admin.open("/data/").status == 200
    assert "visits: Rows per day by created_at, 0001-01-01" in admin.open("/data/old/").html


def test_a_table_whose_module_is_not_here_leaves_out_nothing_but_itself(open_site, tmp_path) -> None:
    virtual = (
        "INSERT INTO sqlite_master VALUES ('table', 'places', 'places', 0, 'CREATE VIRTUAL TABLE places USING far()')"
    )
    url = made(tmp_path / "maps.db", f"{SMALL} PRAGMA writable_schema = ON; {virtual}")
    page = open_site(maps=url).open("/data/maps/")
    assert page.status == 200
    assert "shelves" in page.links
    assert "no such module: far" in page.text


def test_a_table_with_a_column_that_has_no_name_is_left_out_with_why(open_site, tmp_path) -> None:
    url = made(tmp_path / "nameless.db", f'{SMALL} CREATE TABLE odd (id INTEGER PRIMARY KEY, "" TEXT)')
    page = open_site(odd=url).open("/data/odd/")
    assert "shelves" in page.links
    assert "a column of it has no name" in page.text


def test_a_file_that_is_no_database_says_so_on_each_of_its_pages(open_site, tmp_path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear all, this is no database.\n" * 100)
    admin = open_site(letter=f"sqlite:///{file}", shop=made(tmp_path / "shop.db", SMALL))
    page = admin.open("/data/")
    assert "the file is no database of SQLite, or it is encrypted" in page.text
    assert "shelves" in page.links
    for address in ("/data/letter/shelves/", "/data/letter/shelves/1"):
        page = admin.open(address)
        assert (page.status, page.heading) == (422, "letter could not answer this")
        assert "The file is no database of SQLite" in page.text


def test_a_damaged_file_says_so_and_what_is_whole_is_shown(open_site, tmp_path) -> None:
    rows = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500)"
    file, filled = tmp_path / "shop.db", f"{rows} SELECT x, hex(zeroblob(400)) FROM n"
    url = made(
        file,
        f"{SMALL} CREATE TABLE long (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO long {filled}",
    )
    with file.open("r+b") as opened:  # the pages after those that hold the schema and the shelves
        opened.seek(3 * 4096)
        opened.write(b"\xff" * 20 * 4096)
    admin = open_site(shop=url)
    assert admin.open("/data/shop/shelves/1").status == 200
    for address in ("/data/shop/long/", "/data/shop/long/1"):
        page = admin.open(address)
        assert page.status == 422
        assert "he file of the database is damaged" in page.text


def test_a_table_that_others_took_away_is_said_to_be_gone(open_site, on, any_engine) -> None:
    url = on(
        any_engine,
        "CREATE TABLE shelves (id INTEGER PRIMARY KEY, name VARCHAR(9)); INSERT INTO shelves VALUES (1, 'upper');",
    )
    admin = open_site(shop={"url": url, "writable": True})
    assert admin.open("/data/shop/shelves/1").status == 200
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE shelves"))
    engine.dispose()
    page = admin.open("/data/shop/shelves/")
    assert (page.status, "its tables are not as they were when they were looked at" in page.text) == (422, True)
    for address in ("1", "1/edit", "1/delete"):
        page = admin.open(f"/data/shop/shelves/{address}")
        assert (page.status, "It was changed since the site looked at it" in page.text) == (409, True), address


RIGHTS = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE pets (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES owners (id), name TEXT);
INSERT INTO owners VALUES (1, 'Ada');
INSERT INTO pets VALUES (1, 1, 'Rex');
DROP ROLE IF EXISTS "sees pets"; CREATE ROLE "sees pets" LOGIN; GRANT SELECT ON pets TO "sees pets";
"""


def test_a_record_opens_although_nobody_here_may_read_what_it_refers_to(open_site, on) -> None:
    url = on("postgresql", RIGHTS).replace("postgres@", "sees%20pets@")
    admin = open_site(zoo=url)
    page = admin.open("/data/zoo/pets/1")
    assert (page.status, page.heading) == (200, "Rex")
    for address in ("/data/zoo/owners/", "/data/zoo/owners/1"):
        page = admin.open(address)
        assert page.status == 422
        assert "hoever the site signs in as has no right to read this" in page.text


ODD_KEYS = """
CREATE TYPE colour AS ENUM ('red', 'it''s blue');
CREATE DOMAIN shade AS colour;
CREATE TYPE place AS (shelf INTEGER, row TEXT);
CREATE TABLE shades (a INTEGER, k shade, PRIMARY KEY (a, k));
CREATE TABLE places (k place PRIMARY KEY, n INTEGER);
CREATE TABLE classes (k REGCLASS PRIMARY KEY);
INSERT INTO shades VALUES (1, 'red'), (1, 'it''s blue');
INSERT INTO places SELECT ROW(n, 'a,' || n)::place, n FROM generate_series(1, 60) n;
INSERT INTO classes VALUES ('shades'), ('places');
"""


@pytest.mark.parametrize("table", ["shades", "places", "classes"])
def test_a_row_opens_whatever_postgresql_calls_its_key(open_site, on, table) -> None:
    admin = open_site(odd={"url": on("postgresql", ODD_KEYS), "writable": True})
    assert admin.open(f"/data/odd/{table}/").status == 200
    keys = [label.removeprefix("Choose ") for label in admin.page.labels if label.startswith("Choose ")]
    for key in keys[:2]:
        for rest in ("", "/edit", "/delete"):
            assert admin.open(f"/data/odd/{table}/{key}{rest}").status == 200, key


def test_keys_made_of_columns_are_turned_through_and_choices_of_a_domain_are_found(open_site, on) -> None:
    admin = open_site(odd=on("postgresql", ODD_KEYS))
    admin.open("/data/odd/places/")
    assert len(admin.follow("Next").table) == 10
    assert [row["k"] for row in admin.open("/data/odd/shades/?column=k&op=is&value=it%27s+blue").table] == ["it's blue"]
    assert [row["k"] for row in admin.open("/data/odd/shades/?sort=k&down=1").table] == ["it's blue", "red"]


def test_texts_that_are_alike_whatever_their_capitals_are_searched(open_site, on) -> None:
    collation = "CREATE COLLATION alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    sql = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT COLLATE alike); "
    sql += "INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob')"
    admin = open_site(club=on("postgresql", f"{collation}; {sql};"))
    assert [row["name"] for row in admin.open("/data/club/people/?words=aDa").table] == ["Ada"]
    assert [row["name"] for row in admin.open("/data/club/people/?column=name&op=is&value=BOB").table] == ["Bob"]
    assert [row["name"] for row in admin.open("/data/club/people/?column=name&op=starts+with&value=B").table] == ["Bob"]


FOREIGN = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user 'u', password 'confidential');
CREATE FOREIGN TABLE far (id INTEGER, name TEXT) SERVER away;
CREATE TABLE near (id INTEGER PRIMARY KEY);
"""


def test_a_foreign_table_is_there_and_nobody_waits_for_its_server_unasked(open_site, on) -> None:
    admin = open_site(hub={"url": on("postgresql", FOREIGN), "writable": True})
    page = admin.open("/data/hub/")
    assert [(row["Table"], row["Rows"]) for row in page.table] == [("near", "0"), ("far", "foreign")]
    assert "it is a foreign table: another server keeps its rows" in page.text
    page = admin.open("/data/hub/far/")
    assert page.status == 503
    assert "confidential" not in page.html


def test_what_refers_to_a_row_is_looked_for_once_in_a_thousand_tables(open_site, tmp_path, monkeypatch) -> None:
    many = 200
    tables = (
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, up REFERENCES t{n // 2} (id)); INSERT INTO t{n} VALUES (1, 1);"
        for n in range(many)
    )
    looked: list[str] = []
    one = vars(references)["_of_one"]

    def look(relation: Relation, known: object) -> object:
        looked.append(relation.name)
        return one(relation, known)

    monkeypatch.setattr(references, "_of_one", look)
    admin = open_site(many=made(tmp_path / "many.db", "".join(tables)))
    for number in (0, 1, 2, 3):
        assert admin.open(f"/data/many/t{number}/1").status == 200
    assert "t6" in admin.page.links
    assert len(looked) <= 2 * many


ACCOUNTS = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT, "IBAN" TEXT, token TEXT);
INSERT INTO accounts VALUES (1, 'Ada', 'DE confidential', 'seen');
"""


def test_a_site_says_itself_which_columns_hold_secrets_and_which_do_not(make_app, tmp_path) -> None:
    database = {"url": made(tmp_path / "bank.db", ACCOUNTS), "writable": True}
    admin = signed_in(make_app(DATABASES={"bank": database}, SECRET_COLUMNS=["iban"], OPEN_COLUMNS=["Token"]))
    signed_in(make_app())  # another site in this process says nothing of the kind
    pages = (
        "",
        "1",
        "1/edit",
        "?words=confidential",
        "+export.csv",
        "+export.jsonl",
        "+query?sql=SELECT+*+FROM+accounts",
    )
    seen = [
        admin.open(f"/data/bank/accounts/{page}" if "query" not in page else f"/data/bank/{page}") for page in pages
    ]
    assert [page.status for page in seen] == [200] * len(pages)
    assert not any(b"DE confidential" in page.body for page in seen)
    assert [page for page in seen if b"seen" in page.body][:2] == seen[:2]
    assert admin.open("/data/bank/accounts/?column=IBAN&op=is&value=x").status == 422
    assert [row["name"] for row in admin.open("/data/bank/accounts/?column=token&op=is&value=seen").table] == ["Ada"]
    assert admin.open("/data/bank/accounts/?sort=IBAN").status == 404
    admin.open("/data/bank/accounts/1/edit")
    admin.fill("IBAN", "FR confidential")
    admin.press("Save")
    assert b"FR confidential" not in admin.open("/history/1").body


def test_no_setting_opens_what_the_site_itself_keeps_secret(make_app) -> None:
    with pytest.raises(SettingsError, match="password_hash is a secret of the site itself"):
        make_app(OPEN_COLUMNS=["Password_Hash"])


TIES = """
CREATE TABLE marks (id INTEGER PRIMARY KEY, mark INTEGER, word VARCHAR(9));
CREATE VIEW seen AS SELECT mark, word FROM marks;
"""


def test_a_view_is_sorted_by_a_link_and_each_row_is_on_one_page(make_app, on, any_engine) -> None:
    rows = ", ".join(f"({n}, {n % 3 or 'NULL'}, 'w{n * 37 % 100:02}')" for n in range(100))
    url = on(any_engine, f"{TIES} INSERT INTO marks VALUES {rows};")
    admin = signed_in(make_app(DATABASES={"shop": url}, PAGE_SIZE=15))
    admin.open("/data/shop/seen/")
    for marks in (["1", "2", "NULL"], ["2", "1", "NULL"]):
        found = list(admin.follow("mark").table)
        while "Next" in admin.page.links:
            found += admin.follow("Next").table
        assert list(dict.fromkeys(row["mark"] for row in found)) == marks
        assert sorted(row["word"] for row in found) == [f"w{n:02}" for n in range(100)]
        admin.follow("First")


PRICES = ["2.5", "-0.25", "0", "1e300", "19.5", "3", "0.1"]


@pytest.mark.parametrize("down", ["", "&down=1"])
def test_rows_sorted_by_fractions_are_turned_through_by_the_links(make_app, on, any_engine, down) -> None:
    rows = ", ".join(f"({number}, {price})" for number, price in enumerate(PRICES, 1))
    sql = f"CREATE TABLE goods (id INTEGER PRIMARY KEY, price DOUBLE PRECISION); INSERT INTO goods VALUES {rows};"
    admin = signed_in(make_app(DATABASES={"shop": on(any_engine, sql)}, PAGE_SIZE=2))
    admin.open(f"/data/shop/goods/?sort=price{down}")
    seen = [row["id"] for row in admin.page.table]
    while "Next" in admin.page.links:
        assert admin.follow("Next").status == 200
        seen += [row["id"] for row in admin.page.table]
    order = sorted(range(len(PRICES)), key=lambda number: float(PRICES[number]), reverse=bool(down))
    assert seen == [str(number + 1) for number in order]
    while "Previous" in admin.page.links:
        assert admin.follow("Previous").status == 200
    assert [row["id"] for row in admin.page.table] == seen[:2]


def test_what_goes_by_one_key_is_told_with_what_hangs_on_it_though_it_is_set_free_by_others(
    open_site, on, any_engine
) -> None:
    columns, keys = "id INTEGER PRIMARY KEY, kept INTEGER", ["FOREIGN KEY (kept) REFERENCES p (id) ON DELETE CASCADE"]
    for number in range(8):
        columns += f", free{number} INTEGER"
        keys.insert(number % 2, f"FOREIGN KEY (free{number}) REFERENCES p (id) ON DELETE SET NULL")
    sql = f"""CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c ({columns}, {", ".join(keys)});
        CREATE TABLE cc (id INTEGER PRIMARY KEY, c INTEGER, FOREIGN KEY (c) REFERENCES c (id) ON DELETE CASCADE);
        INSERT INTO p VALUES (1); INSERT INTO c VALUES (1{", 1" * 9}); INSERT INTO cc VALUES (1, 1);"""
    admin = open_site(family={"url": on(any_engine, sql), "writable": True})
    admin.open("/data/family/p/1/delete")
    admin.press("Delete")
    told = [row["Record"].split(" family")[0] for row in admin.open("/history/?database=family&action=delete").table]
    assert {each.split()[0] for each in told} == {"p", "c", "cc"}


def test_bits_of_any_number_are_taken(open_site, on) -> None:
    sql = "CREATE TABLE flags (id int PRIMARY KEY, v varbit); INSERT INTO flags VALUES (1, '101');"
    admin = open_site(bits={"url": on("postgresql", sql), "writable": True})
    admin.open("/data/bits/flags/1/edit")
    admin.fill(V="110011")
    assert admin.press("Save").flashes == ["The record was changed."]
    assert "110011" in admin.open("/data/bits/flags/1").text


def test_what_cannot_be_compared_is_counted_without_a_link_that_leads_nowhere(open_site, on) -> None:
    sql = """CREATE TABLE kb (k bytea PRIMARY KEY); CREATE TABLE rb (id int PRIMARY KEY, k bytea REFERENCES kb);
        INSERT INTO kb VALUES ('\\xdead'); INSERT INTO rb VALUES (1, '\\xdead');"""
    admin = open_site(raw=on("postgresql", sql))
    page = admin.open("/data/raw/kb/~Bdead")
    assert "rb 1 by k" in " ".join(page.text.split())
    assert "?column=k" not in page.html


def test_a_date_of_zeros_is_not_itself_where_it_is_to_be_another(open_site, on) -> None:
    sql = """SET sql_mode = ''; CREATE TABLE days (day DATE NOT NULL PRIMARY KEY, n INTEGER);
        INSERT INTO days VALUES ('0000-00-00', 1), ('2024-01-01', 2);"""
    admin = open_site(days=on("mariadb", sql))
    page = admin.open("/data/days/days/?column=day&op=is+not&value=0000-00-00")
    assert [row["n"] for row in page.table] == ["2"]


@pytest.mark.parametrize(
    "asked", ["op=is&value=banana", "op=greater+than&value=1a", "op=one+of&value=1,x", "op=between&value=1..b"]
)
def test_what_is_no_number_is_said_to_be_none_and_not_taken_for_one(open_site, on, asked) -> None:
    sql = "CREATE TABLE counts (id INTEGER PRIMARY KEY, n DECIMAL(9, 2)); INSERT INTO counts VALUES (1, 0), (2, 5);"
    admin = open_site(counts=on("mariadb", sql))
    page = admin.open(f"/data/counts/counts/?column=n&{asked}")
    assert page.status == 422
    assert "is no value that n could hold" in page.text
    for right, rows in (
        ("is&value=5", 1),
        ("one+of&value=0, 5.0", 2),
        ("between&value=-1 .. 5e0", 2),
        ("is+not+NULL&value=", 2),
    ):
        assert len(admin.open(f"/data/counts/counts/?column=n&op={right}").table) == rows, right


def test_rows_whose_key_has_a_period_are_told_apart_by_it(make_app, on) -> None:
    sql = """CREATE TABLE rents (id INT, s DATE, e DATE, v VARCHAR(9),
          PERIOD FOR p(s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS));
        INSERT INTO rents VALUES (1, '2024-01-01', '2024-02-01', 'a'), (1, '2024-02-01', '2024-03-01', 'b'),
            (2, '2024-01-01', '2025-01-01', 'c');"""
    admin = signed_in(make_app(DATABASES={"rents": {"url": on("mariadb", sql), "writable": True}}, PAGE_SIZE=1))
    admin.open("/data/rents/rents/?sort=id")
    seen = [admin.page.table[0]["v"]]
    while "Next" in admin.page.links:
        seen.append(admin.follow("Next").table[0]["v"])
    assert seen == ["a", "b", "c"]
    admin.open("/data/rents/rents/1,2024-02-01,2024-03-01/edit")
    admin.fill(V="B")
    assert admin.press("Save").flashes == ["The record was changed."]
    assert [row["v"] for row in admin.open("/data/rents/rents/?column=v&op=is&value=a").table] == ["a"]


def test_what_is_never_empty_is_not_asked_whether_it_is(open_site, on) -> None:
    sql = "CREATE TABLE hosts (id int PRIMARY KEY, at inet); INSERT INTO hosts VALUES (1, '10.0.0.1');"
    admin = open_site(net=on("postgresql", sql))
    assert admin.open("/data/net/hosts/?column=at&op=is&value=10.0.0.1").table[0]["at"] == "10.0.0.1"
    assert "cannot be compared like that" in admin.open("/data/net/hosts/?column=at&op=is+empty&value=").text


def test_a_page_whose_records_are_gone_says_so_and_leads_back(make_app, on, any_engine) -> None:
    sql = "CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(9));"
    sql += "INSERT INTO goods VALUES (1, 'a'), (2, 'a'), (3, 'a');"
    site = make_app(DATABASES={"shop": {"url": on(any_engine, sql), "writable": True}}, PAGE_SIZE=2)
    admin = signed_in(site)
    admin.open("/data/shop/goods/?words=a")
    with site.extensions["plainsite.databases"]["shop"].streams.begin() as elsewhere:
        elsewhere.exec_driver_sql("DELETE FROM goods WHERE id = 3")
    assert "This page has no records any more." in admin.follow("Next").text
    assert admin.follow("Back to the first").path == "/data/shop/goods/?words=a"


def test_a_record_whose_key_is_a_fraction_is_copied(open_site, tmp_path) -> None:
    sql = "CREATE TABLE marks (at REAL PRIMARY KEY, name TEXT); INSERT INTO marks VALUES (2.5, 'half');"
    admin = open_site(road={"url": made(tmp_path / "road.db", sql), "writable": True})
    admin.open("/data/road/marks/")
    admin.follow("2.5")
    admin.follow("Copy as new")
    admin.fill(At="3.5")
    assert admin.press("Save").flashes == ["The record was added."]
    assert [(row["at"], row["name"]) for row in admin.open("/data/road/marks/").table] == [
        ("2.5", "half"),
        ("3.5", "half"),
    ]


def test_a_foreign_key_to_what_is_no_key_is_said_in_the_words_of_the_engine(open_site, tmp_path) -> None:
    sql = """CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO people VALUES (1, 'Ada');
        CREATE TABLE pets (id INTEGER PRIMARY KEY, owner TEXT REFERENCES people (name));
        INSERT INTO pets VALUES (1, 'Ada')"""
    admin = open_site(zoo={"url": made(tmp_path / "zoo.db", sql), "writable": True})
    for path, button in (("pets/+new", "Save"), ("pets/1/delete", "Delete"), ("people/1/delete", "Delete")):
        admin.open(f"/data/zoo/{path}")
        assert admin.press(button).status == 422, path
        assert "foreign key mismatch" in admin.page.text, path


def test_a_key_of_blanks_has_a_link_that_can_be_seen(open_site, tmp_path) -> None:
    sql = """CREATE TABLE signs (sign TEXT PRIMARY KEY, name TEXT); INSERT INTO signs VALUES (' ', ' '), ('x', 'cross');
        CREATE TABLE uses (id INTEGER PRIMARY KEY, sign TEXT REFERENCES signs); INSERT INTO uses VALUES (1, ' ')"""
    admin = open_site(signs=made(tmp_path / "signs.db", sql))
    for table in ("signs", "uses"):
        admin.open(f"/data/signs/{table}/")
        assert admin.follow("blank").path == "/data/signs/signs/~20."


@pytest.mark.parametrize(("rule", "undone"), [("NOT NULL", False), ("", True)])
def test_before_a_record_goes_for_good_it_is_said_and_no_undo_is_offered(
    open_site, on, any_engine, rule, undone
) -> None:
    table = f"CREATE TABLE posts (id INTEGER PRIMARY KEY, post_password VARCHAR(20) {rule});"
    sql = f"{table} INSERT INTO posts VALUES (1, 'x')"
    admin = open_site(blog={"url": on(any_engine, sql), "writable": True})
    page = admin.open("/data/blog/posts/1/delete")
    assert ("This cannot be undone: the history keeps no copy of post_password." in page.text) is not undone
    admin.press("Delete")
    assert ("Undo" in admin.page.links) is undone


def test_a_list_that_waits_for_a_held_file_is_offered_again(make_app, tmp_path) -> None:
    file = tmp_path / "held.db"
    admin = signed_in(make_app(DATABASES={"held": made(file, SMALL)}, QUERY_SECONDS=1))
    admin.open("/data/held/shelves/")
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert admin.open("/data/held/shelves/?sort=name&down=1").status == 503
        holder.execute("ROLLBACK")
    assert admin.follow("Try again").status == 200
    assert admin.page.path == "/data/held/shelves/?sort=name&down=1"


def test_whoever_reads_waits_for_a_held_file_no_longer_than_for_a_statement(make_app, tmp_path) -> None:
    file = tmp_path / "held.db"
    site = make_app(DATABASES={"held": made(file, SMALL)}, QUERY_SECONDS=1, SQLITE_BUSY_TIMEOUT=60)
    admin = signed_in(site)
    assert admin.open("/data/held/shelves/").status == 200
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        assert "the database does not answer just now" in admin.open("/data/held/shelves/").text
        assert time.monotonic() - began < 30
        holder.execute("ROLLBACK")
    assert admin.open("/data/held/shelves/").status == 200


def test_nobody_waits_for_somebody_else_who_looks_at_the_tables_again(tmp_path, attached) -> None:
    database = attached(made(tmp_path / "shop.db", SMALL))
    found = database.catalog.read()
    looking, seen = Event(), Event()

    def told(_done: int, _of: int) -> None:
        looking.set()
        assert seen.wait(30)

    again = Thread(target=database.catalog.read, kwargs={"anew": True, "told": told})
    again.start()
    assert looking.wait(30)
    assert database.catalog.read() is found
    seen.set()
    again.join()
    assert database.catalog.read() is not found


def test_yes_and_no_are_found_as_they_are_shown(open_site, tmp_path) -> None:
    sql = (
        "CREATE TABLE doors (id INTEGER PRIMARY KEY, open BOOLEAN); INSERT INTO doors VALUES (1, 1), (2, 0), (3, NULL)"
    )
    admin = open_site(house=made(tmp_path / "house.db", sql))
    for op, value, ids in (
        ("is", "yes", ["1"]),
        ("is", "No", ["2"]),
        ("is not", "yes", ["2", "3"]),
        ("is", "1", ["1"]),
    ):
        page = admin.open(f"/data/house/doors/?{urlencode({'column': 'open', 'op': op, 'value': value})}")
        assert [row["id"] for row in page.table] == ids, (op, value)


def test_an_address_with_an_option_that_its_driver_does_not_know_is_away_and_nothing_else_is(
    open_site, tmp_path
) -> None:
    wrong = "mysql+pymysql://u:confidential@127.0.0.1:1/x?bogus=1"
    admin = open_site(wrong=wrong, shop=made(tmp_path / "shop.db", SMALL))
    page = admin.open("/data/")
    assert page.status == 200
    assert "shelves" in page.links
    assert (admin.open("/data/wrong/").status, admin.open("/data/wrong/shelves/").status) == (503, 503)
    assert "confidential" not in admin.page.html


def test_a_server_of_mariadb_without_a_database_shows_those_that_may_be_seen(open_site, on) -> None:
    own = make_url(on("mariadb", TIES + "INSERT INTO marks VALUES (1, 2, 'three');"))
    admin = open_site(all={"url": own.set(database="").render_as_string(hide_password=False), "writable": True})
    assert {f"{own.database}.marks", f"{own.database}.seen"} <= set(admin.open("/data/all/").links)
    address = f"/data/all/{own.database},marks/1"
    assert admin.open(address).status == 200
    admin.open(f"{address}/edit")
    admin.fill("Word", "four")
    admin.press("Save")
    assert "four" in admin.open(address).text


def test_no_other_database_takes_the_name_of_the_sites_own(make_app, tmp_path) -> None:
    with pytest.raises(SettingsError, match="site is what the site's own database is called: take another name"):
        make_app(DATABASES={"Site": made(tmp_path / "shop.db", SMALL)})


def test_a_list_fetches_no_more_of_a_document_than_it_shows(on, attached) -> None:
    document = "('<a>' || repeat('x', 5000) || '</a>')::xml"
    sql = "CREATE TABLE papers (id INTEGER PRIMARY KEY, x XML, d TSRANGE); "
    sql += f"INSERT INTO papers VALUES (1, {document}, '(,)');"
    database = attached(on("postgresql", sql))
    papers = database.catalog.read().relations["papers"]
    ((number, document, during),) = records.find_page(database.session(), papers, Query()).rows
    database.remove()
    assert (number, document, during) == (1, "<a>" + "x" * (records.CUT - 2), "(,)")


def test_a_value_that_postgresql_prints_as_nothing_is_kept_by_a_form_that_was_only_opened(open_site, on) -> None:
    table = "CREATE TABLE signs (id INTEGER PRIMARY KEY, b VARBIT NOT NULL, t TSVECTOR NOT NULL, name TEXT);"
    url = on("postgresql", f"{table} INSERT INTO signs VALUES (1, '', '', 'one');")
    admin = open_site(odd={"url": url, "writable": True})
    admin.open("/data/odd/signs/1/edit")
    assert admin.press("Save").flashes == ["Nothing was changed."]
    admin.open("/data/odd/signs/1/edit")
    admin.fill("Name", "two")
    assert admin.press("Save").status == 200
    assert [row["name"] for row in admin.open("/data/odd/signs/").table] == ["two"]
