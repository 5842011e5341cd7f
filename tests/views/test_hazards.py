"""What programs of this kind have done to people's rows, each tried here through pages, on three engines.

A broken view that stops all other tables, infinity and years before Christ, and a column of MariaDB with a backtick are
tried in test_odd.py, among tables of every shape; which cursors and keys an address may hold, in
tests/services/test_cursors.py; every kind of value through every kind of control, in tests/forms/test_round_trips.py.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import URL, create_engine, text
from tests.views.test_data import signed_in

from plainsite.testing import Browser

HASH = "$argon2id$v=19$m=19456$c2FsdHNhbHQ$aGFzaGhhc2g"
PEOPLE = 20_000
TABLES = """
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, mail VARCHAR(80) UNIQUE, opened_at {moment}, seen_at {zoned},
  active BOOLEAN, size BIGINT, password_hash VARCHAR(80), "apiKey" VARCHAR(80));
INSERT INTO accounts VALUES
  (1, 'Ada', 'ada@example.org', '2026-03-29 02:30:00', '2026-10-25 02:30:00{zone}', NULL, 9007199254740993,
   '{hash}', '{hash}'),
  (2, 'Grace', NULL, '2026-11-20 06:30:00', '2026-11-20 06:30:00{zone}', {no}, -9223372036854775808, '{hash}', NULL);
CREATE TABLE marks (k VARCHAR(40) PRIMARY KEY, v VARCHAR(40));
INSERT INTO marks VALUES ('a,b', 'both'), ('a', 'one'), ('b', 'other'), ('', 'empty'), ('a/b', 'slash'), ('~', 'sign');
CREATE TABLE pairs (a VARCHAR(40), b BIGINT, v VARCHAR(40), PRIMARY KEY (a, b));
INSERT INTO pairs VALUES ('a', 1, 'x'), ('a', 2, 'x'), ('b', 1, 'x'), ('a,1', 1, 'x');
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(80), pin VARCHAR(10));
CREATE TABLE visits (
  id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id), account_id INTEGER REFERENCES accounts (id));
