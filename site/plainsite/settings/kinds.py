"""What a setting may be: its annotation in `config.py` (a type, a choice, a range), or else the type of its default."""

import json
import sys
from collections.abc import Callable
from types import NoneType
from typing import Any, Literal, get_args, get_origin

_READ: dict[Any, Callable[[str], Any]] = {
    bool: lambda text: {"true": True, "1": True, "false": False, "0": False}[text.lower()],
    int: int,
    str: str,
    list: lambda text: json.loads(text) if text.startswith("[") else [word.strip() for word in text.split(",")],
    dict: json.loads,
    NoneType: json.loads,
}
_WORDS = {
    bool: "true or false",
    int: "a whole number, 0 or more",
    str: "text",
    list: "a list of texts",
    dict: "named parts",
}


def read(text: str, kind: Any) -> Any:
    """Give the text of a variable as the first kind that it can be. Raises ValueError where it can be none."""
    for one in _each(kind):
        try:
            value = _choices(one)[text.lower()] if _choices(one) else _READ[_type(one)](text)
        except (KeyError, ValueError):
            continue
        if _is(value, one):
            return value
    raise ValueError


def fits(value: Any, kind: Any) -> bool:
    """Tell whether a value may stand for a setting of this kind."""
    return any(_is(value, one) for one in _each(kind))


def in_words(kind: Any) -> str:
    """Say what a setting of this kind may be."""
    return " or ".join(" or ".join(_choices(one).values()) or _words(one) for one in _each(kind) if one is not NoneType)


def _each(kind: Any) -> tuple[Any, ...]:
    return (kind,) if get_origin(kind) in {Literal, list} else get_args(kind) or (kind,)


def _choices(kind: Any) -> dict[str, str]:
    return {word.lower(): word for word in get_args(kind)} if get_origin(kind) is Literal else {}


def _type(kind: Any) -> Any:
    return int if isinstance(kind, range) else get_origin(kind) or kind


def _words(kind: Any) -> str:
    return f"a whole number from {kind[0]} to {kind[-1]}" if isinstance(kind, range) else _WORDS[_type(kind)]


def _is(value: Any, kind: Any) -> bool:
    if _choices(kind):
        return value in get_args(kind)
    if _type(kind) is int:
        return isinstance(value, int) and not isinstance(value, bool) and value in _range(kind)
    if _type(kind) is list:
        return isinstance(value, list) and all(isinstance(one, get_args(kind)) for one in value)
    return isinstance(value, kind)


def _range(kind: Any) -> range:
    return kind if isinstance(kind, range) else range(sys.maxsize)
