"""Open, press Save, and nothing changes: in a real browser's own controls, on every engine, without a script too."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import URL, select
from tests.views.test_odd import ODD, opened, relations, rows, stored

from plainsite.reflection import Relation

pytestmark = pytest.mark.browser

# Tables of every native control, and of every value that a browser shortens, blanks or writes otherwise: parts of a
# second, zones, no seconds, the years 1 and 9999, line ends first, last and of two characters, blanks at the end.
TABLES = {
    "sqlite": {"moments", "kept_strictly", "maybe_mail", "children_by_name", "computed"},
    "postgresql": {"moments", "own_types", "by_default", "keyed_by_bool", "keyed_by_moment", "keyed_by_enum"},
    "mariadb": {"engine_types", "unseen_columns", "keyed_by_year", "stamped", "booked"},
}
DRAWN = """() => [...document.querySelectorAll("form.record :is(input, select, textarea)")]
  .filter((one) => one.type !== "hidden" && !one.name.endsWith("-null") && !one.name.endsWith("-remove"))
  .map((one) => one.type)"""
EVERYWHERE = {"date", "time", "datetime-local", "radio", "textarea", "text", "file"}
CONTROLS = {
    "sqlite": EVERYWHERE,
    "postgresql": EVERYWHERE,
    "mariadb": EVERYWHERE | {"select-one", "checkbox"},
}


@pytest.fixture
def app(make_app: Callable[..., Flask], make_database: Callable[[str, Path], URL], any_engine: str) -> Iterator[Flask]:
    """Give a site as it is served, with a database of odd tables of an engine, to be written."""
    url = make_database(any_engine, ODD[any_engine]).render_as_string(hide_password=False)
    site = make_app(TESTING=False, DATABASES={"odd": {"url": url, "writable": True}})
    yield site
    opened(site).close()


def save(page: Page) -> None:
    """Press the button, and wait for what it leads to: not every question to a page waits for it."""
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def tried(site: Flask, engine: str) -> dict[str, Relation]:
    return {each.name: each for each, _ in relations(site) if each.name in TABLES[engine]}


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without a script"])
def test_saving_any_record_untouched_changes_nothing(app, window, grace, any_engine, javascript) -> None:
    page, wrong, drawn = window(grace, javascript=javascript), [], set()
    before = {name: stored(app, relation) for name, relation in tried(app, any_engine).items()}
    for relation, address in rows(app):
        if relation.name in TABLES[any_engine]:
            page.goto(f"{address}/edit")
            drawn |= set(page.evaluate(DRAWN))
            save(page)
            said = page.get_by_role("status").all_inner_texts()
            if said != ["Nothing was changed."]:
                wrong.append(f"{address} {said} {page.locator('.problems').all_inner_texts()}")
    assert wrong == []
    assert {name: stored(app, relation) for name, relation in tried(app, any_engine).items()} == before
    assert drawn >= CONTROLS[any_engine]


# Of the first row of a table: what is chosen in a native control, and what is then stored.
CHOSEN: dict[str, tuple[str, dict[str, tuple[str, object]]]] = {
    "sqlite": (
        "moments",
        {
            "d": ("2025-01-31", "2025-01-31"),
            "t": ("13:45", "13:45"),
            "dt": ("2024-02-29T12:30", "2024-02-29 12:30:00"),
        },
    ),
    "postgresql": (
        "moments",
        {
            "d": ("0001-01-01", "0001-01-01"),
            "t": ("13:45:10.250", "13:45:10.25"),
            "dt": ("9999-12-31T23:59:59.999", "9999-12-31 23:59:59.999"),
        },
    ),
    "mariadb": (
        "engine_types",
        {
            "d": ("2025-01-31", "2025-01-31"),
            "t": ("13:45", "13:45:00"),
            "dt": ("2024-02-29T12:30:01", "2024-02-29 12:30:01"),
        },
    ),
}


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without a script"])
def test_what_is_chosen_is_stored_and_all_else_stays(app, window, grace, any_engine, javascript) -> None:
    name, chosen = CHOSEN[any_engine]
    relation = tried(app, any_engine)[name]
    before, page = first(app, relation), window(grace, javascript=javascript)
    for column, (typed, _) in chosen.items():
        page.goto(f"/data/odd/{name}/1/edit")
        page.locator(field(relation, column)).fill(typed)
        save(page)
        assert page.get_by_role("status").first.inner_text().startswith("The record was changed."), column
    wanted = {name: value for name, (_, value) in chosen.items()}
    assert first(app, relation) == {**before, **wanted}


def test_what_was_chosen_stays_in_a_form_that_comes_back(app, window, grace, any_engine) -> None:
    name, chosen = CHOSEN[any_engine]
    relation = tried(app, any_engine)[name]
    before, page = first(app, relation), window(grace, javascript=False)
    wrong = {"sqlite": "dec", "postgresql": "n2", "mariadb": "tiny"}[any_engine]
    page.goto(f"/data/odd/{name}/1/edit")
    right = page.locator(field(relation, wrong)).input_value()
    for column, (typed, _) in chosen.items():
        page.locator(field(relation, column)).fill(typed)
    page.locator(field(relation, wrong)).fill("no number")
    save(page)
    assert page.locator(".problems").count() == 1
    assert first(app, relation) == before
    for column in chosen:
        assert page.locator(field(relation, column)).input_value()
    page.locator(field(relation, wrong)).fill(right)
    save(page)
    wanted = {name: value for name, (_, value) in chosen.items()}
    assert first(app, relation) == {**before, **wanted}


def test_a_file_is_replaced_and_taken_away_by_the_browsers_own_control(app, window, grace, any_engine) -> None:
    name, column = {
        "sqlite": ("kept_strictly", "b"),
        "postgresql": ("moments", "by"),
        "mariadb": ("engine_types", "vb"),
    }[any_engine]
    relation = tried(app, any_engine)[name]
    page = window(grace, javascript=False)
    page.goto(f"/data/odd/{name}/1/edit")
    page.locator(field(relation, column)).set_input_files(
        {"name": "x.bin", "mimeType": "application/x-none", "buffer": b"\0\xff\r\n"}
    )
    save(page)
    assert first(app, relation)[column] == b"\0\xff\r\n"
    page.goto(f"/data/odd/{name}/1/edit")
    page.locator(f"{field(relation, column)}-remove").check()
    save(page)
    assert first(app, relation)[column] is None


def field(relation: Relation, name: str) -> str:
    """Give where a form has the control of a column."""
    return f"#c{[each.name for each in relation.table.columns].index(name)}"


def first(site: Flask, relation: Relation) -> dict[str, Any]:
    """Give the row whose key is 1, by the names of its columns."""
    (key,) = relation.table.primary_key.columns
    with opened(site).engine.connect() as connection:
        row = connection.execute(select(*relation.table.columns).where(key == 1)).one()
    return {name: value for name, value in row._mapping.items() if value == value}  # noqa: SLF001, PLR0124 - but NaN
