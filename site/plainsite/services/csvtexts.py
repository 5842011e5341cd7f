"""CSV as it comes from anywhere, with NULL (an empty cell) and the empty text ("" in quotes) told apart.

The standard library's reader gives both as one before Python 3.12, and a file of one column cannot say NULL to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = ",;\t"  # spreadsheets write what their country's decimal comma leaves free
END = r"(\r\n|\n|\r|\Z)"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file: the line on which it begins (the first is 1), its cells, and why it is none, if it is not."""

    number: int
    cells: tuple[str | None, ...]
    why: str = ""


class Unreadable(Exception):  # noqa: N818 - it is about the file
    """A file no row of which can be read; says why in a sentence."""


def read(content: bytes) -> tuple[list[str], list[Line]]:
    """Read a whole file: the names that its first line gives, and the rows after it.

    Takes UTF-8 with or without a byte order mark, parted by commas, semicolons or tabs. A row that has not as many
    cells as there are names says so. Raises Unreadable for what is no such file.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("The file is UTF-16: save it as CSV in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"Line {line:,} is not UTF-8: save the file as CSV in UTF-8") from error
    first = re.split("[\r\n]", text, maxsplit=1)[0]
    rows = _rows(text, max(DELIMITERS, key=first.count))
    header = next(rows, None)
    if header is None or header.why or not any(header.cells):
        raise Unreadable("The first line must give the columns' names")
    names = [(name or "").strip() for name in header.cells]
    return names, [line for line in (_checked(line, len(names)) for line in rows) if line]


def _checked(line: Line, width: int) -> Line | None:
    """Give a row with what is wrong with it; None for a blank line, which is a row only where there is one column."""
    if line.cells == (None,) and width > 1 and not line.why:
        return None
    if not line.why and len(line.cells) != width:
        return Line(line.number, line.cells, f"has {len(line.cells)} cells, where the first line has {width}")
    return line


def _rows(text: str, delimiter: str) -> Iterator[Line]:
    """Read rows; after one that is broken, go on with the next line."""
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{delimiter}\r\n][^{delimiter}\r\n]*)?)(?:({delimiter})|{END})')
    end_of_line = re.compile(rf"[^\r\n]*{END}")
    place, number = 0, 1
    while place < len(text):
        cells: list[str | None] = []
        start, more = place, True
        while more:
            found = cell.match(text, place)
            if found is None:
                rest = end_of_line.match(text, place)
                place = rest.end() if rest else len(text)
                yield Line(number, tuple(cells), "has a quotation mark that is not closed, or not doubled inside")
                break
            quoted, plain, more, _ = found.group(1), found.group(2), bool(found.group(3)), found.group(4)
            cells.append(plain if quoted is None else quoted.replace('""', '"'))
            place = found.end()
        else:
            yield Line(number, tuple(cells))
        number += len(re.findall(r"\r\n|\n|\r", text[start:place]))
