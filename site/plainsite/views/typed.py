"""What was typed into a form that cannot be shown again, for a button that sends it once more."""

import re

from flask import request

from plainsite.kinds import is_secret

UNTYPED = {"csrf_token", "submission"}  # what every form carries, and nobody types
NAMELESS = re.compile(r"c[0-9]+.*")  # a column of any table, which may hold a secret


def typed() -> list[tuple[str, str]]:
    """Give what was sent, for the same address; nothing where it may be secret, or is a file."""
    names = [name for name in request.form if name not in UNTYPED]
    if request.files or any(is_secret(name) or NAMELESS.fullmatch(name) for name in names):
        return []
    return list(request.form.items(multi=True))
