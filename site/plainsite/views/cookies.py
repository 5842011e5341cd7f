"""The signed cookie: whose it is, what is said on the next page, and when it is only for TLS."""

import json
import pickle
import time
from functools import cache, lru_cache
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

PLAIN = {str, int, float, bool, type(None)}  # types of values that JSON has
COMPRESSED_FROM = 1_000  # characters
# A cookie holds 4,096 bytes, and browsers drop a longer one without a word: whoever it signed in would be signed out.
MOST_SAID = 2_500  # characters of JSON: a third more as base64, and then there is who is signed in


class Spelling(TaggedJSONSerializer):
    """What a cookie holds, spelled as Flask does, which asks of each text whether it is one of eight other things."""

    _encode = staticmethod(json.JSONEncoder(separators=(",", ":")).encode)

    def tag(self, value: Any) -> Any:
        """Mark what JSON has no word for."""
        return value if type(value) in PLAIN else super().tag(value)

    def dumps(self, value: Any) -> str:
        """Spell it."""
        try:
            return self._encode(self.tag(value))
        except TypeError:  # Flask's own JSON knows more
            return super().dumps(value)


class Signer(TimestampSigner):
    """Signs as Flask does, which works the key out anew for each cookie."""

    def __init__(self, *given: Any, **how: Any) -> None:
        """Take what Flask gives."""
        super().__init__(*given, **how)
        self.derive_key = cache(self.derive_key)  # type: ignore[method-assign]


class Signing(URLSafeTimedSerializer):
    """Makes cookies as Flask does, but for short ones, which it does not compress: that takes as long as it spares."""

    default_signer = Signer

    def __init__(self, *given: Any, **how: Any) -> None:
        """Take what Flask gives."""
        super().__init__(*given, **how)
        self.make_signer = cache(self.make_signer)  # type: ignore[method-assign]

    def dump_payload(self, held: Any) -> bytes:
        """Spell what a cookie holds."""
        spelt: str = self.serializer.dumps(held)
        return base64_encode(spelt) if len(spelt) < COMPRESSED_FROM else super().dump_payload(held)


class CookieSession(SecureCookieSessionInterface):
    """The signed cookie; where the setting says "auto", marked Secure whenever the request came over TLS."""

    serializer = Spelling()

    def __init__(self) -> None:
        """Make each app's signer once: the keys are settings, and settings are read when the site starts."""
        self._signer = cache(self._make_signer)
        self._checked = lru_cache(1024)(self._check)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what signs the cookie."""
        return self._signer(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie. A signature that was found right stays right; how old it is is asked each time."""
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return self.session_class()
        try:
            held, signed_at = self._checked(app, value)
        except BadSignature:
            return self.session_class()
        fresh = 0 <= int(time.time()) - signed_at <= app.permanent_session_lifetime.total_seconds()
        if not fresh:
            return self.session_class()
        return self.session_class(pickle.loads(held))  # noqa: S301 - of our own making: each request has its own

    def _check(self, app: Flask, value: str) -> tuple[bytes, float]:
        """Check a cookie's signature; give what it holds, pickled, and when it was signed."""
        signer = cast("URLSafeTimedSerializer", self._signer(app))  # there is always a key: settings make one
        held, signed_at = signer.loads(value, return_timestamp=True)
        return pickle.dumps(held), signed_at.timestamp()

    def _make_signer(self, app: Flask) -> URLSafeTimedSerializer | None:
        found = super().get_signing_serializer(app)
        if found is None:
            return None
        how = {"salt": found.salt, "serializer": self.serializer, "signer_kwargs": found.signer_kwargs}
        return Signing(found.secret_keys, **how)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie when it has changed; else say at once that the answer depends on it.

        A form on another site's page comes without this site's cookie (it is SameSite), so whoever is signed in looks
        like a visitor: a visitor's cookie in the answer would take the place of theirs, and sign them out.
        """
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return
        if session.modified or self.should_set_cookie(app, session):
            _let_go(session)
            session.accessed = False  # or Flask says twice that the answer depends on the cookie
            super().save_session(app, session, response)
        elif session.accessed and "Vary" not in response.headers:
            response.headers["Vary"] = "Cookie"
        elif session.accessed:
            response.vary.add("Cookie")

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie is for TLS only."""
        wanted = app.config["SESSION_COOKIE_SECURE"]
        return request.is_secure if wanted == "auto" else bool(wanted)


def _let_go(session: SessionMixin) -> None:
    """Keep the newest sentences for the next page: forms whose answers nobody looked at leave theirs behind."""
    said, characters = session.get("_flashes", []), 0
    for number, sentence in enumerate(reversed(said)):
        characters += len(json.dumps(sentence))
        if characters > MOST_SAID:
            session["_flashes"] = said[len(said) - number :]
            return
