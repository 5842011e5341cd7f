"""A table's values as its template prints them: prepared in one pass, so that no call is left for a cell."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column

from plainsite.kinds import BINARY, BOOLEAN, NUMBERS, kind_of

CUT = 120  # characters of a text in a table
CLASSES = {**dict.fromkeys(NUMBERS, "num"), "json": "code", "uuid": "code", "list": "code"}
UNITS = ("bytes", "kB", "MB", "GB")


def show(column: Column[Any]) -> Callable[[Any], tuple[str, str]]:
    """Give the function that says a value of a column in a list, and how it looks: (text, class)."""
    kind = kind_of(column)
    usual = look(column)
    if kind == BINARY:
        return lambda value: ("NULL", "null") if value is None else (f"binary, {size(value)}", "null")
    if kind == BOOLEAN:
        return lambda value: (YES_NO.get(value, str(value)), usual) if value is not None else ("NULL", "null")
    return lambda value: _plain(value, usual)


def size(count: int) -> str:
    """Say a number of bytes."""
    if not isinstance(count, int):
        return "of some size"
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(UNITS) - 1:  # noqa: PLR2004 - kB are thousands
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{1 if unit else 0}f} {UNITS[unit]}"


def whole(column: Column[Any], value: Any) -> tuple[str, str]:
    """Say a value on a page of its own: (text, class); a binary by its size."""
    if isinstance(value, bytes):
        return f"binary, {size(len(value))}", "null"
    if value is None or value == "":
        return _plain(value, "")
    return str(YES_NO.get(value, value) if kind_of(column) == BOOLEAN else value), CLASSES.get(kind_of(column), "")


def _plain(value: Any, usual: str) -> tuple[str, str]:
    if value is None:
        return "NULL", "null"
    if value == "":
        return "empty", "null"
    if isinstance(value, bytes):
        return f"binary, {size(len(value))}", "null"
    text = str(value)
    if text.isspace():
        return "blank", "null"
    return (text[:CUT] + "…" if len(text) > CUT else text), usual


YES_NO = {True: "yes", False: "no"}  # 1 and 0 are the same to Python


def headings(columns: Sequence[Column[Any]]) -> list[tuple[str, str]]:
    """Give the name and the class of each column."""
    return [(str(column.name), look(column)) for column in columns]


def look(column: Column[Any]) -> str:
    """Give the class of a column's values: a foreign key is shown as the label of its row, which is no number."""
    return "" if column.foreign_keys else CLASSES.get(kind_of(column), "")
