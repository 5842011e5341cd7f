"""Time for what nobody wants to wait for; and which databases have just let somebody wait in vain."""

import time
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from plainsite.databases import Attached

SLOW = 0.2  # seconds for an error
SPARED_FOR = 30  # seconds for which no figure is asked of a database that let somebody wait in vain

Found = TypeVar("Found")

_slow_until: WeakKeyDictionary[Engine, float] = WeakKeyDictionary()


class Patience:
    """Some time, shared by figures that nobody wants to wait for: what comes too late is left out, and so is an error.

    A single statement is still bounded by the database's own limit only.
    """

    def __init__(self, seconds: float) -> None:
        """Begin to wait."""
        self.until = time.monotonic() + seconds
        self.ran_out = False

    def ask(self, database: Attached, figure: Callable[[], Found]) -> Found | None:
        """Give a figure of a database; None when there is no time left, or when the database cannot tell."""
        began = time.monotonic()
        if began > self.until or is_slow(database):
            self.ran_out = True
            return None
        try:
            return figure()
        except SQLAlchemyError:
            database.remove()
            if time.monotonic() - began > SLOW:
                note_slow(database)
            return None


def is_slow(database: Attached) -> bool:
    """Tell whether a database has just let somebody wait in vain: it is not asked for figures for some seconds."""
    return time.monotonic() < _slow_until.get(database.engine, 0)


def note_slow(database: Attached) -> None:
    """Take down that a database has let somebody wait in vain."""
    _slow_until[database.engine] = time.monotonic() + SPARED_FOR
