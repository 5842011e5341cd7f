"""New records, inserted at once: past the session's unit of work, and yet noted as what it writes is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import FromClause, Table
from sqlalchemy.orm import Session, class_mapper

from plainsite import recording, submissions
from plainsite.driven import add_row
from plainsite.writes import Write, about_to, as_table, inserted

Kind = TypeVar("Kind")


def insert(session: Session, kind: type[Kind], /, **values: Any) -> Kind:
    """Insert one new record of a kind at once, in a fifth of the time that the session's unit of work takes.

    Call it in a transaction. Gives the record, with its key and its defaults, as a plain object: the session does not
    know it, so changing it changes nothing in the database. What the kind validates it does here too. A refusal is told
    in columns as ever.
    """
    known = _known(kind)  # type: ignore[arg-type]  # a class is hashable
    record: Kind = known.manager.new_instance()
    held = record.__dict__
    held.update(values)
    for name, validated in known.validators:
        if name in values:
            held[name] = validated(record, name, values[name])
    if not values.keys() <= known.columns.keys():
        message = f"{min(values.keys() - known.columns.keys())!r} is no column of {kind.__name__}"
        raise TypeError(message)
    given = {known.columns[name]: value for name, value in held.items() if name in known.columns}
    written = insert_row(session, known.table, given)
    held.update({known.names[column]: value for column, value in written.items()})
    return record


def insert_row(session: Session, table: FromClause, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert one new row, as `insert` does a record.

    Takes the table and the values by column; a column that is not named gets its default. Gives all that was written
    by column.
    """
    known = as_table(table)
    write = Write("insert", known, dict(values), {}, _every(known))
    about_to(session, write)
    key, written = add_row(session.connection(), known, write.values)
    recording.note(session, inserted(known, key, written))
    submissions.lead_to(session, known.name, ",".join(map(str, key)))
    return written


class Known(NamedTuple):
    """What is known of a kind of record: what makes one, and its columns by attribute, and the other way round."""

    manager: Any
    table: Table
    columns: dict[str, str]
    names: dict[str, str]
    validators: list[tuple[str, Any]]


@lru_cache
def _known(kind: type[Any]) -> Known:
    mapper: Any = class_mapper(kind)
    table = as_table(mapper.local_table)
    columns = {mapper.get_property_by_column(column).key: column.name for column in table.columns}
    validators = [(name, validator[0]) for name, validator in mapper.validators.items()]
    return Known(mapper.class_manager, table, columns, {column: name for name, column in columns.items()}, validators)


@lru_cache
def _every(table: Table) -> frozenset[str]:
    return frozenset(table.columns.keys())
