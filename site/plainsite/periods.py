"""What MariaDB keeps of times in a table, where SQLAlchemy reads none of it: versions of rows, periods in keys."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Inspector, PrimaryKeyConstraint, Table

ASKED = """SELECT table_schema, table_name, column_name FROM information_schema.columns
  WHERE table_schema = COALESCE(DATABASE(), table_schema) AND {} ORDER BY ordinal_position"""
VERSIONS, KEYS = "generation_expression IN ('ROW START', 'ROW END')", "column_key = 'PRI'"

Columns = dict[tuple[str | None, str], list[str]]  # by schema and table


def versions(inspector: Inspector) -> Columns:
    """Give the columns in which MariaDB itself keeps since when and until when a row is valid: they are generated."""
    return _by_table(inspector, VERSIONS)


def keys(inspector: Inspector) -> Columns:
    """Give the columns of each key, those of a period WITHOUT OVERLAPS among them."""
    return _by_table(inspector, KEYS)


def complete(table: Table, key: Iterable[str]) -> None:
    """Let a table's key be of all its columns, so that it tells rows apart."""
    columns = [table.columns[name] for name in key if name in table.columns]
    if len(columns) > len(table.primary_key.columns):
        for each in table.primary_key.columns:
            each.primary_key = False  # or SQLAlchemy would warn that they are others
        table.append_constraint(PrimaryKeyConstraint(*columns))


def _by_table(inspector: Inspector, condition: str) -> Columns:
    found: Columns = {}
    for schema, table, name in _asked(inspector, condition):
        found.setdefault((None if schema == inspector.default_schema_name else schema, table), []).append(name)
    return found


def _asked(inspector: Inspector, condition: str) -> Iterator[Any]:
    if inspector.dialect.name in {"mysql", "mariadb"} and isinstance(inspector.bind, Connection):
        yield from inspector.bind.exec_driver_sql(ASKED.format(condition))
