"""Forms that come twice: a double click, a reload, a client that never saw the answer. What they make is made once."""

import hashlib
from urllib.parse import urljoin

from flask import Response, after_this_request, current_app, flash, g, request, session
from sqlalchemy.orm import Session

from plainsite.forms.base import Form
from plainsite.forms.submissions import sent
from plainsite.forms.tokens import NAME
from plainsite.refusals import Reason, Refused
from plainsite.submissions import OWN, Sending, tell
from plainsite.views.context import db, me

LAST = "sent"  # the cookie's key for what was sent last: the beginnings of its id and its digest, and where it led
ASKED = "plainsite_asked_again"  # where a request keeps that it has asked
SHORT = 12
LONGEST = 1_000  # characters of an address that are kept: browsers drop a cookie of more than 4,096, who one is with it
SEE_OTHER = 303


def once(form: Form) -> Session:
    """Give this request's session, whose next transaction makes one record for a form, however often that comes.

    Raises Refused where the form does not say which it is.
    """
    return tell(db(), sending(form))


def sending(form: Form, database: str = OWN) -> Sending:
    """Tell which form was sent, by whom, with what in it; for another database than the site's own also where to.

    Raises Refused with the rule "again" where this browser has just sent the very same by another form: some go back to
    a page by asking for it anew, and then put what was typed into a form that has another id.
    """
    user, days = me(), current_app.config["SUBMISSION_DAYS"]
    content = digest_of(form)
    _ask_again(sent(), content[:SHORT])
    whose = None if user else hashlib.sha256(str(session.get(NAME)).encode()).hexdigest()
    return Sending(sent(), user.id if user else None, whose, content, database, days=days)


def digest_of(form: Form) -> str:
    """Give what tells what was sent, and where: the same elsewhere is another."""
    return hashlib.sha256(f"{request.path} {form.content()}".encode()).hexdigest()


def _ask_again(submission: str, mark: str) -> None:
    """Ask, once, whether the same is meant a second time; else keep in the cookie what is being sent."""
    if ASKED in g:  # by this very request, which is done once more
        raise Refused(Reason("again"))
    before = session.get(LAST)
    if before and before[1] == mark and before[0] != submission[:SHORT]:
        del session[LAST]
        setattr(g, ASKED, True)
        flash(f"You have sent exactly this before. {urljoin(request.url_root, before[2])}", "warning")
        raise Refused(Reason("again"))

    @after_this_request
    def keep(response: Response) -> Response:
        if response.status_code == SEE_OTHER and len(str(response.location)) <= LONGEST:
            session[LAST] = [submission[:SHORT], mark, response.location]
        return response
