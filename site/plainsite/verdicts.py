"""What an engine says of a write that it refused: values that no column can hold, triggers, missing rights.

PostgreSQL names no column for a value that does not fit, so each value is asked on its own. MariaDB and SQLite end
their sentence with the column: it is compared with what each known column would look like there, never taken apart.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, bindparam, case, cast, false, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.types import NullType

from plainsite.kinds import declared_type
from plainsite.reasons import Reason
from plainsite.writes import Write

RAISED = "P0001"  # RAISE EXCEPTION in PostgreSQL, where the code is not chosen
RAISED_IN = "exec_stmt_raise"  # the function of PostgreSQL that raises what a trigger says, with whatever code
RAISED_BY_MARIADB, RAISED_BY_SQLITE = 1644, 1811
NOT_ALLOWED = {"25006", "42501"}  # a read-only transaction; no right
NOT_ALLOWED_BY_MARIADB = {1036, 1142, 1143, 1290, 1792, 1836}
NOT_SUPPORTED = "0A000"  # of PostgreSQL: a rule that puts something else in the place of what is written
LEFT_BEHIND = "23503"  # of PostgreSQL: something refers to nothing
LACKING = ("no such table: main.", "foreign key mismatch - ")  # of SQLite, by what a foreign key or a trigger asks for
SQLITE_ERROR, SQLITE_READONLY, SQLITE_FULL, SQLITE_MISMATCH = 1, 8, 13, 20
DISK_FULL = "53100"
FULL_FOR_MARIADB = {1021, 1114}
GONE_FROM_POSTGRESQL, GONE_FROM_MARIADB = {"42P01", "42703"}, {1054, 1146}
GONE = re.compile("no such (table|column)|table .* has no column")
MALFORMED_FOR_MARIADB = 1064
RULES = {"22001": "too_long", "22003": "out_of_range", "22008": "out_of_range", "23502": "missing", "23514": "check"}
CHECK_OF_MARIADB = 4025
RULES_OF_MARIADB = {1264: "out_of_range", 1265: "invalid", 1292: "invalid", 1366: "invalid", 1406: "too_long"}
OF_THE_WRITE = {CHECK_OF_MARIADB, RAISED_BY_MARIADB, 1364, 1411, 4078, *RULES_OF_MARIADB, *NOT_ALLOWED_BY_MARIADB}
# What MariaDB's drivers call an operational error although no waiting helps: a column that is not there or not given.
WRONG_FOR_MARIADB = {1054} | OF_THE_WRITE - NOT_ALLOWED_BY_MARIADB


def is_verdict(error: DBAPIError) -> bool:
    """Tell whether an error may be about what was written, and not about the connection or the program."""
    state = state_of(error)
    return (
        isinstance(error, IntegrityError | DataError)
        or _is_of_values(error)
        or state[:2] == "42"  # some types find a value wrong by way of "syntax error"
        or state in NOT_ALLOWED
        or state == NOT_SUPPORTED
        or code_of(error) in OF_THE_WRITE
        or _is_raised(error)
        or sqlite_of(error) == SQLITE_READONLY
    )


def is_sure(error: DBAPIError) -> bool:
    """Tell whether such an error is a refusal even where no rule is found; else it is the program's."""
    return not state_of(error).startswith("42") or _is_inside(error)


def is_wrong(error: Exception) -> bool:
    """Tell whether a statement is wrong, or the tables are of another version, although the driver calls it trouble."""
    if not isinstance(error, DBAPIError):
        return False
    return (
        getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR
        or code_of(error) in WRONG_FOR_MARIADB
        or (code_of(error) != 0 and _is_of_values(error))
    )


def is_full(error: DBAPIError) -> bool:
    """Tell whether there was no room for what was to be written."""
    return sqlite_of(error) == SQLITE_FULL or state_of(error) == DISK_FULL or code_of(error) in FULL_FOR_MARIADB


def is_malformed(error: DBAPIError) -> bool:
    """Tell whether a statement is none at all, whatever tables there are: whoever wrote it is wrong."""
    words = str(error.orig) if getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR else ""
    return "syntax error" in words or state_of(error) == "42601" or code_of(error) == MALFORMED_FOR_MARIADB


def is_lacking(error: Exception) -> bool:
    """Tell whether a statement asks for a table or a column that is not there."""
    if not isinstance(error, DBAPIError):
        return False
    lacks = getattr(error.orig, "sqlite_errorcode", None) == SQLITE_ERROR and GONE.match(str(error.orig))
    return state_of(error) in GONE_FROM_POSTGRESQL or code_of(error) in GONE_FROM_MARIADB or bool(lacks)


