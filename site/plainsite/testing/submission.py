"""The request that a pressed button, a followed link or a redirect makes."""

from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from plainsite.testing.document import Document
from plainsite.testing.dom import Element
from plainsite.testing.encodings import encode, urlencode
from plainsite.testing.fields import data_set
from plainsite.testing.state import State

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

    def redirected(self, status: int, location: str) -> "Request":
        """Give the request that a redirect leads to: with method and body for 307 and 308, else as browsers do."""
        address = urldefrag(urljoin(self.address, location)).url
        to_get = self.method in CHANGED_TO_GET.get(status, set()) or (status == 303 and self.method != "HEAD")  # noqa: PLR2004 - See Other
        if to_get:
            return Request(address, referrer=self.referrer)
        return replace(self, address=address)


def submission(document: Document, form: Element, submitter: Element | None, state: State, at: str) -> Request | None:
    """Give the request of a form on the page of this address; nothing for a form that only closes a dialog."""

    def said(name: str) -> str:
        own = submitter.get(f"form{name}") if submitter is not None else None
        return ((form.get(name) if own is None else own) or "").strip()

    method = said("method").lower()
    if method == "dialog":
        return None
    address = urldefrag(urljoin(at, said("action"))).url
    entries = data_set(document, form, submitter, state)
    if method == "post":
        body, content_type = encode(entries, said("enctype").lower())
        return Request(address, "POST", body, content_type)
    return Request(urlunsplit(urlsplit(address)._replace(query=urlencode(entries))))


def site_of(address: str) -> str:
    """Give scheme, host and port of an address, as in the Origin header."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def referrer(policy: str, source: str, target: str) -> str | None:
    """Give the Referer that a browser sends from one address to another under a referrer policy."""
    same = site_of(source) == site_of(target)
    down = source.startswith("https:") and target.startswith("http:")
    whole, origin = urldefrag(source).url, f"{site_of(source)}/"
    return {
        "no-referrer": None,
        "origin": origin,
        "unsafe-url": whole,
        "same-origin": whole if same else None,
        "strict-origin": None if down else origin,
        "origin-when-cross-origin": whole if same else origin,
        "no-referrer-when-downgrade": None if down else whole,
    }.get(policy, whole if same else None if down else origin)
