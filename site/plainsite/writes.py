"""What a session is about to write, noted before the database has its say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper, Session, object_mapper


@dataclass(frozen=True)
class Write:
    """What was about to be written to one row."""

    kind: str  # "insert", "update" or "delete"
    table: Table
    values: dict[str, Any]
    key: dict[str, Any]  # of the row as it stands in the database; empty for a new one


def pending(session: Session) -> Iterator[Write]:
    """Give what the session's next flush will write."""
    for kind, records in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for record in records:
            mapper = object_mapper(record)
            yield Write(kind, _table(mapper), _values(mapper, record), _key(mapper, record))


def insertion(record: Any) -> Write:
    """Give what inserting a new record will write."""
    mapper = object_mapper(record)
    return Write("insert", _table(mapper), _values(mapper, record), {})


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    if not isinstance(table, Table):  # pragma: no cover - nothing else is ever mapped for writing
        raise TypeError(table)
    return table


def _values(mapper: Mapper[Any], record: Any) -> dict[str, Any]:
    loaded = record.__dict__
    keys = ((column.name, mapper.get_property_by_column(column).key) for column in mapper.local_table.columns)
    return {name: loaded[key] for name, key in keys if key in loaded}


def _key(mapper: Mapper[Any], record: Any) -> dict[str, Any]:
    identity = record._sa_instance_state.key  # noqa: SLF001 - the key as loaded, whatever the record says by now
    return dict(zip((c.name for c in mapper.primary_key), identity[1], strict=True)) if identity else {}
