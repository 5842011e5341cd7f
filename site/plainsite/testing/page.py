"""One page as it was answered, and what a person sees on it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from plainsite.testing import reading
from plainsite.testing.addresses import joined
from plainsite.testing.document import BUTTON_KINDS, Document, kind
from plainsite.testing.dom import finder, spoken, text_of
from plainsite.testing.encodings import decoded
from plainsite.testing.errors import NotPossible
from plainsite.testing.finding import LINKS, Part, known
from plainsite.testing.labels import Labels
from plainsite.testing.state import State, Value
from plainsite.testing.submission import Request

TITLES = finder("//head/title")
HEADINGS = finder("//h1")
TABLES = finder("//table")
REFERRERS = finder("//meta[@name='referrer'][@content]")
BASES = finder("//base[@href]")
HTML = frozenset({"text/html", "application/xhtml+xml"})


class Page:
    """A page: what was answered, and what is on it. What is typed on it stays with it, for when somebody comes back."""

    def __init__(self, status: int, asked: Request | str, headers: Mapping[str, str] | Headers, body: bytes) -> None:
        """Take an answer's status, what was asked for (a request, or an absolute address), its headers and its body."""
        self.status = status
        self.request = Request(asked) if isinstance(asked, str) else asked
        self.address = self.request.address
        self.headers = headers if isinstance(headers, Headers) else Headers(dict(headers))
        self.body = body

    def __repr__(self) -> str:
        """Show the page as failing tests do."""
        return f"<Page {self.status} {self.path} {self.heading or self.mimetype!r}>"

    @cached_property
    def path(self) -> str:
        """The address within the site, with its query."""
        parts = urlsplit(self.address)
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"

    @cached_property
    def base(self) -> str:
        """The address that those in the page are relative to: its own, unless it has a `<base href>`."""
        for each in BASES(self.document.root):
            with suppress(NotPossible):  # a browser passes over one that is no address
                return joined(self.address, each.get("href") or "")
        return self.address

    @cached_property
    def referrer_policy(self) -> str:
        """What the page, or else its header, wants told about where a visitor comes from; "" for the usual."""
        said = (self.headers.get("Referrer-Policy") or "").split(",")
        return [*said, *(each.get("content") or "" for each in REFERRERS(self.document.root))][-1].strip().lower()

    @cached_property
    def mimetype(self) -> str:
        """The content type without its options, such as "text/html"."""
        return parse_options_header(self.headers.get("Content-Type"))[0].lower()

    @cached_property
    def is_html(self) -> bool:
        """Whether this is a page to look at, and not data."""
        return self.mimetype in HTML

    @cached_property
    def html(self) -> str:
        """The source, or whatever text was answered; what cannot be decoded is replaced."""
        return decoded(self.body, parse_options_header(self.headers.get("Content-Type"))[1].get("charset"))

    @cached_property
    def json(self) -> Any:
        """The answer as JSON; raises ValueError when it is none."""
        return json.loads(self.body)

    @cached_property
    def title(self) -> str:
        """The title, as in the browser's tab."""
        return next((spoken(each) for each in TITLES(self.document.root)), "")

    @cached_property
    def heading(self) -> str:
        """The text of the h1."""
        return next((text_of(each) for each in HEADINGS(self.document.root)), "")

    @cached_property
    def text(self) -> str:
        """All text to be seen, blanks folded; without what is in controls. Of an answer that is no page all of it."""
        return text_of(self.document.root) if self.is_html else self.html

    @cached_property
    def errors(self) -> dict[str, str]:
        """What the page says is wrong, by the label of the field: {"Name": "This name is taken."}."""
        return reading.errors(self.document, self.document_labels)

    @cached_property
    def summary(self) -> list[str]:
        """The sentences of the error summary."""
        return reading.summary(self.document)

    @cached_property
    def flashes(self) -> list[str]:
        """The messages about what was just done."""
        return reading.flashes(self.document)

    @property
    def table(self) -> list[dict[str, str]]:
        """The rows of the first table, each cell by its header; empty without a table."""
        return self.tables[0] if self.tables else []

    @cached_property
    def tables(self) -> list[list[dict[str, str]]]:
        """The rows of every table."""
        return [reading.table(each) for each in TABLES(self.document.root)]

    @cached_property
    def links(self) -> list[str]:
        """The texts of all links."""
        return [Part(self).name(each) for each in LINKS(self.document.root)]

    @cached_property
    def buttons(self) -> list[str]:
        """The texts of all buttons."""
        return [Part(self).name(each) for each in self.document.controls if kind(each) in BUTTON_KINDS]

    @cached_property
    def labels(self) -> list[str]:
        """The labels of all controls; of radio buttons the group's, with the options in brackets."""
        return known(self, Part(self).controls())

    def href(self, link: str) -> str:
        """Give where the link with this text leads, as it is written. Raises NotOnPage or Ambiguous."""
        return Part(self).link(link).get("href") or ""

    def value(self, label: str) -> Value:
        """Give what the control with this label holds now, typed or served.

        A text control gives its text, a checkbox True or False, a select or a group of radio buttons the text of what
        is chosen ("" for nothing), a control for several a list. Raises NotOnPage or Ambiguous.
        """
        part = Part(self)
        radios = part.radios(label)
        if radios:
            return "".join(self.document_labels.label(each) for each in radios if self.state.is_checked(each))
        return self.state.shown(part.control(label, usable=False))

    @cached_property
    def document(self) -> Document:
        """The elements of the page; none for an answer that is no page."""
        return Document(self.html if self.is_html else "")

    @cached_property
    def document_labels(self) -> Labels:
        """The names of the elements."""
        return Labels(self.document)

    @cached_property
    def state(self) -> State:
        """What was typed, ticked, chosen and attached here."""
        return State(self.document)
