"""Pages of any table in any order: each begins at a row, so the last costs what the first costs.

A page is ordered by one column and then by the key. Rows whose column is NULL come last on every engine, whichever way
the order runs; they are fetched by a statement of their own, so that both parts can follow an index.
"""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, bindparam, or_, tuple_

from plainsite.services.cursors import decode
from plainsite.services.pages import Record


@dataclass(frozen=True)
class Order:
    """The columns of an order, those that tell rows apart last; all run the same way."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool
    nullable: bool  # whether the first may be NULL
    row_values: bool  # whether the engine follows an index with (a, b) > (1, 2)


def order_by(place: Sequence[ColumnElement[Any]], sort: Column[Any] | None, *, descending: bool, engine: str) -> Order:
    """Give the order by one column, ties broken by what tells rows apart; by that alone when `sort` is None."""
    rest = [column for column in place if column is not sort]
    columns = (*([] if sort is None else [sort]), *rest)
    row_values = engine in {"sqlite", "postgresql"}
    return Order(columns, descending, sort is not None and bool(sort.nullable), row_values)


def fetch(  # noqa: PLR0913 - a page is just these facts
    connection: Connection,
    statement: Select[Any],
    order: Order,
    *,
    after: str | None = None,
    before: str | None = None,
    last: bool = False,
    size: int = 50,
) -> tuple[list[Record], bool, bool]:
    """Fetch a page in order; tell whether there are rows before it and behind it.

    `statement` selects the wanted rows, unordered; `after` and `before` are cursors: the values of the
    order's columns, as `cursors.encode` writes them. One that is none raises ValueError.
    """
    place = after or before
    backward = last or (before is not None and after is None)
    rows: list[Record] = []
    for part in _parts(statement, order, place, backward=backward):
        rows += connection.execute(part.limit(size + 1 - len(rows))).all()
        if len(rows) > size:
            break
    more = len(rows) > size
    del rows[size:]
    if backward:
        rows.reverse()
    return rows, (more if backward else place is not None), (place is not None if backward else more)


def _parts(statement: Select[Any], order: Order, place: str | None, *, backward: bool) -> Iterator[Select[Any]]:
    """Give the statements that hold the page's rows, in the order in which they are to be asked."""
    values = _values(order, place) if place else None
    first, rest = order.columns[0], order.columns[1:]
    in_nulls = order.nullable and values is not None and values[0] is None
    filled = statement.where(first.is_not(None)) if order.nullable else statement
    empty = statement.where(first.is_(None))
    if backward:
        if order.nullable and (values is None or in_nulls):
            yield _ordered(empty, rest, order, values[1:] if values else None, backward=True)
        yield _ordered(filled, order.columns, order, None if in_nulls else values, backward=True)
        return
    if not in_nulls:
        yield _ordered(filled, order.columns, order, values, backward=False)
    if order.nullable:
        yield _ordered(empty, rest, order, values[1:] if in_nulls and values else None, backward=False)


def _values(order: Order, place: str) -> list[Any]:
    values = decode(place)
    if len(values) != len(order.columns) or any(value is None for value in values[1:]):
        raise ValueError(place)
    return values


def _ordered(
    statement: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    order: Order,
    values: Sequence[Any] | None,
    *,
    backward: bool,
) -> Select[Any]:
    down = order.descending != backward
    if values is not None:
        statement = statement.where(_beyond(columns, values, down=down, row_values=order.row_values))
    return statement.order_by(*(column.desc() if down else column.asc() for column in columns))


def _beyond(
    columns: Sequence[ColumnElement[Any]], values: Sequence[Any], *, down: bool, row_values: bool
) -> ColumnElement[bool]:
    """Give the condition that a row comes later in the order than these values."""
    compare = operator.lt if down else operator.gt
    first, rest = columns[0], columns[1:]
    if not rest:
        return compare(first, values[0])  # type: ignore[no-any-return]
    if row_values:
        given = (bindparam(None, value, column.type) for column, value in zip(columns, values, strict=True))
        return compare(tuple_(*columns), tuple_(*given))  # type: ignore[no-any-return]
    # MariaDB follows no index with row values, but does with the same condition written out.
    later = _beyond(rest, values[1:], down=down, row_values=False)
    return or_(compare(first, values[0]), and_(first == values[0], later))
