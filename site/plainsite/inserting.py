"""New records, inserted at once: past the session's unit of work, and yet noted as what it writes is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import FromClause
from sqlalchemy.orm import Mapper, Session, class_mapper

from plainsite import recording, submissions
from plainsite.driven import add_row
from plainsite.writes import Write, about_to, as_table, inserted, table_of

Kind = TypeVar("Kind")


def insert(session: Session, kind: type[Kind], /, **values: Any) -> Kind:
    """Insert one new record of a kind at once, in a fifth of the time that the session's unit of work takes.

    Call it in a transaction. Gives the record, with its key and its defaults, as a plain object: the session does not
    know it, so changing it changes nothing in the database. What the kind validates it does here too. A refusal is told
    in columns as ever.
    """
    mapper: Any = class_mapper(kind)
    columns = _columns(mapper)
    record: Kind = mapper.class_manager.new_instance()
    for name, value in values.items():
        if name not in columns:
            message = f"{name!r} is no column of {kind.__name__}"
            raise TypeError(message)
        validator = mapper.validators.get(name)
        record.__dict__[name] = validator[0](record, name, value) if validator else value
    given = {columns[name]: value for name, value in record.__dict__.items() if name in columns}
    written = insert_row(session, table_of(kind), given)
    record.__dict__.update({name: written[column] for name, column in columns.items() if column in written})
    return record


def insert_row(session: Session, table: FromClause, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert one new row, as `insert` does a record.

    Takes the table and the values by column; a column that is not named gets its default. Gives all that was written
    by column.
    """
    known = as_table(table)
    write = Write("insert", known, dict(values), {}, frozenset(known.columns.keys()))
    about_to(session, write)
    key, written = add_row(session.connection(), known, write.values)
    recording.note(session, inserted(known, key, written))
    submissions.lead_to(session, known.name, ",".join(map(str, key)))
    return written


@lru_cache
def _columns(mapper: Mapper[Any]) -> dict[str, str]:
    """Give the columns of a kind by the names of its attributes."""
    return {mapper.get_property_by_column(column).key: column.name for column in mapper.local_table.columns}
