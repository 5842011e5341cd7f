"""Whether a value may be one of a column's, and how it is compared: to MariaDB "abc" is 0, and no FLOAT is 0.1."""

import re
from typing import Any

from sqlalchemy import Column, ColumnElement, false, literal_column, types

from plainsite.kinds import BINARY, BITS, BOOLEAN, FLOAT, INTEGER, NUMBERS, OTHER, declared_type, kind_of
from plainsite.reflection import ROWID

COME_AS = {INTEGER: int, BOOLEAN: bool, FLOAT: float, BINARY: bytes}  # of servers; all else comes as text
MARIADB = {"mysql", "mariadb"}
SPELLED_BITS = re.compile("[01]+")
FIGURES = re.compile("[+-]?[0-9]+([.][0-9]+)?(e[+-]?[0-9]+)?", re.IGNORECASE)  # nothing else is written out
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


def is_shown_as(column: Column[Any], text: str) -> ColumnElement[bool] | None:
    """Give the condition that a column of MariaDB is shown as a text, where that compares otherwise; else None."""
    if column.info.get("engine") in MARIADB and kind_of(column) == BITS:
        return column == literal_column(str(int(text, 2))) if SPELLED_BITS.fullmatch(text) else false()
    as_float = rounded(column, text)
    return None if as_float is None else column == as_float


def rounded(column: Column[Any], text: str) -> ColumnElement[Any] | None:
    """Give a number as a FLOAT of MariaDB holds it; None for other columns, and for what is no number."""
    return literal_column(f"CAST('{text}' AS FLOAT)") if is_rounded(column) and FIGURES.fullmatch(text) else None


def is_rounded(column: Column[Any]) -> bool:
    """Tell whether MariaDB shows fewer digits of a column than it holds."""
    return column.info.get("engine") in MARIADB and declared_type(column).__visit_name__.upper() == "FLOAT"
