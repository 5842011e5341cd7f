"""CSV as it comes from anywhere, with NULL (an empty cell) and the empty text ("" in quotes) told apart.

The standard library's reader gives both as one before Python 3.12, and a file of one column cannot say NULL to it. A
file is read piece by piece, so that its length costs time and no memory.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

DELIMITERS = ",;\t"  # spreadsheets write what their country's decimal comma leaves free
PIECE = 2**18  # bytes read at a time
LONGEST_ROW = 2**23  # characters; what is longer has most likely a quotation mark that nobody closed
END = r"(\r\n|\n|\r|\Z)"
END_OF_LINE = re.compile(rf"[^\r\n]*{END}")
LINE_END = re.compile(r"\r\n|\n|\r")
OPEN = re.compile(r'"[^"]*+(?:""[^"]*+)*+\Z')  # a quoted cell that may go on
BROKEN = "has a quotation mark that is not closed, or not doubled inside"
ENDLESS = f"is longer than {LONGEST_ROW:,} characters, or has a quotation mark that is not closed"

Taken = tuple[tuple[str | None, ...], int, str]  # cells, where the row ends, and why it is none


class Line(NamedTuple):
    """A row of a file: the line on which it begins (the first is 1), its cells, and why it is none, if it is not."""

    number: int
    cells: tuple[str | None, ...]
    why: str = ""


class Unreadable(Exception):  # noqa: N818 - it is about the file
    """A file no row of which can be read; says why in a sentence."""


def read(file: BinaryIO) -> tuple[list[str], Iterator[Line]]:
    """Read a file: the names that its first line gives, and one by one the rows after it, while the file is open.

    Takes UTF-8 with or without a byte order mark, parted by commas, semicolons or tabs. A row that has not as many
    cells as there are names says so. Raises Unreadable for what is no such file, at the place where that shows.
    """
    source = _Source(file)
    while not source.ended and not LINE_END.search(source.text) and len(source.text) < LONGEST_ROW:
        source.go_on(0)
    first = LINE_END.split(source.text, maxsplit=1)[0]
    rows = _rows(source, max(DELIMITERS, key=first.count))
    header = next(rows, None)
    if header is None or header.why or not any(header.cells):
        raise Unreadable("The first line must give the columns' names")
    names = [(name or "").strip() for name in header.cells]
    return names, (line for line in (_checked(line, len(names)) for line in rows) if line)


class _Source:
    """A file's text, as much of it as is looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self.text, self.ended = "", False
        self._file = file
        self._decoder = getincrementaldecoder("utf-8-sig")()
        self._read = 0  # bytes

    def go_on(self, place: int) -> None:
        """Forget what stands before a place, and read at least as much as is left."""
        rest = self.text[place:]
        piece = self._file.read(max(PIECE, len(rest)))
        if self._read == 0 and piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Unreadable("The file is UTF-16: save it as CSV in UTF-8")
        behind = self._read - len(self._decoder.getstate()[0])
        try:
            self.text, self.ended = rest + self._decoder.decode(piece, final=not piece), not piece
        except UnicodeDecodeError as error:
            line = self._ends_before(behind + error.start) + 1
            raise Unreadable(f"Line {line:,} is not UTF-8: save the file as CSV in UTF-8") from error
        self._read += len(piece)

    def _ends_before(self, place: int) -> int:
        """Count the ends of lines before a byte."""
        self._file.seek(0)
        found = 0
        while place > 0:
            piece = self._file.read(min(PIECE, place))
            found += piece.count(b"\n")
            place -= len(piece) or place
        return found


def _checked(line: Line, width: int) -> Line | None:
    """Give a row with what is wrong with it; None for a blank line, which is a row only where there is one column."""
    if line.cells == (None,) and width > 1 and not line.why:
        return None
    if not line.why and len(line.cells) != width:
        return Line(line.number, line.cells, f"has {len(line.cells)} cells, where the first line has {width}")
    return line


def _rows(source: _Source, delimiter: str) -> Iterator[Line]:
    """Read rows; after one that is broken, go on with the next line."""
    cell = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{delimiter}\r\n][^{delimiter}\r\n]*)?)(?:({delimiter})|{END})')
    place, number = 0, 1
    while True:
        taken = _row(source.text, place, cell, whole=source.ended) if place < len(source.text) else None
        if taken is None and source.ended:
            return
        if taken is None and len(source.text) - place < LONGEST_ROW:
            source.go_on(place)
            place = 0
            continue
        cells, end, why = taken or ((), _end_of_line(source.text, place), ENDLESS)
        yield Line(number, cells, why)
        number += len(LINE_END.findall(source.text, place, end))
        place = end


def _row(text: str, place: int, cell: re.Pattern[str], *, whole: bool) -> Taken | None:
    """Take one row out of a text; None where it may go on beyond what is known of the text."""
    cells: list[str | None] = []
    more = True
    while more:
        found = cell.match(text, place)
        if found is None:
            end = _end_of_line(text, place)
            return (tuple(cells), end, BROKEN) if whole or (end < len(text) and not OPEN.match(text, place)) else None
        if found.end() == len(text) and not whole:
            return None
        quoted, plain, more = found.group(1), found.group(2), bool(found.group(3))
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        place = found.end()
    return tuple(cells), place, ""


def _end_of_line(text: str, place: int) -> int:
    rest = END_OF_LINE.match(text, place)
    return rest.end() if rest else len(text)
