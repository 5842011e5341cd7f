"""Codecs of numbers, typed as text: a browser's own control for numbers loses digits, and turns on the wheel."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal as Exact
from typing import Any

from plainsite.forms.codec import EXACT, Codec, Text, Unfit, written

WHOLE = re.compile("[+-]?[0-9]{1,40}")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,1100}(?:\.[0-9]{0,1100})?|\.[0-9]{1,1100})(?:[eE][+-]?[0-9]{1,4})?")
NOT_FINITE = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
BITS_OF = {"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "INTEGER": 32, "BIGINT": 64}
LARGEST_OID, FIRST_YEAR, LAST_YEAR = 2**32 - 1, 1901, 2155
DIGITS_OF_SQLITE = 15  # of a decimal that is no whole number of 64 bits: it is kept as a floating-point number


class Integer(Codec):
    """A whole number within the range of the declared type."""

    def __init__(self, declared: Any, engine: str) -> None:
        """Find out the range."""
        super().__init__(declared, engine)
        self.low, self.high = _range(declared, engine)
        self.zero = declared.__visit_name__ == "YEAR"

    def value(self, typed: str, _: Any = None) -> int:
        text = typed.strip()
        if not WHOLE.fullmatch(text):
            raise Unfit("must be a whole number, like 12")
        number = int(text)
        if not self.low <= number <= self.high and not (self.zero and number == 0):
            raise Unfit(f"must be between {self.low:,} and {self.high:,}")
        return number

    def attributes_for(self, _: str) -> Mapping[str, Any]:
        return {"inputmode": "numeric", **EXACT}


class Decimal(Codec):
    """A decimal number of so many digits."""

    def __init__(self, declared: Any, engine: str) -> None:
        """Find out how many digits there may be."""
        super().__init__(declared, engine)
        self.digits, self.decimals = declared.precision, max(0, declared.scale or 0)
        if self.digits is not None and self.decimals:
            self.hint = f"At most {self.decimals} decimals, after a point."

    def value(self, typed: str, _: Any = None) -> str:
        text = typed.strip()
        if self.engine == "postgresql" and text.lower() in NOT_FINITE:
            return text
        if not NUMBER.fullmatch(text):
            raise Unfit("must be a number, like 12.5, with a point before the decimals")
        _, digits, exponent = Exact(text).as_tuple()
        held = "".join(map(str, digits)).lstrip("0")
        decimals = max(0, -int(exponent) - len(held) + len(held.rstrip("0"))) if held else 0
        whole = max(0, len(held) + int(exponent))
        if self.digits is not None and decimals > self.decimals:
            raise Unfit(f"must have at most {self.decimals} decimals; this has {decimals}")
        if self.digits is not None and whole > max(0, self.digits - (self.declared.scale or 0)):
            most = max(0, self.digits - (self.declared.scale or 0))
            raise Unfit(f"must have at most {most} digits before the point; this has {whole}")
        if self.engine == "sqlite" and len(held.rstrip("0")) > DIGITS_OF_SQLITE and not WHOLE.fullmatch(text):
            raise Unfit(f"must have at most {DIGITS_OF_SQLITE} digits: this database keeps no more of a decimal number")
        return text

    def attributes_for(self, _: str) -> Mapping[str, Any]:
        return {"inputmode": "decimal", **EXACT}


class Float(Codec):
    """A floating-point number."""

    def value(self, typed: str, _: Any = None) -> float:
        text = typed.strip()
        number = NOT_FINITE.get(text.lower())
        allowed = self.engine == "postgresql" or (self.engine == "sqlite" and not math.isnan(number or 0))
        if number is not None and allowed:
            return number
        if not NUMBER.fullmatch(text):
            raise Unfit("must be a number, like 1.5, with a point before the decimals")
        number = float(text)
        if math.isinf(number):
            raise Unfit("is too large a number for this column")
        return number

    def attributes_for(self, _: str) -> Mapping[str, Any]:
        return {"inputmode": "decimal", **EXACT}


class Loose(Text):
    """A value of SQLite that no type holds to: a number stays a number, a text a text."""

    hint = "Any value."

    def __init__(self, declared: Any, engine: str, stored: Any) -> None:
        """Take also the value that is there."""
        super().__init__(declared, engine)
        self.most = None
        if stored is not None:
            self.hint = "Kept as text, as it was." if isinstance(stored, str) else "Kept as a number where it is one."

    def value(self, typed: str, stored: Any = None) -> Any:
        text = super().value(typed, stored)
        if isinstance(stored, str):
            return text
        if re.fullmatch("-?(0|[1-9][0-9]{0,18})", text) and -(2**63) <= int(text) < 2**63:
            return float(text) if isinstance(stored, float) else int(text)
        number = NOT_FINITE.get(text.lower(), float(text) if NUMBER.fullmatch(text) else math.nan)
        return number if written(number) == text and not math.isnan(number) else text


def _range(declared: Any, engine: str) -> tuple[int, int]:
    name = declared.__visit_name__
    if name == "OID":
        return 0, LARGEST_OID
    if name == "YEAR":
        return FIRST_YEAR, LAST_YEAR
    bits = 64 if engine == "sqlite" else BITS_OF.get(name.upper(), 64)
    if getattr(declared, "unsigned", False):
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
