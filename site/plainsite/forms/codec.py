"""Codecs of texts: how a stored value is shown in a control, and how typed text becomes a value, exactly."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from uuid import UUID

from plainsite.kinds import spell_bits
from plainsite.texts import bytes_in, unbroken

LONGEST_ROW = 255  # characters of a text that a few lines hold
BREAKS = re.compile("[\r\n]")
SOME = {"rows": 3}
EXACT: Mapping[str, Any] = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class Unfit(ValueError):  # noqa: N818 - a state of a text, not a fault
    """A typed text that a column cannot hold; says why in words that follow the field's label."""


class Codec:
    """Text as it stands; also the engine's own spelling of a type that only the engine reads."""

    control = "text"
    keeps_empty = False  # whether the empty text is a value of its own, to be told from NULL
    hint = ""
    members: Sequence[tuple[str, str]] = ()  # of a choice: each value as text, and what it is called

    def __init__(self, declared: Any, engine: str) -> None:
        """Take what the column was declared as, and its engine's name."""
        self.declared = declared
        self.engine = engine

    def show(self, stored: Any) -> str:
        """Give the text of a stored value."""
        return written(stored) if isinstance(stored, float) else str(stored)

    def meant(self, typed: str) -> str:
        """Give the one spelling of all that browsers send for one text."""
        return unbroken(typed)

    def value(self, typed: str, _: Any = None) -> Any:
        """Give the value to store, in the manner of what was stored. Raise Unfit for what cannot be."""
        return self.meant(typed)

    def control_for(self, text: str) -> str:
        """Name the control that shows this text as it is."""
        return "textarea" if self.control == "text" and BREAKS.search(text) else self.control

    def hint_for(self, _: str) -> str:
        """Say how values are spelled."""
        return self.hint

    def attributes_for(self, text: str) -> Mapping[str, Any]:
        """Give the control's further attributes."""
        return {"textarea": SOME, "text": EXACT}.get(self.control_for(text), {})


class Text(Codec):
    """A text: the empty one is a value too."""

    keeps_empty = True

    def __init__(self, declared: Any, engine: str, *, long: bool = False) -> None:
        """Take also whether it may have many lines."""
        super().__init__(declared, engine)
        self.control = "textarea" if long else "text"
        self.most = getattr(declared, "length", None)

    def value(self, typed: str, stored: Any = None) -> str:
        text = unbroken(typed)
        if isinstance(stored, str) and "\r\n" in stored and not BREAKS.search(stored.replace("\r\n", "")):
            text = text.replace("\n", "\r\n")
        if self.most and len(text) > self.most:
            raise Unfit(f"must be {self.most:,} characters or fewer; this has {len(text):,}")
        if "\0" in text:
            raise Unfit("holds a character that cannot be stored (NUL): remove it")
        return text

    def attributes_for(self, text: str) -> Mapping[str, Any]:
        if self.control_for(text) != "textarea":
            return {"autocomplete": "off"}
        return SOME if len(text) <= LONGEST_ROW else {"rows": 8}


class Json(Codec):
    """A JSON text, kept as it is typed."""

    control = "textarea"
    hint = "JSON; checked before it is saved."

    def value(self, typed: str, _: Any = None) -> str:
        text = unbroken(typed)
        try:  # numbers stay texts: one of a million digits is JSON too
            json.loads(text, parse_constant=_no_json, parse_int=str, parse_float=str)
        except (ValueError, RecursionError) as error:
            where = (
                f" (line {error.lineno}, character {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            )
            raise Unfit(f'must be JSON, like {{"a": [1, true, "text"]}}{where}') from error
        return text

    def attributes_for(self, text: str) -> Mapping[str, Any]:
        return {"class": "mono", **EXACT, "rows": 3 if len(text) <= LONGEST_ROW else 12}


class Uuid(Codec):
    """A UUID."""

    hint = "Like 550e8400-e29b-41d4-a716-446655440000."

    def value(self, typed: str, _: Any = None) -> str:
        try:
            return str(UUID(typed.strip()))
        except ValueError as error:
            raise Unfit("must be a UUID, like 550e8400-e29b-41d4-a716-446655440000") from error


MOST_BITS = 83_886_080  # of PostgreSQL, where a column does not say how many


class Bits(Codec):
    """Bits, as ones and noughts; MariaDB hands them over as bytes."""

    def __init__(self, declared: Any, engine: str) -> None:
        """Find out how many there may be."""
        super().__init__(declared, engine)
        self.varying = getattr(declared, "varying", False)
        self.most = declared.length or (MOST_BITS if self.varying else 1)
        self.hint = f"{'At most ' if self.varying else ''}{self.most:,} of 0 and 1."

    def show(self, stored: Any) -> str:
        return str(spell_bits(self.declared, stored))

    def value(self, typed: str, _: Any = None) -> Any:
        text = typed.strip()
        wrong = len(text) > self.most or (len(text) < self.most and not self.varying)
        if wrong or not re.fullmatch("[01]+", text):
            raise Unfit(f"must be {'at most ' if self.varying else ''}{self.most:,} of the digits 0 and 1")
        return text if self.engine == "postgresql" else int(text, 2).to_bytes((self.most + 7) // 8)


class File(Codec):
    """Bytes, which come and go as a file."""

    control = "file"

    def show(self, stored: Any) -> str:
        return bytes_in(len(stored))


def written(number: float) -> str:
    """Write a floating-point number in the fewest digits that mean exactly it."""
    if math.isfinite(number):
        return repr(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)
