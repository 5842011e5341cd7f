"""What every answer carries, and when the cookie is only for TLS."""

from functools import cache

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

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
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR = 31_536_000  # seconds


class CookieSession(SecureCookieSessionInterface):
    """The signed cookie; where the setting says "auto", marked Secure whenever the request came over TLS."""

    def __init__(self) -> None:
        """Make each app's signer once: the keys are settings, and settings are read when the site starts."""
        self._signer = cache(super().get_signing_serializer)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what signs the cookie."""
        return self._signer(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie when it has changed; else say at once that the answer depends on it."""
        if session.modified or self.should_set_cookie(app, session):
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie is for TLS only."""
        wanted = app.config["SESSION_COOKIE_SECURE"]
        return request.is_secure if wanted == "auto" else bool(wanted)


def add_headers(response: Response) -> Response:
    """Add what keeps a browser from doing what no page of this site needs."""
    headers = response.headers
    headers.update(HEADERS)
    if request.endpoint == "static":
        if "v" in request.args and response.status_code < 400:  # noqa: PLR2004
            headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache"
    return response
