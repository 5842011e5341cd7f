"""Tables that exist already: looked at one by one, so that an odd one never hides the rest, and mapped imperatively.

Columns keep what the driver gives and takes as it stands (`Raw`), because a value that its declared type cannot hold
("31.12.2024" in a DATE of SQLite, a zero date of MariaDB, infinity in PostgreSQL) has to be shown and kept. What the
column was declared as stands in `column.info["type"]`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Computed,
    Engine,
    ForeignKeyConstraint,
    Inspector,
    MetaData,
    Table,
    column,
    inspect,
    types,
)
from sqlalchemy.exc import NoSuchTableError, SAWarning, SQLAlchemyError
from sqlalchemy.orm import registry

from plainsite.kinds import is_secret
from plainsite.periods import complete, keys, versions
from plainsite.raw import passing
from plainsite.tablenames import HIDDEN, add_rules, add_uniques, names, rules, unless_inexact, with_rowid

ROWID = "rowid"  # marks the key of SQLite that is the number of the row: always a whole number
PREFIX = "c_"  # of the attributes of mapped records: a column may be called what a record needs for itself
NO_KEY = "it has no primary key, so no row of it can be told from another"
KEPT_AS_THEY_ARE = (types.Integer, types.String)  # they neither change a value on its way nor refuse one
# By name, so that a site starts without the dialects it does not use. On PostgreSQL a text that is said to be one is
# compared as one: with its blanks, with its capitals.
ODD_TEXTS = {"postgresql": {"CHAR", "CITEXT"}, "mysql": {"SET"}}


@dataclass(frozen=True, eq=False)
class Relation:
    """A table or view that exists.

    name: its full name, with the schema where there are several; record: the mapped class, None where no row can be
    changed; locked: why not, in words that follow "because"; place: what tells rows apart and puts them in order, never
    NULL: the key, or SQLite's rowid where the key may be; empty where nothing does.
    """

    name: str
    table: Table
    record: type[Any] | None
    locked: str | None
    place: tuple[ColumnElement[Any], ...]


@dataclass(eq=False)
class Reflection:
    """What a database holds: relations by name, and what was left out, with why."""

    relations: dict[str, Relation] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def reflect(engine: Engine, *, told: Callable[[int, int], None] | None = None) -> Reflection:
    """Look at every table and view of every visible schema.

    Takes an engine; `told` is called with how many are done, of how many. Returns a Reflection; one broken view, odd
    type or missing right leaves just that one out. Raises what the driver raises when the database does not answer.
    """
    # Each look is a transaction of its own, so that one which fails does not spoil those after it.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return _reflect(inspect(connection), told)


def _reflect(inspector: Inspector, told: Callable[[int, int], None] | None) -> Reflection:
    metadata, mapping, found = MetaData(), registry(), Reflection()
    named = list(names(inspector))
    tables: list[tuple[Table, str | None]] = []
    numbered, versioned, keyed = with_rowid(inspector), versions(inspector), keys(inspector)
    for done, (schema, name, locked) in enumerate(named):
        if told:
            told(done, len(named))
        table = Table(name, metadata, schema=schema)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SAWarning)  # a type or an index that SQLAlchemy does not know
                inspector.reflect_table(table, None, resolve_fks=False)
            _keep_raw(table, inspector.dialect.name)
            complete(table, keyed.get((schema, name), ()))
            for each in set(versioned.get((schema, name), ())) & set(table.columns.keys()):
                table.columns[each].server_default = table.columns[each].computed = Computed("")
        except (SQLAlchemyError, ValueError, TypeError, LookupError, AttributeError) as error:
            if getattr(error, "connection_invalidated", False):
                raise
            metadata.remove(table)
            found.left_out[_full(schema, name)] = _why(error)
        else:
            tables.append((table, locked))
    _link(inspector, [table for table, _ in tables])
    add_uniques(inspector, [table for table, _ in tables])
    add_rules(inspector, [table for table, _ in tables])
    for table, locked in tables:
        relation = _relation(mapping, table, locked, numbered.get(table.name))
        found.relations[relation.name] = relation
    return found


def _keep_raw(table: Table, engine: str) -> None:
    """Let each column's values pass as they are, and keep beside it what it was declared as."""
    if not table.columns:
        raise ValueError("it has no columns")
    if any("``" in each.name for each in table.columns):
        raise ValueError("a column's name holds a backtick, which SQLAlchemy reads twice on this engine")
    for each in table.columns:
        declared = each.info["type"] = each.type
        each.info["engine"] = engine
        odd = isinstance(declared, types.Enum) or declared.__visit_name__ in ODD_TEXTS.get(engine, ODD_TEXTS["mysql"])
        if odd or not isinstance(declared, KEPT_AS_THEY_ARE):
            each.type = passing(declared, engine)


