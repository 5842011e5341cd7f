"""Statements that SQLite's driver runs alone do what SQLAlchemy would have done."""

import datetime
import enum
import sqlite3
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.types import TypeDecorator

from plainsite.driven import add_row, as_moment, driven

AT = datetime.datetime(2026, 11, 29, 12, 30)  # noqa: DTZ001 - times are kept in UTC, without a zone
things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True),
    Column("size", Integer, default=3),
    Column("made", DateTime, default=lambda: AT),
    Column("colour", String, server_default="red"),
    Column("day", Date),
)
worked_out = Table(
    "worked_out", MetaData(), Column("id", Integer, primary_key=True), Column("up", String, default=func.upper("a"))
)
pairs = Table("pairs", MetaData(), Column("one", Integer, primary_key=True), Column("other", String, primary_key=True))


class Colour(enum.Enum):
    """A choice."""

    RED = "red"


class Backwards(TypeDecorator[str]):
    """A text that is kept from its end to its beginning."""

    impl, cache_ok = String, True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:  # noqa: ARG002
        """Turn it round."""
        return value and value[::-1]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for table in (things, worked_out, pairs):
            table.create(connection)
        yield connection
    engine.dispose()


def rows(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(select(table))]


def test_a_row_gets_its_number_and_the_defaults_that_are_ours(connection) -> None:
    key, written = add_row(connection, things, {"name": "a"})
    assert (key, written) == ((1,), {"id": 1, "name": "a", "size": 3, "made": AT})
    assert rows(connection, things) == [(1, "a", 3, AT, "red", None)]


def test_what_is_given_goes_before_defaults_and_numbers(connection) -> None:
    given = {"id": 7, "name": "a", "size": None, "made": None, "colour": "blue"}
    assert add_row(connection, things, given) == ((7,), given)
    assert rows(connection, things) == [(7, "a", None, None, "blue", None)]


def test_a_value_that_the_driver_does_not_know_is_written_as_ever(connection) -> None:
    key, written = add_row(connection, things, {"name": "a", "day": AT.date()})
    assert key == (1,)
    assert written["made"] == AT
    assert rows(connection, things) == [(1, "a", 3, AT, "red", AT.date())]


def test_a_default_that_the_database_works_out_is_left_to_it(connection) -> None:
    assert add_row(connection, worked_out, {})[0] == (1,)
    assert rows(connection, worked_out) == [(1, "A")]


def test_a_key_of_two_columns_is_given_in_its_order(connection) -> None:
    assert add_row(connection, pairs, {"other": "b", "one": 1}) == ((1, "b"), {"one": 1, "other": "b"})


def test_a_broken_rule_is_raised_as_sqlalchemy_does(connection) -> None:
    add_row(connection, things, {"name": "a"})
    with pytest.raises(IntegrityError) as raised:
        add_row(connection, things, {"name": "a"})
    assert isinstance(raised.value.orig, sqlite3.IntegrityError)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (JSON(), "a text"),
        (Backwards(), "abc"),
        (DateTime(), AT.replace(tzinfo=datetime.UTC)),
        (Enum(Colour), Colour.RED),
        (Numeric(10, 2), Decimal("1.50")),
        (String().with_variant(JSON(), "sqlite"), "a text"),
    ],
)
@pytest.mark.parametrize("is_default", [False, True])
def test_values_of_their_own_kind_are_kept_as_sqlalchemy_keeps_them(connection, kind, value, is_default) -> None:
    def table(name: str) -> Table:
        column = Column("value", kind, default=value if is_default else None)
        made = Table(name, MetaData(), Column("id", Integer, primary_key=True), column)
        made.create(connection)
        return made

    given = {} if is_default else {"value": value}
    ours, theirs = table("ours"), table("theirs")
    add_row(connection, ours, given)
    connection.execute(theirs.insert(), given)
    as_kept = [connection.exec_driver_sql(f"SELECT value FROM {name}").all() for name in ("ours", "theirs")]
    assert as_kept[0] == as_kept[1]
    assert rows(connection, ours) == rows(connection, theirs)


def test_a_default_that_asks_what_else_is_written_is_answered(connection) -> None:
    doubled = Column("twice", Integer, default=lambda context: 2 * context.get_current_parameters()["once"])
    table = Table("doubled", MetaData(), Column("id", Integer, primary_key=True), Column("once", Integer), doubled)
    table.create(connection)
    assert add_row(connection, table, {"once": 4}) == ((1,), {"id": 1, "once": 4, "twice": 8})


def test_a_text_that_is_no_time_is_refused_as_sqlalchemy_does(connection) -> None:
    with pytest.raises(StatementError):
        add_row(connection, things, {"made": "yesterday"})


def test_a_connection_that_was_closed_is_told_to_be_lost(connection) -> None:
    connection.connection.dbapi_connection.close()
    with pytest.raises(DBAPIError) as raised:
        driven(connection, select(things.c.id))
    assert raised.value.connection_invalidated
    assert connection.invalidated


def test_a_time_is_read_as_it_was_written(connection) -> None:
    for number, at in enumerate((AT, AT.replace(microsecond=5)), 1):
        add_row(connection, things, {"name": str(number), "made": at})
        found = driven(connection, select(things.c.made).where(things.c.id == number)).fetchone()
        assert as_moment(found[0]) == at
    assert as_moment(AT) == AT
