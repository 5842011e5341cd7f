"""The request that a pressed button, a followed link or a redirect makes."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from plainsite.testing.addresses import joined
from plainsite.testing.dom import Element
from plainsite.testing.encodings import encode, urlencode
from plainsite.testing.fields import data_set

if TYPE_CHECKING:
    from plainsite.testing.page import Page

CHANGED_TO_GET = {301: {"POST"}, 302: {"POST"}}
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Request:
    """What is asked of the site: an absolute address without its fragment, and perhaps a body."""

    address: str
    method: str = "GET"
    body: bytes = b""
    content_type: str | None = None
    referrer: str | None = None
    origin: str | None = None
    fetched_from: str = "none"

    def redirected(self, status: int, location: str) -> "Request":
        """Give the request that a redirect leads to: with method and body for 307 and 308, else as browsers do."""
        address = joined(self.address, location)
        to_get = self.method in CHANGED_TO_GET.get(status, set()) or (status == 303 and self.method != "HEAD")  # noqa: PLR2004 - See Other
        if to_get:
            return Request(address, referrer=self.referrer, fetched_from=self.fetched_from)
        return replace(self, address=address)


def submission(page: "Page", form: Element, submitter: Element | None) -> Request | None:
    """Give the request of a form on a page; nothing for a form that only closes a dialog."""

    def said(name: str) -> str:
        own = submitter.get(f"form{name}") if submitter is not None else None
        return (form.get(name) if own is None else own) or ""

    method = said("method").lower()
    if method == "dialog":
        return None
    action = said("action").strip()
    address = joined(page.base, action) if action else page.address
    entries = data_set(page.document, form, submitter, page.state)
    if method == "post":
        body, content_type = encode(entries, said("enctype").lower())
        return Request(address, "POST", body, content_type)
    return Request(urlunsplit(urlsplit(address)._replace(query=urlencode(entries))))
