"""How often one address may try something, and how much a form may hold."""

import time
from ipaddress import IPv6Address, ip_address

from flask import Flask, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

FORM = "application/x-www-form-urlencoded"
COUNTED = "plainsite_counted"  # where a request keeps which attempts it is


def count_attempts(app: Flask) -> None:
    """Prepare the counting of attempts for an app."""
    counter = MovingWindowRateLimiter(storage_from_string(app.config["LIMITS_STORAGE"]))
    rates = {name: parse(app.config[name]) for name in ("SIGN_IN_LIMIT", "SIGN_UP_LIMIT")}
    app.extensions["plainsite.limits"] = counter, rates


def limit(name: str, *what: str) -> None:
    """Count one more attempt under a setting's name; after too many answer 429, and say when to come back.

    What a request tries again, because the database was in trouble, is no other attempt.
    """
    counter, rates = current_app.extensions["plainsite.limits"]
    rate: RateLimitItem = rates[name]
    asked = (name, _from(request.remote_addr or ""), *what)
    counted: set[tuple[str, ...]] = g.setdefault(COUNTED, set())
    if asked in counted:
        return
    counted.add(asked)
    if not counter.hit(rate, *asked):
        wait = max(1, round(counter.get_window_stats(rate, *asked).reset_time - time.time()))
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
        if request.method != "POST" or request.mimetype != FORM or request.routing_exception is not None:
            return
        most_bytes, most_fields = app.config["MAX_FORM_MEMORY_SIZE"], app.config["MAX_FORM_FIELDS"]
        if (request.content_length or 0) > most_bytes:
            raise RequestEntityTooLarge
        body = request.get_data()
        if len(body) > most_bytes or body.count(b"&") >= most_fields:
            raise RequestEntityTooLarge
