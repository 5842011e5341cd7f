"""A row's place or key as text that can stand in an address, and back: exactly, whatever the values are.

Numbers stand as they are and most texts too, so that an address can be read; all else is marked by a tilde: a kind by a
capital after it, a character by its number.
Two different lists of values never give the same text.
"""

import re
from collections.abc import Sequence
from typing import Any

ODD = re.compile(
    r"[^\w-]"
)  # what does not stand for itself in a text: all but letters and digits of any script, - and _
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,19})")


def encode(values: Sequence[Any]) -> str:
    """Write values down; take them back with `decode`."""
    return ",".join(map(_one, values))


def decode(text: str) -> list[Any]:
    """Read values; raise ValueError for a text that `encode` did not write."""
    text.encode()
    values = [_value(part) for part in text.split(",")]
    if encode(values) != text.replace("p+", "p"):  # as fractions stood in addresses once
        raise ValueError(text)
    return values


def _one(value: Any) -> str:
    if value is None:
        return "~N"
    if isinstance(value, bool):
        return "~T" if value else "~F"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "~D" + value.hex().replace("+", "")  # which addresses take for a blank
    if isinstance(value, bytes):
        return "~B" + value.hex()
    if not isinstance(value, str):
        raise TypeError(value)
    return _text(value)


def _text(value: str) -> str:
    written = ODD.sub(_escaped, value)
    # An empty text, and one that could be taken for a number, say that they are texts.
    return f"~S{written}" if not value or NUMBER.fullmatch(value) else written


def _value(part: str) -> Any:
    if part in {"~N", "~T", "~F"}:
        return {"~N": None, "~T": True, "~F": False}[part]
    if NUMBER.fullmatch(part):
        return int(part)
    if part.startswith("~D"):
        return float.fromhex(part[2:])
    if part.startswith("~B"):
        return bytes.fromhex(part[2:])
    return re.sub(r"~([0-9a-f]{1,6})\.", _character, part.removeprefix("~S"))


def _escaped(odd: re.Match[str]) -> str:
    return f"~{ord(odd[0]):x}."


def _character(escaped: re.Match[str]) -> str:
    character = chr(int(escaped[1], 16))
    character.encode()  # half a pair of surrogates is no character, and no database takes it: a ValueError too
    return character
