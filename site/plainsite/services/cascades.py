"""What hangs on records, through every level: what would go with them, and what keeps them where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from plainsite.reflection import Reflection, Relation
from plainsite.services.queries import Query, conditions, given
from plainsite.services.references import Reference, references_to

DEEPEST = 8  # levels that are followed
COUNTED_UP_TO = 1000

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
    _follow(session, reflection, relation, which, found, DEEPEST)
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


def _follow(  # noqa: PLR0913, PLR0917
    session: Session, reflection: Reflection, relation: Relation, which: Condition, found: list[Hanging], deeper: int
) -> None:
    for reference in references_to(reflection, relation):
        condition = _referring(reference, which)
        child = reference.child.table.alias()
        some = select(1).select_from(child).where(condition(child)).limit(COUNTED_UP_TO).subquery()
        count = session.connection().execute(select(func.count()).select_from(some)).scalar_one()
        if not count:
            continue
        fate = {"CASCADE": "goes", "SET NULL": "is set free", "SET DEFAULT": "is set free"}.get(
            (reference.rule or "").upper(), "keeps"
        )
        found.append(Hanging(reference, count, fate))
        if fate == "goes" and deeper and reference.child is not relation:
            _follow(session, reflection, reference.child, condition, found, deeper - 1)


def _referring(reference: Reference, which: Condition) -> Condition:
    """Give the condition that a row refers to one of those rows."""

    def condition(child: FromClause) -> ColumnElement[bool]:
        parent = reference.parent.table.alias()
        pairs = zip(reference.columns, reference.referred, strict=True)
        same = [child.c[own.name] == parent.c[other.name] for own, other in pairs]
        return exists(select(1).select_from(parent).where(*same, which(parent)))

    return condition
