"""Rows from elsewhere, taken into any table: tried for real, and taken back where they were only tried."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.reasons import Reason, Refused
from plainsite.reflection import Relation
from plainsite.refusals import broken_rules
from plainsite.services.deferred import TooLate, look_at_all, look_at_once
from plainsite.services.incoming import How, Incoming, Outcome, alike, apart, not_taken_back
from plainsite.services.keyed import known, same
from plainsite.services.overriding import insert_into
from plainsite.services.pages import Record
from plainsite.services.telling import Telling
from plainsite.transactions import transaction
from plainsite.verdicts import is_sure, is_verdict
from plainsite.writes import Write

Tell = Callable[[int, bool], None]  # takes how many rows are done, and whether all of it is about to be kept


class _Undone(Exception):  # noqa: N818 - on purpose
    """What was written was only tried."""


def take(  # noqa: PLR0913 - each is one choice of whoever imports
    session: Session,
    relation: Relation,
    rows: Iterable[Incoming],
    *,
    changes: bool,
    partly: bool,
    trial: bool,
    told: Tell = lambda _, __: None,
) -> Outcome:
    """Take rows into a table, in one transaction.

    A row whose key is there is equal ("there"), or changed where `changes`, or else kept as it is. A row that the
    database refuses is told with its line and the reasons; unless `partly`, none is then written. A `trial` does all
    of it and takes it back. The rows are gone through anew where the engine asks for that, and where a rule that it
    looks at last was broken by one of them; a hundred are held at a time, and those that may refer to one further down.
    `told` hears how far it is. Raises Refused for a table that cannot be written, and where only the commit is refused.
    """
    if relation.record is None or not_taken_back(relation):
        raise Refused(Reason("read_only"))
    how = How(changes, partly, trial)
    try:
        return _outcome(session, relation.table, rows, how, told)
    except TooLate:  # once more, so that it is known of which row
        return _outcome(session, relation.table, rows, how._replace(at_once=True), told)


def _outcome(session: Session, table: Table, rows: Iterable[Incoming], how: How, told: Tell) -> Outcome:
    try:
        return _take(session, table, rows, how, told)
    except _Undone as undone:
        outcome: Outcome = undone.args[0]
        return outcome


@transaction
def _take(session: Session, table: Table, rows: Iterable[Incoming], how: How, told: Tell) -> Outcome:
    if how.at_once:
        look_at_once(session.connection())
    taking = _Taking(session, table, how.changes)
    for done in taking.of(rows):
        told(done, False)  # noqa: FBT003
    taking.take_those_that_wait()
    taking.telling.end()
    outcome = taking.outcome
    outcome.refused.sort(key=lambda each: each[0])
    if not how.at_once:
        look_at_all(session.connection())  # a trial has no later for them
    if how.trial or (outcome.refused and not how.partly):
        raise _Undone(outcome)
    told(taking.done, True)  # noqa: FBT003
    outcome.written = True
    return outcome


class _Taking:
    """Rows on their way into a table, inside a transaction."""

    def __init__(self, session: Session, table: Table, changes: bool) -> None:  # noqa: FBT001
        self.session, self.connection, self.table, self.changes = session, session.connection(), table, changes
        self.outcome = Outcome()
        self.telling = Telling(session, table)
        self.done = 0
        self.waiting: list[tuple[Incoming, tuple[Reason, ...]]] = []  # those that may find what they refer to
        self.may_wait = any(key.referred_table is table for key in table.foreign_key_constraints)

    def of(self, rows: Iterable[Incoming]) -> Iterator[int]:
        """Take rows; give now and then how many are done."""
        for some in apart(self.table, self.readable(rows)):
            there = known(self.session, self.table, {row.line: row.values for row in some})
            new = [row for row in some if row.line not in there]
            for _, same_columns in groupby(new, key=lambda row: tuple(row.values)):
                self.add(list(same_columns))
            for row in some:
                if row.line in there:
                    self.change(row, there[row.line])
            self.done += len(some)
            yield self.done

    def take_those_that_wait(self) -> None:
        """Take rows that may refer to one further down, as long as some find it."""
        while self.waiting:
            some, self.waiting = self.waiting, []
            for _ in self.of(row for row, _ in some):
                pass
            if len(self.waiting) == len(some):
                for row, reasons in self.waiting:
                    self.outcome.refuse(row, reasons)
                break

    def readable(self, rows: Iterable[Incoming]) -> Iterator[Incoming]:
        """Give the rows that could be read."""
        for row in rows:
            if row.why:
                self.done += 1
                self.outcome.refuse(row, (Reason("unread", words=row.why),))
            else:
                yield row

    def add(self, rows: Sequence[Incoming]) -> None:
        """Add rows by one statement; when that is refused, each half by its own, and so on."""
        statement = insert_into(self.table, rows[0].values).inline()
        try:
            with self.connection.begin_nested():
                if len(rows) > 1:
                    self.connection.execute(statement, [dict(row.values) for row in rows])
                else:
                    self.connection.execute(statement.values(dict(rows[0].values)))
            self.outcome.added += len(rows)
            self.telling.tell("create", [(None, row.values) for row in rows])
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
        held, keys = stored._asdict(), self.table.primary_key.columns.keys()
        key = {name: held[name] for name in keys}
        if row.otherwise(held, keys):  # look again under its lock: somebody may have changed it since, or it is gone
            locked = select(*self.table.columns).where(same(self.table, key)).with_for_update()
            if (found := self.connection.execute(locked).first()) is None:
                self.add([row])
                return
            held = found._asdict()
        other = row.otherwise(held, keys)
        if not other:
            self.outcome.there += 1
            return
        differs = True
        try:
            with suppress(_Undone), self.connection.begin_nested():
                self.connection.execute(self.table.update().where(same(self.table, key)).values(other))
                now = select(*(self.table.columns[name] for name in other)).where(same(self.table, key))
                after = self.connection.execute(now).one()
                differs = not all(alike(value, held[name]) for name, value in zip(other, after, strict=True))
                if not self.changes:
                    raise _Undone
        except (DBAPIError, OverflowError) as error:
            write = Write("update", self.table, {**held, **other}, key, frozenset(other))
            if self.changes:
                self.refuse(row, write, error)
                return
        self.outcome.there += not differs
        self.outcome.changed += differs and self.changes
        if differs and self.changes:
            self.telling.tell("change", [(held, {**held, **other})])
        self.outcome.kept += differs and not self.changes

    def refuse(self, row: Incoming, write: Write, error: Exception) -> None:
        """Note why a row was refused; what is no refusal goes on as what it is."""
        if not isinstance(error, DBAPIError):
            self.outcome.refuse(row, (Reason("out_of_range"),))
            return
        reasons = broken_rules(self.connection, [write], error) if is_verdict(error) else ()
        if not reasons and not (is_verdict(error) and is_sure(error)):
            raise error
        if self.may_wait and any(reason.rule == "unknown" for reason in reasons):
            self.waiting.append((row, reasons))
        else:
            self.outcome.refuse(row, reasons or (Reason("refused"),))