def misfits(connection: Connection, writes: Sequence[Write]) -> Iterator[Reason]:
    """Ask PostgreSQL of each value whether its column's type takes it. Writes nothing."""
    if connection.dialect.name != "postgresql":
        return
    pairs = ((column, write) for write in writes for column in write.table.columns if column.name in write.changed)
    for column, write in pairs:
        value = write.values.get(column.name)
        if value is None or column.info.get("type") is None:
            continue
        try:
            with connection.begin_nested():
                connection.execute(_question(column, value))
        except DBAPIError as error:
            if error.connection_invalidated:  # it says nothing of the value
                raise
            yield Reason(RULES.get(state_of(error), "invalid"), (column.name,))


def told(error: DBAPIError, writes: Sequence[Write]) -> Iterator[Reason]:
    """Give what the engine's own words say: which column, a trigger's message, that nothing may be written at all."""
    words, code = _words(error), code_of(error)
    if _is_raised(error) or (state_of(error) == "42501" and "row-level security" in words):
        yield Reason("said", words=words)
    elif state_of(error) in NOT_ALLOWED or code in NOT_ALLOWED_BY_MARIADB or sqlite_of(error) == SQLITE_READONLY:
        yield Reason("read_only")
    for write in writes:
        for column in write.table.columns:
            if rule := _rule_told(error, words, column):
                yield Reason(rule, (column.name,))


def last_words(error: DBAPIError) -> Iterator[Reason]:
    """Give PostgreSQL's own words, where nothing else is known: they are a sentence, and hold no SQL."""
    state = state_of(error)
    known = state == LEFT_BEHIND  # it is asked who refers to what, and the words are about tables that nobody looks at
    if (state[:2] in {"22", "23"} and not known) or state == NOT_SUPPORTED or (state and _is_inside(error)):
        yield Reason("said", words=_words(error))


def _is_inside(error: DBAPIError) -> bool:
    """Tell whether it happened in a function of the database's own, as triggers call them."""
    return "function" in (getattr(getattr(error.orig, "diag", None), "context", None) or "")


def _rule_told(error: DBAPIError, words: str, column: Column[Any]) -> str | None:
    """Give the rule of a column that the engine's sentence names."""
    table, code = column.table.name, code_of(error)
    strict = words.endswith(f" column {table}.{column.name}")  # of a STRICT table of SQLite
    if strict or (sqlite_of(error) == SQLITE_MISMATCH and column is column.table.autoincrement_column):
        return "invalid"
    if code in RULES_OF_MARIADB and _ends_with(words, table, column.name):
        return RULES_OF_MARIADB[code]
    checked = code == CHECK_OF_MARIADB and words.startswith(f"CONSTRAINT `{table}.{column.name}` failed")
    return "check" if checked else None


def _ends_with(words: str, table: str, column: str) -> bool:
    start = words.rpartition(" at row ")[0]
    return start.endswith((f" for column '{column}'", f".`{table}`.`{column}`"))


def _question(column: Column[Any], value: Any) -> Any:
    """Make the engine read a value as the column's type: by its name, or by standing beside the column."""
    declared, given = declared_type(column), bindparam(None, value, NullType())
    if isinstance(declared, NullType):
        beside = case((false(), column), else_=given)
        return select(func.count(beside)).select_from(column.table).where(false())
    return select(func.count(cast(given, declared)))


def _is_raised(error: DBAPIError) -> bool:
    by_function = getattr(getattr(error.orig, "diag", None), "source_function", None) == RAISED_IN
    raised = by_function or state_of(error) == RAISED or code_of(error) == RAISED_BY_MARIADB
    lacking = str(error.orig).startswith(LACKING)
    return raised or lacking or getattr(error.orig, "sqlite_errorcode", None) == RAISED_BY_SQLITE


def state_of(error: DBAPIError) -> str:
    """Give PostgreSQL's code."""
    return str(getattr(error.orig, "sqlstate", None) or "") if hasattr(error.orig, "diag") else ""


def code_of(error: DBAPIError) -> int:
    """Give MariaDB's code."""
    first = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return first if isinstance(first, int) else 0


def sqlite_of(error: DBAPIError) -> int:
    """Give SQLite's code, without its extension."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


def _is_of_values(error: DBAPIError) -> bool:
    """Tell whether a server's code is one of the classes that SQL has for values and for rules."""
    return str(getattr(error.orig, "sqlstate", None) or "")[:2] in {"22", "23"}


def named(error: DBAPIError) -> str:
    """Name an error for the log: its own words hold values, which may be secret."""
    code = state_of(error) or getattr(error.orig, "sqlite_errorname", None) or code_of(error)
    return f"{type(error.orig).__name__} {code}"


def _words(error: DBAPIError) -> str:
    """Give what the engine says to people, without where and how it came to say it."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if said is None and code_of(error) and error.orig is not None:
        said = error.orig.args[-1]
    return str(said if said is not None else error.orig)
