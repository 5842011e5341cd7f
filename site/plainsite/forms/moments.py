"""Codecs of dates and times: a browser's own control where it shows the value exactly, else the engine's spelling.

Browsers keep a real date of the years 1 to 9999 and a time of at most milliseconds without a zone, and blank others.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from plainsite.forms.codec import EXACT, Codec, Unfit

ZONE = r"(?:\s?(?:Z|[+-]\d\d(?::?\d\d){0,2}))"
CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
NATIVE_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3})0*)?)?", re.ASCII)
STORED_CLOCK = re.compile(r"\d\d:\d\d(?P<seconds>:\d\d(?:\.(?P<rest>\d+))?)?$", re.ASCII)
ODD = {"infinity", "-infinity"}
SHOWN = {"date": "2026-11-20", "datetime-local": "2026-11-20 06:30:00", "time": "06:30:00"}


class Moment(Codec):
    """What dates and times share."""

    native = ""
    spelled: re.Pattern[str]

    def __init__(self, declared: Any, engine: str) -> None:
        """Find out whether there is a zone, which no browser's control keeps."""
        super().__init__(declared, engine)
        self.zoned = bool(getattr(declared, "timezone", False)) and engine == "postgresql"
        self.utc = engine in {"mysql", "mariadb"} and declared.__visit_name__ == "TIMESTAMP"
        self.control = self.native

    def control_for(self, text: str) -> str:
        fits = not self.zoned and (not text or self.canonical(text) is not None)
        return self.native if fits else "text"

    def attributes_for(self, text: str) -> Mapping[str, Any]:
        if self.control_for(text) == "text":
            return EXACT
        return {} if self.native == "date" else {"step": "0.001" if "." in text else "1"}

    def show(self, stored: Any) -> str:
        text = super().show(stored)
        found = None if self.zoned or not isinstance(stored, str) else self.canonical(text)
        return text if found is None else found

    def meant(self, typed: str) -> str:
        text = typed.strip()
        found = None if self.zoned else self.canonical(text)
        return text if found is None else found

    def value(self, typed: str, stored: Any = None) -> Any:
        text = typed.strip()
        number = _number_like(text, stored) if self.engine == "sqlite" else None
        if number is not None:
            return number
        found = None if self.zoned else self.canonical(text)
        if found is not None:
            return self.in_the_manner_of(stored, found)
        if self.engine != "sqlite" and (self.spelled.fullmatch(text) or text.lower() in ODD):
            return text
        example = SHOWN[self.native] + ("+00" if self.zoned else "")
        raise Unfit(f"must be a real {self.called}, like {example}")

    @property
    def called(self) -> str:
        """Name what it is."""
        return {"date": "date", "time": "time"}.get(self.native, "date and time")

    def hint_for(self, text: str) -> str:
        if self.control_for(text) == "text":
            return f"Spelled like {SHOWN[self.native]}{'+00' if self.zoned else ''}."
        return "In UTC." if self.utc else ""

    def canonical(self, text: str) -> str | None:
        """Give the text as a browser's control has it; None where it would blank it."""
        raise NotImplementedError

    def in_the_manner_of(self, _: Any, native: str) -> str:
        """Spell what the control gave as the column did so far."""
        return native


class Date(Moment):
    """A date."""

    native = "date"
    spelled = re.compile(r"\d{4,7}-\d\d-\d\d(?: BC)?", re.ASCII)

    def canonical(self, text: str) -> str | None:
        return text if _is_day(text) else None


class Time(Moment):
    """A time of day; MariaDB's goes beyond a day."""

    native = "time"
    spelled = re.compile(rf"-?\d?{CLOCK}{ZONE}?", re.ASCII)

    def canonical(self, text: str) -> str | None:
        return _clock(text)

    def in_the_manner_of(self, stored: Any, native: str) -> str:
        return _as_precise_as(stored, native)


class DateTime(Moment):
    """A date with a time."""

    native = "datetime-local"
    spelled = re.compile(rf"\d{{4,7}}-\d\d-\d\d(?:[ T]{CLOCK}{ZONE}?)?(?: BC)?", re.ASCII)

    def canonical(self, text: str) -> str | None:
        clock = _clock(text[11:])
        fits = _is_day(text[:10]) and text[10:11] in {" ", "T"} and clock is not None
        return f"{text[:10]}T{clock}" if fits else None

    def in_the_manner_of(self, stored: Any, native: str) -> str:
        between = "T" if isinstance(stored, str) and stored[10:11] == "T" and self.engine == "sqlite" else " "
        return native[:10] + between + _as_precise_as(stored, native[11:])


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _clock(text: str) -> str | None:
    """Give a time with its seconds and without needless noughts; None for one that browsers do not show."""
    found = NATIVE_CLOCK.fullmatch(text)
    if not found:
        return None
    rest = (found[4] or "").rstrip("0")
    return f"{found[1]}:{found[2]}:{found[3] or '00'}{'.' if rest else ''}{rest}"


def _as_precise_as(stored: Any, clock: str) -> str:
    """Write seconds and their parts as the stored text has them, where nothing is lost by that."""
    found = STORED_CLOCK.search(stored) if isinstance(stored, str) else None
    if found is None:
        return clock
    if found["seconds"] is None:
        return clock.removesuffix(":00")
    whole, _, rest = clock.partition(".")
    digits = rest.ljust(len(found["rest"] or ""), "0")
    return f"{whole}.{digits}" if digits else whole


def _number_like(text: str, stored: Any) -> int | float | None:
    """Give a number where one was: SQLite's own functions take days and seconds as numbers too."""
    if not isinstance(stored, int | float):
        return None
    try:
        return int(text) if isinstance(stored, int) and len(text) < 19 else float(text)  # noqa: PLR2004
    except ValueError:
        return None
