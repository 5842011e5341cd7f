"""Which attached database an error came from: what is wrong with one of them is not wrong with the site."""

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

ORIGIN = "plainsite_database"  # the attribute of an error that names the database


def sign_errors(engine: Engine, name: str) -> None:
    """Let every error of an engine say the name under which its database is attached."""

    @event.listens_for(engine, "handle_error")
    def sign(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, DBAPIError):
            setattr(context.sqlalchemy_exception, ORIGIN, name)


def origin(error: Exception) -> str | None:
    """Give the name of the attached database that an error came from; None for the site's own."""
    found: str | None = getattr(error, ORIGIN, None)
    return found
