"""Messages: read, write, change, delete; as a page, as JSON."""

from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plainsite.forms.base import Press
from plainsite.forms.blank import blank
from plainsite.forms.messages import MessageForm
from plainsite.refusals import Refused
from plainsite.services import messages
from plainsite.services.excerpts import EXCERPT
from plainsite.services.pages import Page, Record
from plainsite.services.search import MOST_WORDS, has_more, runs_on
from plainsite.submissions import Repeated
from plainsite.views.addresses import at
from plainsite.views.context import db, is_admin, me, place, sent, show_form, turning, wants_json
from plainsite.views.guards import members_only
from plainsite.views.markdown import render
from plainsite.views.merging import Key, add_again, deleted_already, edited, tell
from plainsite.views.repeats import once
from plainsite.views.replicas import reading
from plainsite.views.times import iso
from plainsite.views.undoing import offer

pages = Blueprint("messages", __name__, url_prefix="/messages")

ID = "<id:id>"
LONGEST_SEARCH = 500  # characters of a search that are read; SQLite refuses patterns of 50 kB


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show messages, newest first; those that hold some words, or are by somebody."""
    words = request.args.get("words", "")[:LONGEST_SEARCH].strip()
    author = request.args.get("author", "")[:LONGEST_SEARCH].strip()
    try:
        page = messages.find_page(reading(), words=words, author=author, **place())
    except ValueError:
        abort(404)
    turns = turning(page, words=words, author=author)
    if wants_json():
        return _as_json(page, turns["older"])
    return render_template(
        "messages/index.html",
        rows=lines(page),
        words=words,
        author=author,
        searching=bool(words or author),
        runs_on=runs_on(words),
        most_words=MOST_WORDS if has_more(words) else None,
        message_at=at("messages.index"),
        user_at=at("users.index"),
        **turns,
    ), {"Vary": "Accept"}


@pages.get(f"/{ID}")
def show(id: int) -> ResponseReturnValue:
    """Show one message whole."""
    message = messages.find(reading(), id) or _existing(id)  # a replica may not have it yet
    return render_template(
        "messages/show.html", message=message, html=render(message.body), may_change=_may_change(message)
    )


@pages.route("/new", methods=["GET", "POST"])
@members_only
def new() -> ResponseReturnValue:
    """Ask for a message, and keep it."""
    form, user = sent(MessageForm), me()
    made: int | str | None = None
    if user and form and form.validate():
        try:
            made = messages.create(once(form), author_id=user.id, **form.values()).id
        except Repeated as repeated:
            made = repeated.key
        except Refused as refused:
            form.show(refused)
        if made:
            flash("Your message was posted.")
            return redirect(url_for("messages.show", id=made), 303)
    return show_form("messages/form.html", form or blank(MessageForm), heading="New message", message=None)


@pages.route(f"/{ID}/edit", methods=["GET", "POST"])
@members_only
def edit(id: int) -> ResponseReturnValue:
    """Let its author, or an admin, change a message."""
    edit = edited(
        Key("messages", str(id)),
        lambda: _found(id),
        lambda message: MessageForm(obj=message),
        lambda form: messages.update(db(), id, **form.changes(), held=form.held()),
    )
    if edit.written:
        tell("The message", edit.form)
        return redirect(url_for("messages.show", id=id), 303)
    if edit.record is None:
        return add_again(edit, "The message", at("messages.new"), at("messages.index"))
    return show_form("messages/form.html", edit.form, heading="Edit message", message=edit.record)


@pages.route(f"/{ID}/delete", methods=["GET", "POST"])
@members_only
def delete(id: int) -> ResponseReturnValue:
    """Ask whether a message is to go, and delete it."""
    message, form = _found(id), Press()
    sure = message is not None and form.validate_on_submit()
    if message is None or (sure and not messages.delete(db(), id)):
        return deleted_already(Key("messages", str(id)), "The message", at("messages.index"))
    if sure:
        offer("The message was deleted.", db())
        return redirect(at("messages.index"), 303)
    return show_form("messages/delete.html", form, message=message)


def lines(page: Page) -> list[tuple[Any, ...]]:
    """Give a page's rows as its template unpacks them, in one pass: no call is left for a cell."""
    most = EXCERPT
    return [
        (
            message_id,
            author_id,
            author,
            text[:most],
            len(text) > most,
            f"{created[:10]}T{created[11:19]}Z",
            created[:16],
            edited is not None,
        )
        for message_id, author_id, author, text, created, edited in page.rows
    ]


def _as_json(page: Page, older: str | None) -> ResponseReturnValue:
    whole = messages.texts(reading(), [row.id for row in page.rows])
    answer = jsonify(
        [
            {"id": row.id, "message": whole[row.id], "author": row.name, "written": iso(row.created)}
            for row in page.rows
            if row.id in whole  # what was deleted a moment ago is not there, rather than cut
        ]
    )
    answer.vary.add("Accept")
    if older:
        answer.headers["Link"] = f'<{urljoin(request.url_root, older)}>; rel="next"'
    return answer


def _existing(id: int) -> Record:
    return messages.find(db(), id) or abort(404)


def _found(id: int) -> Record | None:
    message = messages.find(db(), id)
    if message is not None and not _may_change(message):
        abort(403)
    return message


def _may_change(message: Record) -> bool:
    user = me()
    return user is not None and (user.id == message.author_id or is_admin())
