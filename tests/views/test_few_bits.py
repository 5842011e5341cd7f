"""A few bits or bytes, such as flags and keys, are shown as what they are, on the way to a form and behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL
from tests.views.test_data import signed_in

from plainsite.testing import Browser

THINGS = """
CREATE TABLE things (id INTEGER PRIMARY KEY, flags BIT(8), serial {sixteen}, photo {any});
INSERT INTO things VALUES (1, {bits}'10100101', {hex}, {long}), (2, {bits}'00000001', NULL, {hex});
"""
SERIAL = "00112233445566778899aabbccddeeff"
TYPES = {
    "sqlite": {"sixteen": "BINARY(16)", "any": "BLOB", "bits": "", "hex": f"x'{SERIAL}'", "long": "zeroblob(33)"},
    "postgresql": {
        "sixteen": "BYTEA",
        "any": "BYTEA",
        "bits": "B",
        "hex": rf"'\x{SERIAL}'",
        "long": "convert_to(repeat('x', 33), 'UTF8')",
    },
    "mariadb": {
        "sixteen": "BINARY(16)",
        "any": "BLOB",
        "bits": "b",
        "hex": f"x'{SERIAL}'",
        "long": "repeat('x', 33)",
    },
}


@pytest.fixture
def admin(
    make_app: Callable[..., Flask], make_database: Callable[[str, Path], URL], any_engine: str, tmp_path: Path
) -> Iterator[Browser]:
    """Give an admin of a site with a database of such values."""
    file = tmp_path / "few.sql"
    file.write_text(THINGS.format(**TYPES[any_engine]))
    url = make_database(any_engine, file).render_as_string(hide_password=False)
    site = make_app(DATABASES={"few": {"url": url, "writable": True}})
    yield signed_in(site)
    site.extensions["plainsite.databases"]["few"].close()


def test_bits_are_shown_as_they_are_typed_and_found_by_them(admin) -> None:
    assert [row["flags"].zfill(8) for row in admin.open("/data/few/things/").table[:2]] == ["10100101", "00000001"]
    assert "10100101" in admin.open("/data/few/things/1").text
    for typed, found in (("10100101", ["1"]), ("11111111", [])):
        page = admin.open(f"/data/few/things/?column=flags&op=is&value={typed}")
        assert [row["id"] for row in page.table or ()] == found
    admin.open("/data/few/things/1/edit")
    admin.fill("Flags", "11010101")
    admin.press("Save")
    assert admin.open("/data/few/things/").table[0]["flags"] == "11010101"


def test_what_is_not_made_of_ones_and_noughts_is_no_value_of_bits(admin, any_engine) -> None:
    page = admin.open("/data/few/things/?column=flags&op=is&value=yes")
    assert (page.status == 200 and not page.table) or any_engine == "postgresql"  # which says what it cannot read


def test_few_bytes_are_shown_and_many_by_their_number(admin, any_engine) -> None:
    rows = admin.open("/data/few/things/").table
    itself = any_engine != "postgresql"  # it has no type of few bytes, so its lists ask for their number only
    assert [row["serial"] for row in rows] == [f"0x{SERIAL}" if itself else "binary, 16 bytes", "NULL"]
    assert rows[0]["photo"] == "binary, 33 bytes"
    record = admin.open("/data/few/things/1")
    assert f"0x{SERIAL}" in record.text
    assert "binary, 33 bytes" in record.text


def test_a_statement_gives_few_bytes_and_many_by_their_number(admin) -> None:
    page = admin.open("/data/few/+query?statement=SELECT+serial,+photo+FROM+things+WHERE+id+%3D+1")
    assert [tuple(row.values()) for row in page.table] == [(f"0x{SERIAL}", "binary, 33 bytes")]


def test_the_history_tells_which_few_bytes_were_changed(admin, any_engine) -> None:
    admin.open("/data/few/things/1/edit")
    admin.fill("Flags", "11010101")
    admin.press("Save")
    (entry,) = admin.open("/history/?database=few").table
    (row,) = admin.follow(entry["When"]).table
    handed_over = ("0xa5", "0xd5") if any_engine == "mariadb" else ("10100101", "11010101")
    assert (row["Before"], row["After"]) == handed_over
