"""How a page is read from bytes, and the three ways in which a form's names and values become some."""

import codecs
import re
import secrets
from collections.abc import Iterable
from urllib.parse import quote_plus

from plainsite.testing.fields import Entry
from plainsite.testing.state import File

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PLAIN = "text/plain"
META = re.compile(rb"""<meta\b[^>]*\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
LATIN = frozenset({"latin1", "iso-8859-1", "iso8859-1", "us-ascii", "ascii"})  # what browsers take for windows-1252


def decoded(body: bytes, charset: str | None) -> str:
    """Read a page as browsers do: by its byte order mark, by its header's charset, or by its own; else as UTF-8."""
    own = META.search(body[:1024])
    said = "utf-8" if body.startswith(codecs.BOM_UTF8) else charset or (own[1].decode("ascii") if own else "utf-8")
    said = said.strip().lower()
    try:
        return body.decode("windows-1252" if said in LATIN else said, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def encode(entries: Iterable[Entry], enctype: str) -> tuple[bytes, str]:
    """Give a request's body and its content type; what is not one of the three encodings counts as urlencoded."""
    if enctype == MULTIPART:
        return _multipart(entries)
    if enctype == PLAIN:
        lines = "".join(f"{_text(name)}={_text(value)}\r\n" for name, value in entries)
        return lines.encode(), PLAIN
    return urlencode(entries).encode(), URLENCODED


def urlencode(entries: Iterable[Entry]) -> str:
    """Write names and values as a query string does; of a file only its name."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in entries)


def _quoted(value: str | File) -> str:
    return quote_plus(_text(value), safe="*").replace("~", "%7E")


def _text(value: str | File) -> str:
    """Give a text as it is sent: lines end with CR LF, and a lone surrogate becomes U+FFFD."""
    text = value.name if isinstance(value, File) else value
    return _scalars(re.sub("\r\n?|\n", "\r\n", text))


def _scalars(text: str) -> str:
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _multipart(entries: Iterable[Entry]) -> tuple[bytes, str]:
    boundary = f"----plainsite{secrets.token_hex(16)}"
    parts = []
    for name, value in entries:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(_text(name))}"'
        if isinstance(value, File):
            head += f'; filename="{_escaped(_scalars(value.name))}"\r\nContent-Type: {value.content_type}'
        data = value.data if isinstance(value, File) else _text(value).encode()
        parts.append(head.encode() + b"\r\n\r\n" + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"{MULTIPART}; boundary={boundary}"


def _escaped(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
