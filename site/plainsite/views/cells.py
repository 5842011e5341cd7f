"""A table's values as its template prints them: prepared in one pass, so that no call is left for a cell."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column

from plainsite.kinds import (
    BINARY,
    BITS,
    BOOLEAN,
    FEW_BYTES,
    JSON,
    LIST,
    NUMBERS,
    UUID,
    declared_type,
    kind_of,
    spell_bits,
)
from plainsite.texts import bytes_in

CUT = 120  # characters of a text in a table
CLASSES = {**dict.fromkeys(NUMBERS, "num"), **dict.fromkeys((BITS, JSON, UUID, LIST), "code")}
THOUSAND, UNITS = 1000, ("kB", "MB", "GB")


def show(column: Column[Any]) -> Callable[[Any], tuple[str, str]]:
    """Give the function that says a value of a column in a list, and how it looks: (text, class)."""
    kind = kind_of(column)
    usual = look(column)
    if kind == BINARY:
        return lambda value: (f"binary, {size(value)}", "null") if isinstance(value, int) else _plain(value, usual)
    if kind == BITS:
        declared = declared_type(column)
        return lambda value: _plain(spell_bits(declared, value), usual)
    if kind == BOOLEAN:
        return lambda value: (YES_NO.get(value, str(value)), usual) if value is not None else ("NULL", "null")
    return lambda value: _plain(value, usual)


def size(count: int) -> str:
    """Say a number of bytes."""
    if not isinstance(count, int):
        return "of some size"
    if count < THOUSAND:
        return bytes_in(count)
    amount, unit = count / THOUSAND, 0
    while amount >= THOUSAND and unit < len(UNITS) - 1:
        amount, unit = amount / THOUSAND, unit + 1
    return f"{amount:.1f} {UNITS[unit]}"


def whole(column: Column[Any], value: Any) -> tuple[str, str]:
    """Say a value on a page of its own: (text, class)."""
    kind = kind_of(column)
    if kind == BITS:
        value = spell_bits(declared_type(column), value)
    if value is None or isinstance(value, bytes) or value == "":
        return _plain(value, "")
    return str(YES_NO.get(value, value) if kind == BOOLEAN else value), CLASSES.get(kind, "")


def binary(value: bytes) -> tuple[str, str]:
    """Say a binary value: by its bytes where they are few, as those of a key are; else by its size."""
    few = 0 < len(value) <= FEW_BYTES
    return (f"0x{value.hex()}", "code") if few else (f"binary, {size(len(value))}", "null")


def _plain(value: Any, usual: str) -> tuple[str, str]:
    if value is None:
        return "NULL", "null"
    if value == "":
        return "empty", "null"
    if isinstance(value, bytes):
        return binary(value)
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
