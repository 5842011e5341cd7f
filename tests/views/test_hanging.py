"""What hangs on records is said through every level before they go; what is said is what the database then does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.views.test_data import signed_in

from plainsite.testing import Browser, Page

# Foreign keys are written at the end of their tables: MariaDB leaves out those that stand beside a column.
FAMILIES = """
CREATE TABLE folders (id INTEGER PRIMARY KEY, parent_id INTEGER, name VARCHAR(20),
  FOREIGN KEY (parent_id) REFERENCES folders (id) ON DELETE CASCADE);
CREATE TABLE files (id INTEGER PRIMARY KEY, folder_id INTEGER NOT NULL,
  FOREIGN KEY (folder_id) REFERENCES folders (id) ON DELETE CASCADE);
INSERT INTO folders VALUES (1, NULL, 'all'), (2, 1, 'some'), (3, 2, 'few'), (4, 3, 'one'), (8, NULL, 'else');
INSERT INTO files VALUES (1, 4), (2, 4), (3, 2), (4, 8);
CREATE TABLE people (id INTEGER PRIMARY KEY, boss_id INTEGER, name VARCHAR(20),
  FOREIGN KEY (boss_id) REFERENCES people (id));
INSERT INTO people VALUES (1, NULL, 'first'), (2, 1, 'second'), (3, 2, 'third'), (4, NULL, 'alone');
CREATE TABLE clubs (id INTEGER PRIMARY KEY, name VARCHAR(20));
CREATE TABLE teams (id INTEGER PRIMARY KEY, club_id INTEGER,
  FOREIGN KEY (club_id) REFERENCES clubs (id) ON DELETE CASCADE);
CREATE TABLE games (id INTEGER PRIMARY KEY, team_id INTEGER, FOREIGN KEY (team_id) REFERENCES teams (id));
INSERT INTO clubs VALUES (1, 'with games'), (2, 'without');
INSERT INTO teams VALUES (1, 1), (2, 2);
INSERT INTO games VALUES (1, 1), (2, 1);
CREATE TABLE shelves (room INTEGER, place INTEGER, PRIMARY KEY (room, place));
CREATE TABLE jars (id INTEGER PRIMARY KEY, room INTEGER, place INTEGER,
  FOREIGN KEY (room, place) REFERENCES shelves (room, place) ON DELETE CASCADE);
INSERT INTO shelves VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO jars VALUES (1, 1, 2), (2, 2, 1), (3, 1, NULL);
"""
# What not every engine lets one write: NULL where none can stand, and two tables that refer to each other at once.
ODD = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, name VARCHAR(20));
CREATE TABLE cats (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owners (id) ON DELETE SET NULL);
INSERT INTO owners VALUES (1, 'Ada');
INSERT INTO cats VALUES (1, 1);
CREATE TABLE hens (id INTEGER PRIMARY KEY, egg_id INTEGER);
CREATE TABLE eggs (id INTEGER PRIMARY KEY, hen_id INTEGER REFERENCES hens (id) ON DELETE CASCADE);
INSERT INTO hens VALUES (1, 1), (2, 2);
INSERT INTO eggs VALUES (1, 2), (2, 1);
"""
CIRCLES = {
    "postgresql": "ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs (id) ON DELETE CASCADE",
    "sqlite": "ALTER TABLE hens ADD COLUMN other_egg_id INTEGER REFERENCES eggs (id) ON DELETE CASCADE;"
    " UPDATE hens SET other_egg_id = egg_id",
}


@pytest.fixture
def site(make_app: Any, make_database: Any, tmp_path: Path, any_engine: str) -> Iterator[Flask]:
    """Give a site whose database has families in it."""
    file = tmp_path / "families.sql"
    file.write_text(FAMILIES + ("" if any_engine == "mariadb" else f"{ODD}{CIRCLES[any_engine]};"))
    url = make_database(any_engine, file).render_as_string(hide_password=False)
    app = make_app(DATABASES={"families": {"url": url, "writable": True}})
    yield app
    app.extensions["plainsite.databases"]["families"].close()


