"""Who may see and do what: members, admins; and what somebody typed who is signed in no longer."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from plainsite.views import errors
from plainsite.views.context import TOKEN, is_admin, me
from plainsite.views.typed import UNTYPED, typed

Given = ParamSpec("Given")
View = Callable[Given, ResponseReturnValue]

SIGNED_OUT = (
    "You are not signed in any more",
    "Nothing was saved. What you typed is kept on this page: sign in in another tab, then come back and send it again.",
)


def members_only(view: View[Given]) -> View[Given]:
    """Send visitors to sign in first, and back here afterwards."""

    @wraps(view)
    def guarded(*args: Given.args, **values: Given.kwargs) -> ResponseReturnValue:
        if me() is None:
            return _kept() or _to_sign_in()
        return view(*args, **values)

    return guarded


def admins_only(view: View[Given]) -> View[Given]:
    """Let nobody but admins in."""

    @wraps(view)
    @members_only
    def guarded(*args: Given.args, **values: Given.kwargs) -> ResponseReturnValue:
        if not is_admin():
            abort(403)
        return view(*args, **values)

    return guarded


def _to_sign_in() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(url_for("account.sign_in", next=request.script_root + back), 303)


def _kept() -> ResponseReturnValue | None:
    """Show what somebody sent whose sign-in has ended meanwhile; None where that is nothing, or nobody's.

    Of a visitor only what a page of this site sent is shown: another site's would look as if they had typed it.
    """
    ours = TOKEN in session or (request.origin or "").partition("://")[2] == request.host
    kept = typed() if ours else []
    if all(name in UNTYPED for name, _ in kept):
        return None
    return errors.page(403, *SIGNED_OUT, kept=kept)
