"""Tables that somebody changes while the site runs: its pages say so, until it has looked at them again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.views.test_data import signed_in

SAID = "It was changed since the site looked at it"
TABLES = """
CREATE TABLE plants (id INTEGER PRIMARY KEY, name VARCHAR(20), colour VARCHAR(20));
INSERT INTO plants VALUES (1, 'Rose', 'red');
"""


@pytest.fixture
def site(make_app: Any, make_database: Any, tmp_path: Path, any_engine: str) -> Iterator[Flask]:
    """Give a site with a database whose tables are changed by others."""
    file = tmp_path / "garden.sql"
    file.write_text(TABLES)
    url = make_database(any_engine, file).render_as_string(hide_password=False)
    app = make_app(DATABASES={"garden": {"url": url, "writable": True}})
    yield app
    app.extensions["plainsite.databases"]["garden"].close()


def change(site: Flask, statement: str) -> None:
    with site.extensions["plainsite.databases"]["garden"].engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_column_that_is_gone_is_said_and_the_form_works_once_the_site_has_looked_again(site) -> None:
    browser = signed_in(site)
    browser.open("/data/garden/plants/1/edit")
    browser.fill(Name="Tulip")
    change(site, "ALTER TABLE plants DROP COLUMN colour")
    page = browser.press("Save")
    assert (page.status, page.heading) == (409, "A table is not as it was")
    assert SAID in page.text
    for path in ("1", "1/edit", "1/delete"):
        assert browser.open(f"/data/garden/plants/{path}").status == 409, path
    browser.follow("Look at the tables again")
    browser.press("Look again")
    browser.open("/data/garden/plants/1/edit")
    browser.fill(Name="Tulip")
    assert browser.press("Save").flashes == ["The record was changed."]


def test_a_table_that_is_gone_is_said(site) -> None:
    browser = signed_in(site)
    browser.open("/data/garden/plants/+new")
    browser.fill(Id="2", Name="Tulip")
    change(site, "DROP TABLE plants")
    assert (browser.press("Save").status, SAID in browser.page.text) == (409, True)
    assert browser.open("/data/garden/plants/1").status == 409


def test_a_list_whose_column_is_gone_leads_to_where_its_tables_are_looked_at_again(site) -> None:
    browser = signed_in(site)
    browser.open("/data/garden/plants/")
    change(site, "ALTER TABLE plants DROP COLUMN colour")
    assert browser.open("/data/garden/plants/").status == 422
    assert "not as they were when they were looked at" in browser.page.text
    browser.follow("Look at the tables again")
    browser.press("Look again")
    assert browser.open("/data/garden/plants/").table[0]["name"] == "Rose"
