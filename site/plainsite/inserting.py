"""New records, inserted at once: past the session's unit of work, and yet noted as what it writes is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import FromClause, Table
from sqlalchemy.orm import Session, class_mapper

from plainsite import recording, submissions
from plainsite.driven import add_row
from plainsite.texts import fold
from plainsite.writes import Write, about_to, as_table, inserted, table_of

Kind = TypeVar("Kind")


def insert(session: Session, kind: type[Kind], /, **values: Any) -> Kind:
    """Insert one new record of a kind at once, in a fifth of the time that the session's unit of work takes.

    Call it in a transaction. Gives the record, with its key and its defaults, as a plain object: the session does not
    know it, so changing it changes nothing in the database. A refusal is told in columns as ever.
    """
    written = insert_row(session, table_of(kind), values)
    record: Kind = class_mapper(kind).class_manager.new_instance()
    record.__dict__.update(written)
    return record


def insert_row(session: Session, table: FromClause, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert one new row, as `insert` does a record.

    Takes the table and the values by column; a column that is not named gets its default, and what is the key of
    another column is made from that. Gives all that was written by column.
    """
    known = as_table(table)
    folded = {key: fold(values[name]) for key, name in _keys(known) if name in values}
    write = Write("insert", known, {**values, **folded}, {}, frozenset(known.columns.keys()))
    about_to(session, write)
    key, written = add_row(session.connection(), known, write.values)
    recording.note(session, inserted(known, key, written))
    submissions.lead_to(session, known.name, ",".join(map(str, key)))
    return written


@lru_cache
def _keys(table: Table) -> list[tuple[str, str]]:
    """Give the columns that are keys under which spellings of another column's text meet, each with that one."""
    return [(column.name, column.info["key_of"]) for column in table.columns if "key_of" in column.info]
