"""A row on a page of its own, as the template unpacks it, with the addresses around it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column

from plainsite.kinds import BITS, is_secret, kind_of
from plainsite.services import references
from plainsite.services.cursors import encode
from plainsite.services.pages import Record
from plainsite.services.queries import Filter, Query, operators_for
from plainsite.views import cells, tables

FOLDED = 600  # characters of a value that are seen before it is unfolded
LONGEST_SHOWN = 10_000  # characters of a value that a record's page shows; the rest is in its file

Fact = tuple[str, str, str, str, str | None, str | None]  # name, text, the rest of it, class, its row and its file


def facts(place: tables.Place, row: Record) -> list[Fact]:
    """Give what a record's page says of each column."""
    told = references.references_of(place.reflection, place.relation)
    return [_fact(place, row, column, told) for column in place.relation.table.columns]


def _fact(place: tables.Place, row: Record, column: Column[Any], told: Sequence[references.Reference]) -> Fact:
    value = row._mapping[column.name]  # noqa: SLF001
    if is_secret(column.name):
        return column.name, "NULL" if value is None else "hidden", "", "null", None, None
    text, look = cells.whole(column, value)
    binary = isinstance(value, bytes) and kind_of(column) != BITS
    file = encode([column.name]) if binary or len(text) > LONGEST_SHOWN else None
    address = None
    own = [each for each in told if each.columns[0] is column] if value is not None else []
    if own:
        address = _parent(place, own[0], row)
        label = tables.labels_of(place, own[0], value) if len(own[0].columns) == 1 else ""
        text, look = (f"{label} ({text})", "") if label else (text, look)
    long = len(text) > FOLDED and not address
    beginning = text[:FOLDED].rsplit(maxsplit=1)[0] if long else text
    return column.name, beginning, text[len(beginning) : LONGEST_SHOWN], look, address, file


def _parent(place: tables.Place, reference: references.Reference, row: Record) -> str | None:
    """Give the address of the row that a row refers to, or of the list that it is alone in."""
    values = {
        other.name: row._mapping[own.name]  # noqa: SLF001
        for own, other in zip(reference.columns, reference.referred, strict=True)
    }
    if any(value is None for value in values.values()):
        return None
    base = tables.page_of(place.database, reference.parent)
    key = [column.name for column in reference.parent.table.primary_key.columns]
    if set(key) == set(values):
        return base + encode([values[name] for name in key])
    return tables.with_query(base, Query(filters=tuple(Filter(name, "is", str(v)) for name, v in values.items())))


def children(place: tables.Place, reference: references.Reference, row: Record) -> str | None:
    """Give the address of the rows that refer to a row; None where a list cannot be narrowed to them."""
    if not all("is" in operators_for(column) for column in reference.columns):
        return None
    values = [row._mapping[column.name] for column in reference.referred]  # noqa: SLF001
    filters = [Filter(c.name, "is", str(v)) for c, v in zip(reference.columns, values, strict=True)]
    base = tables.page_of(place.database, reference.child)
    return tables.with_query(base, Query(filters=tuple(filters)))
