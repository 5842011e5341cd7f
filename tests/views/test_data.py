"""Any table of any database: found, narrowed, put in order, and mended in bulk."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from plainsite.services import account, users
from plainsite.testing import Browser

DATA = Path(__file__).parents[1] / "data"
PASSWORD = "correct horse battery"

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC(10, 2), gift BOOLEAN,
  note TEXT, photo BLOB, placed_at DATETIME);
CREATE TABLE order_lines (
  order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE, line INTEGER, PRIMARY KEY (order_id, line));
CREATE INDEX placed ON orders (placed_at);
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Nobody''s');
INSERT INTO orders VALUES
  (1, 1, 9.5, 1, NULL, x'00ff', '2026-11-18 10:00:00'), (2, 1, 20, 0, '', NULL, '2026-11-19 10:00:00'),
  (3, 2, 5, NULL, 'as a gift', NULL, '2026-11-19 11:00:00');
INSERT INTO order_lines VALUES (1, 1), (1, 2), (3, 1);
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Give a small database file."""
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(SHOP)
    connection.close()
    return file


@pytest.fixture
def admin(make_app: Callable[..., Flask], shop: Path, tmp_path: Path) -> Browser:
    """Give an admin of a site that has the shop, to be written, and Chinook, to be read."""
    chinook = shutil.copyfile(DATA / "chinook" / "Chinook_Sqlite.sqlite", tmp_path / "chinook.sqlite")
    databases = {"shop": {"url": f"sqlite:///{shop}", "writable": True}, "chinook": f"sqlite:///{chinook}"}
    return signed_in(make_app(DATABASES=databases))


def signed_in(app) -> Browser:
    with Session(app.extensions["plainsite"].engine) as session:
        hashed = account.password_hash(PASSWORD)
        users.create(session, name="Root", email="root@example.org", role="admin", password_hash=hashed)
    browser = Browser(app)
    browser.open("/account/sign-in")
    browser.fill("E-mail", "root@example.org")
    browser.fill("Password", PASSWORD)
    browser.press("Sign in")
    return browser


