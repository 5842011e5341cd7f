"""Many rows that statements write, told to the history: some thousand by their keys, the rest as a number."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from plainsite.recording import note
from plainsite.writes import Written

MOST = 5_000  # rows that are told of one by one

Pair = tuple[Mapping[str, Any] | None, Mapping[str, Any]]  # a row as it was, None where it is new, and as it is


class Telling:
    """What is told of one table in one transaction."""

    def __init__(self, session: Session, table: Table) -> None:
        """Take the session whose transaction it is, and the table."""
        self.session, self.table, self.left = session, table, MOST
        self.untold: Counter[str] = Counter()

    def tell(self, action: str, rows: Sequence[Pair]) -> None:
        """Tell what was written; what the database has made of it is looked at before the commit."""
        names = [column.name for column in self.table.primary_key.columns]
        for before, after in rows:
            key = tuple(after.get(name) for name in names)
            if self.left and None not in key:
                self.left -= 1
                note(self.session, Written(action, self.table, key, before, after))
            else:
                self.untold[action] += 1

    def end(self) -> None:
        """Tell of how many rows it was not told by their keys."""
        note(self.session, *(Written(action, self.table, (), None, {}, rows) for action, rows in self.untold.items()))
