"""Which codec a column has: by what it was declared as, and by what it holds, for SQLite holds to no declaration.

What a form only shows it never writes back, so a codec need not be able to read all that it can show.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Column

from plainsite import kinds
from plainsite.forms import choices, moments, numbers
from plainsite.forms.codec import Bits, Codec, File, Json, Text, Uuid
from plainsite.texts import bytes_in

LONGEST_TYPED = 1_000_000  # bytes: what a form sends may be thrice as long, and a site takes only so much
BY_KIND: dict[str, Callable[[Any, str], Codec]] = {
    kinds.INTEGER: numbers.Integer,
    kinds.DECIMAL: numbers.Decimal,
    kinds.FLOAT: numbers.Float,
    kinds.CHOICE: choices.Choice,
    kinds.CHOICES: choices.Choices,
    kinds.DATE: moments.Date,
    kinds.DATETIME: moments.DateTime,
    kinds.TIME: moments.Time,
    kinds.JSON: Json,
    kinds.UUID: Uuid,
    kinds.BITS: Bits,
    kinds.BINARY: File,
    kinds.BOOLEAN: choices.Boolean,
    kinds.TEXT: Text,
    kinds.LONG_TEXT: partial(Text, long=True),
}
SPELLED = {
    "INET": "Like 10.0.0.1 or 10.0.0.0/8.",
    "CIDR": "Like 10.0.0.0/8.",
    "MACADDR": "Like 08:00:2b:01:02:03.",
    "INTERVAL": "Like 1 year 2 mons 3 days 04:05:06.",
    "ARRAY": "Like {1,2,NULL}.",
}


def codec_for(column: Column[Any], stored: Any = None) -> Codec:
    """Give the codec of a reflected column, for the value that it holds in a record (None in a new one)."""
    declared, engine, kind = kinds.declared_type(column), str(column.info.get("engine", "")), kinds.kind_of(column)
    base = getattr(declared, "data_type", None)
    if base is not None:  # a domain: what it is made of; its rules are the engine's to judge
        return codec_for(Column(column.name, column.type, info={**column.info, "type": base}), stored)
    name = declared.__visit_name__.upper()
    if engine == "sqlite" and _is_loose(name, declared, kind, stored):
        return numbers.Loose(declared, engine, stored)
    if kind == kinds.CHOICE:
        return choices.Choice(declared, engine, stored)
    if kind == kinds.BOOLEAN and stored not in {None, 0, 1}:
        return choices.SpelledBoolean(declared, engine)
    if name == "OID" or (name not in SPELLED and kind in BY_KIND):
        return BY_KIND.get(kind, numbers.Integer)(declared, engine)
    codec = Codec(declared, engine)
    codec.hint = SPELLED.get(name, "Spelled as the database does.")
    return codec


def why_frozen(column: Column[Any], stored: Any, codec: Codec) -> str | None:
    """Say why a column cannot be changed by a form, in a sentence; None when it can."""
    if column.computed is not None or getattr(column.identity, "always", False):
        return "The database makes this value itself."
    if isinstance(stored, bytes) and not isinstance(codec, File | Bits):
        return f"It holds no text but {bytes_in(len(stored))}, so it cannot be typed."
    if isinstance(stored, str) and "\0" in stored:
        return "It holds a character that no form can send (NUL), so it cannot be typed."
    if isinstance(stored, str) and len(stored.encode(errors="replace")) > LONGEST_TYPED:
        return f"It is too long to be changed here: {len(stored):,} characters."
    if not isinstance(stored, str | int | float | bytes | set | None):
        return "Values of this type cannot be typed."
    return None


def _is_loose(name: str, declared: Any, kind: str, stored: Any) -> bool:
    """Tell whether SQLite takes any value there: SQLAlchemy calls a type that it does not know NUMERIC or nothing."""
    without_type = name == "NULL" or (name == "NUMERIC" and declared.precision is None)
    return without_type or (kind == kinds.BINARY and not isinstance(stored, bytes | None))