def asked(file: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_what_is_nothing_empty_no_and_zero_look_different_and_a_foreign_key_is_a_name(admin) -> None:
    page = admin.open("/data/shop/orders/")
    rows = page.table
    assert [row["customer_id"] for row in rows] == ["Ada", "Ada", "Grace"]
    assert [row["gift"] for row in rows] == ["yes", "no", "NULL"]
    assert [row["note"] for row in rows] == ["NULL", "empty", "as a gift"]
    assert [row["photo"] for row in rows] == ["0x00ff", "NULL", "NULL"]
    assert admin.follow("Grace").heading == "Grace"


def test_columns_are_chosen_and_put_in_order_by_a_form_and_stay_so_on_the_way(admin) -> None:
    admin.open("/data/shop/orders/")
    for name in ("id", "customer_id", "gift", "photo"):
        admin.within("Columns").uncheck(name)
    admin.within("Columns").fill("Place of placed_at", "1")
    page = admin.within("Columns").press("Show these columns")
    assert page.address.endswith("?show=placed_at&show=total&show=note")
    assert list(page.table[0])[-3:] == ["placed_at", "total", "note"]
    assert list(admin.follow("total").table[0])[-3:] == ["placed_at", "total", "note"]


def test_a_place_beyond_all_columns_is_the_last_however_long_its_number(admin) -> None:
    admin.open("/data/shop/orders/")
    admin.within("Columns").fill("Place of id", "1" + "0" * 400, typed=False)
    assert list(admin.within("Columns").press("Show these columns").table[0])[-1] == "id"


def test_all_columns_in_their_usual_order_need_no_word_in_the_address(admin) -> None:
    admin.open("/data/shop/orders/?show=total")
    for name in ("id", "customer_id", "gift", "note", "photo", "placed_at"):
        admin.within("Columns").check(name)
    for number, name in enumerate(("id", "customer_id", "total", "gift", "note", "photo", "placed_at"), 1):
        admin.within("Columns").fill(f"Place of {name}", str(number))
    assert "show=" not in admin.within("Columns").press("Show these columns").address


def narrow(browser, column: str, comparison: str, value: str = ""):
    form = browser.within("Add a filter")
    form.choose("Column", column)
    form.choose("Comparison", comparison)
    form.fill("Value", value)
    return form.press("Add filter")


def test_a_filter_is_added_and_shown_and_taken_away(admin) -> None:
    admin.open("/data/shop/orders/")
    page = narrow(admin, "total", "at least", "9")
    assert "2 of 3 records" in page.text
    page = narrow(admin, "customer_id", "is", "1")
    assert [row["id"] for row in page.table] == ["1", "2"]
    assert "Remove filter: total at least 9" in page.links
    assert len(admin.follow("Clear all").table) == 3


@pytest.mark.parametrize(
    ("column", "comparison", "value", "field", "sentence"),
    [
        ("total", "contains", "5", "Comparison", "total cannot be compared like that. Choose one of: is, is not, "),
        ("total", "between", "5", "Value", "Write two values with two dots between them, like 1 .. 5"),
        ("photo", "is", "5", "Comparison", "photo cannot be compared like that. Choose one of: is NULL, is not NULL"),
        ("Choose…", "is", "5", "Column", "Choose the column to compare"),
    ],
)
def test_a_filter_that_cannot_be_comes_back_as_typed(admin, column, comparison, value, field, sentence) -> None:
    admin.open("/data/shop/orders/?column=gift&op=is&value=1")
    page = narrow(admin, column, comparison, value)
    assert (page.status, page.title[:6]) == (422, "Error:")
    assert page.errors[field].startswith(sentence)
    assert page.value("Value") == value
    assert "Remove filter: gift is 1" in page.links, "the others stay"


def test_chosen_records_are_deleted_after_a_question_that_says_what_goes_with_them(admin, shop) -> None:
    admin.open("/data/shop/orders/")
    admin.check("Choose 1")
    admin.check("Choose 2")
    page = admin.press("Delete…")
    assert page.heading == "Delete 2 records of orders?"
    assert "order_lines 2 records, deleted too" in page.text
    assert len(asked(shop, "SELECT * FROM orders")) == 3, "nothing is gone before it was asked"
    assert admin.press("Delete 2 records").flashes == ["2 records were deleted."]
    assert asked(shop, "SELECT id FROM orders") == [(3,)]
    assert asked(shop, "SELECT order_id FROM order_lines") == [(3,)]


def test_all_that_match_are_deleted_on_all_pages_in_the_number_that_was_said(admin, shop) -> None:
    admin.open("/data/shop/orders/?column=customer_id&op=is&value=1")
    page = admin.press("Delete all 2…")
    assert page.heading == "Delete 2 records of orders?"
    assert admin.press("Delete 2 records").flashes == ["2 records were deleted."]
    assert asked(shop, "SELECT id FROM orders") == [(3,)]


def test_what_has_become_more_since_the_question_is_not_deleted(admin, shop) -> None:
    admin.open("/data/shop/orders/+delete?all=1&column=customer_id&op=is&value=1")
    with sqlite3.connect(shop) as connection:
        connection.execute("INSERT INTO orders (id, customer_id) VALUES (4, 1)")
    connection.close()
    page = admin.press("Delete 2 records")
    assert page.summary == ["They were 2 when you were asked, and are 3 now. Nothing was deleted: look again"]
    assert len(asked(shop, "SELECT * FROM orders")) == 4
    assert admin.press("Delete 3 records").flashes == ["3 records were deleted."]


def test_one_that_is_kept_keeps_all(admin, shop) -> None:
    admin.open("/data/shop/customers/+delete?all=1")
    page = admin.press("Delete 3 records")
    assert page.status == 422
    assert page.summary == [
        "Nothing was deleted, because of 3 in orders, by customer_id, that would refer to nothing: see to them first"
    ]
    assert len(asked(shop, "SELECT * FROM customers")) == 3


def test_one_link_chooses_the_whole_page_without_a_script(admin) -> None:
    admin.open("/data/shop/orders/?sort=total")
    admin.follow("Choose all on this page")
    assert admin.press("Delete…").heading == "Delete 3 records of orders?"


def test_records_are_chosen_for_a_file_only_where_nothing_can_be_changed(admin) -> None:
    page = admin.open("/data/chinook/Album/")
    assert "Choose 1" in page.labels
    assert "CSV" in page.buttons
    assert "Delete…" not in page.buttons


def test_a_record_says_what_it_refers_to_and_what_refers_to_it_in_numbers(admin) -> None:
    page = admin.open("/data/shop/customers/1")
    assert (page.heading, page.href("orders")) == ("Ada", page.href("orders"))
    assert re.search(r"What refers to it\s+orders\s+2\s+by customer_id", page.text)
    admin.open("/data/shop/orders/3")
    assert admin.follow("Grace (2)").heading == "Grace"


def test_long_text_is_folded_and_whole(make_app, shop) -> None:
    text = "words and more words " * 100 + "end"
    with sqlite3.connect(shop) as connection:
        connection.execute("UPDATE orders SET note = ? WHERE id = 1", (text,))
    connection.close()
    browser = signed_in(make_app(DATABASES={"shop": f"sqlite:///{shop}"}))
    page = browser.open("/data/shop/orders/1")
    first, rest = re.search(r"note</dt><dd>([^<]*)<details.*?<div>([^<]*)</div>", page.html, re.DOTALL).groups()
    assert len(first) < 700
    assert first + rest == text


def test_the_dashboard_says_sizes_and_draws_days_with_words_for_them(admin) -> None:
    page = admin.open("/data/")
    assert re.search(r"shop SQLite, \d+\.\d kB, 3 tables and views", page.text)
    assert re.search(r"orders\s+3", page.text)
    says = "orders: Rows per day by placed_at, 2026-10-21 to 2026-11-19: 3 in all, at most 2, on 2026-11-19"
    assert f'role="img" aria-label="{says}"' in page.html
    assert page.html.count("<rect ") >= 2
    assert "style=" not in page.html


def test_a_database_that_is_away_says_so_and_the_others_stand(make_app, shop, tmp_path) -> None:
    databases = {"shop": f"sqlite:///{shop}", "gone": f"sqlite:///{tmp_path}/no/such.db"}
    browser = signed_in(make_app(DATABASES=databases))
    page = browser.open("/data/")
    assert re.search(r"gone SQLite away the database does not answer just now", page.text)
    assert re.search(r"orders\s+3", page.text)
    page = browser.open("/data/gone/")
    assert (page.status, page.heading) == (503, "gone")
    assert "Try again" in page.links


def test_beyond_what_is_counted_the_engine_s_own_statistics_speak(make_app, tmp_path) -> None:
    file = tmp_path / "large.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, kind INTEGER)")
        connection.execute("CREATE INDEX kinds ON readings (kind)")
        numbers = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 12345)"
        connection.execute(f"INSERT INTO readings {numbers} SELECT x, x % 3 FROM n")
    connection.close()
    browser = signed_in(make_app(DATABASES={"large": f"sqlite:///{file}"}))
    assert "More than 10,000 records" in browser.open("/data/large/readings/").text
    with sqlite3.connect(file) as connection:
        connection.execute("ANALYZE")
    connection.close()
    assert "About 12,000 records" in browser.open("/data/large/readings/").text
    assert "4,115 of about 12,000 records" in browser.open("/data/large/readings/?column=kind&op=is&value=0").text


