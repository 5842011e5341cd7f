"""By which column rows of a table are called: a guess, and rather none than one that misleads."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from plainsite.databases import Attached
from plainsite.services.naming import is_name, label_column

TABLES = {
    "named (id INTEGER PRIMARY KEY, note TEXT, name TEXT)": "name",
    "people (id INTEGER PRIMARY KEY, title TEXT, last_name TEXT, first_name TEXT)": "last_name",
    "files (id INTEGER PRIMARY KEY, path TEXT, filename TEXT)": "filename",
    "books (id INTEGER PRIMARY KEY, subtitle TEXT, title TEXT)": "title",
    "countries (id INTEGER PRIMARY KEY, country_code TEXT, continent TEXT)": "country_code",
    "invoices (id INTEGER PRIMARY KEY, BillingAddress TEXT, BillingPostalCode TEXT)": None,
    "regions (id INTEGER PRIMARY KEY, RegionDescription TEXT)": "RegionDescription",
    "books_by_number (id INTEGER PRIMARY KEY, summary TEXT, isbn TEXT UNIQUE)": "isbn",
    "answers (id INTEGER PRIMARY KEY, state TEXT, body TEXT)": "body",
    "two_texts (id INTEGER PRIMARY KEY, one TEXT, other TEXT)": None,
    "numbers (id INTEGER PRIMARY KEY, value REAL)": None,
    "secrets (id INTEGER PRIMARY KEY, password_name TEXT)": None,
    "languages (id INTEGER PRIMARY KEY, name_de TEXT, name_en TEXT)": "name_de",
    "在庫 (id INTEGER PRIMARY KEY, 品名 TEXT, 備考 TEXT)": None,
}


@pytest.mark.parametrize(("table", "named"), TABLES.items())
def test_what_a_row_is_called_by(
    table: str,
    named: str | None,
    make_database: Callable[[str, Path], URL],
    attached: Callable[..., Attached],
    tmp_path,
) -> None:
    file = tmp_path / "one.sql"
    file.write_text(f"CREATE TABLE {table};")
    (relation,) = attached(make_database("sqlite", file)).catalog.read().relations.values()
    found = label_column(relation)
    assert (None if found is None else found.name) == named


def test_an_only_text_stands_for_its_row_without_being_its_name(
    make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path
) -> None:
    file = tmp_path / "one.sql"
    file.write_text("CREATE TABLE regions (id INTEGER PRIMARY KEY, about TEXT);")
    (relation,) = attached(make_database("sqlite", file)).catalog.read().relations.values()
    found = label_column(relation)
    assert found is not None
    assert not is_name(found)
