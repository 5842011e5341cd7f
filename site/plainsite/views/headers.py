"""What every answer carries."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = [
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
A_YEAR = 31_536_000  # seconds


def guard(site: "WSGIApplication") -> "WSGIApplication":
    """Add to every answer what keeps a browser from doing what no page of this site needs.

    It is the same for all of them, so Flask need not look at it for each.
    """

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            return start_response(status, headers + HEADERS, *failed)

        return site(environ, start)

    return guarded


def say_how_long(response: Response) -> Response:
    """Say for how long an answer may be kept: a page not at all, a file whose address names its content for a year."""
    headers = response.headers
    if request.endpoint == "static":
        if "v" in request.args and response.status_code < 400:  # noqa: PLR2004
            headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache"
    return response
