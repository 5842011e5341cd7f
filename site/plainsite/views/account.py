"""One's own account: signing in and out, the password, the devices, and links that invite."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from plainsite.forms.account import BecomeAdminForm, ChangePasswordForm, SetPasswordForm, SignInForm
from plainsite.forms.base import Form, Press
from plainsite.forms.blank import blank
from plainsite.forms.users import SignUpForm
from plainsite.refusals import Refused
from plainsite.services import account, invitations, users
from plainsite.services.pages import Record
from plainsite.submissions import Repeated
from plainsite.views import errors
from plainsite.views.addresses import at
from plainsite.views.context import db, device, forget, me, next_address, remember, sent, show_form
from plainsite.views.devices import called
from plainsite.views.guards import members_only
from plainsite.views.joining import comes_in, joined_by
from plainsite.views.limits import limit
from plainsite.views.repeats import once

pages = Blueprint("account", __name__, url_prefix="/account")

USED_UP = (
    "This link does not work any more",
    "It works once, and not for ever. If you have a password, sign in; else ask an admin for a new link.",
)


@pages.get("/")
@members_only
def show() -> ResponseReturnValue:
    """Show one's account, and where it is signed in."""
    user = _me()
    rows = [
        (row.id, called(row.device), row.address, row.created_at, row.seen_at, row.id == user.sign_in_id)
        for row in account.devices(db(), user.id, days=current_app.config["SESSION_DAYS"])
    ]
    return render_template("account/show.html", user=users.find(db(), user.id), devices=rows)


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask who somebody is, and remember their device."""
    form = sent(SignInForm)
    if form and form.validate():
        limit("SIGN_IN_LIMIT")
        try:
            user = account.recognise(db(), **form.values())
            token = account.sign_in(db(), user.id, known_by=user.password_hash, **device())
        except Refused as refused:
            form.show(refused)
        else:
            remember(token)
            flash(f"You are signed in as {user.name}.")
            return redirect(next_address(at("messages.index")), 303)
    return show_form("account/sign_in.html", form or blank(SignInForm))


@pages.route("/sign-out", methods=["GET", "POST"])
def sign_out() -> ResponseReturnValue:
    """Sign this device out: its cookie, and every copy of it, is worth nothing from then on."""
    form, user = Press(), me()
    if user and not form.validate_on_submit():
        return show_form("account/sign_out.html", form)
    if user:
        account.revoke(db(), user.id, user.sign_in_id)
    forget()
    flash("You are signed out.")
    return redirect(at("messages.index"), 303)


@pages.route("/password", methods=["GET", "POST"])
@members_only
def password() -> ResponseReturnValue:
    """Change one's password; every other device is signed out."""
    form, user = ChangePasswordForm(), _me()
    if form.validate_on_submit():
        limit("SIGN_IN_LIMIT")
        values = form.values()
        try:
            _confirm(user.id, values)
        except Refused as refused:
            form.show(refused)
        else:
            new_hash = account.password_hash(values["password"])
            account.change_password(db(), user.id, new_hash=new_hash, but=user.sign_in_id)
            flash("Your password was changed, and your other devices were signed out.")
            return redirect(at("account.show"), 303)
    return show_form("account/password.html", form, email=(users.find(db(), user.id) or abort(403)).email)


@pages.route("/devices/<id:id>/delete", methods=["GET", "POST"])
@members_only
def revoke(id: int) -> ResponseReturnValue:
    """Ask whether a device is to be signed out, and do so."""
    form, user = Press(), _me()
    found = next((row for row in account.devices(db(), user.id) if row.id == id), None)
    sure = form.validate_on_submit()
    if found is None and (not sure or account.is_device(db(), id)):
        abort(404)
    if sure:
        was_in = account.revoke(db(), user.id, id)
        flash("The device was signed out." if was_in else "That device is not signed in any more.")
        return redirect(at("account.show"), 303)
    return show_form("account/revoke.html", form, device=found, called=called)


@pages.route("/devices/delete", methods=["GET", "POST"])
@members_only
def revoke_all() -> ResponseReturnValue:
    """Ask whether all other devices are to be signed out, and do so."""
    form, user = Press(), _me()
    if form.validate_on_submit():
        account.revoke_all(db(), user.id, but=user.sign_in_id)
        flash("All other devices were signed out.")
        return redirect(at("account.show"), 303)
    return show_form("account/revoke_all.html", form)


@pages.route("/invitations/<token>", methods=["GET", "POST"])
def invitation(token: str) -> ResponseReturnValue:
    """Let somebody with a link choose a password, or become the first admin."""
    found = invitations.invited(db(), token)
    if found is None:
        return _again(SetPasswordForm())
    form = _form_for(found)
    if form.validate_on_submit():
        try:
            user_id = _accept(found, form, token)
        except Repeated:
            return _again(form)
        except Refused as refused:
            form.show(refused)
        else:
            remember(account.sign_in(db(), user_id, **device()))
            return _signed_in()
    return show_form("account/invitation.html", form, invitation=found)


def _again(form: Form) -> ResponseReturnValue:
    """Let in who used a link by this very form before; for anybody else there is no such link."""
    user_id = joined_by(form)
    if user_id is None or not comes_in(form, user_id):
        return errors.page(404, *USED_UP)
    return _signed_in()


def _signed_in() -> ResponseReturnValue:
    flash("You are signed in.")
    return redirect(at("messages.index"), 303)


def _form_for(found: Record) -> Form:
    if found.purpose == "password":
        return SetPasswordForm()
    return BecomeAdminForm() if me() else SignUpForm()


def _accept(found: Record, form: Form, token: str) -> int:
    """Use the link as it is meant; give the user's id."""
    values, user = form.values(), me()
    if found.purpose == "admin" and user:
        invitations.promote(once(form), token, user.id)
        return int(user.id)
    new_hash = account.password_hash(values.pop("password"))
    if found.purpose == "password":
        return invitations.set_password(once(form), token, new_hash=new_hash)
    return int(invitations.become_admin(once(form), token, **values, new_hash=new_hash).id)


def _confirm(user_id: int, values: Mapping[str, Any]) -> None:
    """Demand the password that is to be changed; the new one, too, where a double click has changed it already."""
    try:
        account.confirm(db(), user_id, values["current"])
    except Refused as refused:
        try:
            account.confirm(db(), user_id, values["password"])
        except Refused:
            raise refused from None


def _me() -> account.Holder:
    return me() or abort(403)
