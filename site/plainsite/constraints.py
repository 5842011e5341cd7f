"""What is known of a table's rules without asking the database: which there are, and which of them a driver names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import DBAPIError

from plainsite.reasons import Reason
from plainsite.writes import Write

WORD = re.compile(r'\w+|"[^"]+"|`[^`]+`')


def uniques(table: Table) -> Iterator[list[Column[Any]]]:
    """Give each set of columns whose values may stand once, so far as it can be asked with plain equality."""
    yield list(table.primary_key.columns)
    constraints = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    yield from sorted((list(one.columns) for one in constraints), key=lambda columns: _places(table, columns))
    for index in table.indexes:
        partial = any(options.get("where") is not None for options in index.dialect_options.values())
        if index.unique and not partial and all(isinstance(part, Column) for part in index.expressions):
            yield list(index.columns)


def fate_of(foreign: ForeignKeyConstraint) -> str:
    """Tell what becomes of the rows that refer to one that is deleted.

    "goes" (each is deleted too), "is set free" (what it refers to becomes NULL, or its default), or "keeps" (it keeps
    what it refers to, also because NULL cannot stand there).
    """
    rule, columns = (foreign.ondelete or "").upper(), list(foreign.columns)
    if rule == "CASCADE":
        return "goes"
    if rule.startswith("SET NULL"):  # of PostgreSQL maybe followed by the columns that become NULL
        listed = {word.strip('"') for word in WORD.findall((foreign.ondelete or "").partition("(")[2])}
        emptied = [column for column in columns if column.name in listed or not listed]
        return "is set free" if all(column.nullable for column in emptied) else "keeps"
    given = all(column.nullable or column.server_default is not None for column in columns)
    return "is set free" if rule.startswith("SET DEFAULT") and given else "keeps"


def named(error: DBAPIError, writes: Sequence[Write]) -> Iterator[Reason]:
    """Find the rule that the driver names, by comparing with what each known rule would be called."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    words = str(error.orig.args[-1]) if error.orig is not None and error.orig.args else ""
    for table in {write.table for write in writes}:
        for columns in chain(uniques(table), (list(index.columns) for index in table.indexes if index.unique)):
            if words == "UNIQUE constraint failed: " + ", ".join(f"{table.name}.{c.name}" for c in columns):
                yield Reason("taken", shown(columns))
        rules: Iterable[Any] = chain(
            table.constraints, table.indexes, *(column.constraints for column in table.columns)
        )
        for rule in rules:
            if isinstance(rule, CheckConstraint) and words == f"CHECK constraint failed: {rule.sqltext}":
                yield Reason("check", shown(_concerned(rule, table)))
            elif _is_named(rule, name, words) and not _is_left(rule, writes):
                yield Reason(_kind_of(rule), shown(_concerned(rule, table)), constraint=str(rule.name))


def shown(columns: Iterable[Column[Any]]) -> tuple[str, ...]:
    """Name columns as a form knows them: a folded key stands for the text it is made from."""
    return tuple(column.info.get("key_of", column.name) for column in columns)


def _places(table: Table, columns: Iterable[Column[Any]]) -> list[int]:
    """Give where columns stand in their table: constraints come as a set, and a form wants the table's order."""
    order = list(table.columns)
    return [order.index(column) for column in columns]


def _kind_of(rule: Any) -> str:
    if isinstance(rule, ForeignKeyConstraint):
        return "unknown"
    unique = isinstance(rule, UniqueConstraint | PrimaryKeyConstraint) or (isinstance(rule, Index) and rule.unique)
    return "taken" if unique else "check"


def _is_left(rule: Any, writes: Sequence[Write]) -> bool:
    """Tell whether a foreign key of a table to itself is broken by those who would be left: nothing was typed there."""
    return isinstance(rule, ForeignKeyConstraint) and not any(
        write.kind != "delete" and any(column.name in write.changed for column in rule.columns) for write in writes
    )


def _is_named(rule: Any, name: str | None, words: str) -> bool:
    """Tell whether a rule is the one of PostgreSQL's name for it, or of another engine's sentence."""
    alone = isinstance(rule, Index) and not rule.unique  # an index that no rule needs has the name of a foreign key
    return bool(rule.name) and (rule.name == name or (not alone and _names(words, str(rule.name))))


def _names(words: str, constraint: str) -> bool:
    """Tell whether SQLite's, MariaDB's or MySQL's sentence names the constraint, where it names one."""
    quoted = re.escape(constraint)
    kinds = (
        rf"^CHECK constraint failed: {quoted}$",
        rf"index '{quoted}'$",
        rf"CONSTRAINT `{quoted}` ",
        rf"for key '([^']*\.)?{quoted}'$",
        rf"^Check constraint '{quoted}' is violated",
    )
    return re.search("|".join(kinds), words) is not None


def _concerned(rule: Any, table: Table) -> Iterable[Column[Any]]:
    if isinstance(rule, CheckConstraint):
        parts = [rule.sqltext]
    elif isinstance(rule, Index):
        parts = list(rule.expressions)
    else:
        return list(rule.columns)
    texts = " ".join(f'"{part.name}"' if isinstance(part, Column) else str(part) for part in parts)
    texts = re.sub("'(?:[^']|'')*'", " ", texts)  # a text in it may be called as a column is
    words = set(WORD.findall(texts))
    return [each for each in table.columns if {each.name, f'"{each.name}"', f"`{each.name}`"} & words]
