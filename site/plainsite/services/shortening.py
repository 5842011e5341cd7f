"""What a list fetches of a value: no more than it shows."""

from typing import Any

from sqlalchemy import Column, ColumnElement, String, and_, case, cast, func, type_coerce

from plainsite.kinds import BINARY, FEW_BYTES, JSON, LIST, LONG_TEXT, OTHER, TEXT, declared_type, kind_of
from plainsite.raw import Raw

CUT = 120  # characters of a text that a list shows
CUT_KINDS = {LONG_TEXT, JSON, LIST}


def in_list(column: Column[Any]) -> ColumnElement[Any]:
    """Give what a list fetches of a column: of a long text its beginning, of a long binary its length."""
    if (kind := kind_of(column)) == BINARY:
        return _bytes_or_length(column)
    unknown = kind == OTHER and column.info.get("engine") == "postgresql"  # XML among them, which may be as long
    if unknown or kind in CUT_KINDS or (kind == TEXT and (getattr(column.type, "length", None) or 0) > CUT):
        return func.substr(cast(column, String) if isinstance(column.type, Raw) else column, 1, CUT + 1)
    return column


def _bytes_or_length(column: Column[Any]) -> ColumnElement[Any]:
    """Give a short binary itself, where the engine can tell or its column says so; else how many bytes it has."""
    length = type_coerce(func.length(column), Raw())
    if column.info.get("engine") == "sqlite":
        return case((and_(func.typeof(column) == "blob", length <= FEW_BYTES), column), else_=length)
    most = getattr(declared_type(column), "length", None)
    return column if most and most <= FEW_BYTES else length
