"""Addresses as browsers read and write them, by the URL standard, where Python's own functions differ."""

import re
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from plainsite.testing.errors import NotPossible

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
IN_PATH = re.sub(r'["#<>?`{}^]', "", PRINTABLE)
IN_QUERY = re.sub(r"""["#<>']""", "", PRINTABLE)
PORTS = {"http": 80, "https": 443}


def joined(base: str, reference: str) -> str:
    """Give the absolute address, without its fragment, that a reference in a page or a redirect leads to."""
    written = re.sub(r"[\t\r\n]", "", reference.strip("".join(map(chr, range(0x21)))))
    place = re.match(r"[^?#]*", written)
    end = place.end() if place and not re.match(r"(?!https?:)[a-z][a-z\d+.-]*:", written, re.IGNORECASE) else 0
    try:
        return urldefrag(urljoin(base, written[:end].replace("\\", "/") + written[end:])).url
    except ValueError as error:
        message = f"{reference!r} is no address, and leads nowhere"
        raise NotPossible(message) from error


def encoded(address: str) -> str:
    """Give an address as it is sent: what is not ASCII, and some signs, in percents."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=quote(parts.path, IN_PATH), query=quote(parts.query, IN_QUERY)))


def site_of(address: str) -> str:
    """Give scheme, host and port of an address, as in the Origin header."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_within(site: str, address: str) -> bool:
    """Say whether an address is of this site, or of a subdomain of it; with TLS or without."""
    here, there = urlsplit(site), urlsplit(address)
    host, other = here.hostname or "", there.hostname or ""
    if there.scheme not in PORTS or not (other == host or other.endswith(f".{host}")):
        return False
    ports = {parts.port or PORTS.get(parts.scheme) for parts in (here, there)}
    return len(ports) == 1 or ports == set(PORTS.values())


def referrer(policy: str, source: str, target: str) -> str | None:
    """Give the Referer that a browser sends from one address to another under a referrer policy."""
    same = site_of(source) == site_of(target)
    down = source.startswith("https:") and target.startswith("http:")
    whole, origin = encoded(urldefrag(source).url), f"{site_of(source)}/"
    return {
        "no-referrer": None,
        "origin": origin,
        "unsafe-url": whole,
        "same-origin": whole if same else None,
        "strict-origin": None if down else origin,
        "origin-when-cross-origin": whole if same else origin,
        "no-referrer-when-downgrade": None if down else whole,
    }.get(policy, whole if same else None if down else origin)