INSERT INTO people {people};
INSERT INTO visits VALUES (1, 5, 1);
"""
NUMBERS = (
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {last}) SELECT x, {name}, '1234' FROM n"
)
SPELLED = {
    "sqlite": {"moment": "DATETIME", "zoned": "DATETIME", "zone": "", "no": "0", "name": "'Person ' || x"},
    "postgresql": {
        "moment": "TIMESTAMP",
        "zoned": "TIMESTAMPTZ",
        "zone": "+00",
        "no": "false",
        "name": "'Person ' || x",
    },
    "mariadb": {"moment": "DATETIME", "zoned": "TIMESTAMP", "zone": "", "no": "0", "name": "concat('Person ', x)"},
}
FIRST = {"mariadb": "SET SESSION sql_mode = 'ANSI_QUOTES', time_zone = '+00:00', max_recursive_iterations = 100000;"}


@pytest.fixture
def url(make_database: Callable[[str, Path], URL], any_engine: str, tmp_path: Path) -> URL:
    """Give the URL of a database of tables that invite every one of these faults."""
    spelled = SPELLED[any_engine]
    people = NUMBERS.format(last=PEOPLE, name=spelled["name"])
    file = tmp_path / f"hazards_{any_engine}.sql"
    file.write_text(FIRST.get(any_engine, "") + TABLES.format(hash=HASH, people=people, **spelled))
    return make_database(any_engine, file)


@pytest.fixture
def admin(make_app: Callable[..., Flask], url: URL) -> Iterator[Browser]:
    """Give the browser of an admin of a site with that database, to be written."""
    site = make_app(DATABASES={"db": {"url": url.render_as_string(hide_password=False), "writable": True}})
    yield signed_in(site)
    site.extensions["plainsite.databases"]["db"].close()


@pytest.fixture
def stored(url: URL) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Give a function that asks the database past the site."""
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
    engine = create_engine(url.set(drivername=driver.get(url.get_backend_name(), url.drivername)))

    def ask(statement: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    yield ask
    engine.dispose()


def test_deleting_the_row_whose_key_holds_a_comma_deletes_that_row_alone(admin, stored) -> None:
    admin.open("/data/db/marks/")
    admin.check("Choose a~2c.b")
    admin.press("Delete…")
    assert admin.press("Delete").flashes[0].startswith("The record was deleted.")
    assert {row[0] for row in stored("SELECT k FROM marks")} == {"a", "b", "", "a/b", "~"}


def test_half_a_composite_key_is_no_address_and_changes_no_row(admin, stored) -> None:
    before = stored("SELECT * FROM pairs ORDER BY a, b")
    for half in ("a", "~Sa", "1", "a,", ",1", "a,~N", "~N,1", "a,1,1"):
        for way in ("", "/edit", "/delete"):
            assert admin.open(f"/data/db/pairs/{half}{way}").status == 404, half
    admin.open("/data/db/pairs/+delete?key=a")
    assert admin.page.status == 404
    assert stored("SELECT * FROM pairs ORDER BY a, b") == before


def test_saving_one_row_of_a_composite_key_changes_exactly_that_row(admin, stored) -> None:
    admin.open("/data/db/pairs/a,1/edit")
    admin.fill("V", "changed")
    admin.press("Save")
    assert sorted(stored("SELECT * FROM pairs")) == [
        ("a", 1, "changed"),
        ("a", 2, "x"),
        ("a,1", 1, "x"),
        ("b", 1, "x"),
    ]


def test_a_hash_is_read_out_by_no_page_filter_order_search_file_or_form(admin) -> None:
    everywhere = ["", "?at=last", "1", "1/edit", "+new", "1/delete", "+import", "+export.csv", "+export.jsonl"]
    for path in (*everywhere, "../visits/", "../visits/1", "../visits/1/edit", "../../../data/", ".."):
        page = admin.open(f"/data/db/accounts/{path}".replace("/accounts/..", ""))
        assert HASH[:9] not in page.body.decode(), path
        assert "1234" not in page.body.decode(), path


@pytest.mark.parametrize("column", ["password_hash", "apiKey"])
def test_a_hash_cannot_be_guessed_letter_by_letter(admin, column) -> None:
    right, wrong = HASH[:12], "$argon2xx"
    for operator in ("is", "is not", "contains", "starts with", "greater than", "less than", "between", "one of"):
        answers = []
        for value in (right, wrong):
            asked = urlencode({"column": column, "op": operator, "value": value})
            for path in ("", "+export.csv", "+export.jsonl", "+delete"):
                page = admin.open(f"/data/db/accounts/{path}?{asked}{'&all=1' if path == '+delete' else ''}")
                answers.append((value, page.status, page.text.count("Ada"), page.path.partition("?")[0]))
        half = len(answers) // 2
        assert [rest for _, *rest in answers[:half]] == [rest for _, *rest in answers[half:]], operator
        assert all(names == 0 for _, _, names, _ in answers), operator
    for asked in (f"sort={column}", f"sort={column}&down=1", f"show={column}"):
        assert admin.open(f"/data/db/accounts/?{asked}").status == 404
    assert not admin.open(f"/data/db/accounts/?words={quote(right)}").tables
    assert admin.open(f"/data/db/accounts/1/+file/{column}").status == 404
    admin.open("/data/db/visits/1/edit")
    admin.press("Find… (Account id)")
    admin.fill("Search", right)
    assert "Ada" not in admin.press("Search").text


def test_a_time_stays_the_same_moment_however_often_it_is_saved(admin, stored, monkeypatch) -> None:
    before = stored("SELECT id, opened_at, seen_at FROM accounts ORDER BY id")
    try:
        for zone in ("America/New_York", "Europe/Zurich", "Asia/Kathmandu"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            for key in (1, 2):
                admin.open(f"/data/db/accounts/{key}/edit")
                assert admin.press("Save").flashes == ["Nothing was changed."]
                admin.open(f"/data/db/accounts/{key}/edit")
                admin.fill("Name", f"Saved in {zone}")
                assert admin.press("Save").flashes[0].startswith("The record was changed.")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert stored("SELECT id, opened_at, seen_at FROM accounts ORDER BY id") == before


def test_what_is_not_set_does_not_become_false_when_something_else_is_saved(admin, stored) -> None:
    for key in (1, 2):
        admin.open(f"/data/db/accounts/{key}/edit")
        admin.fill("Name", "Another")
        admin.press("Save")
    (not_set,), (no,) = stored("SELECT active FROM accounts ORDER BY id")
    assert not_set is None
    assert no is False or no == 0


def test_what_is_left_empty_in_a_unique_column_collides_with_nothing(admin, stored) -> None:
    for key in ("11", "12", "13"):
        admin.open("/data/db/accounts/+new")
        admin.fill("Id", key)
        admin.fill("Name", "Without a mail")
        assert admin.press("Save").flashes == ["The record was added."]
    assert stored("SELECT mail FROM accounts WHERE id > 10") == [(None,)] * 3


def test_a_row_whose_key_is_the_empty_text_is_opened_changed_and_deleted(admin, stored) -> None:
    admin.open("/data/db/marks/")
    admin.follow("empty")
    assert admin.page.path == "/data/db/marks/~S"
    admin.open("/data/db/marks/~S/edit")
    admin.fill("V", "changed")
    assert admin.press("Save").path == "/data/db/marks/~S"
    assert stored("SELECT v FROM marks WHERE k = ''") == [("changed",)]
    admin.open("/data/db/marks/~S/delete")
    admin.press("Delete")
    assert len(stored("SELECT * FROM marks")) == 5


def test_no_form_and_no_search_loads_the_whole_table_that_a_row_refers_to(admin) -> None:
    page = admin.open("/data/db/visits/1/edit")
    assert len(page.body) < 30_000
    assert "Person 5" in page.text
    page = admin.press("Find… (Person id)")
    assert len(page.body) < 60_000
    assert len([button for button in page.buttons if button.startswith("Person ")]) == 50


def test_large_whole_numbers_keep_every_digit(admin, stored) -> None:
    for key, number in ((1, 9007199254740993), (2, -(2**63))):
        admin.open(f"/data/db/accounts/{key}/edit")
        assert admin.page.value("Size") == str(number)
        admin.fill("Name", "Another")
        admin.press("Save")
        assert stored(f"SELECT size FROM accounts WHERE id = {key}") == [(number,)]
    admin.open("/data/db/accounts/1/edit")
    admin.fill("Size", str(2**63 - 1))
    admin.press("Save")
    assert stored("SELECT size FROM accounts WHERE id = 1") == [(2**63 - 1,)]


@pytest.mark.sweep
@pytest.mark.parametrize("typed", [str(2**63), "9" * 40, "1_000", "1e3", "NaN", "sNaN", "١٢", "0x10", "1.0", "--1"])
def test_what_is_no_number_of_the_column_is_said_at_its_field(admin, stored, typed) -> None:
    admin.open("/data/db/accounts/1/edit")
    admin.fill("Size", typed)
    page = admin.press("Save")
    assert (page.status, list(page.errors), page.value("Size")) == (422, ["Size"], typed)
    assert stored("SELECT size FROM accounts WHERE id = 1") == [(9007199254740993,)]


@pytest.mark.sweep
@pytest.mark.parametrize("key", [2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**19])
def test_a_number_that_is_no_key_is_not_found(admin, key) -> None:
    assert admin.open(f"/data/db/accounts/{key}").status == 404
    assert admin.open(f"/data/db/accounts/{key}/edit").status == 404


def test_nul_is_said_at_its_field_and_nothing_else_typed_is_lost(admin, stored) -> None:
    admin.open("/data/db/accounts/1/edit")
    admin.fill("Mail", "typed before")
    admin.fill("Name", "a\0b", typed=False)
    page = admin.press("Save")
    assert (page.status, list(page.errors), page.value("Mail")) == (422, ["Name"], "typed before")
    assert stored("SELECT name FROM accounts WHERE id = 1") == [("Ada",)]


@pytest.mark.sweep
@pytest.mark.parametrize("sent", [b"%ED%A0%80", b"%FF%FE", b"a%00b", b"%F0%9F%A6", b"%C0%AF"])
def test_bytes_that_are_no_text_break_no_page(admin, stored, sent) -> None:
    page = admin.open("/data/db/accounts/1/edit")
    token = next(field.get("value") for field in page.document.root.iter("input") if field.get("name") == "csrf_token")
    body = b"csrf_token=" + quote(token).encode() + b"&c1=" + sent + b"&c1-was=%3DAda"
    form = "application/x-www-form-urlencoded"
    answer = admin.client.post("/data/db/accounts/1/edit", data=body, content_type=form)
    assert answer.status_code in {303, 422}
    for path in ("", f"?words={sent.decode()}", f"?column=name&op=is&value={sent.decode()}"):
        assert admin.client.get(f"/data/db/accounts/{path}").status_code in {200, 422}
    for path in (f"/data/db/marks/{sent.decode()}", f"/data/db/{sent.decode()}/"):
        assert admin.client.get(path).status_code in {404, 422}
    assert len(stored("SELECT * FROM accounts")) == 2


def test_a_file_sent_in_place_of_a_text_is_no_value_and_breaks_no_page(admin, stored) -> None:
    before = stored("SELECT * FROM accounts ORDER BY id")
    page = admin.open("/data/db/accounts/1/edit")
    token = next(field.get("value") for field in page.document.root.iter("input") if field.get("name") == "csrf_token")
    sent = {"csrf_token": token, **{f"c{number}": (io.BytesIO(b"a file"), "x.txt") for number in (1, 5, 6)}}
    assert admin.client.post("/data/db/accounts/1/edit", data=sent).status_code in {303, 422}
    assert stored("SELECT * FROM accounts ORDER BY id") == before
