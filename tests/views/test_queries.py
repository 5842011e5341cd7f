"""Queries: an admin writes a statement that reads; it is answered as a page or a file, saved, ended."""

import json
import re
import sqlite3
import threading
import time
from contextlib import closing
from urllib.parse import quote_plus

import pytest
from sqlalchemy.orm import Session
from tests.conftest import HASH, sign_in

from plainsite.models import User
from plainsite.services import users
from plainsite.testing import Browser, Page

SHOP = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note TEXT, photo BLOB, api_token TEXT);
INSERT INTO orders VALUES (1, 'Ada', 9.5, NULL, x'00ff', 'tok-1'), (2, 'Grace', 20, '', NULL, NULL),
  (3, '<b>Bobby</b>', 5, '=1+1', NULL, 'tok-3');
"""
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture
def site(make_app, tmp_path):
    """Give a site with the shop, to be written, and with its own database attached once more."""
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SHOP)
    own = f"sqlite:///{tmp_path}/site0/plainsite.sqlite"
    shop = {"url": f"sqlite:///{file}", "writable": True}
    site = make_app(DATABASES={"shop": shop, "other": f"sqlite:///{file}", "again": own}, QUERY_SECONDS=2)
    with Session(site.extensions["plainsite"].engine) as session:
        for name, role in (("Grace", "admin"), ("Ada", "member")):
            users.create(session, name=name, email=f"{name}@example.org", role=role, password_hash=HASH)
    return site


def named(name: str) -> User:
    return User(name=name, email=f"{name}@example.org")


@pytest.fixture
def admin(site) -> Browser:
    browser = Browser(site)
    sign_in(browser, named("Grace"))
    return browser


def run(admin, statement: str, **values: str):
    """Write a statement, run it, and fill in what it then asks for."""
    admin.open("/data/shop/+query")
    admin.fill("Statement", statement)
    page = admin.press("Run")
    for name, value in values.items():
        admin.fill(f":{name}", value)
    return admin.press("Run") if values else page


def cells(page) -> list[list[str]]:
    return [[cell.text_content() for cell in row.cssselect("td")] for row in page.document.root.cssselect("tbody tr")]


def test_a_statement_is_answered_and_stands_in_the_address(admin) -> None:
    page = run(admin, "SELECT id, customer, note, photo FROM orders ORDER BY id")
    assert page.status == 200
    assert "3 rows" in page.text
    assert "<b>Bobby</b>" in page.text
    assert "NULL" in page.text
    assert "0x00ff" in page.text
    assert "statement=SELECT" in page.address
    assert "<b>Bobby" not in page.html
    took = re.compile(r" in \d+\.\d\d s")
    assert took.sub("", admin.open(page.address).text) == took.sub("", page.text)


def test_the_databases_page_leads_there(admin) -> None:
    admin.open("/data/shop/")
    assert admin.follow("Query").heading == "Query"
    assert "Query" not in admin.open("/data/site/").links


def test_parameters_become_fields_and_are_kept_in_the_address(admin) -> None:
    page = run(admin, "SELECT customer FROM orders WHERE total > :least AND customer <> ':not_me'")
    assert "Fill in what the statement asks for" in page.text
    assert "Result" not in page.text
    admin.fill(":least", "7")
    page = admin.press("Run")
    assert "2 rows" in page.text
    assert "p-least=7" in page.address
    assert page.value(":least") == "7"


def test_a_parameter_is_never_sql(admin) -> None:
    page = run(admin, "SELECT :a AS a, customer FROM orders WHERE customer = :a", a="x' OR '1'='1")
    assert "0 rows" in page.text


def test_what_the_engine_says_is_said_at_the_field_and_escaped(admin) -> None:
    page = run(admin, 'SELECT "<script>" FROM nothing_like_that')
    assert page.status == 422
    assert page.errors == {"Statement": "no such table: nothing_like_that"}
    assert page.value("Statement") == 'SELECT "<script>" FROM nothing_like_that'
    page = run(admin, "SELECT [<script>alert(1)</script>] FROM orders")
    assert "<script>alert" not in page.html
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders",
        "WITH a AS (SELECT 1) DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "PRAGMA user_version=1",
    ],
)
def test_a_writable_database_is_only_read(admin, tmp_path, statement) -> None:
    assert run(admin, statement).status == 422
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (3,)
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


def test_only_a_thousand_rows_are_shown_and_that_is_said(admin) -> None:
    many = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) SELECT x FROM c"
    page = run(admin, many)
    assert "More than 1,000 rows: the first 1,000 are shown" in page.text
    whole = admin.client.get(f"/data/shop/+query.csv?statement={quote_plus(many)}")
    assert len(whole.data.splitlines()) == 3001


def test_a_statement_that_takes_too_long_says_so(admin) -> None:
    page = run(admin, ENDLESS)
    assert page.errors == {"Statement": "It took longer than 2 seconds and was ended: ask for less"}


def test_a_second_request_ends_what_is_running(site, admin) -> None:
    site.config["QUERY_SECONDS"] = 30
    second = Browser(site)
    sign_in(second, named("Grace"))
    second.open("/data/shop/+query")
    second.fill("Statement", "SELECT 'what I was writing'")
    assert second.press("Cancel what is running").flashes == ["Nothing was running."]
    found: list[Page] = []
    slow = f"/data/shop/+query?statement={quote_plus(ENDLESS)}"
    thread = threading.Thread(target=lambda: found.append(admin.open(slow)))
    begun = time.monotonic()
    thread.start()
    while second.press("Cancel what is running").flashes == ["Nothing was running."]:
        assert time.monotonic() - begun < 1.9, "the time limit ended it, and not the button"
    thread.join()
    assert found[0].errors == {"Statement": "It was cancelled"}
    assert second.page.flashes == ["1 statement was ended."]
    assert second.page.value("Statement") == "SELECT 'what I was writing'"


def test_secrets_are_hidden_by_their_columns_names(admin) -> None:
    page = run(admin, "SELECT * FROM orders")
    assert "tok-1" not in page.html
    assert "hidden" in page.text
    for kind in ("csv", "jsonl"):
        assert b"tok-" not in admin.client.get(f"/data/shop/+query.{kind}?statement=SELECT+*+FROM+orders").data


def test_the_whole_result_is_a_file(admin) -> None:
    run(admin, "SELECT id, id, note, photo FROM orders WHERE id <> :not", **{"not": "2"})
    csv = admin.follow("CSV")
    assert csv.headers["Content-Disposition"] == "attachment; filename=shop-query.csv"
    assert csv.body.decode().splitlines() == ["id,id_2,note,photo", "1,1,,\\x00ff", "3,3,'=1+1,"]
    lines = admin.follow("JSON lines").body.decode().splitlines()
    assert [json.loads(line)["note"] for line in lines] == [None, "=1+1"]


def test_a_file_of_what_cannot_be_answered_leads_to_the_page_that_says_why(admin) -> None:
    page = admin.open("/data/shop/+query.csv?statement=SELECT+*+FROM+nowhere")
    assert (page.status, page.errors) == (422, {"Statement": "no such table: nowhere"})


def test_a_query_is_saved_found_run_changed_and_deleted(admin) -> None:
    admin.open("/data/shop/+query")
    admin.fill("Statement", "SELECT customer FROM orders WHERE id = :id")
    admin.fill("Name", "Who ordered?")
    page = admin.press("Save")
    assert page.flashes == ["It was saved as Who ordered?."]
    assert page.heading == "Who ordered?"
    admin.open("/data/shop/+queries/")
    admin.follow("Who ordered?")
    admin.fill(":id", "2")
    page = admin.press("Run")
    assert "Grace" in page.text
    assert page.address.endswith("?p-id=2")
    admin.follow("Edit")
    admin.fill("Statement", "SELECT 'changed'")
    assert "changed" in admin.press("Save").text
    admin.follow("Delete…")
    assert admin.press("Delete").flashes == ["The query was deleted. Undo"]
    assert admin.open("/data/shop/+queries/1").status == 404


def test_a_taken_name_is_said_at_its_field(admin) -> None:
    for name in ("Totals", "Means"):
        admin.open("/data/shop/+query")
        admin.fill("Statement", "SELECT 1")
        admin.fill("Name", name)
        admin.press("Save")
    admin.open("/data/shop/+query")
    admin.fill("Statement", "SELECT 2")
    admin.fill("Name", "TOTALS")
    page = admin.press("Save")
    said = {"Name": "Another saved query of this database is called TOTALS: choose another name"}
    assert (page.status, page.errors) == (422, said)
    assert page.value("Statement") == "SELECT 2"
    admin.open("/data/shop/+queries/2/edit")
    admin.fill("Name", "Totals")
    assert list(admin.press("Save").errors) == ["Name"]
    admin.open("/data/other/+query")
    admin.fill("Statement", "SELECT 2")
    admin.fill("Name", "Totals")
    assert admin.press("Save").heading == "Totals"


def test_a_name_is_needed_to_save(admin) -> None:
    admin.open("/data/shop/+query")
    admin.fill("Statement", "SELECT 1")
    assert admin.press("Save").errors == {"Name": "Enter a name to save it under"}
    assert admin.press("Run").status == 200


def test_a_statement_too_long_for_an_address_is_saved_first(admin) -> None:
    page = run(admin, f"SELECT 'all of it' -- {'x' * 3000}")
    assert "so it was saved as Query of" in page.flashes[0]
    assert "all of it" in page.text
    assert "/+queries/1" in page.address


def test_a_saved_query_belongs_to_its_database(admin) -> None:
    admin.open("/data/shop/+query")
    admin.fill("Statement", "SELECT 1")
    admin.fill("Name", "One")
    admin.press("Save")
    assert admin.open("/data/other/+queries/1").status == 404


@pytest.mark.own("sqlite")
@pytest.mark.parametrize("name", ["site", "again"])
def test_the_sites_own_database_is_not_asked_by_whatever_name(admin, name) -> None:
    for rest in ("+query?statement=SELECT+password_hash+AS+x+FROM+users", "+query.csv?statement=SELECT+1", "+queries/"):
        page = admin.open(f"/data/{name}/{rest}")
        assert page.status == 403
        assert "It holds what nobody is to read" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "http://elsewhere.example/"},
        {"Referer": "http://["},
    ],
)
def test_a_link_from_elsewhere_runs_nothing_until_it_was_read(admin, headers) -> None:
    address = "/data/shop/+query?statement=SELECT+'run'||'ning+now'"
    said = admin.client.get(address, headers=headers).text
    assert "nothing was run" in said
    assert "running now" not in said
    file = admin.client.get(address.replace("+query", "+query.csv"), headers=headers)
    assert file.status_code == 303
    assert "running now" in admin.client.get(address, headers={"Sec-Fetch-Site": "same-origin"}).text


def test_nobody_but_admins_may_ask(site) -> None:
    browser = Browser(site)
    assert "/account/sign-in" in browser.open("/data/shop/+query?statement=SELECT+1").address
    sign_in(browser, named("Ada"))
    for path in (
        "+query?statement=SELECT+1",
        "+query.csv?statement=SELECT+1",
        "+queries/",
        "+queries/1",
        "+queries/1/edit",
    ):
        assert browser.open(f"/data/shop/{path}").status == 403


def test_a_statement_is_sent_to_where_the_site_is_mounted(admin) -> None:
    page = admin.client.get("/data/shop/+query", environ_overrides={"SCRIPT_NAME": "/below"}).text
    assert set(re.findall(r'<form class="[^"]*" method="[^"]*" action="([^"]*query)"', page)) == {
        "/below/data/shop/+query"
    }
