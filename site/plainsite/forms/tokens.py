"""The token that tells a form of this site, sent from the session it was given to, from anybody else's."""

from functools import lru_cache
from hmac import compare_digest
from typing import Any

from flask import current_app, g, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

NAME = "csrf_token"  # of the field, and of the session's secret; Flask-WTF's own


class Token(FlaskForm.Meta.csrf_class):  # type: ignore[misc]  # it has no types of its own
    """Flask-WTF's protection, with tokens from below."""

    def generate_csrf_token(self, _: Any) -> str:
        """Give a form its token."""
        return csrf_token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        """Take the very token that this session was given; ask Flask-WTF about any other."""
        if not compare_digest(str(field.data).encode(errors="replace"), field.current_token.encode()):
            super().validate_csrf_token(form, field)


def csrf_token() -> str:
    """Give the session's token; one is signed once, because where it never expires its age says nothing."""
    token: str | None = g.get(NAME)  # where Flask-WTF keeps it for the request
    if token is None:
        secret, config = session.get(NAME), current_app.config
        if isinstance(secret, str) and config["WTF_CSRF_TIME_LIMIT"] is None:
            g.csrf_token = token = _signed(config["SECRET_KEY"], secret)
    return token or str(generate_csrf())


@lru_cache(1024)
def _signed(key: str | bytes, secret: str) -> str:
    """Sign as Flask-WTF does, which reads it again."""
    signed: str = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(secret)
    return signed
