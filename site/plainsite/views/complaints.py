"""What a database would not do, in words: what is the matter with it, and what may help."""

import logging
import re

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from plainsite.again import asks_again
from plainsite.verdicts import code_of, is_lacking, sqlite_of, state_of

log = logging.getLogger(__name__)

TOO_LONG = ("interrupted", "statement timeout", "max_statement_time", "lock timeout")
NOT_ALLOWED = ("permission denied", "command denied", "Access denied")
AWAY = "the database does not answer just now"
OTHER = "its tables are not as they were when they were looked at, so have them looked at again"
OTHERWISE = "the database could not do this: where you compare, look whether each value fits its column"
# Of a file of SQLite, by its code.
OF_FILES = {
    10: f"{AWAY}: its file cannot be read",
    11: "the file of the database is damaged: bring it back from a copy, or mend it with SQLite's own .recover",
    14: f"{AWAY}: its file cannot be opened",
    26: "the file is no database of SQLite, or it is encrypted",
}
NO_SCHEMA = "3F000"  # of PostgreSQL
BROKEN_VIEW = 1356  # of MariaDB
LACKING = re.compile(r"no such (module|function|collation sequence): \S+|unknown tokenizer: \S+|no query solution")


def complaint(error: SQLAlchemyError) -> str:
    """Say in words what kind of thing went wrong; the driver's own words go to the log."""
    words = str(getattr(error, "orig", None) or error)
    log.info("%s", words)
    if took_too_long(error):
        return "this took too long and was ended: ask for less, by a filter or in another order"
    if is_not_allowed(error):
        return "whoever the site signs in as has no right to read this"
    return _of_what_is_there(error, words) if isinstance(error, DBAPIError) else OTHERWISE


def took_too_long(error: SQLAlchemyError) -> bool:
    """Tell whether a statement was ended because of the time that it took."""
    return any(sign in str(getattr(error, "orig", None) or error) for sign in TOO_LONG)


def is_not_allowed(error: SQLAlchemyError) -> bool:
    """Tell whether a database has refused because of a right that is missing."""
    return any(sign in str(getattr(error, "orig", None) or error) for sign in NOT_ALLOWED)


def _of_what_is_there(error: DBAPIError, words: str) -> str:
    """Say what is the matter with the file, the tables or the server."""
    if sqlite_of(error) in OF_FILES:
        return OF_FILES[sqlite_of(error)]
    if sqlite_of(error) and (lacking := LACKING.search(words)):
        return f"SQLite, as it is on this machine, lacks what this needs ({lacking[0]})"
    if is_lacking(error) or state_of(error) == NO_SCHEMA:
        return OTHER
    if code_of(error) == BROKEN_VIEW:
        return "what this view is made of is gone, or may not be read"
    # MariaDB's drivers call an operational error whatever they do not know.
    about_the_statement = bool(code_of(error)) and error.statement is not None and not asks_again(error)
    return AWAY if isinstance(error, OperationalError) and not about_the_statement else OTHERWISE
