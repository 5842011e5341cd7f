"""Pages of any table in any order: each begins at a row, so the last costs what the first costs.

A page is ordered by one column and then by the key. Rows whose column is NULL come last on every engine, whichever way
the order runs; they are fetched by a statement of their own, so that both parts can follow an index.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.exc import DataError, OperationalError

from plainsite.engines import TEXTS, is_no_text
from plainsite.raw import Raw, beside, comparable
from plainsite.services.cursors import decode, encode
from plainsite.services.fitting import is_one_of, may_be
from plainsite.services.orders import Order, order_by
from plainsite.services.pages import Record

__all__ = ["Order", "Pages", "cursor", "may_be", "order_by", "parts"]

LONGEST_CURSOR = 1000  # characters
NOWHERE, FILLED, AMONG_NULLS, KEYED = "nowhere", "filled", "among NULLs", "keyed"  # where a page may start
BY_KEY = "~K"  # begins a cursor that names the row by its key, and no text that `encode` writes


def cursor(order: Order, values: Sequence[Any]) -> str:
    """Write down a row's place; by its key alone where the value that it is sorted by cannot stand in an address.

    That is one that is too long, or of bytes: a text of SQLite that is none comes so, and would be compared otherwise.
    """
    text = encode(values)
    by_key = order.by_key and (len(text) > LONGEST_CURSOR or isinstance(values[0], bytes))
    return f"{BY_KEY},{encode(values[1:])}" if by_key else text


class Pages:
    """The pages of a list: each way to turn is a statement that is built once, into which a row's place is put."""

    def __init__(self, statement: Select[Any], order: Order) -> None:
        """Take what selects the wanted rows, unordered, and their order."""
        self._statement, self._order = statement, order
        self._built: dict[tuple[bool, str], list[Select[Any]]] = {}

    def fetch(
        self,
        connection: Connection,
        *,
        after: str | None = None,
        before: str | None = None,
        last: bool = False,
        size: int = 50,
    ) -> tuple[list[Record], bool, bool]:
        """Fetch a page in order; tell whether there are rows before it and behind it.

        `after` and `before` are cursors: the values of the order's columns, as `cursors.encode` writes them. One that
        is none raises ValueError.
        """
        place = after or before
        backward = last or (before is not None and after is None)
        rows: list[Record] = []
        try:
            start, values = _start(connection, self._order, place) if place else (NOWHERE, {})
            for part in self._parts(start, backward=backward):
                rows += _all(connection, part, {**values, "most": size + 1 - len(rows)})
                if len(rows) > size:
                    break
        except (DataError, OverflowError) as error:  # values that fit no such column
            if not place:
                raise
            raise ValueError(place) from error
        more = len(rows) > size
        del rows[size:]
        if backward:
            rows.reverse()
        return rows, (more if backward else place is not None), (place is not None if backward else more)

    def _parts(self, start: str, *, backward: bool) -> list[Select[Any]]:
        found = self._built.get((backward, start))
        if found is None:
            values = _named(self._order, start)
            every = parts(self._statement, self._order, values, backward=backward)
            most, how = bindparam("most", type_=Integer()), {TEXTS: True}
            found = self._built[backward, start] = [each.limit(most).execution_options(**how) for each in every]
        return found


def _all(connection: Connection, part: Select[Any], values: Mapping[str, Any]) -> Sequence[Record]:
    """Give the rows of a statement; SQLite keeps bytes for texts where it was told to, which is seldom."""
    try:
        return connection.execute(part, values).all()
    except OperationalError as error:
        if not is_no_text(error):
            raise
    return connection.execute(part, values, execution_options={TEXTS: False}).all()


def parts(
    statement: Select[Any], order: Order, values: Sequence[Any] | None, *, backward: bool
) -> Iterator[Select[Any]]:
    """Give the statements that hold the page's rows, in the order in which they are to be asked.

    `values` stand for those of the row that the page begins at; the first is None where that is NULL.
    """
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


def _start(connection: Connection, order: Order, place: str) -> tuple[str, dict[str, Any]]:
    """Read a cursor of this order: what kind of place it is, and its values by name.

    Raise ValueError for one that is of another order or of none.
    """
    by_key = order.by_key and place.startswith(f"{BY_KEY},")
    values = decode(place.removeprefix(f"{BY_KEY},") if by_key else place)
    columns = order.columns[1:] if by_key else order.columns
    if len(values) != len(columns):
        raise ValueError(place)
    for column, value in zip(columns, values, strict=True):
        may_be_null = order.nullable and column is order.columns[0]
        if not (may_be_null if value is None else is_one_of(column, value)):
            raise ValueError(place)
    named = {f"place{number}": value for number, value in enumerate(values, 1 if by_key else 0)}
    if not by_key:
        return (AMONG_NULLS if values[0] is None else FILLED), named
    row = connection.execute(_sorted_by(order), named).first()
    if row is None:
        raise ValueError(place)
    return (AMONG_NULLS if row[0] is None else KEYED), named


def _named(order: Order, start: str) -> list[Any] | None:
    """Give what stands in a statement for the values of a place."""
    if start == NOWHERE:
        return None
    first = {FILLED: beside(order.columns[0], _place(0)), AMONG_NULLS: None}
    return [
        first[start] if start in first else _sorted_by(order).scalar_subquery(),
        *(beside(column, _place(number)) for number, column in enumerate(order.columns) if number),
    ]


def _sorted_by(order: Order) -> Select[Any]:
    """Ask for the value that a row is sorted by, which its key names."""
    same = [column == _place(number) for number, column in enumerate(order.columns) if number]
    return select(order.marks[0]).where(*same).correlate(None)


def _place(number: int) -> ColumnElement[Any]:
    return bindparam(f"place{number}", type_=Raw())


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
    columns: Sequence[ColumnElement[Any]], values: Sequence[ColumnElement[Any]], *, down: bool, row_values: bool
) -> ColumnElement[bool]:
    """Give the condition that a row comes later in the order than these values."""
    compare = operator.lt if down else operator.gt
    first, rest = columns[0], columns[1:]
    if not rest:
        return compare(first, values[0])  # type: ignore[no-any-return]
    if row_values:
        return compare(tuple_(*map(comparable, columns)), tuple_(*values))  # type: ignore[no-any-return]
    # MariaDB follows no index with row values, but does with the same condition written out.
    later = _beyond(rest, values[1:], down=down, row_values=False)
    return or_(compare(first, values[0]), and_(first == values[0], later))
