"""The id under which a form that creates is sent: however often it comes, what it makes is made once."""

import hashlib
import re
import secrets

from flask import request
from wtforms import Field

from plainsite.refusals import Refused

NAME = "submission"
GIVEN = re.compile("[A-Za-z0-9_-]{22}")  # what `fresh` gives
ANEW = frozenset({"stale", "made"})  # rules after which the form goes on under another id


def fresh() -> str:
    """Give a form an id that no other has."""
    return secrets.token_urlsafe(16)


def sent() -> str:
    """Give the id that a form came with; nothing where it has none, several, or one that no form was given."""
    ids = request.form.getlist(NAME)
    return ids[0] if len(ids) == 1 and GIVEN.fullmatch(ids[0]) else ""


def next_id(refused: Refused, now: str) -> str:
    """Give the id under which a refused form goes on: its own, for nothing was made under it, unless that is used."""
    return fresh() if any(reason.rule in ANEW for reason in refused.reasons) else now


def content_of(*fields: Field) -> str:
    """Give a digest of what was typed, so that the same form with something else in it is no repeat.

    Nothing secret goes into it: short secrets can be found by trying.
    """
    digest = hashlib.sha256()
    for field in fields:
        if getattr(field, "control", "") == "password" or getattr(field, "secret", False):
            continue
        data = field.data
        written = data if isinstance(data, bytes) else ascii(data).encode()
        digest.update(f"{field.name!a} {type(data).__name__} {len(written)} ".encode() + written)
    return digest.hexdigest()
