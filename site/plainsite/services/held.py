"""What an edit goes by: that a row still holds what it held when the edit was compared with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from plainsite.kinds import is_secret
from plainsite.reasons import Changed

Held = Mapping[str, Any] | None  # by column; None where an edit goes by nothing


def still(held: Held, record: Any, prefix: str = "") -> None:
    """Look whether a locked row still holds something; raise Changed with the columns that hold something else.

    Call it in the transaction that writes. Takes what is to be held, the mapped record as it was read under its lock
    (None when it is gone: that is for the caller to say), and what its attributes begin with. Of a secret is known only
    whether there was one.
    """
    changed = () if record is None else tuple(_differing((held or {}).items(), record, prefix))
    if changed:
        raise Changed(*changed)


def _differing(held: Iterable[tuple[str, Any]], record: Any, prefix: str) -> Iterable[str]:
    for name, value in held:
        now = getattr(record, prefix + name)
        if is_secret(name) and not value:  # masked
            same = (now is None) == (value is None)
        else:
            same = type(now) is type(value) and (now == value or (now != now and value != value))  # noqa: PLR0124 - NaN
        if not same:
            yield name
