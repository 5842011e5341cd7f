"""A file into a table, through the pages."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from threading import Event

import pytest
from sqlalchemy import text
from tests.conftest import HASH, sign_in

from plainsite.services import users
from plainsite.testing import Browser
from plainsite.views import jobs

SHOP = """
CREATE TABLE makers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, chief INTEGER REFERENCES makers (id));
CREATE TABLE goods (
  code TEXT PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(6, 2) CHECK (price > 0),
  made_by INTEGER REFERENCES makers (id), note TEXT, twice DECIMAL GENERATED ALWAYS AS (price * 2)
);
INSERT INTO makers VALUES (1, 'Acme', NULL);
INSERT INTO goods (code, name, price, made_by, note) VALUES ('a', 'Anvil', 10, 1, NULL), ('b', 'Bell', 2.5, 1, '');
"""
AT = "/data/shop/goods/"


@pytest.fixture
def shop(make_app, make_database, tmp_path):
    """Give the browser of an admin of a small shop."""
    file = tmp_path / "shop.sql"
    file.write_text(SHOP)
    return admin_of(make_app(DATABASES={"shop": {"url": make_database("sqlite", file), "writable": True}}))


def admin_of(site):
    """Give the browser of a site's admin."""
    with site.app_context():
        session = site.extensions["plainsite"].session()
        user = users.create(session, name="Grace", email="g@example.org", role="admin", password_hash=HASH)
    browser = Browser(site)
    sign_in(browser, user)
    return browser


def bring(browser, text, at=AT, **chosen):
    """Bring a file, choose, and try it."""
    browser.open(at)
    browser.follow("Import")
    browser.attach("CSV file", "some.csv", text if isinstance(text, bytes) else text.encode())
    page = browser.press("Go on")
    for label, option in chosen.items():
        browser.choose(label, option)
    return settled(browser, browser.press("Try it")) if page.heading.endswith("columns") else page


def settled(browser, page):
    """Look again until an import is done."""
    while "Look now" in page.links:
        time.sleep(0.1)
        page = browser.follow("Look now")
    return page


def done(browser, button):
    """Press the button that imports, and look until it is done."""
    return settled(browser, browser.press(button))


def counts(page):
    """Give how many rows became what."""
    (facts, *_) = page.document.root.iter("dl")
    names, numbers = ([each.text_content() for each in facts.iter(tag)] for tag in ("dt", "dd"))
    return {name: int(number.replace(",", "")) for name, number in zip(names, numbers, strict=True)}


def stored(browser, database="shop", sql="SELECT * FROM goods ORDER BY code"):
    """Give what the table holds."""
    engine = browser.client.application.extensions["plainsite.databases"][database].engine
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_a_file_is_tried_before_anything_is_written(shop):
    before = stored(shop)
    page = bring(shop, "code,name,price\nc,Clock,3.50\na,Anvil,10\nb,Big bell,9\n")
    assert page.heading == "What an import would do to goods"
    assert list(counts(page).values()) == [1, 0, 1, 1, 0]
    assert stored(shop) == before
    page = done(shop, "Import 1 row")
    assert page.heading == "Imported into goods"
    assert [row[:3] for row in stored(shop)] == [("a", "Anvil", 10), ("b", "Bell", 2.5), ("c", "Clock", 3.5)]
    assert not any(button.startswith("Import") for button in page.buttons)


def test_the_same_file_again_changes_nothing(shop):
    text = "code,name,price,made_by,note\nc,Clock,3.50,1,\n"
    bring(shop, text)
    done(shop, "Import 1 row")
    page = bring(shop, text)
    assert list(counts(page).values()) == [0, 0, 1, 0, 0]
    assert "Import 0 rows" not in page.buttons


def test_records_that_are_there_can_be_changed(shop):
    page = bring(
        shop,
        "code,price\na,11\nb,2.50\n",
        **{"When the table has a record with the same key": "Change it to what the file says"},
    )
    assert list(counts(page).values()) == [0, 1, 1, 0, 0]
    done(shop, "Import 1 row")
    assert [row[2] for row in stored(shop)] == [11, 2.5]


BAD = """code,name,price,made_by
c,Clock,-1,1
d,A name that is much too long,1,1
e,Egg,1,99
f,,cheap,
g,Good,5,1
g,Goose,6,1
"h
"""


