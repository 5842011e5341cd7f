"""Filters and searches mean what they say, on every engine, whatever is typed."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Column, MetaData, Table, Text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from plainsite.databases import Attached
from plainsite.reflection import Relation
from plainsite.services import records
from plainsite.services.queries import Filter, Query, TooMuch, conditions, operators_for, sortable, visible

TEXTS = [
    *(
        "",
        " ",
        "a",
        "A",
        "ab",
        "abc",
        "100%",
        "100",
        "a_b",
        "axb",
        "a/b",
        "a//b",
        "/",
        "%",
        "_",
        "\\",
        "\\%",
        "a\\b",
        "[a]",
        "*",
    ),
    *(
        "'",
        '"',
        "''",
        "'; DROP TABLE t; --",
        "<script>",
        "&amp;",
        ":x",
        "%s",
        "%(x)s",
        "?",
        "{}",
        "\t",
        "a\nb",
        "日本",
        "😀",
        None,
    ),
]
NUMBERS = [0, 1, -1, 10, 9, 2**31 - 1, -(2**31), None]
DAYS = ["2024-02-29", "2023-12-31", "1970-01-01", None]
TYPES = {
    "sqlite": ("TEXT", "INTEGER", "DATE"),
    "postgresql": ("text", "int", "date"),
    "mariadb": ("text COLLATE utf8mb4_nopad_bin", "int", "date"),
}


def quoted(engine: str, value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("'", "''")
    return f"'{escaped.replace(chr(92), chr(92) * 2) if engine == 'mariadb' else escaped}'"


ROWS = [
    (number, text, NUMBERS[number % len(NUMBERS)], DAYS[number % len(DAYS)])
    for number, text in enumerate(TEXTS, start=1)
]


@pytest.fixture(scope="module")
def small(
    any_engine: str, make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path_factory: Any
) -> Attached:
    """Give a small table of hostile texts, numbers and days, with a secret in each row."""
    text, number, day = TYPES[any_engine]
    rows = ", ".join(f"({', '.join(quoted(any_engine, one) for one in row)}, 'hidden')" for row in ROWS)
    file = tmp_path_factory.mktemp("small") / f"small_{any_engine}.sql"
    file.write_text(
        f"CREATE TABLE t (id int PRIMARY KEY, words {text}, number {number}, day {day}, password_hash varchar(20));"
        f"INSERT INTO t VALUES {rows};"
    )
    return attached(make_database(any_engine, file))


@pytest.fixture
def session(small: Attached) -> Any:
    with Session(small.engine) as session:
        yield session


def found(session: Session, small: Attached, *filters: Filter, words: str = "") -> set[int]:
    relation = small.catalog.read().relations["t"]
    query = Query(filters=filters, words=words)
    page = records.find_page(session, relation, query, size=100)
    ids = {row[0] for row in page.rows}
    assert records.count(session, relation, query) == len(ids)
    return ids


def expected(place: int, says: Callable[[Any], bool], *, null: bool = False) -> set[int]:
    return {row[0] for row in ROWS if (null if row[place] is None else says(row[place]))}


ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "greater than": lambda stored, typed: stored > typed,
    "at least": lambda stored, typed: stored >= typed,
    "less than": lambda stored, typed: stored < typed,
    "at most": lambda stored, typed: stored <= typed,
}


@pytest.mark.parametrize("typed", [text for text in TEXTS if text is not None], ids=ascii)
def test_each_operator_on_texts_means_what_it_says(session, small, typed):
    for name, says, null in (
        ("is", lambda stored: stored == typed, False),
        ("is not", lambda stored: stored != typed, True),
        ("contains", lambda stored: typed.lower() in stored.lower(), False),
        ("does not contain", lambda stored: typed.lower() not in stored.lower(), True),
        ("starts with", lambda stored: stored.lower().startswith(typed.lower()), False),
        *((name, lambda stored, compare=compare: compare(stored, typed), False) for name, compare in ORDERED.items()),
    ):
        assert found(session, small, Filter("words", name, typed)) == expected(1, says, null=null), name


@pytest.mark.parametrize(("column", "place"), [("number", 2), ("day", 3)])
def test_each_operator_on_numbers_and_days_means_what_it_says(session, small, column, place):
    make = int if column == "number" else str
    for typed in {str(row[place]) for row in ROWS if row[place] is not None}:
        for name, says, null in (
            ("is", lambda stored, typed=typed: stored == make(typed), False),
            ("is not", lambda stored, typed=typed: stored != make(typed), True),
            *(
                (name, lambda stored, typed=typed, compare=compare: compare(stored, make(typed)), False)
                for name, compare in ORDERED.items()
            ),
        ):
            assert found(session, small, Filter(column, name, typed)) == expected(place, says, null=null), (name, typed)


def test_between_takes_both_ends(session, small):
    assert found(session, small, Filter("number", "between", "-1 .. 9")) == expected(2, lambda n: -1 <= n <= 9)
    assert found(session, small, Filter("day", "between", "1970-01-01..2023-12-31")) == expected(
        3, lambda day: day <= "2023-12-31"
    )
    assert found(session, small, Filter("words", "between", "a .. b")) == expected(1, lambda text: "a" <= text <= "b")


def test_one_of_takes_several(session, small):
    assert found(session, small, Filter("number", "one of", "1, 10,9")) == expected(2, {1, 9, 10}.__contains__)
    assert found(session, small, Filter("words", "one of", "a,%,_")) == expected(1, {"a", "%", "_"}.__contains__)


def test_null_and_empty_are_two_things(session, small):
    assert found(session, small, Filter("words", "is NULL")) == expected(1, lambda _: False, null=True)
    assert found(session, small, Filter("words", "is not NULL")) == expected(1, lambda _: True)
    assert found(session, small, Filter("words", "is empty")) == expected(1, lambda text: text == "")
    assert found(session, small, Filter("words", "is not empty")) == expected(1, lambda text: text != "")
    assert found(session, small, Filter("number", "is NULL")) == expected(2, lambda _: False, null=True)


def test_filters_and_words_all_hold_together(session, small):
    both = (Filter("number", "at least", "0"), Filter("words", "contains", "a"))
    assert found(session, small, *both) == expected(2, lambda n: n >= 0) & expected(1, lambda text: "a" in text.lower())
    assert found(session, small, both[0], words="b A") == expected(2, lambda n: n >= 0) & expected(
        1, lambda text: "a" in text.lower() and "b" in text.lower()
    )


@pytest.mark.parametrize(
    "words", ["%", "_", "/", "\\", "'", "100%", "a_b", "a/b", "日本", "😀", "<script>", "%s", ":x", "nothing"]
)
def test_a_search_takes_every_sign_as_it_stands(session, small, words):
    assert found(session, small, words=words) == expected(1, lambda text: words in text)


def test_the_longest_search_there_may_be_is_answered(session, small):
    assert found(session, small, words="%_/" * 333) == set()
    assert found(session, small, words="x " * 8) == expected(1, lambda text: "x" in text)


def test_secrets_cannot_be_filtered_sorted_searched_or_shown(session, small):
    relation = small.catalog.read().relations["t"]
    assert "password_hash" not in [column.name for column in visible(relation)]
    for name in ("is", "contains", "starts with", "greater than", "is NULL"):
        with pytest.raises(ValueError, match="password_hash"):
            conditions(relation, Query(filters=(Filter("password_hash", name, "h"),)))
    for query in (Query(sort="password_hash"), Query(columns=("id", "password_hash"))):
        with pytest.raises(ValueError, match="password_hash"):
            records.find_page(session, relation, query)
    assert found(session, small, words="hidden") == set()
    page = records.find_page(session, relation, Query(), size=100)
    assert all("hidden" not in row for row in page.rows)
    assert "hidden" not in (records.find(session, relation, [1]) or ())


@pytest.mark.parametrize(
    "query",
    [
        Query(filters=(Filter("nothing", "is", "1"),)),
        Query(filters=(Filter("words", "resembles", "1"),)),
        Query(filters=(Filter("number", "contains", "1"),)),
        Query(filters=(Filter("id", "is NULL"),)),
        Query(filters=(Filter("number", "between", "1"),)),
        Query(sort="nothing"),
        Query(columns=("nothing",)),
        Query(sort="id; DROP TABLE t"),
    ],
    ids=repr,
)
def test_what_there_is_not_is_a_value_error(any_engine, session, small, query):
    if any_engine == "sqlite" and "is NULL" in repr(query):
        query = Query(filters=(Filter("id", "is nought"),))  # a key of SQLite may be NULL
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
        records.find_page(session, small.catalog.read().relations["t"], query)


def test_the_order_of_columns_is_the_one_asked_for(session, small):
    page = records.find_page(session, small.catalog.read().relations["t"], Query(columns=("day", "id")), size=1)
    assert [column.name for column in page.columns] == ["day", "id"]
    assert [tuple(row) for row in page.rows] == [(ROWS[0][3], 1)]


MISFITS = [
    "",
    "abc",
    "1e400",
    "2024-13-45",
    "99999999999999999999999999",
    "\0",
    "NaN",
    "infinity",
    "x" * 1000,
    "1_000",
    "٣",
]


@pytest.mark.parametrize("typed", MISFITS, ids=lambda text: ascii(text[:12]))
def test_a_value_that_does_not_fit_finds_nothing_or_is_refused_as_data(any_engine, small, typed):
    relation = small.catalog.read().relations["t"]
    for column, name in itertools.product(("number", "day", "words"), ("is", "greater than", "one of", "is not")):
        with Session(small.engine) as session:
            try:
                records.find_page(session, relation, Query(filters=(Filter(column, name, typed),)))
            except DataError:
                assert any_engine == "postgresql"


@pytest.mark.sweep
def test_every_operator_of_every_awkward_column_is_understood_by_its_engine(any_engine, nasty, attached):
    database = attached(nasty(any_engine))
    with Session(database.engine) as session:
        for relation in database.catalog.read().relations.values():
            for column in visible(relation):
                for name in operators_for(column):
                    query = Query(filters=(Filter(column.name, name, "1 .. 2" if name == "between" else "1"),))
                    try:
                        records.count(session, relation, query)
                    except DataError:
                        session.rollback()
                if sortable(column):
                    records.find_page(session, relation, Query(columns=(column.name,), sort=column.name), size=2)
            records.find_page(session, relation, Query(words="x y"), size=2)


def test_numbers_that_a_view_computes_are_compared_as_numbers(tmp_path, make_database, attached):
    file = tmp_path / "view.sql"
    file.write_text(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, loose); INSERT INTO t VALUES (1, 5), (2, '5'), (3, 10), (4, 'x');"
        "CREATE VIEW v AS SELECT id, id * 10 AS tens FROM t;"
    )
    database = attached(make_database("sqlite", file))

    def ids(name: str, one: Filter) -> list[int]:
        with Session(database.engine) as session:
            page = records.find_page(session, database.catalog.read().relations[name], Query(filters=(one,)))
            return [row[0] for row in page.rows]

    assert ids("v", Filter("tens", "is", "20")) == [2]
    assert ids("v", Filter("tens", "is not", "20")) == [1, 3, 4]
    assert ids("v", Filter("tens", "greater than", "9")) == [1, 2, 3, 4]
    assert ids("v", Filter("tens", "between", "15 .. 30")) == [2, 3]
    assert ids("v", Filter("tens", "one of", "10,40")) == [1, 4]
    assert ids("t", Filter("loose", "is", "5")) == [1, 2]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query(filters=(Filter("t", "is", "x"),) * 21), "at most 20 filters, and these are 21"),
        (Query(filters=(Filter("t", "is", "x" * 1001),)), "at most 1,000 characters to compare t with"),
        (Query(filters=(Filter("t", "one of", "," * 200),)), "at most 200 values to compare t with, and these are 201"),
        (Query(words="a b c d e f g h i"), "at most 8 words"),
        (Query(words="x" * 1001), "at most 1,000 characters to search for"),
    ],
)
def test_what_is_too_much_is_refused_and_nothing_of_it_is_left_out(query, says) -> None:
    table = Table("things", MetaData(), Column("t", Text, info={"engine": "sqlite"}))
    with pytest.raises(TooMuch, match=says):
        conditions(Relation("things", table, None, None, ()), query)
