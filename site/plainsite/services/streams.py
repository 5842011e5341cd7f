"""All rows that a query asks for, in its order, from a connection of their own: what exports are made of."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, CursorResult, Engine, Select, literal_column, select

from plainsite.engines import UNTIMED
from plainsite.engines.statements import canceller
from plainsite.kinds import BINARY, FLOAT, JSON, LIST, LONG_TEXT, OTHER, TEXT, kind_of
from plainsite.reflection import Relation
from plainsite.services.batches import in_batches
from plainsite.services.cascades import these
from plainsite.services.keyset import order_by, parts
from plainsite.services.listing import shown, sorted_by
from plainsite.services.pages import Record
from plainsite.services.queries import Query, conditions
from plainsite.services.statements import leave

ROWS = 200  # of a batch: few enough to stay in the processor's cache
FETCHED = 1000  # rows that a server hands over at a time, at most
LONG = frozenset({LONG_TEXT, BINARY, JSON, LIST, OTHER})  # kinds whose values may be long; on SQLite any text may be


class Stream:
    """Batches of rows, held one at a time. Its connection goes back when the last is read, or when it is closed."""

    def __init__(
        self, engine: Engine, relation: Relation, query: Query, *, keys: Sequence[Sequence[Any]] | None = None
    ) -> None:
        """Ask, and read the first batch, so that what cannot be answered is known before anything is sent.

        Takes an engine, a relation of it, what is wanted of that and, where it is to be some rows only, their keys; no
        statement is ended for taking long. Raises ValueError for a column or an operator that there is not and for a
        key of another length, and what the driver raises.
        """
        self.columns = shown(relation, query)
        statements = _statements(relation, query, self.columns, engine.dialect.name, keys)
        self._connection: Connection | None = engine.connect()
        self._reading: CursorResult[Any] | None = None
        self._batches = self._read(self._connection, statements)
        try:
            self._first = next(self._batches, None)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Give the batches."""
        try:
            if self._first is not None:
                yield self._first
                yield from self._batches
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back, read to its end or not."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._reading is not None:
            leave(self._reading, canceller(connection))
        connection.close()

    def _read(self, connection: Connection, statements: Sequence[Select[Any]]) -> Iterator[Sequence[Record]]:
        engine = connection.dialect.name
        fetched, kinds = (ROWS, LONG | {TEXT}) if engine == "sqlite" else (FETCHED, LONG)
        long = [place for place, column in enumerate(self.columns) if kind_of(column) in kinds]
        # Of the statement, not of the connection: what begins a transaction there is no stream.
        options = {UNTIMED: True, "stream_results": True, "max_row_buffer": fetched}
        if len(statements) > 1 and engine == "postgresql":  # both are to see the same rows
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        for statement in statements:
            self._reading = connection.execute(statement, execution_options=options)
            for rows in in_batches(self._reading, fetched, long):
                yield from (rows[place : place + ROWS] for place in range(0, len(rows), ROWS))
            self._reading = None


def _statements(
    relation: Relation,
    query: Query,
    columns: Sequence[Column[Any]],
    engine: str,
    keys: Sequence[Sequence[Any]] | None,
) -> list[Select[Any]]:
    """Give the statements that hold the rows in the order of the table's pages: NULLs last, ties broken by the key."""
    exact = [_exact(column, engine) for column in columns]
    statement = select(*exact).select_from(relation.table).where(*conditions(relation, query))
    if keys is not None:
        statement = statement.where(these(relation, keys)(relation.table))
    sort = sorted_by(relation, query)
    if relation.place:
        order = order_by(relation.place, sort, descending=query.descending, engine=engine)
        return list(parts(statement, order, None, backward=False))
    if sort is not None:
        statement = statement.order_by(sort.desc() if query.descending else sort.asc())
    return [statement]


def _exact(column: Column[Any], engine: str) -> ColumnElement[Any]:
    """Give all of a value: MariaDB prints six digits of what a FLOAT holds."""
    inexact = engine in {"mysql", "mariadb"} and kind_of(column) == FLOAT
    return (column + literal_column("0e0")).label(column.name) if inexact else column
