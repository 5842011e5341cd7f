r"""Rows of any table as CSV or JSON lines, exactly enough to come back as they were.

In CSV (RFC 4180, UTF-8) a NULL is an empty cell and the empty text is "" in quotes, as PostgreSQL's COPY has it; bytes
are \x and hexadecimal digits. A text that a spreadsheet would take for a formula gets an apostrophe before it, unless
it is a plain number; so does one that is such a text behind apostrophes, so that taking one away gives the text again.
"""

import csv
import io
import json
import math
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Column

from plainsite.kinds import BITS, BOOLEAN, NUMBERS, UUID, declared_type, kind_of, spell_bits
from plainsite.reflection import ROWID

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four are as wide as Chinese letters
PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
GUARDED = re.compile(rf"'+[{re.escape(''.join(sorted(FORMULA)))}]")
HEX = re.compile(r"\\x(?:[0-9a-f]{2})*")
LIKE_HEX = re.compile(rf"\\*{HEX.pattern}")
# The first characters of what cannot be written as it stands, and every beginning of bytes: a column that has none of
# them is written by the library, without a call for each of its cells.
SUSPECT = FORMULA | {"", "'", "\\", b"", *(bytes([number]) for number in range(256))}
FIRST = itemgetter(slice(0, 1))

Batches = Iterable[Sequence[Sequence[Any]]]
Say = Callable[[Any], Any]


def csv_of(columns: Sequence[Column[Any]], batches: Batches) -> Iterator[bytes]:
    """Write rows as CSV with a header, a batch at a time. Takes the columns, and rows of their values."""
    spelled = {number: say for number, column in enumerate(columns) if (say := _spelling(column))}
    looked_at = [number for number, column in enumerate(columns) if number not in spelled and not _is_safe(column)]
    marks = Marks(lone=len(columns) == 1)
    yield csv_text([[guarded(column.name) for column in columns]]).encode()
    for rows in batches:
        turned = list(zip(*rows, strict=True))
        changed = [number for number in looked_at if marks.null or not _is_plain(turned[number])]
        for number in changed:
            escapes = columns[number].info.get("engine") == "sqlite"
            turned[number] = tuple(marks.cell(value, escapes=escapes) for value in turned[number])
        for number, say in spelled.items():
            turned[number] = tuple(
                marks.null if value is None else say(value) or marks.empty for value in turned[number]
            )
        yield marks.resolve(csv_text(zip(*turned, strict=True) if changed or spelled else rows)).encode()


def json_lines_of(columns: Sequence[Column[Any]], batches: Batches) -> Iterator[bytes]:
    """Write rows as JSON lines: numbers, truth values and null are JSON's own, bytes {"base64": …}, all else text."""
    names = [column.name for column in columns]
    bits = {number: _bits(column) for number, column in enumerate(columns) if kind_of(column) == BITS}
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_base64).encode
    for rows in batches:
        lines = []
        for row in rows:
            values = [bits[n](value) if n in bits else value for n, value in enumerate(row)] if bits else row
            try:
                lines.append(encode(dict(zip(names, values, strict=True))))
            except ValueError:  # a number that is none of JSON's
                lines.append(encode(dict(zip(names, map(_finite, values), strict=True))))
        yield ("\n".join(lines) + "\n").encode()


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Write rows of texts, numbers and None as CSV."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue()


def csv_of_texts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write rows of texts, bytes, numbers and None as CSV, as `csv_of` does."""
    marks = Marks(lone=False)
    for row in chain([names], rows):
        yield marks.resolve(csv_text([[marks.cell(value, escapes=False) for value in row]])).encode()


def guarded(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula."""
    risky = text.lstrip("'")[:1] in FORMULA and not PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if risky else text


def unguarded(text: str) -> str:
    """Give the text that was guarded."""
    return text[1:] if GUARDED.match(text) else text


def heard(cell: str, *, escapes: bool) -> str | bytes:
    """Give what a cell of such a file stands for. Takes whether the table may hold bytes in any column."""
    if escapes and LIKE_HEX.fullmatch(cell):
        return cell[1:] if cell.startswith("\\\\") else bytes.fromhex(cell[2:])
    return unguarded(cell)


class Marks:
    """Stand-ins for what the library cannot be told to write, which nobody could have guessed and typed."""

    def __init__(self, *, lone: bool) -> None:
        """Take whether there is but one column: of that, the library writes a NULL as an empty text."""
        self.empty = f"\0{secrets.token_hex(8)}"
        self.null = f"\0{secrets.token_hex(8)}" if lone else None

    def cell(self, value: Any, *, escapes: bool) -> Any:
        """Give what the library is to write for a value; where any column may hold bytes, texts like them are told."""
        if value.__class__ is str:
            if not value:
                return self.empty
            return f"\\{value}" if escapes and LIKE_HEX.fullmatch(value) else guarded(value)
        if value.__class__ is bytes:
            return f"\\x{value.hex()}"
        if value.__class__ is bool:
            return "true" if value else "false"
        return self.null if value is None else value

    def resolve(self, text: str) -> str:
        """Put what is meant in the place of its mark."""
        if self.null:
            text = text.replace(self.null, "")
        return text.replace(self.empty, '""') if self.empty in text else text


def _is_plain(values: Sequence[Any]) -> bool:
    """Tell whether all values may be written as they stand."""
    try:
        return SUSPECT.isdisjoint(map(FIRST, values))
    except TypeError:  # not texts alone
        told = [value[:1] for value in values if value.__class__ in {str, bytes}]
        return SUSPECT.isdisjoint(told) and not any(value.__class__ is bool for value in values)


def _is_safe(column: Column[Any]) -> bool:
    """Tell whether no value of a column can need care: a column of SQLite may hold anything."""
    if column.info.get("engine") == "sqlite":
        return ROWID in column.info
    return kind_of(column) in {*NUMBERS, BOOLEAN, UUID}


def _spelling(column: Column[Any]) -> Say | None:
    """Give how a column's values are spelled where the library would not do it."""
    kind, engine = kind_of(column), column.info.get("engine")
    if kind == BITS and engine != "sqlite":
        return _bits(column)
    return {True: "true", False: "false"}.__getitem__ if kind == BOOLEAN and engine == "postgresql" else None


def _bits(column: Column[Any]) -> Say:
    return partial(spell_bits, declared_type(column))


def _base64(value: Any) -> Any:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else str(value)


def _finite(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
