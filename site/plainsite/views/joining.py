"""Joining, however often the form for it comes: who joined is signed in, as by the answer that they never saw."""

from typing import Any

from plainsite.forms.base import Form
from plainsite.forms.submissions import sent
from plainsite.refusals import Reason, Refused
from plainsite.services import account, users
from plainsite.submissions import OWN, Repeated, find
from plainsite.views.context import db, device, me, remember
from plainsite.views.limits import limit
from plainsite.views.repeats import digest_of, once


def joined(form: Form) -> int | None:
    """Let somebody join, once; give the id of who is signed in then. None where the form has to be shown again."""
    if (before := joined_by(form)) is not None:
        return before if comes_in(form, before) else None
    if not form.validate():
        return None
    limit("SIGN_UP_LIMIT")
    values = form.values()
    new_hash = account.password_hash(values.pop("password"))
    try:
        user_id = users.create(once(form), **values, password_hash=new_hash).id
    except Repeated as repeated:
        return int(repeated.key or 0) if comes_in(form, int(repeated.key or 0)) else None
    except Refused as refused:
        form.show(refused)
        return None
    remember(account.sign_in(db(), user_id, **device()))
    return user_id


def joined_by(form: Form) -> int | None:
    """Give the id of the user who joined by this very form, when it came before; None where nobody did."""
    found: Any = find(db().connection(), sent()) if form.is_submitted() else None
    return int(found.record_key) if found and (found.database, found.relation) == (OWN, "users") else None


def comes_in(form: Form, user_id: int) -> bool:
    """Tell whether who joined by this form is signed in: what is in the form is the same, the password at least.

    Else the form says what to do instead.
    """
    user = me()
    if user is not None and user.id == user_id:
        is_same: bool = find(db().connection(), sent()).content == digest_of(form)
        if not is_same:
            form.show(Refused(Reason("made")))
        return is_same
    if not form.validate():
        return False
    limit("SIGN_IN_LIMIT")
    known = users.find(db(), user_id)
    typed = {"email": known.email if known else "", "password": form.values().get("password", "")}
    try:
        found = account.recognise(db(), **typed)
        token = account.sign_in(db(), found.id, known_by=found.password_hash, **device())
    except Refused:
        form.show(Refused(Reason("made")))
        return False
    remember(token)
    return True
