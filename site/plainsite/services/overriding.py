"""An INSERT that gives also what PostgreSQL would number by itself: rows that come back keep their numbers."""

from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.ext.compiler import compiles


class Overriding(Insert):
    """An INSERT of rows with values of their own for GENERATED ALWAYS AS IDENTITY."""

    inherit_cache = True


@compiles(Overriding, "postgresql")
def _compiled(insert: Overriding, compiler: Any, **words: Any) -> str:
    written: str = compiler.visit_insert(insert, **words)
    return written.replace(") VALUES (", ") OVERRIDING SYSTEM VALUE VALUES (", 1)


def insert_into(table: Table, names: Any) -> Insert:
    """Give the INSERT of rows that have values for some columns, by name."""
    always = {column.name for column in table.columns if getattr(column.identity, "always", False)}
    return Insert(table) if always.isdisjoint(names) else Overriding(table)
