"""Which tables and views a database has, by engine, and which keys of theirs do not tell rows apart."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Column, Connection, Index, Inspector, PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.exc import OperationalError

A_VIEW = "it is a view: its rows are made of others"
A_VIRTUAL = "it is a virtual table: a module of the engine keeps it"
A_FOREIGN = "it is a foreign table: another server keeps its rows"
A_PARENT = "it also shows the rows of tables that inherit from it, so its key does not tell them apart"
INEXACT = "its key holds values of a type, FLOAT or BIT, that this engine does not find again as it shows them"
HIDDEN = "its key is a secret by its name, so it is not shown, and no row has an address"
RULES = {
    "sqlite": (
        "SELECT 'main', i.tbl_name, i.name, substr(i.sql, instr(lower(i.sql), ' on ')) FROM sqlite_master i"
        " WHERE i.type = 'index' AND EXISTS (SELECT 1 FROM pragma_index_list(i.tbl_name) l, pragma_index_xinfo(l.name)"
        ' WHERE l.name = i.name AND l."unique" AND cid = -2)'
    ),
    "postgresql": (
        "SELECT nspname, relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
        " JOIN pg_class t ON t.oid = conrelid JOIN pg_namespace s ON s.oid = relnamespace WHERE contype = 'x'"
    ),
}
SYSTEM_SCHEMAS = {"information_schema", "mysql", "performance_schema", "sys"}


def names(inspector: Inspector) -> Iterator[tuple[str | None, str, str | None]]:
    """Give schema, name, and why nothing can be edited there; the default schema first, without its name."""
    default = inspector.default_schema_name
    if inspector.dialect.name == "sqlite":
        yield from _on_sqlite(inspector)
        return
    one_only = default is not None and inspector.dialect.name in {"mysql", "mariadb"}
    schemas = [default] if one_only else inspector.get_schema_names()
    inherited = _inherited(inspector)
    for schema in sorted(schemas, key=lambda name: (name != default, name)):
        if schema in SYSTEM_SCHEMAS or str(schema).startswith("pg_"):
            continue
        shown = None if schema == default else schema
        for name in inspector.get_table_names(schema=shown):
            yield shown, name, A_PARENT if (schema, name) in inherited else None
        views = [*inspector.get_view_names(schema=shown)]
        if inspector.dialect.name == "postgresql":
            views += inspector.get_materialized_view_names(schema=shown)
            foreign = inspector.get_foreign_table_names(schema=shown)  # type: ignore[attr-defined]
            yield from ((shown, name, A_FOREIGN) for name in foreign)
        yield from ((shown, name, A_VIEW) for name in views)


def _on_sqlite(inspector: Inspector) -> Iterator[tuple[None, str, str | None]]:
    """Give them with the kinds that only SQLite has; a virtual table's own tables are its business."""
    rows = (
        _connection(inspector)
        .exec_driver_sql(
            "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        .all()
    )
    for name, kind in sorted(rows, key=lambda row: (row.type == "view", row.name)):
        if kind != "shadow":
            yield None, name, {"view": A_VIEW, "virtual": A_VIRTUAL}.get(kind)


def _inherited(inspector: Inspector) -> set[tuple[str, str]]:
    """Give the tables of PostgreSQL whose rows are also those of others, by schema and name; partitions are no such."""
    if inspector.dialect.name != "postgresql":
        return set()
    found = _connection(inspector).exec_driver_sql(
        "SELECT nspname, relname FROM pg_class t JOIN pg_namespace s ON s.oid = relnamespace"
        " WHERE relkind = 'r' AND t.oid IN (SELECT inhparent FROM pg_inherits)"
    )
    return {(schema, name) for schema, name in found}


def with_rowid(inspector: Inspector) -> dict[str, str]:
    """Give the tables whose rows SQLite numbers by itself, and the name under which no column of theirs hides that.

    The name is empty where the key is that number. Any other key of such a table may be NULL, many times.
    """
    if inspector.dialect.name != "sqlite":
        return {}
    taken = "EXISTS (SELECT 1 FROM pragma_table_xinfo(t.name) WHERE lower(name) = '{}')"
    free = " ".join(f"WHEN NOT {taken.format(name)} THEN '{name}'" for name in ("rowid", "_rowid_", "oid"))
    keyed = "(SELECT count(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1"
    indexed = "EXISTS (SELECT 1 FROM pragma_index_list(t.name) WHERE origin = 'pk')"
    numbered = (
        f"SELECT t.name, CASE WHEN {keyed} AND NOT {indexed} THEN '' {free} END FROM pragma_table_list t"  # noqa: S608
        " WHERE t.schema = 'main' AND t.wr = 0 AND t.type = "
    )
    connection = _connection(inspector)
    found = list(connection.exec_driver_sql(numbered + "'table'"))
    virtual = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'"
    for name in connection.exec_driver_sql(virtual).scalars().all():
        with suppress(OperationalError):  # its module is not here, which reflection says of that one table
            found += connection.exec_driver_sql(numbered + "'virtual' AND t.name = ?", (name,)).all()
    return {name: alias for name, alias in found if alias is not None}


def unless_inexact(table: Table, locked: str | None) -> str | None:
    """Take away a key that does not tell rows apart, or is a secret, and say why nothing can be edited.

    Gives what was said so far where the key may stay.
    """
    if locked is None and any(map(_is_inexact, table.primary_key.columns)):
        locked = INEXACT
    if locked in {A_PARENT, INEXACT, HIDDEN}:
        for each in table.primary_key.columns:
            each.primary_key = False
        table.append_constraint(PrimaryKeyConstraint())
    return locked


def _is_inexact(column: Column[Any]) -> bool:
    declared = column.info["type"].__visit_name__
    return column.info["engine"] in {"mysql", "mariadb"} and declared in {"FLOAT", "BIT"}


def rules(inspector: Inspector) -> dict[tuple[str, tuple[str, ...]], str]:
    """Give what SQLite does to rows when what they refer to goes, by table and columns that refer.

    SQLAlchemy reads that only of keys written at the end of their table, not of those written beside a column.
    """
    if inspector.dialect.name != "sqlite":
        return {}
    keys: dict[tuple[str, int, str], list[str]] = {}
    for table, number, column, rule in _connection(inspector).exec_driver_sql(
        'SELECT t.name, f.id, f."from", f.on_delete FROM pragma_table_list t, pragma_foreign_key_list(t.name) f'
        " WHERE t.schema = 'main' ORDER BY t.name, f.id, f.seq"
    ):
        keys.setdefault((table, number, rule), []).append(column)
    return {(table, tuple(columns)): rule for (table, _, rule), columns in keys.items() if rule != "NO ACTION"}


def add_uniques(inspector: Inspector, tables: Iterable[Table]) -> None:
    """Add what may stand once on SQLite, where it was said beside a column whose type has parentheses.

    SQLAlchemy reads that from the words of CREATE TABLE, and does not find those.
    """
    if inspector.dialect.name != "sqlite":
        return
    found: dict[str, dict[str, list[str]]] = {}
    for table, index, column in _connection(inspector).exec_driver_sql(
        "SELECT t.name, i.name, c.name"
        " FROM pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c"
        " WHERE t.schema = 'main' AND t.type = 'table' AND i.origin = 'u' ORDER BY t.name, i.seq DESC, c.seqno"
    ):
        found.setdefault(table, {}).setdefault(index, []).append(column)
    for each in tables:
        known = {
            frozenset(c.name for c in one.columns) for one in each.constraints if isinstance(one, UniqueConstraint)
        }
        for names in found.get(each.name, {}).values():
            if frozenset(names) not in known and all(name in each.columns for name in names):
                each.append_constraint(UniqueConstraint(*(each.columns[name] for name in names)))


def add_rules(inspector: Inspector, tables: Iterable[Table]) -> None:
    """Add rules that SQLAlchemy does not read, as indexes of their names: what drivers say is compared with these.

    They are unique indexes of SQLite over expressions, and what PostgreSQL excludes.
    """
    default = inspector.default_schema_name
    by_name = {(each.schema or default, each.name): each for each in tables}
    statement = RULES.get(inspector.dialect.name)
    for schema, name, rule, words in _connection(inspector).exec_driver_sql(statement) if statement else ():
        inside = re.split(r"\)\s*WHERE\b", words.partition("(")[2], flags=re.IGNORECASE)[0]
        if (schema, name) in by_name and inside:
            Index(rule, text(inside), unique=inspector.dialect.name == "sqlite", _table=by_name[schema, name])


def _connection(inspector: Inspector) -> Connection:
    """Give the connection that the inspector looks through."""
    if not isinstance(inspector.bind, Connection):
        raise TypeError(inspector.bind)
    return inspector.bind
