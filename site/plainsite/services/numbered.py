"""Pages of rows that nothing tells apart: by counting them off, which is all that can be done."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select

from plainsite.services.cursors import decode, encode
from plainsite.services.pages import Record

LAST_ROW = 2**62  # the farthest that any engine counts off


def fetch_by_number(
    connection: Connection, statement: Select[Any], place: str | None, size: int
) -> tuple[Sequence[Record], str | None, str | None]:
    """Fetch a page that begins at a row's number; give its rows and the cursors of the pages before and behind it.

    A cursor that is none raises ValueError.
    """
    start = _number(place) if place else 0
    rows = connection.execute(statement.offset(start).limit(size + 1)).all()
    before = encode([max(start - size, 0)]) if start else None
    after = encode([start + size]) if len(rows) > size else None
    return rows[:size], before, after


def _number(place: str) -> int:
    number, *more = decode(place)
    if type(number) is not int or more or not 0 <= number <= LAST_ROW:
        raise ValueError(place)
    return number
