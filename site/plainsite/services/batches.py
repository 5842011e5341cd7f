"""Rows in batches: the longer they are the fewer at a time, so that what is held of them stays the same."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import CursorResult, Row

HELD = 2**19  # characters and bytes of a batch, if a row alone has not more
FIRST = 4  # rows, of which nothing is known yet
GROWS = 4  # times as many rows as before, at most

LONG = frozenset({str, bytes})


def in_batches(
    result: CursorResult[Any], most: int, places: Sequence[int] | None = None
) -> Iterator[Sequence[Row[Any]]]:
    """Give the rows of a result.

    Takes how many a batch has at most, and at which places of a row there may be something long; None means anywhere.
    """
    looked_at = range(len(result.keys())) if places is None else places
    number = min(FIRST, most)
    while rows := result.fetchmany(number):
        yield rows
        if number < most or looked_at:
            size = sum([len(value) for place in looked_at for row in rows if (value := row[place]).__class__ in LONG])
            number = max(1, min(most, number * GROWS, HELD * len(rows) // max(1, size)))