def _link(inspector: Inspector, tables: list[Table]) -> None:
    """Tie foreign keys to the columns that they mean: by any spelling on SQLite, and only where these are there."""
    on_sqlite = rules(inspector)
    alike = {(table.schema, table.name.casefold()): table for table in reversed(tables)}
    exact = {(table.schema, table.name): table for table in tables}
    for table in tables:
        for constraint in list(table.foreign_key_constraints):
            _untie(table, constraint)
        for key in inspector.get_foreign_keys(table.name, schema=table.schema):
            schema, name = key["referred_schema"], key["referred_table"]
            parent = exact.get((schema, name), alike.get((schema, name.casefold())))
            own = [table.columns.get(name) for name in key["constrained_columns"]]
            referred = [_column(parent, name) for name in key["referred_columns"]] if parent is not None else []
            if referred and len(referred) == len(own) and all(c is not None for c in (*own, *referred)):
                told = on_sqlite.get((table.name, tuple(key["constrained_columns"])))
                rule = key.get("options", {}).get("ondelete") or told
                table.append_constraint(ForeignKeyConstraint(own, referred, name=key["name"], ondelete=rule))  # type: ignore[arg-type]


def _untie(table: Table, constraint: ForeignKeyConstraint) -> None:
    table.constraints.discard(constraint)
    for element in constraint.elements:
        element.parent.foreign_keys.discard(element)
        table.foreign_keys.discard(element)


def _column(table: Table, name: str) -> Column[Any] | None:
    alike = (each for each in table.columns if each.name.casefold() == name.casefold())
    return table.columns.get(name) if name in table.columns else next(alike, None)


def _place(table: Table, rowid: str | None) -> tuple[ColumnElement[Any], ...]:
    key = tuple(table.primary_key.columns)
    if rowid == "":
        key[0].info[ROWID] = True
    return (column(rowid, types.Integer),) if rowid else key


def _relation(mapping: registry, table: Table, locked: str | None, rowid: str | None) -> Relation:
    if locked is None and any(is_secret(each.name) for each in table.primary_key.columns):
        locked, rowid = HIDDEN, rowid or None  # where the key is the row's number, that is the secret
    record, locked = None, unless_inexact(table, locked)
    if locked is None and not table.primary_key.columns:
        locked = NO_KEY
    if locked is None:
        record = type(table.fullname, (), {})
        try:
            mapping.map_imperatively(record, table, column_prefix=PREFIX, confirm_deleted_rows=False)
        except SQLAlchemyError as error:
            record, locked = None, _why(error)
    return Relation(_full(table.schema, table.name), table, record, locked, _place(table, rowid))


def _full(schema: str | None, name: str) -> str:
    return f"{schema}.{name}" if schema else name


def _why(error: Exception) -> str:
    """Say in a line what is wrong with a table, without the statement that met it."""
    if isinstance(error, NoSuchTableError):
        return "it is not there any more"
    cause: BaseException = error
    while cause.__cause__:
        cause = cause.__cause__
    words = str(cause.args[-1] if cause.args else "").strip()  # MariaDB's begin with a number
    if "non-blank name" in words:  # as SQLAlchemy says it
        return "a column of it has no name"
    return words.splitlines()[0] if words else type(cause).__name__