def test_what_is_refused_is_said_with_its_line_and_its_columns(shop):
    page = bring(shop, BAD)
    refused = {row["Line"]: row["What is wrong"] for row in page.tables[-1]}
    assert "price does not keep a rule" in refused["2"]
    assert "name must be 20 characters or fewer" in refused["3"]
    assert "There is no record that made_by could refer to" in refused["4"]
    assert "price must be a number" in refused["5"]
    assert "7" not in refused
    assert "quotation mark" in refused["8"]
    assert list(counts(page).values()) == [1, 0, 0, 1, 5]
    assert "nothing would be written" in page.text
    assert not any(button.startswith("Import") for button in page.buttons)


def test_the_good_rows_can_go_in_alone_and_the_others_come_back_as_a_file(shop):
    bring(shop, BAD, **{"When some rows cannot be imported": "Import the others"})
    page = done(shop, "Import 1 row")
    assert list(counts(page).values()) == [1, 0, 0, 1, 5]
    assert [row[0] for row in stored(shop)] == ["a", "b", "g"]
    file = shop.follow("All refused rows as CSV")
    header, *rows = csv.reader(io.StringIO(file.body.decode(), newline=""))
    assert header == ["code", "name", "price", "made_by", "line", "refused"]
    assert [row[0] for row in rows] == ["c", "d", "e", "f", ""]
    assert rows[0][4] == "2"
    mended = file.body.decode().replace("-1,", "1,").replace("'", "")
    page = bring(shop, mended)
    assert counts(page)["Added"] == 1, "line and refused are left out by themselves"


def test_a_row_may_refer_to_one_further_down(shop):
    page = bring(shop, "id,name,chief\n3,Low,2\n2,Mid,1\n5,Lost,77\n", at="/data/shop/makers/")
    assert list(counts(page).values()) == [2, 0, 0, 0, 1]


def test_columns_go_where_their_names_say_or_where_one_chooses(shop):
    shop.open(f"{AT}+import")
    shop.fill("Or paste its text", "Code;NAME;what;Made By\nc;Clock;x;1\n")
    page = shop.press("Go on")
    assert page.value("Code") == "code"
    assert page.value("Made By") == "made_by"
    assert page.value("what") == "Leave out"
    shop.choose("what", "name")
    page = shop.press("Try it")
    assert page.status == 422
    assert "NAME goes there already" in page.text
    assert page.title.startswith("Error: ")
    shop.choose("what", "note")
    settled(shop, shop.press("Try it"))
    done(shop, "Import 1 row")
    assert stored(shop)[-1][:5] == ("c", "Clock", None, 1, "x")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "first line must give"),
        ("code,name\nä,ö".encode("utf-16"), "UTF-16"),
        (b"code,name\na,\xff\n", "Line 2 is not UTF-8"),
    ],
)
def test_what_is_no_such_file_is_said(shop, content, says):
    page = bring(shop, content)
    assert page.status == 422
    assert says in page.text


def test_a_file_is_its_owner_s_and_its_table_s(shop):
    page = bring(shop, "code,name\nc,Clock\n")
    address = page.path
    assert shop.open(address.replace("/goods/", "/makers/")).status == 404
    assert shop.open(f"{AT}+import/{'x' * 32}").status == 404
    assert shop.open(f"{AT}+import/../../secret").status == 404


def test_what_cannot_be_written_is_not_imported_into(make_app, chinook):
    browser = admin_of(make_app(DATABASES={"shop": str(chinook("sqlite"))}))
    assert "Import" not in browser.open("/data/shop/Genre/").links
    assert browser.open("/data/shop/Genre/+import").status == 403
    assert browser.open("/data/site/users/+import").status == 403


def test_null_and_the_empty_text_come_back_apart(shop):
    exported = shop.open(f"{AT}+export.csv").body
    before = stored(shop)
    empty(shop, "shop", "goods")
    page = bring(shop, exported)
    assert counts(page)["Added"] == 2
    done(shop, "Import 2 rows")
    assert stored(shop) == before


def empty(browser, name, *tables):
    """Empty tables."""
    engine = browser.client.application.extensions["plainsite.databases"][name].engine
    with engine.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")


CHINOOK = {
    "sqlite": ("Invoice", "InvoiceLine", "Customer", "Employee"),
    "postgresql": ("invoice", "invoice_line", "customer", "employee"),
    "mariadb": ("Invoice", "InvoiceLine", "Customer", "Employee"),
}


