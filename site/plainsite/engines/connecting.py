"""Connecting as an address asks for it: what a driver can make nothing of is an error of the database."""

from collections.abc import Mapping, Sequence
from typing import Any


def connect(dialect: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Connect by a dialect's driver. Raises the driver's OperationalError, too, for an option it has no use for."""
    try:
        return dialect.connect(*arguments, **options)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise dialect.loaded_dbapi.OperationalError(str(error)) from error
