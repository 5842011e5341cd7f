"""Rows from elsewhere, taken into any table: tried for real, and taken back where they were only tried."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.reasons import Reason, Refused
from plainsite.reflection import Relation
from plainsite.refusals import broken_rules
from plainsite.services.keyed import known, same
from plainsite.services.pages import Record
from plainsite.transactions import transaction
from plainsite.verdicts import is_sure, is_verdict
from plainsite.writes import Write

ROWS = 100  # of a statement
LASTING = {"myisam", "aria", "memory", "csv", "archive"}  # engines of MariaDB that take nothing back


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row: the line that it comes from, and its values by column; a column without one is left to the database."""

    line: int
    values: Mapping[str, Any]


@dataclass
class Outcome:
    """What became of some rows, or would have: how many were added, changed, there already, there otherwise."""

    added: int = 0
    changed: int = 0
    there: int = 0
    kept: int = 0
    refused: list[tuple[int, tuple[Reason, ...]]] = field(default_factory=list)
    written: bool = False


class _Undone(Exception):  # noqa: N818 - on purpose
    """What was written was only tried."""


def take(  # noqa: PLR0913 - each is one choice of whoever imports
    session: Session, relation: Relation, rows: Sequence[Incoming], *, changes: bool, partly: bool, trial: bool
) -> Outcome:
    """Take rows into a table, in one transaction.

    A row whose key is there is equal ("there"), or changed where `changes`, or else kept as it is. A row that the
    database refuses is told with its line and the reasons; unless `partly`, none is then written. A `trial` does all
    of it and takes it back. Raises Refused for a table that cannot be written, and where only the commit is refused.
    """
    if relation.record is None or not_taken_back(relation):
        raise Refused(Reason("read_only"))
    try:
        return _take(session, relation.table, rows, changes, partly, trial)
    except _Undone as undone:
        outcome: Outcome = undone.args[0]
        return outcome


def not_taken_back(relation: Relation) -> str | None:
    """Give the name of a table's storage engine where that takes nothing back that was written; None where it does."""
    engine = relation.table.dialect_kwargs.get("mysql_engine") or relation.table.dialect_kwargs.get("mariadb_engine")
    return str(engine) if engine and str(engine).lower() in LASTING else None


@transaction
def _take(  # noqa: PLR0913, PLR0917
    session: Session,
    table: Table,
    rows: Sequence[Incoming],
    changes: bool,  # noqa: FBT001
    partly: bool,  # noqa: FBT001
    trial: bool,  # noqa: FBT001
) -> Outcome:
    taking = _Taking(session, table, changes)
    outcome, left = taking.outcome, list(rows)
    while left:
        refused = taking.of(left)
        # A row may refer to one that stands further down.
        again = [row for row in left if any(reason.rule == "unknown" for reason in refused.get(row.line, ()))]
        if len(again) == len(left) or not _refers_to_itself(table):
            again = []
        for row in again:
            del refused[row.line]
        outcome.refused += refused.items()
        left = again
    outcome.refused.sort(key=lambda each: each[0])
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # a trial has no later for them
    if trial or (outcome.refused and not partly):
        raise _Undone(outcome)
    outcome.written = True
    return outcome


class _Taking:
    """Rows on their way into a table, inside a transaction."""

    def __init__(self, session: Session, table: Table, changes: bool) -> None:  # noqa: FBT001
        self.session, self.connection, self.table, self.changes = session, session.connection(), table, changes
        self.outcome = Outcome()
        self.refused: dict[int, tuple[Reason, ...]] = {}

    def of(self, rows: Sequence[Incoming]) -> dict[int, tuple[Reason, ...]]:
        """Take rows; give the reasons why some were refused, by line."""
        self.refused = {}
        for some in _apart(self.table, rows):
            there = known(self.session, self.table, {row.line: row.values for row in some})
            new = [row for row in some if row.line not in there]
            for _, alike in groupby(new, key=lambda row: tuple(row.values)):
                self.add(list(alike))
            for row in some:
                if row.line in there:
                    self.change(row, there[row.line])
        return self.refused

    def add(self, rows: Sequence[Incoming]) -> None:
        """Add rows by one statement; when that is refused, each half by its own, and so on."""
        statement = self.table.insert().inline()
        try:
            with self.connection.begin_nested():
                if len(rows) > 1:
                    self.connection.execute(statement, [dict(row.values) for row in rows])
                else:
                    self.connection.execute(statement.values(dict(rows[0].values)))
            self.outcome.added += len(rows)
        except (DBAPIError, OverflowError) as error:
            if len(rows) == 1:
                every = frozenset(column.name for column in self.table.columns)
                self.refuse(rows[0], Write("insert", self.table, dict(rows[0].values), {}, every), error)
                return
            if isinstance(error, DBAPIError) and not is_verdict(error):
                raise
            middle = len(rows) // 2
            self.add(rows[:middle])
            self.add(rows[middle:])

    def change(self, row: Incoming, stored: Record) -> None:
        """Change a row to what it is to be. Whether that is what it was, the database tells: it knows 1.50 from 1.5."""
        held = dict(zip((column.name for column in self.table.columns), stored, strict=True))
        key = {column.name: held[column.name] for column in self.table.primary_key.columns}
        other = {name: value for name, value in row.values.items() if name not in key and value != held[name]}
        if not other:
            self.outcome.there += 1
            return
        differs = True
        try:
            with suppress(_Undone), self.connection.begin_nested():
                self.connection.execute(self.table.update().where(same(self.table, key)).values(other))
                now = select(*(self.table.columns[name] for name in other)).where(same(self.table, key))
                differs = list(self.connection.execute(now).one()) != [held[name] for name in other]
                if not self.changes:
                    raise _Undone
        except (DBAPIError, OverflowError) as error:
            write = Write("update", self.table, {**held, **other}, key, frozenset(other))
            if self.changes:
                self.refuse(row, write, error)
                return
        self.outcome.there += not differs
        self.outcome.changed += differs and self.changes
        self.outcome.kept += differs and not self.changes

    def refuse(self, row: Incoming, write: Write, error: Exception) -> None:
        """Note why a row was refused; what is no refusal goes on as what it is."""
        if not isinstance(error, DBAPIError):
            self.refused[row.line] = (Reason("out_of_range"),)
            return
        reasons = broken_rules(self.connection, [write], error) if is_verdict(error) else ()
        if not reasons and not (is_verdict(error) and is_sure(error)):
            raise error
        self.refused[row.line] = reasons or (Reason("refused"),)


def _apart(table: Table, rows: Sequence[Incoming]) -> Iterator[list[Incoming]]:
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


def _refers_to_itself(table: Table) -> bool:
    return any(key.referred_table is table for key in table.foreign_key_constraints)