@pytest.mark.sweep
def test_a_table_exported_and_imported_into_its_emptied_copy_is_the_same(make_app, chinook, any_engine):
    url = chinook(any_engine)
    browser = admin_of(make_app(DATABASES={"shop": {"url": url, "writable": True}}))
    invoices, lines, customers, employees = CHINOOK[any_engine]
    order = [employees, customers, invoices, lines]
    files = {table: browser.open(f"/data/shop/{table}/+export.csv").body for table in order}
    before = {table: stored(browser, sql=f"SELECT * FROM {table} ORDER BY 1") for table in order}
    empty(browser, "shop", lines, invoices, customers)
    unlink = f"UPDATE {employees} SET {'reports_to' if any_engine == 'postgresql' else 'ReportsTo'} = NULL"
    engine = browser.client.application.extensions["plainsite.databases"]["shop"].engine
    with engine.begin() as connection:
        connection.exec_driver_sql(unlink)
    empty(browser, "shop", employees)
    for table in order:
        page = bring(browser, files[table], at=f"/data/shop/{table}/")
        assert counts(page)["Added"] == len(before[table]), page.text
        done(browser, f"Import {len(before[table]):,} rows")
        assert stored(browser, sql=f"SELECT * FROM {table} ORDER BY 1") == before[table]


def test_what_no_type_of_sqlite_holds_comes_back_as_it_was(make_app, nasty):
    browser = admin_of(make_app(DATABASES={"odd": {"url": nasty("sqlite"), "writable": True}}))
    sql = "SELECT *, typeof(bad_d), typeof(bad_bool), typeof(untyped) FROM types ORDER BY id"
    before = stored(browser, "odd", sql)
    file = browser.open("/data/odd/types/+export.csv").body
    empty(browser, "odd", "types")
    page = bring(browser, file, at="/data/odd/types/")
    assert counts(page) == counts(page) | {"Added": 2, "Refused": 0}, page.text
    done(browser, "Import 2 rows")
    assert stored(browser, "odd", sql) == before


ODD = {
    "sqlite": """CREATE TABLE odd (id INTEGER PRIMARY KEY, n INTEGER, at DATE, b BLOB, ok BOOLEAN);
        INSERT INTO odd VALUES (1, '', '', '', 't'), (2, NULL, NULL, NULL, NULL), (3, 1, '31.12.2024', x'', 1);""",
    "postgresql": """CREATE TABLE odd (id int PRIMARY KEY, v bit varying(5), x xml, t tsvector, f float);
        INSERT INTO odd VALUES (1, '', '', '', 'NaN'), (2, NULL, NULL, NULL, NULL), (3, '10', '<a/>', 'a', '-inf');""",
    "mariadb": """CREATE TABLE odd (id int PRIMARY KEY, p point, g geometry, i inet6, b varbinary(5));
        INSERT INTO odd VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('LINESTRING(0 0, 1 1)'), '::1', x''),
        (2, NULL, NULL, NULL, NULL), (3, ST_GeomFromText('POINT(0 0)'), NULL, '::2', x'00');""",
}


def test_what_a_form_would_not_take_comes_back_from_every_engine(make_app, make_database, tmp_path, any_engine):
    file = tmp_path / "odd.sql"
    file.write_text(ODD[any_engine])
    browser = admin_of(make_app(DATABASES={"odd": {"url": make_database(any_engine, file), "writable": True}}))
    before = repr(stored(browser, "odd", "SELECT * FROM odd ORDER BY id"))
    exported = browser.open("/data/odd/odd/+export.csv").body
    change = {"When the table has a record with the same key": "Change it to what the file says"}
    assert list(counts(bring(browser, exported, at="/data/odd/odd/", **change)).values()) == [0, 0, 3, 0, 0]
    empty(browser, "odd", "odd")
    bring(browser, exported, at="/data/odd/odd/")
    done(browser, "Import 3 rows")
    assert repr(stored(browser, "odd", "SELECT * FROM odd ORDER BY id")) == before


