"""Rows of CSV, as RFC 4180 has them and spreadsheets write them."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator
from typing import BinaryIO

from plainsite.formats import lines
from plainsite.formats.lines import Broken, Record, Unreadable

DELIMITERS = ",;\t"  # spreadsheets write what their country's decimal comma leaves free

FAULTS = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after": "a quotation mark inside a field is not doubled",
    "field limit": "a field has more than {:,} characters; perhaps a quotation mark is never closed",
    "new-line character": "a carriage return stands outside of quotation marks",
}


def read_csv(file: BinaryIO, needed: Collection[str]) -> Iterator[Record | Broken]:
    """Read rows under the names of the first line, which must be among them that are needed."""
    read = lines.lines_of(file)
    names, delimiter = _header(next(read, (1, b"", True))[1], needed)
    csv.field_size_limit(lines.LONGEST_LINE)  # is one for the whole process: nothing else here reads CSV
    text = _Text(read)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield text.broken(f"is not CSV: {_in_words(error)}")
            continue
        if text.fault:
            yield text.broken(text.fault)
        elif cells and len(cells) != len(names):
            yield text.broken(f"has another number of fields ({len(cells)}) than the header ({len(names)})")
        elif cells:
            yield Record(text.first, dict(zip(names, cells, strict=True)))


def _header(line: bytes, needed: Collection[str]) -> tuple[list[str], str]:
    names, delimiter, why = [], ",", ""
    try:
        text = line.decode()
        delimiter = max(DELIMITERS, key=text.count)
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except UnicodeDecodeError as error:
        why = f": it {lines.not_utf8(error)}"
    except csv.Error as error:
        why = f": in it {_in_words(error)}"
    if not names:
        message = f"does not begin with a line of field names{why}"
        raise Unreadable(message)
    if missing := [name for name in needed if name not in names]:
        message = f"does not name {', '.join(missing)} in its first line, which has to name the fields"
        raise Unreadable(message)
    if twice := next((name for name, times in Counter(names).items() if name and times > 1), None):
        message = f"names {twice} twice in its first line: take one of the two fields out"
        raise Unreadable(message)
    return names, delimiter


def _in_words(error: csv.Error) -> str:
    words = next((words for part, words in FAULTS.items() if part in str(error)), str(error))
    return words.format(lines.LONGEST_LINE)


class _Text:
    """Lines as text for the CSV reader, and a memory of those that made up the present row."""

    def __init__(self, read: Iterator[tuple[int, bytes, bool]]) -> None:
        self.lines = read
        self.begin_row()

    def begin_row(self) -> None:
        self.first = self.last = 0
        self.fault = ""
        self.raw: list[bytes] = []

    def __iter__(self) -> "_Text":
        return self

    def __next__(self) -> str:
        self.last, line, whole = next(self.lines)
        self.first = self.first or self.last
        self.raw.append(line)
        if not whole:
            self.fault = lines.too_long()
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.fault = self.fault or lines.not_utf8(error)
            return line.decode(errors="replace")

    def broken(self, why: str) -> Broken:
        more = f" (the row goes on to line {self.last})" if self.last > self.first else ""
        return lines.broken(self.first, why + more, b"".join(self.raw))
