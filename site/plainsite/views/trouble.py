"""When the database is in trouble: whatever wrote nothing is done once more, and a form comes back as it was typed."""

import logging

from flask import Flask, Response, current_app, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from plainsite.again import asks_again, pauses
from plainsite.engines.origins import origin
from plainsite.forms.base import UNSAVED, UNSAVED_SAID
from plainsite.history import OWN
from plainsite.refusals import Refused
from plainsite.transactions import Unfinished, Unknown
from plainsite.verdicts import is_full, is_lacking, is_malformed, is_wrong
from plainsite.views import complaints, errors
from plainsite.views.context import databases, wants_json, written
from plainsite.views.typed import typed

log = logging.getLogger(__name__)

BUSY_FOR = 5  # seconds after which a busy site is worth another try
BUSY = "The site is busy, and nothing was saved. What you typed is here: wait a little, then press the button again"
FULL = (
    "The site has no room to save anything just now, and nothing was saved. What you typed is here: tell whoever runs "
    "the site, and press the button again later"
)
UNKNOWN = (
    "The connection to the database was lost just as this was being saved. It may be saved, or not: look for it first, "
    "and press the button again only where it is missing"
)
HALF = ("Saved, but not finished", "What you sent was saved. Then the database could not be reached: look for it.")
OPEN = ("It is not known whether this was saved", "The connection to the database was lost just then. Look for it.")

LACKING = (
    "It was changed since the site looked at it, or a trigger or view asks for something that is gone. Nothing was"
    " done. Let the site look again at the tables of this database; going back keeps what you typed."
)
CHANGED = ("A table is not as it was", LACKING)


def meet_trouble(app: Flask) -> None:
    """Give each trouble with the database its page."""
    for kind in (Unfinished, PoolTimeout, DBAPIError):
        app.register_error_handler(kind, meet)


def meet(error: Exception) -> ResponseReturnValue:
    """Do once more what wrote nothing; else show the form with what was typed; else say what is the matter."""
    if is_lacking(error) and (name := origin(error)) not in {None, OWN}:
        log.warning("asked for what is not there: %s", error)
        return errors.page(409, *CHANGED, mends=[("Look at the tables again", url_for("data.reflect", name=name))])
    if (is_wrong(error) or not _is_trouble(error)) and (said := _of_attached(error)) is not None:
        return said
    if is_wrong(error):
        log.error("a wrong statement, or tables of another version", exc_info=error)
        return errors.show(InternalServerError(original_exception=error))
    if not _is_trouble(error):
        raise error
    log.warning("in trouble: %s", error)
    answer, error = _once_more(error)
    if answer is None and request.method == "POST" and not written():
        answer = _form(error)
    if answer is not None:
        return answer
    if written() or isinstance(error, Unknown):
        return errors.page(503, *(HALF if written() else OPEN))
    said = _of_attached(error)
    return said if said is not None else errors.show(ServiceUnavailable(retry_after=BUSY_FOR), kept=typed())


def _of_attached(error: Exception) -> ResponseReturnValue | None:
    """Say what is the matter with a database that was there before, and not with the site; None where it is the site's.

    It may have been changed, damaged or taken away by others at any time.
    """
    name = origin(error)
    if name is None or name == OWN or not isinstance(error, DBAPIError) or request.method == "POST":
        return None
    if is_malformed(error):
        return None
    log.warning("%s: %s", name, error)
    says = complaints.complaint(error)
    code = 503 if says.startswith(complaints.AWAY) else 422
    return errors.page(code, f"{name} could not answer this", f"{says[:1].upper()}{says[1:]}.")


def _once_more(error: Exception) -> tuple[Response | None, Exception]:
    """Do again what wrote nothing: what only reads once, a form for as long as a unit; give what it ends with."""
    pause = pauses()
    while isinstance(error, DBAPIError) and asks_again(error) and not written():
        answer = _view()
        if isinstance(answer, Response):
            return answer, error
        error = answer
        if request.method != "POST" or not next(pause):
            break
    return None, error


def _form(error: Exception) -> Response | None:
    """Show the form with what was typed, saying why it was not saved; None where the view cannot show it."""
    setattr(g, UNSAVED, _sentence(error))
    answer = _view()
    if not isinstance(answer, Response) or not g.get(UNSAVED_SAID) or wants_json():
        return None
    answer.status_code = 503
    if not isinstance(error, Unknown):
        answer.headers["Retry-After"] = str(BUSY_FOR)
    return answer


def _sentence(error: Exception) -> str:
    if isinstance(error, Unknown):
        return UNKNOWN
    return FULL if isinstance(error, DBAPIError) and is_full(error) else BUSY


def _view() -> Response | Exception:
    """Ask the view once more, and nobody but the site's own database; give the trouble where that is still there.

    What stands before the view is asked again too: the trouble may have come before that knew who is asking.
    """
    for database in databases():
        database.remove()
    g.from_own = True
    view = current_app.ensure_sync(current_app.view_functions[str(request.endpoint)])
    try:
        barred = current_app.preprocess_request()
        return make_response(view(**(request.view_args or {})) if barred is None else barred)
    except HTTPException as error:
        return make_response(errors.show(error))
    except Refused as refused:
        return make_response(errors.refuse(refused))
    except (Unfinished, PoolTimeout, DBAPIError) as error:
        if not _is_trouble(error):
            raise
        log.warning("still in trouble: %s", error)
        return error


def _is_trouble(error: Exception) -> bool:
    """Tell whether an error is the database's, and not the program's."""
    return not isinstance(error, DBAPIError) or isinstance(error, OperationalError) or asks_again(error)
