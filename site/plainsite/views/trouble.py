"""When the database is in trouble: whatever wrote nothing is done once more, and a form comes back as it was typed."""

import logging
from sqlite3 import SQLITE_ERROR

from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from plainsite.again import asks_again
from plainsite.databases import Database
from plainsite.forms.base import UNSAVED, UNSAVED_SAID
from plainsite.transactions import WROTE, Unfinished, Unknown
from plainsite.views import errors
from plainsite.views.context import wants_json

log = logging.getLogger(__name__)

BUSY_FOR = 5  # seconds after which a busy site is worth another try
BUSY = "The site is busy, and nothing was saved. What you typed is here: wait a little, then press the button again"
UNKNOWN = (
    "The connection to the database was lost just as this was being saved. It may be saved, or not: look for it first, "
    "and press the button again only where it is missing"
)
HALF = ("Saved, but not finished", "What you sent was saved. Then the database could not be reached: look for it.")
OPEN = ("It is not known whether this was saved", "The connection to the database was lost just then. Look for it.")


def meet_trouble(app: Flask) -> None:
    """Give each trouble with the database its page."""
    for kind in (Unfinished, PoolTimeout, OperationalError):
        app.register_error_handler(kind, meet)


def meet(error: Exception) -> ResponseReturnValue:
    """Do once more what wrote nothing; else show the form with what was typed; else say what is the matter."""
    if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == SQLITE_ERROR:
        log.error("a wrong statement, or tables of another version", exc_info=error)
        return errors.show(InternalServerError(original_exception=error))
    log.warning("in trouble: %s", error)
    written = _written()
    if not written:
        for database in _databases():
            database.remove()
        if isinstance(error, DBAPIError) and asks_again(error) and (answer := _view()) is not None:
            return answer
        if request.method == "POST" and (answer := _form(error)) is not None:
            return answer
    if written or isinstance(error, Unknown):
        return errors.page(503, *(HALF if written else OPEN))
    return errors.show(ServiceUnavailable(retry_after=BUSY_FOR))


def _form(error: Exception) -> Response | None:
    """Show the form with what was typed, saying why it was not saved; None where the view cannot show it."""
    setattr(g, UNSAVED, UNKNOWN if isinstance(error, Unknown) else BUSY)
    answer = _view()
    if answer is None or not g.get(UNSAVED_SAID) or wants_json():
        return None
    answer.status_code = 503
    if not isinstance(error, Unknown):
        answer.headers["Retry-After"] = str(BUSY_FOR)
    return answer


def _view() -> Response | None:
    """Ask the view once more, and nobody but the site's own database; None when the trouble is still there."""
    g.from_own = True
    view = current_app.ensure_sync(current_app.view_functions[str(request.endpoint)])
    try:
        return make_response(view(**(request.view_args or {})))
    except HTTPException as error:
        return make_response(errors.show(error))
    except (Unfinished, PoolTimeout, OperationalError) as error:
        log.warning("still in trouble: %s", error)
        return None


def _written() -> bool:
    """Tell whether this request has written something already, so that doing it once more would double it."""
    return any(each.session.registry.has() and each.session().info.get(WROTE) for each in _databases())


def _databases() -> list[Database]:
    known = current_app.extensions
    found = [known["plainsite"], known.get("plainsite.replicas"), *known["plainsite.databases"].values()]
    return [each for each in found if each is not None]
