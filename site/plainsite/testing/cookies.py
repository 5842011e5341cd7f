"""Which of a client's cookies a browser would still have, and send; Werkzeug's client keeps and sends some more."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.test import Client

if TYPE_CHECKING:
    from werkzeug.test import Cookie

    Key = tuple[str, str, str]

LONGEST = 4096  # bytes of name and value (RFC 6265bis, section 5.6); a longer one is dropped without a word
NEAR = frozenset({"localhost", "127.0.0.1", "::1"})


@contextmanager
def kept_as_in_a_browser(client: Client, address: str) -> Iterator[None]:
    """Send and keep no cookie that a browser would not, in a request of a client for this address."""
    cookies = client._cookies  # noqa: SLF001 - Werkzeug lists none
    if cookies is None:
        yield
        return
    safe = _is_safe(address)
    held = {key: each for key, each in cookies.items() if each.secure and not safe}
    sent = {key: each for key, each in _in_order(cookies) if key not in held and not _is_over(each)}
    cookies.clear()
    cookies.update(sent)
    yield
    arrived = dict(cookies)
    cookies.clear()
    for key, each in arrived.items():
        kept = each if each is sent.get(key) or _is_taken(each, safe=safe) else sent.get(key)
        if kept is not None and not _is_over(each):
            told = replace(kept, domain=kept.domain.lstrip("."))  # "Domain=.example.org" is an old way to write it
            cookies[told._storage_key] = told  # noqa: SLF001
    cookies.update(held)


def _in_order(cookies: "Mapping[Key, Cookie]") -> "Iterable[tuple[Key, Cookie]]":
    """Give cookies as they are sent: of one name, that of the longest path comes first, and counts."""
    return sorted(cookies.items(), key=lambda item: -len(item[1].path))


def _is_over(cookie: "Cookie") -> bool:
    if cookie.max_age is not None:  # it goes before a date
        return cookie.max_age <= 0
    return cookie.expires is not None and cookie.expires <= datetime.now(UTC)


def _is_taken(cookie: "Cookie", *, safe: bool) -> bool:
    """Say whether a browser takes a cookie: none too long, none in the clear that must be `Secure`."""
    name = cookie.key.lower()
    everywhere = cookie.path == "/" and cookie.origin_only
    if len(cookie.key) + len(cookie.value) > LONGEST or (name.startswith("__host-") and not everywhere):
        return False
    if cookie.secure:
        return safe
    return not name.startswith(("__host-", "__secure-")) and (cookie.same_site or "").lower() != "none"


def _is_safe(address: str) -> bool:
    """Say whether nobody on the way can read along: `Secure` cookies go there, and come from there."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "https" or host in NEAR or host.endswith(".localhost")
