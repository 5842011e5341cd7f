"""Forms that come twice: a double click, a reload, a client that never saw the answer. What they make is made once."""

import hashlib

from flask import current_app, session
from sqlalchemy.orm import Session

from plainsite.forms.base import Form
from plainsite.forms.submissions import sent
from plainsite.forms.tokens import NAME
from plainsite.submissions import OWN, Sending, tell
from plainsite.views.context import db, me


def once(form: Form) -> Session:
    """Give this request's session, whose next transaction makes one record for a form, however often that comes.

    Raises Refused where the form does not say which it is.
    """
    return tell(db(), sending(form))


def sending(form: Form, database: str = OWN, relation: str | None = None) -> Sending:
    """Tell which form was sent, by whom, with what in it; for another database than the site's own also where to."""
    user, days = me(), current_app.config["SUBMISSION_DAYS"]
    whose = None if user else hashlib.sha256(str(session.get(NAME)).encode()).hexdigest()
    return Sending(sent(), user.id if user else None, whose, form.content(), database, relation, days)