def test_rows_that_postgresql_numbers_are_known_again_and_keep_their_numbers(
    make_app, make_database, tmp_path, postgresql_url
):
    file = tmp_path / "numbered.sql"
    file.write_text(
        "CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);"
        "INSERT INTO numbered (name) VALUES ('a'), ('b');"
    )
    url = make_database("postgresql", file)
    browser = admin_of(make_app(DATABASES={"odd": {"url": url, "writable": True}}))
    at, sql = "/data/odd/numbered/", "SELECT id, name FROM numbered ORDER BY id"
    exported = browser.open(f"{at}+export.csv").body
    assert list(counts(bring(browser, exported, at=at)).values()) == [0, 0, 2, 0, 0]
    change = {"When the table has a record with the same key": "Change it to what the file says"}
    bring(browser, "id,name\n2,B\n70,g\n,c\n", at=at, **change)
    done(browser, "Import 3 rows")
    assert sorted(stored(browser, "odd", sql), key=str)[:2] == [(1, "a"), (2, "B")]
    assert {name: id for id, name in stored(browser, "odd", sql)}["g"] == 70
    empty(browser, "odd", "numbered")
    bring(browser, exported, at=at)
    done(browser, "Import 2 rows")
    assert stored(browser, "odd", sql) == [(1, "a"), (2, "b")]


def test_what_mariadb_reads_as_no_geometry_is_refused_by_its_line(make_app, make_database, tmp_path, mariadb_url):
    file = tmp_path / "odd.sql"
    file.write_text(ODD["mariadb"])
    browser = admin_of(make_app(DATABASES={"odd": {"url": make_database("mariadb", file), "writable": True}}))
    page = bring(browser, "id,p,g\n4,nonsense,\n5,,\n", at="/data/odd/odd/")
    assert counts(page) == counts(page) | {"Added": 1, "Refused": 1}


TEXTS = ["=1+1", "'=1", "-5", "-x", "", "a\r\nb\nc\rd", ' "quoted", ', "\t", "日本 😀", "\\x6162", "NULL", "'", "  "]


def test_awkward_texts_come_back_to_every_engine_as_they_were(make_app, make_database, tmp_path, any_engine):
    file = tmp_path / "texts.sql"
    file.write_text("CREATE TABLE texts (id INTEGER PRIMARY KEY, body VARCHAR(200));")
    url = make_database(any_engine, file)
    browser = admin_of(make_app(DATABASES={"odd": {"url": url, "writable": True}}))
    engine = browser.client.application.extensions["plainsite.databases"]["odd"].engine
    rows = list(enumerate([*TEXTS, None]))
    mark = "?" if any_engine == "sqlite" else "%s"
    with engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO texts VALUES ({mark}, {mark})", row)
    exported = browser.open("/data/odd/texts/+export.csv").body
    assert list(counts(bring(browser, exported, at="/data/odd/texts/")).values()) == [0, 0, len(rows), 0, 0]
    empty(browser, "odd", "texts")
    bring(browser, exported, at="/data/odd/texts/")
    done(browser, f"Import {len(rows)} rows")
    assert stored(browser, "odd", "SELECT id, body FROM texts ORDER BY id") == rows


def test_what_was_brought_goes_after_a_day_when_the_next_file_comes(shop, tmp_path):
    bring(shop, "code,name\nc,Clock\n")
    (folder,) = tmp_path.glob("site*/imports")
    assert len(list(folder.iterdir())) == 3
    assert {file.stat().st_mode & 0o077 for file in (folder, *folder.iterdir())} == {0}
    for file in folder.iterdir():
        os.utime(file, (0, 0))
    bring(shop, "code,name\nd,Drum\n")
    assert len(list(folder.iterdir())) == 3


def test_what_one_admin_brought_another_does_not_see(shop):
    page = bring(shop, "code,name\nc,Clock\n")
    site = shop.client.application
    with site.app_context():
        session = site.extensions["plainsite"].session()
        hedy = users.create(session, name="Hedy", email="h@example.org", role="admin", password_hash=HASH)
    other = Browser(site)
    sign_in(other, hedy)
    assert other.open(page.path).status == 404
    assert other.open(page.path.removesuffix("/+result")).status == 404


@pytest.fixture
def slow(monkeypatch):
    """Let nobody wait for an import, which stops after its first rows; give what lets it go on."""
    go_on, take = Event(), jobs.take

    def take_slowly(*args, told, **choices):
        def told_slowly(number, keeping):
            told(number, keeping)
            go_on.wait(20)

        return take(*args, told=told_slowly, **choices)

    monkeypatch.setattr(jobs, "AT_ONCE", 0.1)
    monkeypatch.setattr(jobs, "TOLD_EVERY", 0)
    monkeypatch.setattr(jobs, "take", take_slowly)
    yield go_on
    go_on.set()


