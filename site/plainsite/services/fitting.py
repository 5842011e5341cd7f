"""Whether a value may be one of a column's: engines compare what cannot be, and MariaDB finds that "abc" is 0."""

import re
from typing import Any

from sqlalchemy import Column, ColumnElement, types

from plainsite.kinds import BINARY, BOOLEAN, FLOAT, INTEGER, NUMBERS, OTHER, kind_of
from plainsite.reflection import ROWID

COME_AS = {INTEGER: int, BOOLEAN: bool, FLOAT: float, BINARY: bytes}  # of servers; all else comes as text
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|nan|[+-]?inf(inity)?", re.IGNORECASE)


def is_one_of(column: ColumnElement[Any], value: Any) -> bool:
    """Tell whether a value is of the type in which a column's come: SQLite keeps any in most columns."""
    if value is None:
        return False
    if not isinstance(column, Column):
        return not isinstance(column.type, types.Integer) or type(value) is int
    if column.info.get("engine") == "sqlite":
        return ROWID not in column.info or type(value) is int
    kind = kind_of(column)
    return kind == OTHER or type(value) is COME_AS.get(kind, str)


def may_be(column: ColumnElement[Any], value: Any) -> bool:
    """Tell whether a value, or what a text of it says, may be one of a column's."""
    if not isinstance(value, str):
        return is_one_of(column, value)
    return not isinstance(column, Column) or kind_of(column) not in NUMBERS or bool(_says_a_number(column, value))


def _says_a_number(column: Column[Any], value: str) -> bool:
    return (column.info.get("engine") == "sqlite" and ROWID not in column.info) or bool(NUMBER.fullmatch(value))
