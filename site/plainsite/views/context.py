"""What all pages share: the database of this request, who is asking, and how a form is shown."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast
from urllib.parse import quote

from flask import current_app, g, has_request_context, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from plainsite.databases import Database
from plainsite.forms.base import Form
from plainsite.forms.blank import Blank
from plainsite.history import Actor
from plainsite.models import now
from plainsite.services import account
from plainsite.services.pages import Page
from plainsite.transactions import WROTE, Unfinished
from plainsite.views.addresses import at, here

Kind = TypeVar("Kind", bound=Form)

COMMAND_LINE = "command line"  # where somebody is who writes by no page
PARAMETERS = re.compile(r";\s*(?!q\s*=)[^;,]*")  # of what is accepted, but for how much it is liked
_NOT_ASKED = object()
TOKEN = "token"  # noqa: S105 - the cookie's key under which a device keeps its token


def own() -> Database:
    """Give the site's own database."""
    database: Database = current_app.extensions["plainsite"]
    return database


def db() -> Session:
    """Give this request's session on the site's own database."""
    return own().session()


def databases() -> list[Database]:
    """Give all that a request may use: the own one, its replicas, those attached."""
    known = current_app.extensions
    found = [known["plainsite"], known.get("plainsite.replicas"), *known["plainsite.databases"].values()]
    return [each for each in found if each is not None]


def written() -> bool:
    """Tell whether this request has written something already, so that doing it once more would double it."""
    return request.method == "POST" and any(
        each.session.registry.has() and each.session().info.get(WROTE) for each in databases()
    )


def me() -> account.Holder | None:
    """Give who is signed in on this device; None for a visitor."""
    if (asked := g.get("me", _NOT_ASKED)) is not _NOT_ASKED:
        return cast("account.Holder | None", asked)
    token = session.get(TOKEN)
    found = g.me = account.signed_in(db(), token) if isinstance(token, str) else None
    # What sends a form may have to wait for other writers already: once is enough.
    if found and now() - found.seen_at > account.SEEN_EVERY and request.method == "GET":
        wrote = db().info.get(WROTE)
        with suppress(Unfinished, SQLAlchemyError):  # worth no answer: somebody writes for long, or nobody can
            account.seen(db(), found.sign_in_id)
        if not wrote:
            db().info.pop(WROTE, None)  # nobody has asked for that, so nobody is told that it was saved
    return found


def who() -> Actor:
    """Give who is writing, for the history; asks nothing, since a transaction is under way."""
    if not has_request_context():
        return Actor(address=COMMAND_LINE)
    user: account.Holder | None = g.get("me")
    address = request.remote_addr or ""
    return Actor(user.id, user.name, address) if user else Actor(address=address)


def shared() -> dict[str, Any]:
    """Give what templates know: who is asking, and addresses. Without a database a page still opens, as a visitor's."""
    try:
        user = me()
    except SQLAlchemyError:
        user = g.me = None
    return {"me": user, "me_admin": user is not None and user.role == "admin", **here()}


def is_admin() -> bool:
    """Tell whether an admin is asking."""
    user = me()
    return user is not None and user.role == "admin"


def sent(kind: type[Kind]) -> Kind | None:
    """Give a form as it was sent; None when it is only asked for, and so still blank."""
    return kind() if request.method == "POST" else None


def show_form(template: str, form: Form | Blank, **context: Any) -> ResponseReturnValue:
    """Show a form: 200 when it was merely opened, 422 when what was sent cannot be kept, 409 when one is to choose."""
    return render_template(template, form=form, **context), form.status


def remember(token: str) -> None:
    """Make this device the one that holds a token; whatever its cookie held before is dropped."""
    session.clear()
    session[TOKEN] = token
    session.permanent = True
    g.pop("me", None)


def forget() -> None:
    """Make this device a visitor's again."""
    session.clear()
    g.pop("me", None)


def device() -> dict[str, Any]:
    """Say which device is asking, for the list of those signed in, and who it was before."""
    before = me()
    return {
        "device": request.user_agent.string or "unknown",
        "address": request.remote_addr or "",
        "instead_of": before and before.sign_in_id,
        "days": current_app.config["SESSION_DAYS"],
    }


def next_address(otherwise: str) -> str:
    """Give the address to go on to, if it is one of this site's own; a stranger's is not followed."""
    wanted = request.args.get("next", "")
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if local else otherwise


def turning(page: Page, **asked: str | int) -> dict[str, str | None]:
    """Give the addresses of the pages around this one, with what was asked for kept."""
    endpoint, given = request.endpoint or "", {**(request.view_args or {}), **{k: v for k, v in asked.items() if v}}
    here = url_for(endpoint, **given) if given else at(endpoint)
    to = here + ("&" if "?" in here else "?")
    return {
        "newer": f"{to}before={quote(page.before)}" if page.before else None,
        "older": f"{to}after={quote(page.after)}" if page.after else None,
        "newest": here if page.before or is_beyond(page.rows) else None,
        "oldest": to + "at=last" if page.after else None,
    }


def is_beyond(rows: Sequence[Any]) -> bool:
    """Tell whether a page is empty because what stood there is gone, or never was."""
    return not rows and bool(request.args.get("before") or request.args.get("after"))


def place() -> dict[str, Any]:
    """Read which page of a list is asked for."""
    asked = request.args
    return {
        "before": asked.get("before") or None,
        "after": asked.get("after") or None,
        "last": asked.get("at") == "last",
        "size": current_app.config["PAGE_SIZE"],
    }


def wants_json() -> bool:
    """Tell whether a program is asking: it names JSON, and likes it better than a page."""
    accepted = request.headers.get("Accept", "").lower()
    if "json" not in accepted and "application/*" not in accepted:  # as in most requests, and ranking takes its time
        return False
    plain = PARAMETERS.sub("", accepted)  # some name a charset, which JSON does not have
    return parse_accept_header(plain, MIMEAccept).best_match(["text/html", "application/json"]) == "application/json"
