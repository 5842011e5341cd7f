"""Types of columns, and what is said of them, that mean the same on SQLite, PostgreSQL and MariaDB."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Index, String, Table, Text, column, func, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import char_length

MARIADB = ("mariadb", "mysql")  # SQLAlchemy calls its dialect by either name
# MariaDB's own collations take "a", "A", "ä" and "a " for one text, and all emoji for one: this one tells all apart.
# In a server's older formats of rows an index takes 767 bytes, and a key has up to 1,600.
COLLATION = {"charset": "utf8mb4", "collate": "utf8mb4_nopad_bin", "engine": "InnoDB", "row_format": "DYNAMIC"}
# What each table is made with: texts that compare as they are.
AS_IS: Any = {f"{engine}_{name}": value for engine in MARIADB for name, value in COLLATION.items()}
# And, where its records have addresses: a number once given is never given again, so none ever shows another record.
NUMBERED: Any = {"sqlite_autoincrement": True, **AS_IS}
PARTIAL = ("sqlite", "postgresql")  # engines whose indexes may leave rows out


# Types of MariaDB by their names: SQLAlchemy's own would bring along all of that engine, at every start.
class Precise(DateTime):
    """A time with microseconds."""


class Medium(Text):
    """A text of up to 16 MiB."""


class Long(Text):
    """A text of up to 4 GiB."""


compiles(Precise)(lambda *_, **__: "DATETIME(6)")
compiles(Medium)(lambda *_, **__: "MEDIUMTEXT")
compiles(Long)(lambda *_, **__: "LONGTEXT")


def moment() -> DateTime:
    """Give the type of a time: in UTC, without a zone, with microseconds, which MariaDB would drop."""
    return DateTime().with_variant(Precise(), *MARIADB)


def writing(characters: int) -> Text:
    """Give the type of a long text: MariaDB's own TEXT ends at 65,535 bytes, in the middle of a text."""
    return Text(characters).with_variant(Text(), "postgresql").with_variant(Medium(), *MARIADB)


def endless() -> Text:
    """Give the type of a text of any length."""
    return Text().with_variant(Long(), *MARIADB)


def key(characters: int) -> String:
    """Give the type of a folded text: sorted by code points on every engine, whatever the server's language."""
    return String(characters).with_variant(String(characters, collation="C"), "postgresql")


def characters(name: str, most: int) -> ColumnElement[bool]:
    """Give the rule that a text is not empty and has at most so many characters; MariaDB's length() is of bytes."""
    return func.char_length(column(name)).between(1, most)


def beyond(engine: str, order: tuple[Any, Any], here: tuple[Any, Any], *, backward: bool) -> list[ColumnElement[bool]]:
    """Give the rules that rows come after a place in a list that begins with the highest; before it when `backward`."""
    pair, place = tuple_(*order), tuple_(*here)
    rules: list[ColumnElement[bool]] = [pair > place if backward else pair < place]
    if engine in MARIADB:  # it knows no range of a pair, and would read every row up to the page
        rules.append(order[0] >= here[0] if backward else order[0] <= here[0])
    return rules


def specify(table: Table) -> None:
    """Say of a table, before it is made or compared, what is only for one engine; this brings along all engines.

    It is NUMBERED where its `info` says "numbered", else AS_IS; an index is of the rows that its `info` says are its
    "rows". What the table says for itself stays.
    """
    _add(table, NUMBERED if table.info.get("numbered") else AS_IS)
    for index in table.indexes:
        if (rows := index.info.get("rows")) is not None:
            _add(index, {f"{engine}_where": rows for engine in PARTIAL})


def _add(to: Table | Index, said: Mapping[str, Any]) -> None:
    own = [*to.dialect_kwargs]  # which only lists what was said, though it has defaults for all else
    to.dialect_kwargs.update({name: value for name, value in said.items() if name not in own})


@compiles(char_length, "sqlite")
def _length(element: Any, compiler: Any, **how: Any) -> str:
    """Call it what SQLite calls it."""
    return f"length{compiler.process(element.clause_expr, **how)}"
