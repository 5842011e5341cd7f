"""Pages of any table in any order: every row once, whichever way one turns."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select, text
from sqlalchemy.orm import Session

from plainsite.databases import Attached
from plainsite.reflection import Relation
from plainsite.services import records
from plainsite.services.cursors import encode
from plainsite.services.queries import Query, sortable, visible

# Columns of each engine with values that are easily put out of order: few, so that many rows share them.
AWKWARD: dict[str, dict[str, tuple[str, list[Any]]]] = {
    "sqlite": {
        "loose": ("", [1, "'1'", "'a'", "1.5", "x'00'", "'A'", "''", "9223372036854775807", "9e999"]),
        "nocase": ("TEXT COLLATE NOCASE", ["'a'", "'A'", "'b'", "'B'", "''"]),
        "day": ("DATE", ["'31.12.2024'", "'2024-01-01'", "20240101", "''"]),
        "amount": ("NUMERIC(10,2)", ["12.5", "'twelve'", "'12.50'", "-3", "1e20"]),
        "number": ("REAL", ["0.1", "0.2", "-0.0", "1e308", "5e-324", "0.30000000000000004"]),
        "yes": ("BOOLEAN NOT NULL", ["0", "1", "'yes'"]),
        "lengthy": ("TEXT", [f"'{'x' * 3000}a'", f"'{'x' * 3000}b'", f"'{'é' * 400}'"]),
    },
    "postgresql": {
        "single": ("real", ["0.1", "0.2", "16777217", "'NaN'", "'Infinity'", "1e-40", "123456.789"]),
        "number": ("double precision", ["0.1", "'NaN'", "'-Infinity'", "5e-324"]),
        "amount": ("numeric", ["'NaN'", "1.10", "1.1", "12345678901234567890.123"]),
        "padded": ("char(5)", ["'ab'", "'ab  '", "'a'", "''", "'ab_'"]),
        "moment": ("timestamptz", ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'2024-02-29 12:00+02'"]),
        "day": ("date", ["'infinity'", "'0044-03-15 BC'", "'20000-01-01'"]),
        "time": ("time", ["'24:00'", "'00:00'", "'12:00:00.000001'"]),
        "span": ("interval", ["'1 mon'", "'30 days'", "'720:00:00'", "'-1 year'", "'1000000 years'"]),
        "mood": ("mood NOT NULL", ["'sad'", "'ok'", "''", "'it''s \"fine\"'"]),
        "list": ("int[]", ["'{1,NULL}'", "'{}'", "'{1,2}'", "'{2}'"]),
        "uid": ("uuid", ["'550e8400-e29b-41d4-a716-446655440000'", "'00000000-0000-0000-0000-000000000000'"]),
        "net": ("inet", ["'10.0.0.1/8'", "'10.0.0.1'", "'::1'"]),
        "bits": ("bit(3)", ["B'101'", "B'001'"]),
        "small": ("smallint", ["-32768", "32767", "0"]),
        "yes": ("boolean", ["true", "false"]),
        "lengthy": ("text", [f"'{'x' * 3000}a'", f"'{'x' * 3000}b'", "'a'", "'A'"]),
    },
    "mariadb": {
        "single": ("float", ["0.1", "0.2", "16777217", "123456.789", "123456.8", "1e-40", "12345.6789", "12345.67"]),
        "number": ("double", ["0.1", "5e-324", "0.30000000000000004"]),
        "amount": ("decimal(65,30)", ["1.1", "12345678901234567890.123456789012345678901234567890"]),
        "choice": ("enum('z','a','m','')", ["'z'", "'a'", "'m'", "''"]),
        "choices": ("set('z','a','m')", ["'z'", "'a,m'", "''", "'z,a,m'"]),
        "bits": ("bit(12)", ["b'1'", "b'111111111111'", "b'100000000'"]),
        "day": ("date", ["'0000-00-00'", "'2024-02-31'", "'2024-00-00'", "'2024-01-01'", "'9999-12-31'"]),
        "moment": ("datetime(6)", ["'0000-00-00'", "'2024-02-31 10:00'", "'2024-01-01 00:00:00.000001'"]),
        "stamp": ("timestamp NULL", ["'2024-01-01 00:00:01'", "'1971-01-01 00:00:00'"]),
        "span": ("time(3)", ["'-838:59:59'", "'100:00:00'", "'01:00:00.001'"]),
        "year_": ("year NOT NULL", ["2024", "1901", "0"]),
        "folded": ("varchar(20) COLLATE utf8mb4_general_ci", ["'a'", "'A'", "'ä'", "'a '", "'b'", "'😀'", "'🎈'"]),
        "exact": ("varchar(20) COLLATE utf8mb4_nopad_bin", ["'a'", "'A'", "'ä'", "'a '", "'\\t'", "''"]),
        "western": ("varchar(10) CHARACTER SET latin1", ["'é'", "'e'", "'ÿ'"]),
        "big": ("bigint unsigned", ["18446744073709551615", "0", "9223372036854775808"]),
        "uid": ("uuid", ["'550e8400-e29b-41d4-a716-446655440000'", "'00000000-0000-0000-0000-000000000001'"]),
        "net": ("inet6", ["'::1'", "'::ffff:10.0.0.1'"]),
        "lengthy": ("longtext", [f"'{'x' * 3000}a'", f"'{'x' * 3000}b'", f"'{'.' * 255}'", "'a'", "'A'"]),
    },
}
KEYS: dict[
    str, tuple[str, Callable[[int], tuple[str, int]]]
] = {  # the key of the awkward table, and how its parts are made
    "sqlite": ("k1 TEXT, k2 INT, PRIMARY KEY (k2, k1)", lambda n: (f"'{'aB,~'[n % 4]}{n // 8}'", n % 8)),
    "postgresql": ("k1 char(8), k2 int, PRIMARY KEY (k2, k1)", lambda n: (f"'{'aB,~'[n % 4]}{n // 8}'", n % 8)),
    "mariadb": (
        "k1 varchar(20) COLLATE utf8mb4_nopad_bin, k2 int, PRIMARY KEY (k2, k1)",
        lambda n: (f"'{'aB,~'[n % 4]}{n // 8}'", n % 8),
    ),
}
ROWS = 64


def awkward_table(engine: str) -> str:
    """Give the SQL of a table of which many rows share many values."""
    chance = random.Random(4)
    key, make_key = KEYS[engine]
    columns = AWKWARD[engine]
    values = []
    for number in range(ROWS):
        row = [*make_key(number)]
        for declared, pool in columns.values():
            row.append(chance.choice(pool if "NOT NULL" in declared else [*pool, "NULL"]))
        values.append(f"({', '.join(map(str, row))})")
    before = {
        "mariadb": "SET sql_mode = 'ALLOW_INVALID_DATES';",
        "postgresql": "CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s \"fine\"', '');",
    }
    table = ", ".join(f"{name} {declared}" for name, (declared, _) in columns.items())
    head, _, primary = key.partition(", PRIMARY")
    return (
        f"{before.get(engine, '')} CREATE TABLE odd ({head}, {table}, PRIMARY{primary});"
        f" INSERT INTO odd VALUES {', '.join(values)};"
    )


@pytest.fixture(scope="module")
def odd(
    any_engine: str, make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path_factory
) -> Attached:
    """Give the awkward table."""
    file = tmp_path_factory.mktemp("odd") / f"odd_{any_engine}.sql"
    file.write_text(awkward_table(any_engine))
    return attached(make_database(any_engine, file))


@pytest.fixture(scope="module")
def nasty_one(any_engine: str, nasty: Callable[[str], URL], attached: Callable[..., Attached]) -> Attached:
    return attached(nasty(any_engine))


@pytest.fixture(scope="module")
def shop(any_engine: str, chinook: Callable[[str], URL], attached: Callable[..., Attached]) -> Attached:
    return attached(chinook(any_engine))


def forward(session: Session, relation: Relation, query: Query, size: int) -> Iterator[records.Listed]:
    """Turn from the first page to the last."""
    page = records.find_page(session, relation, query, size=size)
    assert page.before is None
    yield page
    seen = set()
    while page.after is not None:
        assert page.after not in seen, "it turns in circles"
        seen.add(page.after)
        page = records.find_page(session, relation, query, size=size, after=page.after)
        assert page.rows
        assert page.before is not None
        yield page


def backward(session: Session, relation: Relation, query: Query, size: int) -> Iterator[records.Listed]:
    """Turn from the last page to the first."""
    page = records.find_page(session, relation, query, size=size, last=True)
    assert page.after is None
    yield page
    seen = set()
    while page.before is not None:
        assert page.before not in seen, "it turns in circles"
        seen.add(page.before)
        page = records.find_page(session, relation, query, size=size, before=page.before)
        assert page.rows
        assert page.after is not None
        yield page


def told_apart(page: records.Listed) -> list[Any]:
    """Give what tells the rows of a page apart: their keys, or all that they hold."""
    return [key or repr(row) for key, row in zip(page.keys, page.rows, strict=True)]


def turned_through(session: Session, relation: Relation, query: Query, size: int) -> list[Any]:
    """Turn all pages both ways; hold that both give the same rows in the same order, all of them, each once."""
    there = [one for page in forward(session, relation, query, size) for one in told_apart(page)]
    pages = [told_apart(page) for page in backward(session, relation, query, size)]
    back = [one for page in reversed(pages) for one in page]
    total = session.execute(select(func.count()).select_from(relation.table)).scalar_one()
    assert len(there) == total
    if all(column.primary_key for column in relation.place) and relation.record:
        assert len(set(there)) == total
    assert there == back
    return there


def orders(relation: Relation) -> Iterator[Query]:
    """Give every order that a table can be asked for."""
    for name in (None, *(column.name for column in visible(relation) if sortable(column))):
        for descending in (False, True):
            yield Query(sort=name, descending=descending)


@pytest.mark.sweep
def test_a_table_of_awkward_values_is_turned_through_in_every_order(odd):
    relation = odd.catalog.read().relations["odd"]
    wanted = list(orders(relation))
    assert len(wanted) > 2 * 5
    with Session(odd.engine) as session:
        for query in wanted:
            try:
                turned_through(session, relation, query, size=7)
            except Exception as error:
                raise AssertionError(query) from error


def test_rows_without_a_value_come_last_whichever_way_the_order_runs(odd):
    relation = odd.catalog.read().relations["odd"]
    with Session(odd.engine) as session:
        for query in orders(relation):
            if query.sort is None:
                continue
            wanted = Query(columns=(query.sort,), sort=query.sort, descending=query.descending)
            cells = [row[0] for page in forward(session, relation, wanted, 9) for row in page.rows]
            nulls = [cell is None for cell in cells]
            assert nulls == sorted(nulls), query
            assert len(cells) == ROWS


@pytest.mark.sweep
def test_every_awkward_table_is_turned_through_in_every_order(nasty_one):
    with Session(nasty_one.engine) as session:
        for relation in nasty_one.catalog.read().relations.values():
            if not relation.place:
                continue
            total = records.count(session, relation)
            for query in orders(relation):
                try:
                    turned_through(session, relation, query, size=max(1, total // 2))
                except Exception as error:
                    raise AssertionError(relation.name, query) from error


@pytest.mark.sweep
def test_all_of_chinook_is_turned_through_in_every_order(shop):
    with Session(shop.engine) as session:
        for relation in shop.catalog.read().relations.values():
            total = session.execute(select(func.count()).select_from(relation.table)).scalar_one()
            wanted = list(orders(relation))
            for query in wanted if total < 1000 else wanted[:2]:
                try:
                    turned_through(session, relation, query, size=max(3, total // 2))
                except Exception as error:
                    raise AssertionError(relation.name, query) from error


def test_pages_of_one_row_are_turned_through_too(shop):
    relation = table(shop, "Employee")
    with Session(shop.engine) as session:
        for query in orders(relation):
            turned_through(session, relation, query, size=1)


def table(shop: Attached, name: str) -> Relation:
    """Find a table of Chinook: its names differ by engine."""
    named = {one.replace("_", "").lower(): relation for one, relation in shop.catalog.read().relations.items()}
    return named[name.lower()]


def test_keyless_rows_are_counted_off(nasty_one):
    with Session(nasty_one.engine) as session:
        for relation in nasty_one.catalog.read().relations.values():
            if relation.place:
                continue
            total = session.execute(select(func.count()).select_from(relation.table)).scalar_one()
            assert sum(len(page.rows) for page in forward(session, relation, Query(), 1)) == total


def test_rows_with_the_same_value_are_in_the_order_of_their_keys(odd):
    relation = odd.catalog.read().relations["odd"]
    with Session(odd.engine) as session:
        by_key = [key for page in forward(session, relation, Query(), 50) for key in page.keys]
        constant = Query(sort="lengthy")
        found: dict[Any, list[str]] = {}
        for page in forward(session, relation, constant, 5):
            place = [column.name for column in page.columns].index("lengthy")
            for key, row in zip(page.keys, page.rows, strict=True):
                found.setdefault(row[place], []).append(key)
    if any(column.name == "rowid" for column in relation.place):
        return  # SQLite's own number tells rows apart there: they were added in another order than that of the key
    cut = {shown for shown in found if shown and shown.startswith("x")}  # two texts that begin alike
    for shown, keys in found.items():
        if shown not in cut:
            assert keys == sorted(keys, key=by_key.index)


def test_a_row_with_a_long_value_has_a_short_cursor(odd):
    relation = odd.catalog.read().relations["odd"]
    with Session(odd.engine) as session:
        for page in forward(session, relation, Query(sort="lengthy", descending=True), 5):
            assert len(page.after or "") < 1200
            assert len(page.before or "") < 1200


def test_a_row_that_is_gone_is_no_place_to_go_on_from_where_its_value_was_too_long(
    any_engine, make_database, attached, tmp_path
):
    file = tmp_path / f"gone_{any_engine}.sql"
    file.write_text(awkward_table(any_engine))
    database = attached(make_database(any_engine, file), writable=True)
    relation = database.catalog.read().relations["odd"]
    query = Query(sort="lengthy", descending=True)
    with Session(database.engine) as session:
        cursors = {page.after for page in forward(session, relation, query, 5)}
        gone = next(cursor for cursor in cursors if cursor and cursor.startswith("~K,"))
        session.execute(text("DELETE FROM odd"))
        with pytest.raises(ValueError, match="~K"):
            records.find_page(session, relation, query, size=5, after=gone)


@pytest.mark.parametrize("descending", [False, True])
def test_turning_pages_while_rows_are_written_shows_each_row_that_stays_once(any_engine, nasty, attached, descending):
    database = attached(nasty(any_engine), writable=True)
    relation = database.catalog.read().relations[{"sqlite": "many", "postgresql": "uq", "mariadb": "vers"}[any_engine]]
    name = {"sqlite": "many", "postgresql": "uq", "mariadb": "vers"}[any_engine]
    value = {"sqlite": "v", "postgresql": "a", "mariadb": "v"}[any_engine]
    with database.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {name}"))
        for number in range(0, 100, 2):
            connection.execute(
                text(f"INSERT INTO {name} (id, {value}) VALUES (:n, :v)"), {"n": number, "v": f"{number:03}"}
            )
    query = Query(sort=value, descending=descending)
    seen: list[int] = []
    with Session(database.engine) as session:
        page = records.find_page(session, relation, query, size=10)
        turned = 0
        while True:
            seen += [row[0] for row in page.rows]
            session.commit()
            with database.engine.begin() as connection:  # what was seen goes, and something comes where it was
                for number in [row[0] for row in page.rows]:
                    connection.execute(text(f"DELETE FROM {name} WHERE id = :n"), {"n": number})
                new = {"n": 1000 + turned, "v": f"{page.rows[0][1]}x"}
                connection.execute(text(f"INSERT INTO {name} (id, {value}) VALUES (:n, :v)"), new)
            turned += 1
            if page.after is None:
                break
            page = records.find_page(session, relation, query, size=10, after=page.after)
    assert sorted(one for one in seen if one < 1000) == list(range(0, 100, 2))
    assert len(seen) == len(set(seen))


GARBAGE = [
    *(
        "",
        "~",
        "~X",
        "a",
        "1",
        "1,2",
        "a,b",
        "1,2,3",
        "~N",
        "~N,~N",
        "~N,1",
        "1,~N",
        "x,1",
        "1,x",
        "~T,1",
        "~D0x1.0p+0,1",
    ),
    *("~K", "~K,", "~K,1", "~K,a", "~K,~N", "~K,1,2", "~K,999999", "999999999999999999999", "99999999999999999999,1"),
    *("~0.", "~0.,1", "~B00,1", "~Bff", "~d800.,1", "-1", "0", "../..", "'; DROP TABLE many; --", "\ud800", "é" * 3000),
]


@pytest.mark.sweep
@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda text: ascii(text[:20]))
def test_a_cursor_that_is_none_is_a_page_or_a_value_error_and_nothing_else(any_engine, odd, nasty_one, garbage):
    some = [relation for relation in nasty_one.catalog.read().relations.values() if len(relation.table.columns) < 4]
    for number, relation in enumerate([odd.catalog.read().relations["odd"], *some[:6]]):
        with Session((nasty_one if number else odd).engine) as session:
            for query in orders(relation):
                for way in ("after", "before"):
                    try:
                        page = records.find_page(session, relation, query, size=5, **{way: garbage})
                    except ValueError:
                        session.rollback()
                    else:
                        assert len(page.rows) <= 5


@pytest.mark.parametrize("cursor", ["x", "~N", "1,2", "~Bff", "~T", "~S1"])
def test_a_cursor_of_another_table_is_told_from_one_of_numbers(shop, cursor):
    with Session(shop.engine) as session, pytest.raises(ValueError, match=cursor):
        records.find_page(session, table(shop, "Artist"), Query(), after=cursor)


def test_a_place_beyond_all_rows_gives_an_empty_page(shop):
    with Session(shop.engine) as session:
        page = records.find_page(session, table(shop, "Artist"), Query(), after=encode([10**9]))
    assert (list(page.rows), page.after) == ([], None)


def test_keys_that_are_null_are_listed_and_turned_through(nasty, attached):
    database = attached(nasty("sqlite"))
    relation = database.catalog.read().relations["table/with/slashes.csv"]
    with Session(database.engine) as session:
        for query in orders(relation):
            pages = list(forward(session, relation, query, 2))
            keys = [key for page in pages for key in page.keys]
            assert keys.count(None) == 1
            assert len(set(keys)) == 9


def test_int_primary_keys_of_sqlite_may_be_null_many_times_and_no_row_is_lost(tmp_path, make_database, attached):
    file = tmp_path / "ints.sql"
    file.write_text(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT); INSERT INTO t (v) VALUES ('a'), ('b'), ('c'), ('d');"
        "INSERT INTO t VALUES (1, 'e'), ('text', 'f');"
    )
    database = attached(make_database("sqlite", file))
    relation = database.catalog.read().relations["t"]
    with Session(database.engine) as session:
        for query in orders(relation):
            shown = [row[1] for page in forward(session, relation, query, 1) for row in page.rows]
            assert sorted(shown) == list("abcdef")
