"""What a session is about to write, noted before the database has its say."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import FromClause, Null, Table, inspect
from sqlalchemy.orm import LoaderCallableStatus, Mapper, Session, class_mapper, object_mapper

NOTED = "plainsite_pending"  # where a session keeps what its unit is about to write

_known: WeakKeyDictionary[Mapper[Any], list[tuple[str, str]]] = WeakKeyDictionary()


class Write(NamedTuple):
    """What was about to be written to one row."""

    kind: str  # "insert", "update" or "delete"
    table: Table
    values: dict[str, Any]
    key: dict[str, Any]  # of the row as it stands in the database; empty for a new one
    changed: frozenset[str]  # the columns that are to be written: what stood there before broke no rule


class Written(NamedTuple):
    """What was written to one row, for the history: its key, and its values by column as they were and as they are."""

    action: str  # "create", "change" or "delete"
    table: Table
    key: tuple[Any, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    number: int = 0  # of rows, where it tells of many at once and of none by its key


def about_to(session: Session, write: Write) -> None:
    """Note what a statement is going to write of which the session's flushes know nothing."""
    session.info[NOTED].append(write)


def pending(session: Session) -> Iterator[Write]:
    """Give what the session's next flush will write."""
    for kind, records in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted)):
        for record in records:
            mapper = object_mapper(record)
            values = _values(mapper, record)
            untouched = inspect(record).unmodified if kind == "update" else frozenset()
            changed = frozenset(name for name, key in _keys(mapper) if key not in untouched)
            yield Write(kind, _table(mapper), values, _key(mapper, record), changed)


def held(session: Session) -> dict[int, Mapping[str, Any]]:
    """Give what the rows hold that the session's next flush may change: by the `id` of the record, by column."""
    return {id(record): _before(object_mapper(record), record) for record in session.dirty}


def written(session: Session, held: Mapping[int, Mapping[str, Any]]) -> Iterator[Written]:
    """Give what the session's flush has just written. Takes what `held` gave before it."""
    for record in session.new:
        mapper = object_mapper(record)
        yield Written("create", _table(mapper), _present(mapper, record), None, _values(mapper, record))
    for record in session.dirty:
        mapper = object_mapper(record)
        before = held.get(id(record), {})
        yield Written("change", _table(mapper), _present(mapper, record), before, _values(mapper, record))
    for record in session.deleted:
        mapper = object_mapper(record)
        yield Written("delete", _table(mapper), _present(mapper, record), _values(mapper, record), None)


def inserted(table: Table, key: tuple[Any, ...], values: Mapping[str, Any]) -> Written:
    """Give what was written when a row was inserted by a statement of ours, of which its key and values are known.

    What nobody gave is NULL, where nothing but the database would fill it in.
    """
    return Written("create", table, key, None, {**_empty(table), **values})


def deletion(table: Table, row: Sequence[Any]) -> Written:
    """Give what was written when a row, of every column, was deleted by a statement of ours."""
    before = dict(zip((column.name for column in table.columns), row, strict=True))
    return Written("delete", table, tuple(before[column.name] for column in table.primary_key), before, None)


def table_of(record: type[Any]) -> Table:
    """Give the table of a mapped class."""
    return _table(class_mapper(record))


def as_table(found: FromClause) -> Table:
    """Give what a class is mapped to as the table that it is."""
    if not isinstance(found, Table):  # pragma: no cover - nothing else is ever mapped for writing
        raise TypeError(found)
    return found


@lru_cache
def _empty(table: Table) -> dict[str, None]:
    """Give the columns that are NULL in a row where nobody gives them a value."""
    return {column.name: None for column in table.columns if column.server_default is None and column.computed is None}


def _before(mapper: Mapper[Any], record: Any) -> dict[str, Any]:
    """Give what a record's row held when it was loaded."""
    loaded, old = record.__dict__, inspect(record).committed_state
    known = {
        name: old[key] if key in old else loaded[key] for name, key in _keys(mapper) if key in old or key in loaded
    }
    return {name: value for name, value in known.items() if not isinstance(value, LoaderCallableStatus)}


def _present(mapper: Mapper[Any], record: Any) -> tuple[Any, ...]:
    """Give the key that a record has now."""
    return tuple(mapper.primary_key_from_instance(record))


def _table(mapper: Mapper[Any]) -> Table:
    return as_table(mapper.local_table)


def _values(mapper: Mapper[Any], record: Any) -> dict[str, Any]:
    loaded = record.__dict__
    values = {name: loaded[key] for name, key in _keys(mapper) if key in loaded}
    return {name: None if isinstance(value, Null) else value for name, value in values.items()}


def _keys(mapper: Mapper[Any]) -> list[tuple[str, str]]:
    """Give the names of a table's columns, each with that of the attribute that holds it."""
    found = _known.get(mapper)
    if found is None:
        columns = mapper.local_table.columns
        found = _known[mapper] = [(column.name, mapper.get_property_by_column(column).key) for column in columns]
    return found


def _key(mapper: Mapper[Any], record: Any) -> dict[str, Any]:
    identity = record._sa_instance_state.key  # noqa: SLF001 - the key as loaded, whatever the record says by now
    return dict(zip((c.name for c in mapper.primary_key), identity[1], strict=True)) if identity else {}
