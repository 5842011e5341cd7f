"""Which of some incoming rows a table has already, by their keys, as the database itself compares them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.raw import Inferred, Raw
from plainsite.services.pages import Record
from plainsite.services.queries import given
from plainsite.verdicts import is_verdict


def known(session: Session, table: Table, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Record]:
    """Give the rows of the table that have the key of an incoming one, by its line. Takes values by column, by line."""
    names = [column.name for column in table.primary_key.columns]
    keyed = {
        line: {name: values[name] for name in names}
        for line, values in rows.items()
        if all(values.get(name) is not None for name in names)
    }
    if not keyed:
        return {}
    stored = _stored(session, table, _among(table, list(keyed.values())))
    if stored is not None:
        places = [list(table.columns.keys()).index(name) for name in names]
        exact = {tuple(row[place] for place in places): row for row in stored}
        found = {line: exact[own] for line, key in keyed.items() if (own := tuple(key.values())) in exact}
        if len(found) == len(stored):
            return found
    # A key may be there in another spelling, which only the database takes for the same; or it may be no key at all.
    singly = ((line, _stored(session, table, same(table, key))) for line, key in keyed.items())
    return {line: one[0] for line, one in singly if one}


def same(table: Table, key: Mapping[str, Any]) -> ColumnElement[bool]:
    """Give the condition that a row has a key."""
    return and_(*(table.columns[name] == given(value) for name, value in key.items()))


def asking(session: Session) -> AbstractContextManager[Any]:
    """Give what a question that may fail is asked in: only PostgreSQL has to be led back, and Aria tables cannot be."""
    return session.begin_nested() if session.get_bind().dialect.name == "postgresql" else nullcontext()


def _among(table: Table, keys: Sequence[Mapping[str, Any]]) -> ColumnElement[bool]:
    """Give the condition that a row has one of some keys."""
    name = next(iter(keys[0]))
    if len(keys[0]) > 1 or isinstance(table.columns[name].type, Inferred):
        return or_(*(same(table, key) for key in keys))
    return table.columns[name].in_(bindparam(None, [key[name] for key in keys], Raw(), expanding=True))


def _stored(session: Session, table: Table, condition: ColumnElement[bool]) -> Sequence[Record] | None:
    """Give the rows that meet a condition; None where one of its values cannot be what it is compared with."""
    try:
        with asking(session):
            return session.connection().execute(select(*table.columns).where(condition)).all()
    except (DBAPIError, OverflowError) as error:
        if isinstance(error, DBAPIError) and not is_verdict(error):
            raise
        return None
