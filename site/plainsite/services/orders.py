"""Orders of rows that an engine also compares by, so that each row has its place and no page loses one."""

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, func, literal_column, types

from plainsite.kinds import BITS, CHOICE, CHOICES, declared_type, kind_of
from plainsite.services.fitting import is_rounded

LOOKED_AT = 255  # characters of a text: the weights of so many fit what MariaDB is told to look at (engines/mariadb.py)


class Order(NamedTuple):
    """The columns of an order, those that tell rows apart last; all run the same way."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool
    nullable: bool  # whether the first may be NULL
    row_values: bool  # whether the engine follows an index with (a, b) > (1, 2)
    marks: tuple[ColumnElement[Any], ...]  # what is selected of a row for a cursor, exactly
    by_key: bool  # whether all but the first are what tells rows apart


def order_by(place: Sequence[ColumnElement[Any]], sort: Column[Any] | None, *, descending: bool, engine: str) -> Order:
    """Give the order by one column, ties broken by what tells rows apart; by that alone when `sort` is None."""
    rest = [column for column in place if column is not sort]
    columns = marks = (*([] if sort is None else [sort]), *rest)
    row_values = engine in {"sqlite", "postgresql"}
    if not row_values:
        columns = tuple(map(_ordered_as_compared, columns))
        marks = tuple(map(_exact, columns))
    by_key = sort is not None and len(rest) == len(place)
    nullable = by_key and sort is not None and bool(sort.nullable)  # what tells rows apart is never NULL
    return Order(columns, descending, nullable, row_values, marks, by_key)


def _ordered_as_compared(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give what MariaDB orders by, in a form that it also compares by.

    It knows choices and bits as numbers, and looks at no more than the beginning of a text.
    """
    if not isinstance(column, Column):
        return column
    if kind_of(column) in {CHOICE, CHOICES, BITS}:
        return column + literal_column("0")
    declared = declared_type(column)
    if isinstance(declared, types.String) and (declared.length or inf) > LOOKED_AT:
        return func.left(column, LOOKED_AT)
    return column


def _exact(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give a value of MariaDB that can be compared with: a FLOAT shows six digits of what it holds."""
    if isinstance(column, Column) and is_rounded(column):
        return column + literal_column("0e0")
    return column
