"""Tables of every shape that the engines allow: each opens, each row opens, and a form changes what was typed only."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from tests.views.test_data import signed_in

from plainsite.databases import Attached
from plainsite.forms.columns import labels_of
from plainsite.kinds import SEARCHED, kind_of
from plainsite.reflection import NO_KEY, Relation
from plainsite.services.cursors import encode
from plainsite.services.queries import sortable, visible
from plainsite.tablenames import A_PARENT, A_VIEW, A_VIRTUAL, INEXACT
from plainsite.views.tables import address_of

pytestmark = pytest.mark.sweep

FOLDER = Path(__file__).parents[1] / "data" / "odd"
ODD = {
    "sqlite": FOLDER / "odd_sqlite.sql",
    "postgresql": FOLDER / "odd_postgres.sql",
    "mariadb": FOLDER / "odd_mariadb.sql",
}
MOST_SORTED = 10  # columns of one table that are sorted by: the wide one repeats itself
SMALL = 8  # columns of a table whose rows are all changed and deleted one by one

LEFT_OUT = {"sqlite": {"broken"}, "postgresql": {"no_columns"}, "mariadb": {"with_backtick", "gone"}}
KEYLESS = {"one_column": NO_KEY, "a_view": A_VIEW}
LOCKED = {
    "sqlite": {"words": A_VIRTUAL, "repeated": A_VIEW, "writable_view": A_VIEW},
    "postgresql": {
        **dict.fromkeys(("divides_by_nothing", "writable_view", "kept", "not_yet"), A_VIEW),
        "public_chickens": NO_KEY,
        "dogs": NO_KEY,
        "animals": A_PARENT,
    },
    "mariadb": {"broken": A_VIEW, "keyed_by_float": INEXACT, "keyed_by_moment": INEXACT},
}
UNREADABLE = {"not_yet", "divides_by_nothing"}  # the database itself cannot read them, which their pages say


@pytest.fixture
def odd(make_app: Callable[..., Flask], make_database: Callable[[str, Path], URL], any_engine: str) -> Iterator[Flask]:
    """Give a site with a database of odd tables of an engine, to be written."""
    url = make_database(any_engine, ODD[any_engine]).render_as_string(hide_password=False)
    site = make_app(DATABASES={"odd": {"url": url, "writable": True}})
    yield site
    opened(site).close()


def opened(site: Flask) -> Attached:
    found: Attached = site.extensions["plainsite.databases"]["odd"]
    return found


def relations(site: Flask) -> list[tuple[Relation, str]]:
    every = opened(site).catalog.read().relations.values()
    return [(each, f"/data/odd/{address_of(each)}/") for each in every]


def stored(site: Flask, relation: Relation) -> list[str]:
    """Give all rows of a table, as the engine prints them."""
    with opened(site).engine.connect() as connection:
        try:
            return sorted(map(repr, connection.execute(relation.table.select()).all()))
        except SQLAlchemyError as error:
            return [type(error).__name__]


def everything(site: Flask) -> dict[str, list[str]]:
    return {relation.name: stored(site, relation) for relation, _ in relations(site)}


def rows(site: Flask, *, small: bool = False) -> Iterator[tuple[Relation, str]]:
    """Give each row that has a key: its table and its address."""
    for relation, address in relations(site):
        columns = list(relation.table.primary_key.columns)
        if not columns or (small and (relation.record is None or len(relation.table.columns) > SMALL)):
            continue
        with opened(site).engine.connect() as connection:
            keys = connection.execute(relation.table.select().with_only_columns(*columns)).all()
        yield from ((relation, address + encode(key)) for key in keys if None not in key)


def test_what_cannot_be_edited_or_shown_says_why(odd, any_engine) -> None:
    found = opened(odd).catalog.read()
    assert set(found.left_out) == LEFT_OUT[any_engine]
    assert {name: each.locked for name, each in found.relations.items() if each.locked} == {
        **KEYLESS,
        **LOCKED[any_engine],
    }


def test_every_table_opens_and_every_column_sorts_and_is_searched(odd, any_engine) -> None:
    browser, wrong = signed_in(odd), []
    for relation, address in relations(odd):
        names = [column.name for column in visible(relation) if sortable(column)][:MOST_SORTED]
        sorts = [f"{address}?{urlencode({'sort': name})}{down}" for name in names for down in ("", "&down=1&at=last")]
        for path in (address, f"{address}?at=last", f"{address}?words=a", *sorts):
            status = browser.open(path).status
            if (status == 200) == (relation.name in UNREADABLE) and "words" not in path:
                wrong.append((path, status))
    assert wrong == []


def test_every_row_opens_and_every_form_saves_without_a_change(odd, any_engine) -> None:
    browser, before, wrong, saved = signed_in(odd), everything(odd), [], 0
    for relation, address in rows(odd):
        assert browser.open(address).status == 200, address
        if relation.record is not None:
            assert browser.open(f"{address}/edit").status == 200, address
            page, saved = browser.press("Save"), saved + 1
            if page.flashes != ["Nothing was changed."]:
                wrong.append(f"{address} {page.status} {page.flashes} {page.errors} {page.summary}")
    assert wrong == []
    assert everything(odd) == before
    assert saved > 50


def test_what_is_typed_changes_one_row_or_is_refused_with_a_reason(odd, any_engine) -> None:
    browser, wrong, changed = signed_in(odd), [], 0
    for relation, address in rows(odd, small=True):
        texts = [each for each in visible(relation) if kind_of(each) in SEARCHED and "\x00" not in each.name]
        texts = [each for each in texts if not each.primary_key and not each.foreign_keys and each.computed is None]
        before = stored(odd, relation)
        for column in texts[:1]:
            page, label = browser.open(f"{address}/edit"), labels_of(relation)[column.name]
            browser.fill(label, f"{page.value(label) or ''}x{changed}")
            page = browser.press("Save")
            gone = [row for row in before if row not in stored(odd, relation)]
            told = page.flashes[0].startswith("The record was changed.") if page.status == 200 else bool(page.summary)
            if page.status not in {200, 422} or not told or len(gone) != (page.status == 200):
                wrong.append(f"{address} {column.name} {page.status} {page.flashes} {page.summary} {gone}")
            changed += page.status == 200
    assert wrong == []
    assert changed > 20


def test_a_row_that_is_deleted_goes_alone_or_stays_with_a_reason(odd, any_engine) -> None:
    browser, wrong, deleted = signed_in(odd), [], 0
    for relation, address in rows(odd, small=True):
        before = stored(odd, relation)
        browser.open(f"{address}/delete")
        page = browser.press("Delete")
        gone = len(before) - len(stored(odd, relation))
        if page.status == 200:
            right, deleted = page.flashes[0].startswith("The record was deleted.") and gone == 1, deleted + 1
        else:
            right = page.status == 422 and bool(page.summary) and gone == 0
        if not right:
            wrong.append(f"{address} {page.status} {page.flashes} {page.summary} {gone}")
    assert wrong == []
    assert deleted > 20


def test_an_empty_form_makes_a_record_or_says_what_is_needed(odd, any_engine) -> None:
    browser, wrong = signed_in(odd), []
    for relation, address in relations(odd):
        if relation.record is None:
            continue
        browser.open(f"{address}+new")
        page = browser.press("Save")
        if page.flashes != ["The record was added."] and not (page.status == 422 and page.summary):
            wrong.append(f"{address} {page.status} {page.flashes} {page.summary}")
    assert wrong == []


def test_a_database_that_leaves_a_row_as_it_was_is_not_said_to_have_changed_it(odd, any_engine) -> None:
    if any_engine == "mariadb":
        return  # no trigger of MariaDB leaves a row as it was without saying so
    browser = signed_in(odd)
    browser.open("/data/odd/ignored/1/delete")
    page = browser.press("Delete")
    assert (page.status, page.summary[0][:35]) == (422, "The database left this as it was an")
    assert browser.open("/data/odd/ignored/1").status == 200
