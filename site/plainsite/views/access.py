"""Who may come in: an admin closes an account, opens it again, makes a link for a password."""

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.users import CloseAccountForm, InviteForm
from plainsite.refusals import Refused
from plainsite.services import invitations, users
from plainsite.views.addresses import at
from plainsite.views.context import db, show_form
from plainsite.views.guards import admins_only
from plainsite.views.merging import Key, deleted_already
from plainsite.views.users import ID, existing, hand_over, pages


@pages.route(f"/{ID}/closing", methods=["GET", "POST"])
@admins_only
def close(id: int) -> ResponseReturnValue:
    """Ask whether an account is to be closed, and close it; its messages stay."""
    user, form = existing(id), CloseAccountForm()
    if form.validate_on_submit():
        try:
            closed = users.close(db(), id)
        except Refused as refused:
            form.show(refused)
        else:
            return _closed(user.name, id) if closed else _gone(id)
    return show_form("users/close.html", form, user=user)


@pages.route(f"/{ID}/closing/delete", methods=["GET", "POST"])
@admins_only
def reopen(id: int) -> ResponseReturnValue:
    """Ask whether a closed account is to be opened again, and open it."""
    user, form = existing(id), Press()
    if form.validate_on_submit():
        if users.reopen(db(), id) is None:
            return _gone(id)
        flash(f"The account of {user.name} is open again.")
        return redirect(url_for("users.show", id=id), 303)
    return show_form("users/reopen.html", form, user=user)


@pages.route(f"/{ID}/invitation", methods=["GET", "POST"])
@admins_only
def invite(id: int) -> ResponseReturnValue:
    """Make a link with which a user chooses a password, for an admin to hand over."""
    user, form = existing(id), InviteForm()
    if form.validate_on_submit():
        try:
            token = invitations.invite(db(), user_id=id, hours=current_app.config["INVITATION_HOURS"])
        except Refused as refused:
            form.show(refused)
        else:
            hand_over(user.name, token)
            return redirect(url_for("users.show", id=id), 303)
    return show_form("users/invite.html", form, user=user)


def _closed(name: str, user_id: int) -> ResponseReturnValue:
    flash(f"The account of {name} was closed.")
    return redirect(url_for("users.show", id=user_id), 303)


def _gone(user_id: int) -> ResponseReturnValue:
    return deleted_already(Key("users", str(user_id)), "The user", at("users.index"))
