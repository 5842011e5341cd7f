"""Lines of a file, and what is made of one: a row, or the reason why it is none."""

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

LONGEST_LINE = 4 * 2**20  # bytes of a line, characters of a CSV field; the most that is held at once


class Unreadable(Exception):  # noqa: N818 - it is about the file
    """A file no row of which can be read; says why in words that follow its name."""


class Record(NamedTuple):
    """A row's fields by name, and the line on which the row begins (the first is 1)."""

    line: int
    fields: dict[str, Any]


class Broken(NamedTuple):
    """A row that could not be read: the line on which it begins, why, in words that follow "line 3", and what it is."""

    line: int
    why: str
    raw: str


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Give each line's number, its bytes, and whether these are all: of one that is too long only the beginning."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        whole = rest = len(line) < LONGEST_LINE or line.endswith(b"\n")
        while not rest:
            skipped = file.readline(LONGEST_LINE)
            rest = not skipped or skipped.endswith(b"\n")
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                message = "is UTF-16: save it as UTF-8"
                raise Unreadable(message)
            line = line.removeprefix(codecs.BOM_UTF8)
        yield number, line, whole


def too_long() -> str:
    """Say of a line that it is longer than one may be."""
    return f"is longer than {LONGEST_LINE:,} bytes"


def not_utf8(error: UnicodeDecodeError) -> str:
    """Say of a line that it is no text, and where."""
    return f"is not UTF-8: byte 0x{error.object[error.start]:02x} at byte {error.start + 1}"


def broken(line: int, why: str, raw: bytes) -> Broken:
    """Make a row that could not be read of its bytes."""
    return Broken(line, why, raw.decode(errors="backslashreplace").rstrip("\r\n"))
