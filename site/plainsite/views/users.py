"""Users: the directory, a user's page, joining, changing, deleting."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.blank import blank
from plainsite.forms.users import AdminUserForm, DeleteUserForm, SignUpForm, UserForm
from plainsite.refusals import Refused
from plainsite.services import invitations, messages, users
from plainsite.services.pages import Record
from plainsite.submissions import Repeated
from plainsite.views.addresses import at
from plainsite.views.context import (
    db,
    is_admin,
    me,
    next_address,
    place,
    sent,
    show_form,
    turning,
)
from plainsite.views.guards import members_only
from plainsite.views.joining import joined
from plainsite.views.merging import Key, add_again, deleted_already, edited, tell
from plainsite.views.messages import LONGEST_SEARCH, lines
from plainsite.views.repeats import once
from plainsite.views.replicas import reading
from plainsite.views.undoing import offer

pages = Blueprint("users", __name__, url_prefix="/users")

ID = "<id:id>"
NO_LINK = (
    "The link to choose a password was in the answer then, and is shown only once. "
    'If nobody has it, make another by "Link for a password…" here: the first one then stops working.'
)


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the directory of users, by name."""
    words = request.args.get("words", "")[:LONGEST_SEARCH].strip()
    page = users.find_page(reading(), words=words, with_email=is_admin(), **place())
    return render_template(
        "users/index.html", rows=page.rows, words=words, user_at=at("users.index"), **turning(page, words=words)
    )


@pages.get(f"/{ID}")
def show(id: int) -> ResponseReturnValue:
    """Show a user, and what they wrote."""
    user = users.find(reading(), id) or existing(id)  # a replica may not have them yet
    try:
        page = messages.find_page(reading(), author_id=id, **place())
    except ValueError:
        abort(404)
    return render_template(
        "users/show.html",
        user=user,
        rows=lines(page),
        hanging=messages.count_of(reading(), id),
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
    if form and (user_id := joined(form)):
        flash(f"Welcome, {existing(user_id).name}. You are signed in.")
        return redirect(next_address(at("messages.index")), 303)
    return show_form("users/form.html", form or blank(SignUpForm), heading="Join", user=None)


@pages.route(f"/{ID}/edit", methods=["GET", "POST"])
@members_only
def edit(id: int) -> ResponseReturnValue:
    """Let a user, or an admin, change name and e-mail; an admin the role too."""
    kind = AdminUserForm if is_admin() else UserForm
    edit = edited(
        Key("users", str(id)),
        lambda: _found(id),
        lambda user: kind(obj=user),
        lambda form: users.update(db(), id, **form.changes(), held=form.held()),
    )
    if edit.written:
        tell(edit.written.name, edit.form)
        return redirect(url_for("users.show", id=id), 303)
    if edit.record is None:
        return add_again(edit, "The user", at("users.new"), at("users.index"))
    return show_form("users/form.html", edit.form, heading=f"Edit {edit.record.name}", user=edit.record)


@pages.route(f"/{ID}/delete", methods=["GET", "POST"])
@members_only
def delete(id: int) -> ResponseReturnValue:
    """Ask whether a user is to go, and delete one on whom nothing hangs."""
    user, form = _found(id), DeleteUserForm()
    if user is None:
        return deleted_already(Key("users", str(id)), "The user", at("users.index"))
    if form.validate_on_submit():
        try:
            users.delete(db(), id)
        except Refused as refused:
            form.show(refused)
        else:
            offer(f"{user.name} was deleted.", db(), may=is_admin())
            return redirect(at("users.index"), 303)
    return show_form("users/delete.html", form, user=user, hanging=messages.count_of(db(), id))


def hand_over(name: str, token: str) -> None:
    """Say once which link somebody is to be sent."""
    link = url_for("account.invitation", token=token, _external=True)
    flash(f"Send {name} this link to choose a password. It works once, and is shown only now: {link}")


def existing(user_id: int) -> Record:
    """Give a user; nobody of that number is a 404."""
    return users.find(db(), user_id) or abort(404)


def _add() -> ResponseReturnValue:
    form = sent(AdminUserForm)
    if form and form.validate():
        try:
            hours = current_app.config["INVITATION_HOURS"]
            user, token = invitations.add_invited(once(form), **form.values(), hours=hours)
        except Repeated as repeated:
            flash(f"{form.name.data} was added when this form came first. {NO_LINK}")
            return redirect(url_for("users.show", id=repeated.key), 303)
        except Refused as refused:
            form.show(refused)
        else:
            hand_over(user.name, token)
            return redirect(url_for("users.show", id=user.id), 303)
    return show_form("users/form.html", form or blank(AdminUserForm), heading="Add a user", user=None)


def _found(user_id: int) -> Record | None:
    user = users.find(db(), user_id)
    if user is not None and not _may_change(user_id):
        abort(403)
    return user


def _may_change(user_id: int) -> bool:
    user = me()
    return user is not None and (user.id == user_id or is_admin())
