"""What hangs on records, through every level: what would go with them, and what keeps them where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, FromClause, and_, exists, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from plainsite.constraints import fate_of
from plainsite.kinds import SEARCHED, kind_of
from plainsite.reflection import Reflection, Relation
from plainsite.refusals import KEEPS_ITSELF
from plainsite.services.queries import Query, conditions, given
from plainsite.services.references import Reference, references_to

COUNTED_UP_TO = 1000

Columns = Sequence[Column[Any]]
Condition = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True)
class Hanging:
    """Rows of a relation that hang on others: how many (at most 1,000 are counted), and what becomes of them.

    fate: "goes" (it is deleted too), "is set free" (its foreign key becomes NULL or its default), or "keeps" (it keeps
    what it refers to from being deleted).
    """

    reference: Reference
    count: int
    fate: str


def hanging_on(session: Session, reflection: Reflection, relation: Relation, which: Condition) -> list[Hanging]:
    """Count what hangs on records (see `these` and `matching`), level by level, as the foreign keys' rules have it."""
    found: list[Hanging] = []
    _follow(session, reflection, (relation,), (which, which), found)
    return found


def these(relation: Relation, keys: Sequence[Sequence[Any]]) -> Condition:
    """Give the condition that a row is one of those with these keys; ValueError for a key of another length."""
    names = [column.name for column in relation.table.primary_key.columns]
    pairs = [list(zip(names, key, strict=True)) for key in keys]

    def condition(row: FromClause) -> ColumnElement[bool]:
        if len(names) == 1:
            return row.c[names[0]].in_([given(value) for each in pairs for _, value in each])
        return or_(*(and_(*(row.c[name] == given(value) for name, value in each)) for each in pairs))

    return condition


def matching(relation: Relation, query: Query) -> Condition:
    """Give the condition that a row is one of those that a query finds; ValueError where `conditions` raises it."""
    table, wanted = relation.table, conditions(relation, query)

    def condition(row: FromClause) -> ColumnElement[bool]:
        same = [row.c[column.name] == column for column in table.primary_key.columns]
        return exists(select(1).select_from(table).where(*same, *wanted))

    return condition


def _follow(
    session: Session,
    reflection: Reflection,
    path: tuple[Relation, ...],
    which: tuple[Condition, Condition],
    found: list[Hanging],
) -> None:
    """Count what hangs on rows of the last relation of a path.

    `which` tells those rows, and first those of the path's beginning, to which a circle may lead back.
    """
    relation = path[-1]
    if not (references := references_to(reflection, relation)):
        return
    going = _going(relation, which[1], references)
    for reference in references:
        fate, refers = fate_of(reference.key), _referring(reference, going)
        condition = refers
        if reference.child is relation:
            stays = _staying(session, reference, going, which[1] if fate == "goes" else None)
            condition = _both(_among(relation, going) if fate == "goes" else refers, stays)
        elif reference.child is path[0]:
            condition = _both(refers, lambda row: not_(which[0](row)))
        child = reference.child.table.alias()
        some = select(1).select_from(child).where(condition(child)).limit(COUNTED_UP_TO).subquery()
        count = session.connection().execute(select(func.count()).select_from(some)).scalar_one()
        if count:
            found.append(Hanging(reference, count, fate))
        if count and fate == "goes" and reference.child not in path:
            _follow(session, reflection, (*path, reference.child), (which[0], refers), found)


def _going(relation: Relation, which: Condition, references: Sequence[Reference]) -> CTE:
    """Select the rows that go: those, and whatever of the same table goes with them, down to the last level."""
    referred = [column.name for reference in references for column in reference.referred]
    names = list(dict.fromkeys([column.name for column in relation.table.primary_key.columns] + referred))
    first, next_ = relation.table.alias(), relation.table.alias()
    own = [each for each in references if each.child is relation and fate_of(each.key) == "goes"]
    found = select(*(first.c[name] for name in names)).where(which(first)).cte(recursive=bool(own))
    if not own:
        return found
    below = or_(*(_refers(each, found, next_) for each in own))
    return found.union(select(*(next_.c[name] for name in names)).where(below))


def _referring(reference: Reference, going: CTE) -> Condition:
    """Give the condition that a row refers to one of those that go; by a list of them, where an index can be used."""
    if any(kind_of(column) in SEARCHED for column in reference.referred):  # it may think nothing of capitals
        return lambda child: exists(select(1).select_from(going).where(_refers(reference, going, child)))
    return lambda child: _in(child, reference.columns, going, reference.referred)


def _refers(reference: Reference, parent: FromClause, child: FromClause) -> ColumnElement[bool]:
    """Give the condition that one row refers to another; what is the same is for the column referred to to say."""
    pairs = zip(reference.columns, reference.referred, strict=True)
    return and_(*(parent.c[referred.name] == child.c[own.name] for own, referred in pairs))


def _among(relation: Relation, going: CTE) -> Condition:
    """Give the condition that a row is one of those that go."""
    columns = list(relation.table.primary_key.columns) or [relation.table.c[each.name] for each in going.c]
    return lambda row: _in(row, columns, going, columns)


def _in(row: FromClause, columns: Columns, going: CTE, of: Columns) -> ColumnElement[bool]:
    """Give the condition that a row has in some columns what one of those that go has in others."""
    own, theirs = [row.c[column.name] for column in columns], select(*(going.c[column.name] for column in of))
    return own[0].in_(theirs) if len(own) == 1 else tuple_(*own).in_(theirs)


def _staying(session: Session, reference: Reference, going: CTE, which: Condition | None) -> Condition:
    """Give the condition that a row of the same table is not deleted anyway, or is in its own way."""

    def condition(row: FromClause) -> ColumnElement[bool]:
        stays = not_(which(row) if which is not None else _among(reference.child, going)(row))
        keeps = fate_of(reference.key) == "keeps" and session.get_bind().dialect.name in KEEPS_ITSELF
        return or_(stays, _refers(reference, row, row)) if keeps else stays

    return condition


def _both(one: Condition, other: Condition) -> Condition:
    return lambda row: and_(one(row), other(row))
