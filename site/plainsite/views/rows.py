"""Rows as the templates of data unpack them, with the addresses around them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import request, url_for
from sqlalchemy import Column

from plainsite.kinds import is_secret
from plainsite.services import records, references
from plainsite.services.cursors import encode
from plainsite.services.pages import Record
from plainsite.services.queries import Filter, Query, sortable
from plainsite.views import cells, tables

FOLDED = 600  # characters of a value that are seen before it is unfolded
LONGEST_SHOWN = 10_000  # characters of a value that a record's page shows; the rest is in its file

Cell = tuple[str, str, str, str | None]  # the column's name, text, class, and the address that it leads to
Line = tuple[str | None, str | None, str, str, list[Cell]]  # key, address, the first column's text and class, the rest
Link = Callable[[Any], tuple[str | None, str]]  # a value's label, where there is one, and its address
Fact = tuple[str, str, str, str, str | None, str | None]  # name, text, the rest of it, class, its row and its file


def lines(place: tables.Place, listed: records.Listed) -> list[Line]:
    """Give each row as its template unpacks it: all of a page in one pass."""
    names = [str(column.name) for column in listed.columns]  # plain: SQLAlchemy's own kind is escaped slowly
    shows = [cells.show(column) for column in listed.columns]
    links = _links(place, listed)
    base = place.address
    lines: list[Line] = []
    for row, key in zip(listed.rows, listed.keys, strict=True):
        line: list[Cell] = []
        for name, value, say, link in zip(names, row, shows, links, strict=True):
            text, look = say(value)
            if link and value is not None:
                label, address = link(value)
                line.append((name, label or text, "" if label else look, address))
            else:
                line.append((name, text, look, None))
        _, text, look, _ = line.pop(0) if line else ("", "", "", None)
        lines.append((key, None if key is None else base + key, text, look, line))
    return lines


def _links(place: tables.Place, listed: records.Listed) -> list[Link | None]:
    """Give, for each column, what makes the label and the address of the row that a value refers to."""
    single = {
        each.columns[0].name: each
        for each in references.references_of(place.reflection, place.relation)
        if len(each.columns) == 1 and each.referred[0].primary_key and len(each.parent.table.primary_key.columns) == 1
    }
    links: list[Link | None] = []
    for number, column in enumerate(listed.columns):
        reference = single.get(column.name)
        if reference is None:
            links.append(None)
            continue
        found = references.labels(place.session, reference, (row[number] for row in listed.rows))
        base = url_for("data.table", name=place.database.name, table=tables.address_of(reference.parent))
        links.append(partial(_link, found, base))
    return links


def _link(found: dict[Any, str], base: str, value: Any) -> tuple[str | None, str]:
    return found.get(value), base + encode([value])


def headings(place: tables.Place, query: Query, listed: records.Listed) -> list[tuple[str, str, str | None, str]]:
    """Give each column's name, class, the address that sorts by it, and how it is sorted now."""
    found = []
    for column, (name, look) in zip(listed.columns, cells.headings(listed.columns), strict=True):
        now = ("descending" if query.descending else "ascending") if query.sort == name else ""
        turned = Query(query.columns, query.filters, query.words, name, now == "ascending")
        address = tables.with_query(place.address, turned) if sortable(column) and place.relation.place else None
        found.append((name, look, address, now))
    return found


def chips(place: tables.Place, query: Query) -> list[tuple[str, str]]:
    """Give each filter in words, and the address without it."""
    found = []
    for each in query.filters:
        rest = tuple(other for other in query.filters if other is not each)
        without = Query(query.columns, rest, query.words, query.sort, query.descending)
        words = f"{each.column} {each.operator} {each.value}".strip()
        found.append((words, tables.with_query(place.address, without)))
    return found


def turns(place: tables.Place, query: Query, listed: records.Listed) -> dict[str, str | None]:
    """Give the addresses of the pages around this one, and of this one with all its rows chosen."""
    address = place.address
    last = place.relation.place and listed.after
    here = {name: request.args.get(name) for name in ("before", "after", "at")}
    return {
        "erasing": tables.with_query(f"{address}+delete", query),
        "picking": tables.with_query(address, query, **here, picked="1"),
        "newest": tables.with_query(address, query) if listed.before else None,
        "newer": tables.with_query(address, query, before=listed.before) if listed.before else None,
        "older": tables.with_query(address, query, after=listed.after) if listed.after else None,
        "oldest": tables.with_query(address, query, at="last") if last else None,
    }


def facts(place: tables.Place, row: Record) -> list[Fact]:
    """Give what a record's page says of each column."""
    told = references.references_of(place.reflection, place.relation)
    return [_fact(place, row, column, told) for column in place.relation.table.columns]


def _fact(place: tables.Place, row: Record, column: Column[Any], told: Sequence[references.Reference]) -> Fact:
    value = row._mapping[column.name]  # noqa: SLF001
    if is_secret(column.name):
        return column.name, "NULL" if value is None else "hidden", "", "null", None, None
    text, look = cells.whole(column, value)
    file = encode([column.name]) if isinstance(value, bytes) or len(text) > LONGEST_SHOWN else None
    address = None
    own = [each for each in told if each.columns[0] is column] if value is not None else []
    if own:
        address = _parent(place, own[0], row)
        label = references.labels(place.session, own[0], [value]).get(value) if len(own[0].columns) == 1 else None
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
    base = url_for("data.table", name=place.database.name, table=tables.address_of(reference.parent))
    key = [column.name for column in reference.parent.table.primary_key.columns]
    if set(key) == set(values):
        return base + encode([values[name] for name in key])
    return tables.with_query(base, Query(filters=tuple(Filter(name, "is", str(v)) for name, v in values.items())))


def children(place: tables.Place, reference: references.Reference, row: Record) -> str:
    """Give the address of the rows that refer to a row."""
    values = [row._mapping[column.name] for column in reference.referred]  # noqa: SLF001
    filters = [Filter(c.name, "is", str(v)) for c, v in zip(reference.columns, values, strict=True)]
    base = url_for("data.table", name=place.database.name, table=tables.address_of(reference.child))
    return tables.with_query(base, Query(filters=tuple(filters)))
