"""What MariaDB compares otherwise than it shows or sorts it: FLOAT, and texts told apart by their accents."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from plainsite.databases import Attached
from plainsite.services import records
from plainsite.services.queries import Filter, Query

COLLATIONS = ("uca1400_as_ci", "uca1400_ai_cs", "uca1400_as_cs", "unicode_520_ci")
KINDS = ("VARCHAR(64)", "VARCHAR(255)", "VARCHAR(300)", "TEXT")
WORDS = ("resume", "résumé", "Resume")


@pytest.fixture(scope="module")
def database(
    make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path_factory: Any
) -> Iterator[Attached]:
    """Give a table of numbers, and one of texts for each collation and kind."""
    file = tmp_path_factory.mktemp("rounded") / "rounded.sql"
    rows = ", ".join(f"({row}, '{WORDS[row % 3]}')" for row in range(60))
    texts = [
        f"CREATE TABLE {collation}_{number} (id INT PRIMARY KEY, v {kind} COLLATE utf8mb4_{collation});"
        f"INSERT INTO {collation}_{number} VALUES {rows};"
        for collation in COLLATIONS
        for number, kind in enumerate(KINDS)
    ]
    file.write_text(
        "CREATE TABLE numbers (id INT PRIMARY KEY, f FLOAT, d DOUBLE);"
        "INSERT INTO numbers VALUES (1, 0.1, 0.1), (2, 0.5, 0.5), (3, 1.1, 1.1), (4, 3.4e38, 3.4e38);" + "".join(texts)
    )
    database = attached(make_database("mariadb", file))
    yield database
    database.remove()


@pytest.mark.parametrize("column", ["f", "d"])
@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("is", "0.1", {1}),
        ("is not", "0.1", {2, 3, 4}),
        ("is", "3.4e38", {4}),
        ("at most", "1.1", {1, 2, 3}),
        ("less than", "1.1", {1, 2}),
        ("at least", "1.1", {3, 4}),
        ("between", "0.1 .. 1.1", {1, 2, 3}),
        ("one of", "0.1, 1.1", {1, 3}),
    ],
)
def test_a_number_is_found_by_what_is_shown_of_it(database, column, operator, value, found) -> None:
    relation = database.catalog.read().relations["numbers"]
    query = Query(filters=(Filter(column, operator, value),))
    assert {row[0] for row in records.find_page(database.session(), relation, query).rows} == found


@pytest.mark.parametrize("collation", COLLATIONS)
def test_texts_that_differ_by_an_accent_or_a_capital_are_all_on_some_page_and_none_on_two(database, collation) -> None:
    for number in range(len(KINDS)):
        relation = database.catalog.read().relations[f"{collation}_{number}"]
        for down in (False, True):
            seen: list[int] = []
            after = None
            while after is not None or not seen:
                query = Query(sort="v", descending=down)
                page = records.find_page(database.session(), relation, query, after=after, size=7)
                seen += [row[0] for row in page.rows]
                after = page.after
            assert sorted(seen) == list(range(60)), (KINDS[number], down)
