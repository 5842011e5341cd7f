"""Rules that PostgreSQL looks at only when all is done, where it was told so: foreign keys, and what is unique."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from plainsite.verdicts import is_verdict


class TooLate(Exception):  # noqa: N818 - it is about when
    """Such a rule was broken: by some row, and the database does not say which."""


def look_at_once(connection: Connection) -> None:
    """Have such rules looked at, for what was done so far and at each statement from now on."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")


def look_at_all(connection: Connection) -> None:
    """Have them looked at. Raises TooLate for one that is broken, and what else the driver raises."""
    try:
        look_at_once(connection)
    except DBAPIError as error:
        if not is_verdict(error):
            raise
        raise TooLate from error