def test_more_filters_than_can_be_asked_are_said_to_be_too_many(admin) -> None:
    many = "&".join(["column=id&op=at+least&value=1"] * 21)
    for address in (f"/data/shop/orders/?{many}", f"/data/shop/orders/+export.csv?{many}"):
        page = admin.open(address)
        assert page.status == 422
        assert "there may be at most 20 filters, and these are 21" in page.text
    assert admin.open(f"/data/shop/orders/?words={'x' * 1001}").status == 422


ODD_KEYS = """
CREATE TABLE resets (token TEXT PRIMARY KEY, name TEXT);
CREATE TABLE pins (pin INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE devices (name TEXT, secret TEXT, PRIMARY KEY (name, secret)) WITHOUT ROWID;
CREATE TABLE bytes (word TEXT PRIMARY KEY, picture BLOB);
CREATE TABLE blobs (digest BLOB PRIMARY KEY);
INSERT INTO blobs VALUES (x'ff');
INSERT INTO bytes VALUES ('ok', 1), (CAST(x'ff' AS TEXT), 2), (NULL, 3), (x'6162', 4);
"""


@pytest.fixture
def odd(make_app: Callable[..., Flask], tmp_path: Path) -> Browser:
    """Give an admin of a site with a database of odd keys."""
    with sqlite3.connect(tmp_path / "odd.db") as connection:
        connection.executescript(ODD_KEYS)
        for table in ("resets", "devices"):
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(f"{n}confidential", n) for n in range(60)])
        connection.execute("DELETE FROM devices")
        connection.executemany("INSERT INTO devices VALUES (?, ?)", [(n, f"{n}confidential") for n in range(60)])
        connection.executemany("INSERT INTO pins VALUES (?, ?)", [(987000 + n, "x") for n in range(60)])
    connection.close()
    database = {"url": f"sqlite:///{tmp_path / 'odd.db'}", "writable": True}
    return signed_in(make_app(DATABASES={"odd": database}, PAGE_SIZE=20))


@pytest.mark.parametrize("table", ["resets", "pins", "devices"])
def test_a_key_that_is_a_secret_stands_in_no_address(odd, table) -> None:
    page = odd.open(f"/data/odd/{table}/")
    assert "its key is a secret by its name" in page.text
    seen = page.body
    while "Next" in page.text:
        page = odd.follow("Next")
        seen += page.body
        if "Next" not in page.links:
            break
    assert b"confidential" not in seen
    assert b"9870" not in seen
    assert odd.open(f"/data/odd/{table}/1confidential").status == 404
    assert odd.open(f"/data/odd/{table}/+new").status == 403


def test_what_cannot_be_opened_is_said(odd) -> None:
    page = odd.open("/data/odd/bytes/")
    assert "Records without a link cannot be opened" in page.text
    assert [label for label in page.labels if label.startswith("Choose ")] == ["Choose ok", "Choose ~B6162"]
    assert odd.open("/data/odd/bytes/~B6162").status == 200
    assert odd.open("/data/odd/blobs/~Bff").status == 200
    assert "cannot be opened" not in odd.open("/data/odd/blobs/").text
