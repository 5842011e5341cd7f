"""What went wrong, in the site's clothes, and what to do next."""

import logging
from collections.abc import Sequence

from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from plainsite.refusals import Refused
from plainsite.views.addresses import at
from plainsite.views.context import wants_json, written

log = logging.getLogger(__name__)

# code -> title, and what to do next
PAGES = {
    400: ("This request could not be read", "Go back, reload the page and try again."),
    403: ("This is not yours to do", "Somebody with other rights may. Go back to the messages."),
    404: ("There is nothing here", "The address may be mistyped, or what was here is gone. Look for it in the lists."),
    405: ("This address does not take that", "Follow a link or press a button of the site instead."),
    413: ("This is too large", "Nothing was saved. Go back: what you typed is still there. Send less at once."),
    422: ("This cannot be kept as it is", "Go back, change what the page points at, and try again."),
    429: ("That was too often", "Nothing was done. Wait {wait}, then try again."),
    500: ("Something went wrong here", "It is our fault, and it is noted. Nothing was saved by this. Try again later."),
    503: ("The site is busy", "Nothing was saved. Wait {wait}, then send it again: going back keeps what you typed."),
}

# What comes unforeseen may come when something was saved already.
UNFORESEEN = {422, 500}
HALF = ("Saved, but not finished", "What you sent was saved. Then something went wrong here: look for it.")


def dress_errors(app: Flask) -> None:
    """Give every error its page."""
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(Refused, refuse)


def refuse(refused: Refused) -> ResponseReturnValue:
    """Show what a write is answered with that no form could tell of: who was to be written of has just gone."""
    log.warning("refused, and no form could say why: %s", refused.reasons)
    return show(UnprocessableEntity())


def show(error: HTTPException, kept: Sequence[tuple[str, str]] = ()) -> ResponseReturnValue:
    """Show an error's page, and a button that sends again what was typed, where it is kept."""
    code = error.code or 500
    if code < 400 or error.response is not None:  # noqa: PLR2004 - a redirect that a rule of routing raises
        return error
    title, says = PAGES.get(code) or PAGES[400 if code < 500 else 500]  # noqa: PLR2004
    if code in UNFORESEEN and written():
        title, says = HALF
    says = says.format(wait=_span(getattr(error, "retry_after", None)))
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    return page(code, title, says, headers, kept)


def page(  # noqa: PLR0913 - what it says, and what it offers
    code: int,
    title: str,
    says: str,
    headers: Sequence[tuple[str, str]] = (),
    kept: Sequence[tuple[str, str]] = (),
    *,
    mends: Sequence[tuple[str, str]] = (),
) -> ResponseReturnValue:
    """Show a page that says what is the matter, and first of all ways on what mends it; as JSON to a program."""
    if wants_json():
        return jsonify(error=title, next=says), code, list(headers)
    context = {"code": code, "title": title, "says": says, "next": [*mends, *_ways_on(code)], "kept": kept}
    return render_template("errors/error.html", **context), code, list(headers)


def _ways_on(code: int) -> list[tuple[str, str]]:
    ways = [("Messages", at("messages.index")), ("Users", at("users.index"))]
    if (user := g.get("me")) and user.role == "admin":
        ways.insert(0 if request.path.startswith(("/data", "/history")) else 2, ("Data", at("data.index")))
    # A visitor may have to say who they are; who is signed in already would only be asked again.
    return [("Sign in", at("account.sign_in")), *ways] if code == 403 and not g.get("me") else ways  # noqa: PLR2004


def _span(seconds: object) -> str:
    if not isinstance(seconds, int):
        return "a little"
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"  # noqa: PLR2004
