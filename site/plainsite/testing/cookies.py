"""Which of a client's cookies a browser would still have, and send; Werkzeug's client keeps and sends some more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.test import Client

if TYPE_CHECKING:
    from werkzeug.test import Cookie

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
    for key in [key for key, each in cookies.items() if key in held or _is_over(each)]:
        del cookies[key]
    yield
    arrived = [each for each in cookies.values() if not _is_over(each) and _is_taken(each, safe=safe)]
    cookies.clear()
    for each in arrived:
        told = replace(each, domain=each.domain.lstrip("."))  # "Domain=.example.org" is an old way to write it
        cookies[told._storage_key] = told  # noqa: SLF001
    cookies.update(held)


def _is_over(cookie: "Cookie") -> bool:
    if cookie.max_age is not None and cookie.max_age <= 0:
        return True
    return cookie.expires is not None and cookie.expires <= datetime.now(UTC)


def _is_taken(cookie: "Cookie", *, safe: bool) -> bool:
    """Say whether a browser takes a cookie: some must be `Secure`, and that none is that comes in the clear."""
    if cookie.secure:
        return safe
    return not cookie.key.startswith(("__Host-", "__Secure-")) and (cookie.same_site or "").lower() != "none"


def _is_safe(address: str) -> bool:
    """Say whether nobody on the way can read along: `Secure` cookies go there, and come from there."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "https" or host in NEAR or host.endswith(".localhost")
