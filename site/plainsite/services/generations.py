"""In which order rows go that refer to others of the same table: an engine that looks row by row takes no other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table

Row = Sequence[Any]
References = Sequence[tuple[list[int], list[int]]]  # the places of columns that refer, and of those referred to


def youngest_first(table: Table, rows: Sequence[Row]) -> list[list[int]]:
    """Put rows, by number, in groups, each to be deleted before the next: first those to which no other refers.

    Rows that refer to each other in a circle come together at the end. Takes rows of every column of the table.
    """
    parents = _parents(_references(table), rows)
    waiting = [0] * len(rows)  # how many refer to each that have no group yet
    for each in parents:
        for parent in each:
            waiting[parent] += 1
    group, groups = [number for number, count in enumerate(waiting) if not count], []
    while group:
        groups.append(group)
        following: list[int] = []
        for parent in (parent for number in group for parent in parents[number]):
            waiting[parent] -= 1
            following += [] if waiting[parent] else [parent]
        group = following
    circle = [number for number, count in enumerate(waiting) if count]
    return [*groups, circle] if circle else groups


def refers_to_itself(table: Table) -> bool:
    """Tell whether rows of a table may refer to others of it."""
    return bool(_references(table))


def _references(table: Table) -> References:
    places = {column.name: place for place, column in enumerate(table.columns)}
    own = [key for key in table.foreign_key_constraints if key.referred_table is table]
    return [
        ([places[each.parent.name] for each in key.elements], [places[each.column.name] for each in key.elements])
        for key in own
    ]


def _parents(references: References, rows: Sequence[Row]) -> list[set[int]]:
    """Give, for each row, the numbers of the others to which it refers."""
    found: list[set[int]] = [set() for _ in rows]
    for columns, referred in references:
        by_key: dict[tuple[Any, ...], int] = {tuple(row[place] for place in referred): n for n, row in enumerate(rows)}
        for number, row in enumerate(rows):
            parent = by_key.get(tuple(row[place] for place in columns), number)
            found[number] |= {parent} - {number}
    return found
