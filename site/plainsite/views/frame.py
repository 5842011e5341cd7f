"""What stands around every page, drawn once for who is asking and the part of the site that is shown."""

from functools import lru_cache
from typing import NamedTuple

from flask import Flask, current_app, request
from jinja2 import Template
from markupsafe import Markup

from plainsite.forms.tokens import csrf_token
from plainsite.services.pages import Record
from plainsite.views.addresses import at, here

MOST_DRAWN = 1024  # of them, the last drawn are kept


class Frame(NamedTuple):
    """What a page names in its head, what stands above it, and where new messages can be followed."""

    head: Markup
    top: Markup
    feed: str


def keep_frames(app: Flask) -> None:
    """Let an app remember what it drew."""
    app.extensions["plainsite.frames"] = lru_cache(MOST_DRAWN)(_draw)
    app.jinja_env.globals["frame"] = frame


def frame(me: Record | None, is_admin: bool, section: str, is_it: bool) -> Frame:  # noqa: FBT001 - a template calls it
    """Draw it for a person, or a visitor; `section` is the part of the site, `is_it` whether this is its own page."""
    templates, who = current_app.jinja_env.get_template, (me.name, csrf_token()) if me else None
    drawn_by = templates("frame/head.html"), templates("frame/top.html")
    draw, may_join = current_app.extensions["plainsite.frames"], current_app.config["SIGN_UP"]
    drawn: Frame = draw(*drawn_by, request.script_root, who, is_admin, section, is_it, may_join)
    return drawn


def _draw(  # noqa: PLR0913, PLR0917 - all that it is drawn from, or with (in `who`, the token of the form that signs out)
    head: Template,
    top: Template,
    _root: str,
    who: tuple[str, str] | None,
    is_admin: bool,  # noqa: FBT001
    section: str,
    is_it: bool,  # noqa: FBT001
    may_join: bool,  # noqa: FBT001
) -> Frame:
    feed, known = at("messages.feed"), here()
    context = {"name": who and who[0], "is_admin": is_admin, "section": section, "is_it": is_it, "may_join": may_join}
    return Frame(Markup(head.render(known, feed=feed)), Markup(top.render(known, **context)), feed)  # noqa: S704 - drawn
