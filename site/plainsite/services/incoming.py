"""Rows that come from elsewhere, and what became of them."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Table

from plainsite.reasons import Reason
from plainsite.reflection import Relation

ROWS = 100  # of a statement
LASTING = {"myisam", "aria", "memory", "csv", "archive"}  # engines of MariaDB that take nothing back


class How(NamedTuple):
    """How rows are taken; `at_once`: rules that could wait for the end are looked at for each."""

    changes: bool
    partly: bool
    trial: bool
    at_once: bool = False


class Incoming(NamedTuple):
    """A row: the line that it comes from, its values by column, and why it could not be read, if it could not.

    A column without a value is left to the database.
    """

    line: int
    values: Mapping[str, Any]
    why: str = ""

    def otherwise(self, held: Mapping[str, Any], keys: Container[str]) -> dict[str, Any]:
        """Give what it has otherwise than a stored row, but for the key, which may be spelled in another way."""
        return {name: value for name, value in self.values.items() if name not in keys and not alike(value, held[name])}


@dataclass
class Outcome:
    """What became of some rows, or would have: how many were added, changed, there already, there otherwise."""

    added: int = 0
    changed: int = 0
    there: int = 0
    kept: int = 0
    refused: list[tuple[int, tuple[Reason, ...]]] = field(default_factory=list)
    written: bool = False
    _known: dict[tuple[Reason, ...], tuple[Reason, ...]] = field(default_factory=dict, repr=False)

    def refuse(self, row: Incoming, reasons: tuple[Reason, ...]) -> None:
        """Note why a row was refused; the same reasons of many rows are kept once."""
        self.refused.append((row.line, self._known.setdefault(reasons, reasons)))


def apart(table: Table, rows: Iterable[Incoming]) -> Iterator[list[Incoming]]:
    """Give some rows at a time, no two of one key: the second has to find the first."""
    names = [column.name for column in table.primary_key.columns]
    some: dict[Any, Incoming] = {}
    for row in rows:
        own = tuple(row.values.get(name) for name in names)
        mark = row.line if None in own else own
        if mark in some or len(some) == ROWS:
            yield list(some.values())
            some = {}
        some[mark] = row
    if some:
        yield list(some.values())


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values are the same; what is no number is so, though it equals nothing."""
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124


def not_taken_back(relation: Relation) -> str | None:
    """Give the name of a table's storage engine where that takes nothing back that was written; None where it does."""
    engine = relation.table.dialect_kwargs.get("mysql_engine") or relation.table.dialect_kwargs.get("mariadb_engine")
    return str(engine) if engine and str(engine).lower() in LASTING else None
