"""Messages as an Atom feed (RFC 4287), page by page."""

from urllib.parse import urljoin

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from plainsite.services import messages
from plainsite.services.excerpts import EXCERPT, Excerpt
from plainsite.views.context import place, turning
from plainsite.views.markdown import render
from plainsite.views.messages import pages
from plainsite.views.replicas import reading
from plainsite.views.times import iso, said

# What XML 1.0 has no place for at all, not even escaped (section 2.2), shown as the replacement character.
NOT_IN_XML = dict.fromkeys({*range(0x20), 0xFFFE, 0xFFFF} - {0x09, 0x0A, 0x0D}, "\ufffd")
PLACE = ("after", "before", "at")  # what tells pages apart


@pages.get("/feed.atom")
def feed() -> ResponseReturnValue:
    """Give the newest messages, or those of a page that such a feed leads to."""
    try:
        page = messages.find_page(reading(), **place())
    except ValueError:
        abort(404)
    entries, older = [_entry(row) for row in page.rows], turning(page)["older"]
    here = {name: request.args[name] for name in PLACE if name in request.args}
    xml = render_template(
        "messages/feed.xml",
        entries=entries,
        feed_url=url_for("messages.feed", _external=True),
        self_url=url_for("messages.feed", _external=True, **here),
        site_url=url_for("messages.index", _external=True),
        updated_iso=max((entry[4] for entry in entries), default="1970-01-01T00:00:00Z"),
        next_url=urljoin(request.url_root, older) if older else None,
    )
    return xml, {"Content-Type": "application/atom+xml; charset=utf-8"}


def _entry(row: Excerpt) -> tuple[str, ...]:
    """Give what the feed says of a message; of a long one it holds the beginning, and says that it is no more."""
    whole = len(row.text) <= EXCERPT
    text = row.text if whole else f"{row.text[:EXCERPT]}…"
    return (
        url_for("messages.show", id=row.id, _external=True),
        f"{row.name}, {said(row.created)}",
        row.name,
        iso(row.created),
        iso(row.edited_at or row.created),
        "content" if whole else "summary",
        Markup(str(render(text)).translate(NOT_IN_XML)),  # noqa: S704 - Markdown may name such a character by its number
    )
