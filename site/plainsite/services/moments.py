"""Times as lists show them: read as text, because making a time of it, and a text of that, costs more than the rest."""

from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[str]):
    """A time as text, in UTC: "2026-11-20 06:30:05", and a fraction where there is one. For reading only."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy gives it
        """Give what SQLite keeps as it is; other drivers give a time."""
        return None if value is None else str(value)
