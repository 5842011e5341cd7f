"""Codecs of values that are chosen among a few."""

from collections.abc import Sequence
from typing import Any

from plainsite.forms.codec import Codec, Unfit
from plainsite.texts import unbroken


class Choice(Codec):
    """One of the values that the type names; the empty text may be one of them."""

    keeps_empty = True

    def __init__(self, declared: Any, engine: str, stored: Any = None) -> None:
        """Take also the value that is there, which may be none of them."""
        super().__init__(declared, engine)
        values = list(declared.enums)
        if stored is not None and stored not in values:
            values.append(stored)
        self.members = [(value, value or "(empty)") for value in values]
        self.control = "radio" if len(values) <= 5 else "select"  # noqa: PLR2004 - more take less room in a list

    def value(self, typed: str, _: Any = None) -> str:
        found = next((value for value, _ in self.members if unbroken(value) == unbroken(typed)), None)
        if found is None:
            raise Unfit(f"must be one of: {', '.join(label for _, label in self.members)}")
        return found


class Choices(Codec):
    """Some of the values that the type names (MariaDB's SET)."""

    control = "checkbox"
    keeps_empty = True

    def __init__(self, declared: Any, engine: str) -> None:
        """Read the names."""
        super().__init__(declared, engine)
        self.members = [(value, value) for value in declared.values]

    def show(self, stored: Any) -> str:
        chosen = set(stored.split(",")) if isinstance(stored, str) else set(stored)
        return ",".join(value for value, _ in self.members if value in chosen)

    def value(self, typed: str, _: Any = None) -> str:
        if not set(typed.split(",")) <= {"", *(value for value, _ in self.members)}:
            raise Unfit(f"must be of: {', '.join(label for _, label in self.members)}")
        return typed


class Boolean(Codec):
    """Yes or no."""

    control = "radio"
    members: Sequence[tuple[str, str]] = (("1", "Yes"), ("0", "No"))

    def show(self, stored: Any) -> str:
        return str(int(stored))

    def value(self, typed: str, _: Any = None) -> Any:
        found = WORDS.get(typed.strip().lower())
        if found is None:
            raise Unfit("must be yes or no")
        return found if self.engine == "postgresql" else int(found)


class SpelledBoolean(Boolean):
    """Yes or no, in a column of SQLite that holds something else so far: it is shown as it is."""

    control = "text"
    members = ()

    def show(self, stored: Any) -> str:
        return Codec.show(self, stored)


WORDS = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
