"""Finding the row that a foreign key is to refer to: each button fills in its own key's columns, and no others."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.views.test_data import signed_in

from plainsite.testing import Browser, Page

SCHOOLS = """
CREATE TABLE schools (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE pupils (school_id INTEGER, id INTEGER, name TEXT, PRIMARY KEY (school_id, id));
CREATE TABLE teachers (school_id INTEGER, id INTEGER, name TEXT, PRIMARY KEY (school_id, id));
CREATE TABLE rooms (upstairs BOOLEAN, number INTEGER, name TEXT, PRIMARY KEY (upstairs, number));
CREATE TABLE books (id INTEGER PRIMARY KEY, code TEXT UNIQUE, title TEXT);
CREATE TABLE visits (token TEXT PRIMARY KEY, who TEXT);
CREATE TABLE lessons (
  id INTEGER PRIMARY KEY, school_id INTEGER REFERENCES schools (id), pupil_id INTEGER, teacher_id INTEGER,
  upstairs BOOLEAN, room INTEGER, book TEXT REFERENCES books (code), visit TEXT REFERENCES visits (token),
  note TEXT, plan BLOB, password TEXT,
  FOREIGN KEY (school_id, pupil_id) REFERENCES pupils (school_id, id),
  FOREIGN KEY (school_id, teacher_id) REFERENCES teachers (school_id, id),
  FOREIGN KEY (upstairs, room) REFERENCES rooms (upstairs, number));
INSERT INTO schools VALUES (7, 'North');
INSERT INTO pupils VALUES (7, 1, 'Ada');
INSERT INTO teachers VALUES (7, 2, 'Grace');
INSERT INTO rooms VALUES (1, 12, 'Library');
INSERT INTO books VALUES (1, 'SICP', 'Structure'), (2, NULL, 'Not bound yet');
INSERT INTO visits VALUES ('a-token-of-somebody', 'Ada');
INSERT INTO lessons (id, note) VALUES (1, 'first'), (2, 'second');
"""
FIELDS = ("School id", "Pupil id", "Teacher id", "Room", "Note")


@pytest.fixture
def admin(make_app: Any, tmp_path: Path) -> Browser:
    """Give an admin of a site with a database whose foreign keys share columns."""
    file = tmp_path / "schools.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(SCHOOLS)
    connection.close()
    return signed_in(make_app(DATABASES={"schools": {"url": f"sqlite:///{file}", "writable": True}}))


def find(admin: Browser, label: str, **typed: Any) -> Page:
    admin.open("/data/schools/lessons/+new")
    admin.fill(**typed)
    return admin.press(f"Find… ({label})")


@pytest.mark.parametrize(
    ("label", "row", "filled"),
    [
        ("School id", "North 7", {"School id": "7"}),
        ("Pupil id", "Ada 7, 1", {"School id": "7", "Pupil id": "1"}),
        ("Teacher id", "Grace 7, 2", {"School id": "7", "Teacher id": "2"}),
    ],
)
def test_a_picked_row_fills_the_columns_of_the_key_that_looked_for_it_and_no_others(admin, label, row, filled) -> None:
    find(admin, label, Note="kept")
    page = admin.press(row)
    assert {each: page.value(each) for each in FIELDS} == dict.fromkeys(FIELDS, "") | {"Note": "kept"} | filled


def test_a_part_of_a_key_that_is_chosen_among_a_few_is_chosen(admin) -> None:
    find(admin, "Room")
    admin.press("Library 1, 12")
    page = admin.press("Save")
    assert page.flashes == ["The record was added."]
    page = admin.open("/data/schools/lessons/3/edit")
    assert (page.value("Upstairs"), page.value("Room")) == ("Yes", "12")


@pytest.mark.parametrize("pick", ["7,1,1", "7", "~"])
def test_what_is_no_row_of_the_key_that_looked_is_no_page(admin, pick) -> None:
    find(admin, "Pupil id")
    admin.forge("pick", pick)
    assert admin.press("Back without choosing").status == 404


def test_no_button_lists_what_is_secret(admin) -> None:
    page = admin.open("/data/schools/lessons/+new")
    assert "Find… (Book)" in page.html
    assert "Find… (Visit)" not in page.html
    admin.fill(Visit="x")
    admin.forge("find", "c7")
    assert "a-token-of-somebody" not in admin.press("Save").html


def test_a_row_to_which_nothing_can_refer_is_not_offered(admin) -> None:
    page = find(admin, "Book")
    assert "Structure" in page.text
    assert "Not bound yet" not in page.text


def test_what_does_not_come_along_is_named(admin) -> None:
    assert "What you typed there is kept." in find(admin, "Book").text
    admin.open("/data/schools/lessons/+new")
    admin.attach("Plan", "plan.pdf", b"%PDF")
    admin.fill(Password="not to be sent back")
    page = admin.press("Find… (Book)")
    assert "but not what was given for Plan, Password: give that again afterwards." in page.text
    assert "not to be sent back" not in page.html


def test_looking_for_a_row_keeps_the_list_that_one_came_from(admin) -> None:
    admin.open("/data/schools/lessons/?column=note&op=is&value=first")
    admin.check("Choose 1")
    admin.press("Edit…")
    admin.press("Find… (Book)")
    admin.press("Structure SICP")
    admin.check("Change it: Book")
    page = admin.press("Save 1 record")
    assert (page.flashes, page.path) == (
        ["1 record was changed."],
        "/data/schools/lessons/?column=note&op=is&value=first",
    )
