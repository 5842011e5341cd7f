"""What a statement gave, as its template prints it and as files hold it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Integer, LargeBinary

from plainsite.kinds import is_secret
from plainsite.raw import Raw
from plainsite.services.statements import Blob
from plainsite.views import cells

HIDDEN = "hidden"

Cell = tuple[str, str]  # text and class


def columns_of(names: Sequence[str], rows: Sequence[Sequence[Any]], engine: str) -> list[Column[Any]]:
    """Give columns for a result: each of the kind of its first value, and none called as another."""
    columns: list[Column[Any]] = []
    for number, name in enumerate(_apart(names)):
        value = next((row[number] for row in rows if row[number] is not None), None)
        kind = Boolean() if isinstance(value, bool) else Integer() if isinstance(value, int | float) else Raw()
        columns.append(Column(name, LargeBinary() if isinstance(value, Blob) else kind, info={"engine": engine}))
    return columns


def headings(columns: Sequence[Column[Any]]) -> list[tuple[str, str]]:
    """Give the name and the class of each column."""
    return [(column.name or "no name", "num" if isinstance(column.type, Integer) else "") for column in columns]


def lines(names: Sequence[str], columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]) -> list[list[Cell]]:
    """Give each row's cells (text, class); what looks like a secret by its column's name is hidden."""
    shows = [cells.show(column) for column in columns]
    binary = cells.show(Column("", LargeBinary()))
    secret = [is_secret(name) for name in names]
    return [
        [
            (HIDDEN, "null") if hide and value is not None else (binary if isinstance(value, Blob) else show)(value)
            for value, show, hide in zip(row, shows, secret, strict=True)
        ]
        for row in rows
    ]


def masked(names: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Give batches of rows without what looks like a secret by its column's name."""
    secret = {number for number, name in enumerate(names) if is_secret(name)}
    if not secret:
        yield from batches
        return
    for rows in batches:
        yield [
            tuple(HIDDEN if n in secret and value is not None else value for n, value in enumerate(row)) for row in rows
        ]


def _apart(names: Sequence[str]) -> Iterator[str]:
    used: set[str] = set()
    for name in names:
        told, number = name, 1
        while told in used:
            number += 1
            told = f"{name}_{number}"
        used.add(told)
        yield told
