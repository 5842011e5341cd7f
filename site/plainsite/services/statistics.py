"""How large things are, at the price of a glance: an engine's own statistics, and counts that stop early."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, String, cast, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plainsite.kinds import DATE, DATETIME, kind_of
from plainsite.reflection import Relation
from plainsite.services.queries import given, visible

DAYS = 30
MOST_BY_DAY = 20_000  # rows that are counted by day; more would take too long for a glance
WRITTEN = ("created", "added", "inserted", "written", "posted", "sent", "placed", "logged", "order", "invoice")

SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()",
}
ESTIMATES = {
    "sqlite": "SELECT NULL, tbl, MAX(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl",
    "postgresql": (
        "SELECT NULLIF(n.nspname, current_schema()), c.relname, CAST(c.reltuples AS BIGINT)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm')"
    ),
    "mysql": (
        "SELECT NULL, table_name, table_rows FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    ),
}


class Days(NamedTuple):
    """How many rows of a table were written on each day, by one column; None where they were too many to count."""

    column: str
    first: date
    counts: tuple[int, ...] | None


def size(session: Session) -> int | None:
    """Give the bytes that a database takes up, as its engine says; None where it does not say."""
    found = session.connection().execute(text(SIZES[_engine(session)])).scalar()
    return None if found is None else int(found)


def estimates(session: Session) -> dict[tuple[str | None, str], int]:
    """Give how many rows each table is thought to have, by schema (None: the usual one) and name.

    What the engine has no statistics of is left out. Raises what the driver raises, but for an SQLite file that was
    never analysed: that has none.
    """
    try:
        rows = session.connection().execute(text(ESTIMATES[_engine(session)])).all()
    except SQLAlchemyError:
        if _engine(session) != "sqlite":
            raise
        return {}
    return {(schema, name): int(number) for schema, name, number in rows if number is not None and number >= 0}


def estimated(relation: Relation, known: Mapping[tuple[str | None, str], int]) -> int | None:
    """Give how many rows a table is thought to have; None where nobody knows."""
    return known.get((relation.table.schema, relation.table.name))


def days_column(relation: Relation, number: int | None) -> Column[Any] | None:
    """Give the column that tells on which day a row was written, where looking rows up by it is cheap.

    It is the first of an index, or its name says what it is and the table is small: `number` is its rows, if known.
    """
    dates = [column for column in visible(relation) if kind_of(column) in {DATE, DATETIME}]
    told = [column for column in dates if any(word in column.name.lower() for word in WRITTEN)]
    leading = {index.columns[0].name for index in relation.table.indexes if len(index.columns)}
    leading |= {column.name for column in list(relation.table.primary_key.columns)[:1]}
    indexed = [column for column in (*told, *dates) if column.name in leading]
    small = told if number is not None and number <= MOST_BY_DAY else []
    return next(iter((*indexed, *small)), None)


def by_day(session: Session, relation: Relation, column: Column[Any], today: date) -> Days | None:
    """Count the rows of the 30 days up to the newest row, which is not later than today; None where there is none."""
    tomorrow = given(str(today + timedelta(days=1)))
    newest = session.connection().execute(select(func.max(column)).where(column < tomorrow)).scalar()
    last = _day(newest)
    if last is None:
        return None
    first = date.fromordinal(max(last.toordinal() - DAYS + 1, 1))  # "0001-01-01" is what many write for no date
    within = (column >= given(str(first)), column < given(str(last + timedelta(days=1))))
    some = select(column.label("moment")).select_from(relation.table).where(*within).limit(MOST_BY_DAY + 1).subquery()
    day = func.substr(cast(some.c.moment, String), 1, 10).label("day")
    rows = session.connection().execute(select(day, func.count()).group_by(day)).all()
    found = {_day(moment): number for moment, number in rows}
    if sum(found.values()) > MOST_BY_DAY:
        return Days(column.name, first, None)
    return Days(column.name, first, tuple(found.get(first + timedelta(days=number), 0) for number in range(DAYS)))


def _day(moment: object) -> date | None:
    try:
        return datetime.fromisoformat(str(moment)[:10]).date()
    except ValueError:
        return None


def _engine(session: Session) -> str:
    name: str = session.get_bind().dialect.name
    return "mysql" if name == "mariadb" else name
