"""A table's page, drawn in one pass: every value is shown as the text that it is, and nothing old is kept."""

import gc
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL
from tests.views.test_data import signed_in

from plainsite import create_app, migrations
from plainsite.testing import Browser

HOSTILE = "<b>\"'&amp; 1"
ROWS = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(80));
CREATE TABLE notes (
  code VARCHAR(40) PRIMARY KEY, person_id INTEGER, after_code VARCHAR(40), body VARCHAR(300), {odd} VARCHAR(40),
  FOREIGN KEY (person_id) REFERENCES people (id), FOREIGN KEY (after_code) REFERENCES notes (code));
CREATE TABLE tags (person_id INTEGER PRIMARY KEY, note VARCHAR(40), FOREIGN KEY (person_id) REFERENCES people (id));
INSERT INTO people VALUES (1, '<i>Ada</i>'), (2, ''), (3, NULL);
INSERT INTO notes VALUES ('first', 1, NULL, 'x{long}', '{hostile}');
INSERT INTO notes VALUES ('{hostile}', 2, 'first', '', NULL);
INSERT INTO notes VALUES ('third', 3, '{hostile}', NULL, '');
INSERT INTO notes VALUES ('0', NULL, NULL, '{cut}', '<!--');
INSERT INTO tags VALUES (1, 'a'), (3, 'b');
"""
CUT = "&" * 120


@pytest.fixture
def url(make_database: Callable[[str, Path], URL], any_engine: str, tmp_path: Path) -> URL:
    """Give a database whose names and values look like markup."""
    name = 'a<b>&"c'
    odd = f"`{name}`" if any_engine == "mariadb" else f'"{name.replace(chr(34), chr(34) * 2)}"'
    script = tmp_path / "hostile.sql"
    script.write_text(ROWS.format(odd=odd, hostile=HOSTILE.replace("'", "''"), long="&" * 299, cut=CUT))
    return make_database(any_engine, script)


@pytest.fixture
def site(make_app: Callable[..., Flask], url: URL) -> Iterator[Flask]:
    """Give a site with that database, to be written."""
    site = make_app(DATABASES={"odd": {"url": url.render_as_string(hide_password=False), "writable": True}})
    yield site
    site.extensions["plainsite.databases"]["odd"].close()


@pytest.fixture
def admin(site: Flask) -> Browser:
    """Give an admin of it."""
    return signed_in(site)


def test_what_looks_like_markup_is_shown_as_typed_and_leads_where_it_should(admin) -> None:
    page = admin.open("/data/odd/notes/?sort=code")
    rows = {row["code"]: row for row in page.table}
    assert set(rows) == {"first", HOSTILE, "third", "0"}
    assert rows["first"]['a<b>&"c'] == HOSTILE
    assert rows["0"]['a<b>&"c'] == "<!--"
    assert [rows[code]['a<b>&"c'] for code in (HOSTILE, "third")] == ["NULL", "empty"]
    assert admin.follow(HOSTILE).heading


def test_long_texts_are_cut_and_whole_ones_are_not(admin) -> None:
    rows = {row["code"]: row["body"] for row in admin.open("/data/odd/notes/").table}
    assert rows == {"first": "x" + "&" * 119 + "…", "0": CUT, HOSTILE: "empty", "third": "NULL"}


def test_a_foreign_key_is_the_label_of_its_row_or_else_its_value_and_a_link_in_any_case(admin) -> None:
    page = admin.open("/data/odd/notes/")
    rows = {row["code"]: row for row in page.table}
    names = {code: row["person_id"] for code, row in rows.items()}
    assert names == {"first": "<i>Ada</i>", HOSTILE: "2", "third": "3", "0": "NULL"}
    # what it says of itself first is its body: of the first it is long, of the second empty
    assert rows["third"]["after_code"] == HOSTILE
    assert rows[HOSTILE]["after_code"].startswith("x&&&")
    assert admin.follow("<i>Ada</i>").address.endswith("/data/odd/people/1")


def test_a_key_that_refers_is_shown_by_its_label_and_leads_to_its_own_row(admin) -> None:
    rows = admin.open("/data/odd/tags/").table
    assert [row["person_id"] for row in rows] == ["<i>Ada</i>", "3"]
    assert admin.follow("<i>Ada</i>").address.endswith("/data/odd/tags/1")


def test_all_of_a_page_can_be_chosen_by_keys_of_any_text(admin) -> None:
    page = admin.open("/data/odd/notes/?picked=1&sort=code&down=1")
    assert sum(label.startswith("Choose ") for label in page.labels) == len(page.table)
    assert "4 records" in admin.press("Delete…").text


def test_tables_looked_at_again_leave_nothing_of_the_old_ones(admin, site) -> None:
    catalog = site.extensions["plainsite.databases"]["odd"].catalog
    admin.open("/data/odd/notes/")
    admin.open("/data/odd/people/1/edit")
    admin.fill("Name", "Grace")
    admin.press("Save")
    old = [weakref.ref(relation.table) for relation in catalog.read().relations.values()]
    admin.open("/data/odd/+reflection")
    admin.press("Look again")
    assert "Grace" in admin.open("/data/odd/notes/").text
    gc.collect()
    assert [table() for table in old] == [None] * len(old)


def test_a_site_that_is_gone_leaves_nothing(tmp_path) -> None:
    left = []
    for number in range(2):
        site = create_app({"DATABASES": {"odd": "sqlite:///odd.db"}}, instance=tmp_path / str(number))
        with closing(sqlite3.connect(tmp_path / str(number) / "odd.db")) as odd:
            odd.executescript(ROWS.format(odd="odd", hostile="second", long="", cut=""))
        migrations.upgrade(site.extensions["plainsite"].engine)
        somebody = signed_in(site)
        for path in (
            "/messages/",
            "/messages/new",
            "/users/",
            "/data/odd/notes/",
            "/data/odd/notes/first",
            "/account/",
        ):
            assert somebody.open(path).status == 200
        left.append(weakref.ref(site))
    del site, somebody
    gc.collect()
    assert [each() for each in left] == [None, None]


def test_what_may_be_read_is_shown_where_what_it_refers_to_may_not(make_app, make_database, tmp_path) -> None:
    script = tmp_path / "rights.sql"
    script.write_text(
        ROWS.format(odd="odd", hostile="second", long="", cut="")
        + "CREATE ROLE narrow LOGIN; GRANT SELECT ON notes TO narrow;"
    )
    url = make_database("postgresql", script).set(username="narrow").render_as_string(hide_password=False)
    site = make_app(DATABASES={"odd": url})
    rows = {row["code"]: row["person_id"] for row in signed_in(site).open("/data/odd/notes/").table}
    assert rows == {"first": "1", "second": "2", "third": "3", "0": "NULL"}
    site.extensions["plainsite.databases"]["odd"].close()


def test_a_column_by_which_rows_are_called_goes_before_those_that_merely_come_first(make_app, tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "pages.db")) as connection:
        connection.executescript(
            "CREATE TABLE pages (id INTEGER PRIMARY KEY, path TEXT, depth INT, children INT, live INT, title TEXT);"
            "INSERT INTO pages VALUES (1, '0001', 1, 0, 1, 'Welcome');"
        )
    admin = signed_in(make_app(DATABASES={"cms": f"sqlite:///{tmp_path}/pages.db"}))
    html = admin.open("/data/cms/pages/").html
    assert '<td role="cell" data-label="title" class="let-in">Welcome</td>' in html
    assert '<td role="cell" data-label="children" class="num left-out">0</td>' in html
    chosen = admin.open("/data/cms/pages/?show=id&show=path&show=depth&show=children&show=title").html
    assert "let-in" not in chosen
