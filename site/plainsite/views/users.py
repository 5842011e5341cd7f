"""Users: the directory, a user's page, joining, changing, closing, deleting."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.blank import blank
from plainsite.forms.users import AdminUserForm, CloseAccountForm, DeleteUserForm, SignUpForm, UserForm
from plainsite.refusals import Refused
from plainsite.services import account, invitations, messages, users
from plainsite.services.pages import Record
from plainsite.views.addresses import at
from plainsite.views.context import (
    admins_only,
    db,
    device,
    is_admin,
    me,
    members_only,
    next_address,
    place,
    remember,
    sent,
    show_form,
    turning,
)
from plainsite.views.limits import limit
from plainsite.views.messages import LONGEST_SEARCH, lines

pages = Blueprint("users", __name__, url_prefix="/users")

ID = "<id:id>"


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the directory of users, by name."""
    words = request.args.get("words", "")[:LONGEST_SEARCH].strip()
    page = users.find_page(db(), words=words, with_email=is_admin(), **place())
    return render_template(
        "users/index.html", rows=page.rows, words=words, user_at=at("users.index"), **turning(page, words=words)
    )


@pages.get(f"/{ID}")
def show(id: int) -> ResponseReturnValue:
    """Show a user, and what they wrote."""
    user = _existing(id)
    try:
        page = messages.find_page(db(), author_id=id, **place())
    except ValueError:
        abort(404)
    return render_template(
        "users/show.html",
        user=user,
        rows=lines(page),
        hanging=messages.count_of(db(), id),
        may_change=_may_change(id),
        message_at=at("messages.index"),
        user_at=at("users.index"),
        **turning(page),
    )


@pages.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Let somebody join; let an admin add somebody, who then gets a link to choose a password."""
    if is_admin():
        return _add()
    if not current_app.config["SIGN_UP"]:
        abort(403)
    form = sent(SignUpForm)
    if form and form.validate():
        limit("SIGN_UP_LIMIT")
        values = form.values()
        new_hash = account.password_hash(values.pop("password"))
        try:
            user = users.create(db(), **values, password_hash=new_hash)
        except Refused as refused:
            form.show(refused)
        else:
            remember(account.sign_in(db(), user.id, **device()))
            flash(f"Welcome, {user.name}. You are signed in.")
            return redirect(next_address(at("messages.index")), 303)
    return show_form("users/form.html", form or blank(SignUpForm), heading="Join", user=None)


@pages.route(f"/{ID}/edit", methods=["GET", "POST"])
@members_only
def edit(id: int) -> ResponseReturnValue:
    """Let a user, or an admin, change name and e-mail; an admin the role too."""
    user = _changeable(id)
    form = AdminUserForm(obj=user) if is_admin() else UserForm(obj=user)
    if form.validate_on_submit():
        try:
            changed = users.update(db(), id, **form.values()) or abort(404)
        except Refused as refused:
            form.show(refused)
        else:
            flash(f"{changed.name} was changed.")
            return redirect(url_for("users.show", id=id), 303)
    return show_form("users/form.html", form, heading=f"Edit {user.name}", user=user)


@pages.route(f"/{ID}/delete", methods=["GET", "POST"])
@members_only
def delete(id: int) -> ResponseReturnValue:
    """Ask whether a user is to go, and delete one on whom nothing hangs."""
    user, form = _changeable(id), DeleteUserForm()
    if form.validate_on_submit():
        try:
            users.delete(db(), id)
        except Refused as refused:
            form.show(refused)
        else:
            flash(f"{user.name} was deleted.")
            return redirect(at("users.index"), 303)
    return show_form("users/delete.html", form, user=user, hanging=messages.count_of(db(), id))


@pages.route(f"/{ID}/closing", methods=["GET", "POST"])
@admins_only
def close(id: int) -> ResponseReturnValue:
    """Ask whether an account is to be closed, and close it; its messages stay."""
    user, form = _existing(id), CloseAccountForm()
    if form.validate_on_submit():
        try:
            users.close(db(), id)
        except Refused as refused:
            form.show(refused)
        else:
            flash(f"The account of {user.name} was closed.")
            return redirect(url_for("users.show", id=id), 303)
    return show_form("users/close.html", form, user=user)


@pages.route(f"/{ID}/closing/delete", methods=["GET", "POST"])
@admins_only
def reopen(id: int) -> ResponseReturnValue:
    """Ask whether a closed account is to be opened again, and open it."""
    user, form = _existing(id), Press()
    if form.validate_on_submit():
        users.reopen(db(), id)
        flash(f"The account of {user.name} is open again.")
        return redirect(url_for("users.show", id=id), 303)
    return show_form("users/reopen.html", form, user=user)


@pages.route(f"/{ID}/invitation", methods=["GET", "POST"])
@admins_only
def invite(id: int) -> ResponseReturnValue:
    """Make a link with which a user chooses a password, for an admin to hand over."""
    user, form = _existing(id), Press()
    if form.validate_on_submit():
        token = invitations.invite(db(), user_id=id, hours=current_app.config["INVITATION_HOURS"])
        _hand_over(user.name, token)
        return redirect(url_for("users.show", id=id), 303)
    return show_form("users/invite.html", form, user=user)


def _add() -> ResponseReturnValue:
    form = sent(AdminUserForm)
    if form and form.validate():
        try:
            user, token = invitations.add_invited(db(), **form.values(), hours=current_app.config["INVITATION_HOURS"])
        except Refused as refused:
            form.show(refused)
        else:
            _hand_over(user.name, token)
            return redirect(url_for("users.show", id=user.id), 303)
    return show_form("users/form.html", form or blank(AdminUserForm), heading="Add a user", user=None)


def _hand_over(name: str, token: str) -> None:
    link = url_for("account.invitation", token=token, _external=True)
    flash(f"Send {name} this link to choose a password. It works once, and is shown only now: {link}")


def _existing(user_id: int) -> Record:
    return users.find(db(), user_id) or abort(404)


def _changeable(user_id: int) -> Record:
    user = _existing(user_id)
    if not _may_change(user_id):
        abort(403)
    return user


def _may_change(user_id: int) -> bool:
    user = me()
    return user is not None and (user.id == user_id or is_admin())
