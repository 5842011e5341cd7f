"""Statements that people write for an attached database: run to be looked at, or streamed whole; ended when told."""

import math
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError

from plainsite.engines import UNTIMED
from plainsite.engines.statements import allow_more, canceller, watched
from plainsite.kinds import FEW_BYTES
from plainsite.services.batches import in_batches
from plainsite.services.running import Running
from plainsite.services.sqltext import PARAMETER, Part, Unwelcome, single

MOST_ROWS = 1000  # that a page shows
CUT = 120  # characters of a text that a page shows
AT_ONCE = 50  # rows fetched together at most: each batch has the time limit
LONGEST_WORDS = 500  # characters of what the engine says
STREAMED = frozenset({"select", "with", "values", "table"})  # what PostgreSQL can step through
TOO_LONG = (
    *("interrupted", "statement timeout", "max_statement_time", "maximum statement execution time"),
    "query (timed out)",  # the driver's words for a server that did not end it in time
)
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,15})?")
COUNTS = re.compile(r"\b(limit|offset|first|next)\s+$|\blimit\s+\S+\s*,\s*$", re.IGNORECASE)


Rows = Generator[Sequence[Any], None, None]  # batches of them; close it when nobody wants more


class Failed(Exception):  # noqa: N818 - the database did its work
    """A statement that gave nothing; says why in a line: of the engine's words, where it has some."""


class Blob(int):
    """A binary value of more than a few bytes, by how many it has."""


class Result(NamedTuple):
    """What a statement gave: its columns' names, rows (texts cut after 121 characters), and whether there are more."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    more: bool
    seconds: float


Opened = tuple[Sequence[str], Iterator[Sequence[Any]]]  # the columns' names, and batches of rows


class Asker(NamedTuple):
    """Where and for whom statements are run: the engine that only reads, the time limit, and who may end them."""

    engine: Engine
    seconds: float
    running: Running
    owner: object

    def run(self, statement: str, values: Mapping[str, str], *, most: int = MOST_ROWS) -> Result:
        """Run a statement and give its first rows.

        Takes the statement and its parameters' values as texts. Raises Failed with why it gave nothing, and what the
        driver raises when the database does not answer.
        """
        begun = time.monotonic()
        with self._open(statement, values) as (names, batches):
            rows: list[Sequence[Any]] = []
            for batch in batches:
                rows += ([_cut(value) for value in row] for row in batch)
                if len(rows) > most:
                    break
                if time.monotonic() - begun > self.seconds:
                    raise Failed(_too_long(self.seconds))
        return Result(names, rows[:most], len(rows) > most, time.monotonic() - begun)

    def stream(self, statement: str, values: Mapping[str, str]) -> tuple[Sequence[str], Rows]:
        """Give a statement's columns, and batches of all its rows, whole; each batch has the time limit for itself.

        Close the batches when nobody wants them any more. Raises as `run` does, at once or while they come.
        """
        batches = self._whole(statement, values)
        return next(batches), batches

    def _whole(self, statement: str, values: Mapping[str, str]) -> Rows:
        with self._open(statement, values, whole=True) as (names, batches):
            yield names
            yield from batches

    @contextmanager
    def _open(self, statement: str, values: Mapping[str, str], *, whole: bool = False) -> Iterator[Opened]:
        dialect = self.engine.dialect.name
        try:
            sent, given, steps = _written(single(statement, dialect), values, dialect)
        except Unwelcome as error:
            raise Failed(str(error)) from error
        with self.engine.connect() as connection:
            connection.begin()  # and never committed: what a function has done after all is taken back
            end = canceller(connection)
            with self.running.noted(self.owner, end) as told, watched(connection, end, told):
                try:
                    options = {"stream_results": steps, "max_row_buffer": AT_ONCE}
                    # MariaDB's limit is for all rows together; there the driver waits so long for the next ones.
                    options[UNTIMED] = whole and dialect in {"mysql", "mariadb"}
                    result = connection.execution_options(**options).exec_driver_sql(sent, given)
                    if not result.returns_rows:
                        raise Failed("This statement gives no rows")
                    try:
                        yield list(result.keys()), self._batches(connection, result)
                    finally:
                        leave(result, end)
                except DBAPIError as error:
                    raise Failed(self._why(error, cancelled=told())) from error
                except (ValueError, OverflowError, TypeError) as error:  # of a driver: a value that it cannot send
                    raise Failed("A value cannot be sent to the database as it is") from error

    def _batches(self, connection: Connection, result: CursorResult[Any]) -> Iterator[Sequence[Any]]:
        for batch in in_batches(result, AT_ONCE):
            allow_more(connection, math.inf)  # while nothing is asked of the database
            yield batch
            allow_more(connection, self.seconds)

    def _why(self, error: DBAPIError, *, cancelled: bool) -> str:
        words = words_of(error)
        if cancelled:
            return "It was cancelled"
        return _too_long(self.seconds) if any(sign in words for sign in TOO_LONG) else words


def words_of(error: DBAPIError) -> str:
    """Give what an engine says of a statement, in one line."""
    driver = error.orig
    diagnosis = getattr(driver, "diag", None)
    said = [getattr(diagnosis, "message_primary", None), getattr(diagnosis, "message_hint", None)]
    words = ". ".join(filter(None, said))
    if not words and driver is not None and driver.args:
        words = str(driver.args[-1])
    return " ".join((words or str(driver)).split())[:LONGEST_WORDS]


def _too_long(seconds: float) -> str:
    return f"It took longer than {seconds:g} seconds and was ended: ask for less"


def leave(result: CursorResult[Any], end: Callable[[], None]) -> None:
    """Put away a result of which not all was fetched: MariaDB's driver reads the rest first, so that is ended."""
    if result.context.dialect.name in {"mysql", "mariadb"} and result.cursor is not None:
        with suppress(Exception):
            end()
            while result.cursor.fetchmany(AT_ONCE):
                pass
    result.close()


def _written(parts: Sequence[Part], values: Mapping[str, str], dialect: str) -> tuple[str, Any, bool]:
    """Write a statement as a driver wants it: text, values, and whether the server can step through its rows."""
    first = next(text.lower() for _, text in parts if text.isalpha())
    steps = dialect != "sqlite" and first in STREAMED
    given: dict[str, Any] = {}
    written, before = [], ""
    for kind, text in parts:
        if kind != PARAMETER:
            written.append(text if dialect == "sqlite" else text.replace("%", "%%"))
            before += text
            continue
        name, value = text[1:], values.get(text[1:], "")
        if dialect == "sqlite":
            given[name] = _as_number(value)
            written.append(text)
        else:
            counts = dialect != "postgresql" and COUNTS.search(before) and value.isascii() and value.isdigit()
            name = f"{name}, counted" if counts else name  # which no other can be called
            given[name] = int(value) if counts else value
            written.append(f"%({name})s")
        before += text
    return "".join(written), given or None, steps


def _as_number(value: str) -> str | int | float:
    """Read what looks like a number as one: SQLite finds no text equal to a number, unless a column says so."""
    if not NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[: CUT + 1]
    return Blob(len(value)) if isinstance(value, bytes) and len(value) > FEW_BYTES else value