def numbers(site: Flask, table: str) -> list[int]:
    with site.extensions["plainsite.databases"]["families"].engine.connect() as connection:
        return list(connection.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id").scalars())


def ask(site: Flask, table: str, *keys: str) -> Browser:
    """Open the page that asks whether records are to go."""
    browser = signed_in(site)
    if len(keys) == 1:
        browser.open(f"/data/families/{table}/{keys[0]}/delete")
        return browser
    browser.open(f"/data/families/{table}/")
    for key in keys:
        browser.check(f"Choose {key}")
    browser.press("Delete…")
    return browser


def only(*engines: str) -> Any:
    """Try it on these engines: the other takes no such tables."""
    return pytest.mark.parametrize("any_engine", engines, indirect=True)


def hangs(page: Page) -> set[str]:
    """Give what a page says of what hangs on records: "files 3 deleted too"."""
    return {" ".join(each) for each in re.findall(r"(\w+) (\d+) records?, (deleted too|in the way|kept)", page.text)}


def test_what_goes_with_a_row_of_a_tree_is_counted_down_to_the_last_level(site) -> None:
    browser = ask(site, "folders", "1")
    assert hangs(browser.page) == {"folders 3 deleted too", "files 3 deleted too"}
    browser.press("Delete")
    assert (numbers(site, "folders"), numbers(site, "files")) == ([8], [4])


def test_what_hangs_by_two_columns_is_what_agrees_in_both(site) -> None:
    browser = ask(site, "shelves", "1,2")
    assert hangs(browser.page) == {"jars 1 deleted too"}
    browser.press("Delete")
    assert numbers(site, "jars") == [2, 3]


def test_all_rows_of_a_tree_go_at_once(site) -> None:
    browser = signed_in(site)
    browser.open("/data/families/folders/")
    page = browser.press("Delete all 5…")
    assert hangs(page) == {"files 4 deleted too"}
    assert browser.press("Delete 5 records").flashes == ["5 records were deleted."]
    assert (numbers(site, "folders"), numbers(site, "files")) == ([], [])


def test_rows_that_only_refer_to_each_other_go_together_in_whatever_order_they_stand(site) -> None:
    browser = ask(site, "people", "1", "2", "3")
    assert "Nothing hangs on them." in browser.page.text
    assert browser.press("Delete 3 records").flashes[0].startswith("3 records were deleted.")
    assert numbers(site, "people") == [4]


def test_a_row_to_which_others_refer_stays_and_so_do_those_chosen_with_it(site) -> None:
    browser = ask(site, "people", "2", "4")
    assert hangs(browser.page) == {"people 1 in the way"}
    page = browser.press("Delete 2 records")
    assert (page.status, page.summary) == (
        422,
        ["Other records refer to this one (1 in people, by boss_id), so the database keeps it as it is"],
    )
    assert numbers(site, "people") == [1, 2, 3, 4]


def test_all_rows_that_only_refer_to_each_other_go(site) -> None:
    browser = signed_in(site)
    browser.open("/data/families/people/")
    browser.press("Delete all 4…")
    assert browser.press("Delete 4 records").flashes == ["4 records were deleted."]


def test_what_is_in_the_way_two_levels_down_is_named(site) -> None:
    browser = ask(site, "clubs", "1")
    assert hangs(browser.page) == {"teams 1 deleted too", "games 2 in the way"}
    page = browser.press("Delete")
    assert (page.status, page.summary) == (
        422,
        ["Nothing was deleted, because of 2 in games, by team_id, that would refer to nothing: see to them first"],
    )
    assert ask_again(browser, "clubs", "2") == {"teams 1 deleted too"}
    assert browser.press("Delete").flashes[0].startswith("The record was deleted.")


@only("sqlite", "postgresql")  # it takes no such foreign key
def test_what_cannot_be_set_free_is_in_the_way(site) -> None:
    browser = ask(site, "owners", "1")
    assert hangs(browser.page) == {"cats 1 in the way"}
    page = browser.press("Delete")
    assert page.summary == [
        "Other records refer to this one (1 in cats, by owner_id), so the database keeps it as it is"
    ]


@only("sqlite", "postgresql")  # it is given no such tables here
def test_tables_that_refer_to_each_other_are_counted_once(site) -> None:
    browser = ask(site, "hens", "1")
    assert hangs(browser.page) == {"eggs 1 deleted too", "hens 1 deleted too"}
    assert browser.press("Delete").flashes[0].startswith("The record was deleted.")
    assert numbers(site, "hens") == []


def test_other_rows_than_those_that_one_was_asked_about_are_not_deleted(site) -> None:
    browser = signed_in(site)
    browser.open("/data/families/people/?column=name&op=contains&value=on")
    browser.press("Delete all 2…")
    with site.extensions["plainsite.databases"]["families"].engine.begin() as connection:
        connection.exec_driver_sql("UPDATE people SET name = 'another' WHERE id = 4")
        connection.exec_driver_sql("UPDATE people SET name = 'one more' WHERE id = 3")
    page = browser.press("Delete 2 records")
    assert (page.status, page.summary) == (
        422,
        ["They are not the same records as when you were asked. Nothing was deleted: look again"],
    )
    assert numbers(site, "people") == [1, 2, 3, 4]


def ask_again(browser: Browser, table: str, key: str) -> set[str]:
    return hangs(browser.open(f"/data/families/{table}/{key}/delete"))
