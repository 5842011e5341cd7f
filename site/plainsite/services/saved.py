"""Saved queries: list those of a database, find one, save, change and delete."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from plainsite.inserting import insert
from plainsite.models import SavedQuery
from plainsite.services.held import Held, still
from plainsite.services.pages import Record
from plainsite.transactions import transaction

queries = SavedQuery.__table__


def find_all(session: Session, database: str) -> Sequence[Record]:
    """List a database's saved queries by name: id, name, statement, changed_at."""
    columns = queries.c.id, queries.c.name, queries.c.statement, queries.c.changed_at
    wanted = select(*columns).where(queries.c.database == database).order_by(queries.c.name_key)
    return session.connection().execute(wanted).all()


def find(session: Session, database: str, query_id: int) -> Record | None:
    """Find one saved query of a database: id, name, statement; None when there is none."""
    wanted = select(queries.c.id, queries.c.name, queries.c.statement)
    found = wanted.where(queries.c.database == database, queries.c.id == query_id)
    return session.connection().execute(found).first()


@transaction
def create(session: Session, *, database: str, name: str, statement: str) -> SavedQuery:
    """Save a query under a name that no other one of its database has."""
    return insert(session, SavedQuery, database=database, name=name, statement=statement)


@transaction
def update(
    session: Session, query_id: int, *, name: str | None = None, statement: str | None = None, held: Held = None
) -> SavedQuery | None:
    """Change what is given of a saved query. None when it is gone; raises Changed when it is not as `held` says."""
    query = session.get(SavedQuery, query_id, populate_existing=True, with_for_update=True)
    if query is None:
        return None
    still(held, query)
    query.name = query.name if name is None else name
    query.statement = query.statement if statement is None else statement
    session.flush()
    return query


@transaction
def delete(session: Session, query_id: int, *, held: Held = None) -> bool:
    """Delete a saved query; False when it is gone already. Raises Changed when it is not as `held` says."""
    query = session.get(SavedQuery, query_id, populate_existing=True, with_for_update=True)
    if query:
        still(held, query)
        session.delete(query)
    return query is not None