MANY = "code,name\n" + "".join(f"{number:03},Thing\n" for number in range(250))


def bring_slowly(browser, text, at=AT):
    """Bring a file and begin to try it; give the page that says how far it is."""
    browser.open(f"{at}+import")
    browser.attach("CSV file", "some.csv", text.encode())
    browser.press("Go on")
    return browser.press("Try it")


def test_a_long_import_says_how_far_it_is_and_looks_again_by_itself(shop, slow):
    page = bring_slowly(shop, MANY)
    assert page.heading == "Trying an import into goods"
    assert page.headers["Refresh"] == "2"
    while "100 of 250 rows so far" not in page.text:
        page = shop.follow("Look now")
    assert shop.open(page.path).status == 200, "whoever left comes back to it"
    slow.set()
    page = settled(shop, page)
    assert "Refresh" not in page.headers
    assert counts(page)["Added"] == 250


def test_the_button_pressed_twice_imports_once(shop, slow):
    page = bring_slowly(shop, MANY)
    slow.set()
    settled(shop, page)
    slow.clear()
    shop.press("Import 250 rows")
    form = shop.open(page.path)
    assert form.heading == "Importing into goods"
    again = shop.client.post(page.path, data={"csrf_token": "old"})
    assert again.status_code == 200
    assert b"Importing into goods" in again.data
    slow.set()
    assert counts(settled(shop, shop.open(page.path)))["Added"] == 250
    assert len(stored(shop)) == 252


def test_what_ends_early_is_said_and_can_be_tried_again(shop, monkeypatch):
    def fails(*_, **__):
        raise ValueError

    real = jobs.take
    monkeypatch.setattr(jobs, "take", fails)
    page = bring(shop, "code,name\nc,Clock\n")
    assert "something went wrong here" in page.text
    assert "Nothing was written" in page.text
    monkeypatch.setattr(jobs, "take", real)
    shop.follow("Try again")
    page = settled(shop, shop.press("Try it"))
    assert counts(page)["Added"] == 1


ANOTHER = """
import json, sys, time
from plainsite import create_app
from plainsite.views import jobs, tables
settings, instance, owner, file = sys.argv[1:]
site = create_app(json.loads(settings), instance=instance)
jobs.AT_ONCE, jobs.TOLD_EVERY = 0, 0
with site.test_request_context("/"):
    place = tables.place_of("shop", "goods")
    chosen = {"places": [0, 1], "there": "keep", "refused": "none"}
    take = jobs.take
    def endless(*args, told, **choices):
        def wait(*facts):
            told(*facts)
            print("begun", flush=True)
            time.sleep(60)
        return take(*args, told=wait, **choices)
    jobs.take = endless
    jobs.start(place, int(owner), file, chosen, trial=False)
    time.sleep(60)
"""


def test_an_import_is_followed_by_every_process_and_told_to_be_cut_short_when_its_own_is_killed(shop, tmp_path):
    page = bring(shop, MANY)
    site = shop.client.application
    (kept,) = tmp_path.glob("site*/imports/*.csv")
    owner, _, file = kept.stem.partition("-")
    url = site.extensions["plainsite.databases"]["shop"].engine.url
    shared = {name: str(site.config[name]) for name in ("DATABASE_URL", "SECRET_KEY")}
    settings = json.dumps({**shared, "DATABASES": {"shop": {"url": str(url), "writable": True}}})
    command = [sys.executable, "-c", ANOTHER, settings, site.config["INSTANCE"], owner, file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "begun\n"
        page = shop.open(page.path)
        assert page.heading == "Importing into goods"
        assert "100 of 250 rows so far" in page.text
        other.kill()
    page = shop.open(page.path)
    assert page.heading == "The import into goods was cut short"
    assert "Nothing was written" in page.text
    assert len(stored(shop)) == 2
    shop.follow("Try again")
    settled(shop, shop.press("Try it"))
    assert counts(done(shop, "Import 250 rows"))["Added"] == 250


def test_the_history_says_who_imported(shop):
    bring(shop, "code,name\nc,Clock\n")
    done(shop, "Import 1 row")
    with shop.client.application.extensions["plainsite"].engine.connect() as connection:
        told = connection.execute(text("SELECT who FROM changes WHERE relation LIKE '%goods%'")).scalars().all()
    assert set(told) == {"Grace"}
