"""What the database does to other rows when records are deleted: it is looked at before and after, and told too."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, and_, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.recording import note
from plainsite.services.keyed import known
from plainsite.services.queries import given
from plainsite.verdicts import is_verdict, named
from plainsite.writes import Written, deletion

MOST = 5_000  # rows that are told of one by one
ROWS = 100  # that are asked about by one statement
FOLLOW = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})  # rules by which the database writes to those that refer

Row = Mapping[str, Any]  # the values of a row, by column

log = logging.getLogger(__name__)


@dataclass
class Hanging:
    """Rows that hang on records about to be deleted, as they are before, with their tables: nearer ones first."""

    rows: list[tuple[Table, list[Row]]] = field(default_factory=list)
    known: set[tuple[Table, tuple[Any, ...]]] = field(default_factory=set)
    going: set[tuple[Table, tuple[Any, ...]]] = field(default_factory=set)  # those of them that are deleted

    @property
    def left(self) -> int:
        """How many more are told of."""
        return max(0, MOST - sum(len(rows) for _, rows in self.rows))

    def meet(self, table: Table, rows: Iterable[Row]) -> list[Row]:
        """Give the rows that can be told apart and were not met before."""
        return _new(self.known, table, rows)

    def go(self, table: Table, rows: Iterable[Row]) -> list[Row]:
        """Give those of which it was not known that they are deleted, though perhaps that they are set free."""
        return _new(self.going, table, rows)


def hanging_on(session: Session, table: Table, rows: Sequence[Row]) -> Hanging:
    """Find and lock what the database will delete or set free with some rows, through every level.

    Rows of tables without a key, those beyond 5,000, and those that may not be looked at are left out.
    """
    found = Hanging()
    waiting = [(table, found.go(table, found.meet(table, rows)))]
    for parent, some in waiting:
        for constraint in _followed(parent):
            referring = _referring(session, constraint, some, found.left)
            found.rows.append((constraint.table, found.meet(constraint.table, referring)))
            if _rule(constraint) == "CASCADE" and (new := found.go(constraint.table, referring)):
                waiting.append((constraint.table, new))
    return found


def tell(session: Session, hanging: Hanging) -> None:
    """Tell the history what became of it, now that the records are deleted."""
    for table, rows in hanging.rows:
        places = iter(enumerate(rows))
        while batch := dict(islice(places, ROWS)):
            there = known(session, table, batch)
            note(session, *_told(table, batch, {place: row._asdict() for place, row in there.items()}))


def _told(table: Table, before: Mapping[int, Row], after: Mapping[int, Row]) -> Iterator[Written]:
    for place, row in before.items():
        now = after.get(place)
        if now is None:
            yield deletion(table, list(row.values()))
        elif now != row:
            yield Written("change", table, _key(table, row), row, now)


def _followed(parent: Table) -> Iterator[ForeignKeyConstraint]:
    """Give the foreign keys through which deleting rows of a table writes to others."""
    for table in parent.metadata.tables.values():
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table is parent and _rule(constraint) in FOLLOW:
                yield constraint


def _referring(session: Session, constraint: ForeignKeyConstraint, rows: Sequence[Row], most: int) -> list[Row]:
    """Give the rows, at most so many, that refer to some by a foreign key; none where they may not be looked at."""
    referred = [element.column.name for element in constraint.elements]
    wanted = [values for row in rows if None not in (values := [row[name] for name in referred])]
    found: list[Row] = []
    for start in range(0, len(wanted), ROWS):
        same = or_(*(_same(constraint, values) for values in wanted[start : start + ROWS]))
        some = select(*constraint.table.columns).where(same).limit(most - len(found)).with_for_update()
        try:
            with session.begin_nested():
                found += map(dict, session.connection().execute(some).mappings())
        except DBAPIError as error:
            if not is_verdict(error):
                raise
            log.info("what hangs on deleted records cannot be told: %s", named(error))
            break
    return found


def _rule(constraint: ForeignKeyConstraint) -> str:
    return (constraint.ondelete or "").upper()


def _same(constraint: ForeignKeyConstraint, values: Sequence[Any]) -> ColumnElement[bool]:
    return and_(*(column == given(value) for column, value in zip(constraint.columns, values, strict=True)))


def _new(known: set[tuple[Table, tuple[Any, ...]]], table: Table, rows: Iterable[Row]) -> list[Row]:
    new = {key: row for row in rows if (key := _key(table, row)) and (table, key) not in known}
    known.update((table, key) for key in new)
    return list(new.values())


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    key = tuple(row[column.name] for column in table.primary_key.columns)
    return () if None in key else key
