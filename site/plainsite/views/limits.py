"""How often one address may try something, and how much a form may hold."""

import time
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import MovingWindowRateLimiter

FORM = "application/x-www-form-urlencoded"
COUNTED = "plainsite_counted"  # where a request keeps which attempts it is
RATES, STORAGE = ("SIGN_IN_LIMIT", "SIGN_UP_LIMIT"), "LIMITS_STORAGE"


class Attempts:
    """Counts attempts, as settings say how many there may be."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the settings. What counts is imported at the first attempt: no page needs it, and it takes a while."""
        self.said = {name: config[name] for name in (*RATES, STORAGE)}
        self._lock = Lock()
        self._counting: tuple[MovingWindowRateLimiter, dict[str, RateLimitItem]] | None = None

    def begin(self) -> "tuple[MovingWindowRateLimiter, dict[str, RateLimitItem]]":
        """Give what counts, and the rates by their settings' names; raises ValueError for what cannot be."""
        with self._lock:
            if self._counting is None:
                from limits import parse  # noqa: PLC0415
                from limits.errors import ConfigurationError  # noqa: PLC0415
                from limits.storage import storage_from_string  # noqa: PLC0415
                from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

                try:
                    counter = MovingWindowRateLimiter(storage_from_string(self.said[STORAGE]))
                except ConfigurationError as error:
                    raise ValueError(str(error)) from error
                self._counting = counter, {name: parse(self.said[name]) for name in RATES}
            return self._counting

    def forget(self) -> None:
        """Forget what was counted."""
        if self._counting is not None:
            self._counting[0].storage.reset()


def count_attempts(app: Flask, defaults: Mapping[str, Any]) -> None:
    """Prepare the counting of attempts for an app; settings other than the defaults are tried now.

    Raises ValueError for those that cannot be.
    """
    attempts = app.extensions["plainsite.limits"] = Attempts(app.config)
    if any(defaults[name] != value for name, value in attempts.said.items()):
        attempts.begin()


def limit(name: str, *what: str) -> None:
    """Count one more attempt under a setting's name; after too many answer 429, and say when to come back.

    What a request tries again, because the database was in trouble, is no other attempt.
    """
    attempts: Attempts = current_app.extensions["plainsite.limits"]
    asked = (name, _from(request.remote_addr or ""), *what)
    counted: set[tuple[str, ...]] = g.setdefault(COUNTED, set())
    if asked in counted:
        return
    counted.add(asked)
    counter, rates = attempts.begin()
    if not counter.hit(rates[name], *asked):
        wait = max(1, round(counter.get_window_stats(rates[name], *asked).reset_time - time.time()))
        raise TooManyRequests(retry_after=wait)


def _from(address: str) -> str:
    """Give what counts as one address: of IPv6 the first half, since one household has all of the second (RFC 6177)."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))


def bound_forms(app: Flask) -> None:
    """Refuse forms of more fields than any page has, unread: a few megabytes of nothing else take seconds to read."""

    @app.before_request
    def bound() -> None:
        if request.method != "POST":
            return
        most_bytes, most_fields = app.config["MAX_FORM_MEMORY_SIZE"], app.config["MAX_FORM_FIELDS"]
        length = request.content_length
        if length is not None and length <= min(most_bytes, most_fields):
            return  # each field takes a byte, so it need not be read to see that it is within bounds
        if request.mimetype != FORM or request.routing_exception is not None:
            return
        if (length or 0) > most_bytes:
            raise RequestEntityTooLarge
        body = request.get_data()
        if len(body) > most_bytes or body.count(b"&") >= most_fields:
            raise RequestEntityTooLarge
