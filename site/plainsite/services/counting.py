"""How many records of a table there are, at a price that does not grow with it."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from plainsite.reflection import Relation
from plainsite.services.plans import kept
from plainsite.services.queries import Query, conditions

COUNTED_UP_TO = 10_000


def count(session: Session, relation: Relation, query: Query | None = None) -> int:
    """Count records, up to 10,001: one more than are counted."""
    statement = kept(relation, _counting)(relation, query or Query())
    return session.connection().execute(statement).scalar_one()


def count_few(session: Session, relation: Relation) -> int:
    """Count all records of a table that is known to have few: SQLite then counts pages instead of rows."""
    return session.connection().execute(kept(relation, _counting_few)(relation)).scalar_one()


def any_beyond(session: Session, relation: Relation, number: int) -> bool:
    """Tell whether a table has more records than a number."""
    statement = select(1).select_from(relation.table).offset(number).limit(1)
    return session.connection().execute(statement).first() is not None


def _counting(relation: Relation, query: Query) -> Select[int]:
    some = select(1).select_from(relation.table).where(*conditions(relation, query))
    return select(func.count()).select_from(some.limit(COUNTED_UP_TO + 1).subquery())


def _counting_few(relation: Relation) -> Select[int]:
    return select(func.count()).select_from(relation.table)
