"""Rows in files: JSON lines and CSV, read and written one row at a time. Knows neither the site nor a database."""

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, BinaryIO, NoReturn

KINDS = ("jsonl", "csv")
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
DELIMITERS = ",;\t"  # spreadsheets write what their country's decimal comma leaves free
LONGEST_LINE = 4 * 2**20  # bytes of a line, characters of a CSV field; the most that is held at once

CSV_FAULTS = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after": "a quotation mark inside a field is not doubled",
    "field limit": f"a field has more than {LONGEST_LINE:,} characters; perhaps a quotation mark is never closed",
    "new-line character": "a carriage return stands outside of quotation marks",
}


class Unreadable(Exception):  # noqa: N818 - it is about the file
    """A file no row of which can be read; says why in words that follow its name."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row's fields by name, and the line on which the row begins (the first is 1)."""

    line: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read: the line on which it begins, why, in words that follow "line 3", and what it is."""

    line: int
    why: str
    raw: str


def kind_of(name: str) -> str | None:
    """Tell the format from a file's name: "jsonl", "csv", or None when the name does not say."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def read(kind: str, file: BinaryIO) -> Iterator[Record | Broken]:
    """Read rows from a file of UTF-8 text, with or without a byte order mark.

    Takes "jsonl" or "csv" and a file opened for bytes. Rows that cannot be read come as Broken, in their place; blank
    lines do not come. Holds one row at a time, of at most 4 MiB. Raises Unreadable when the file as a whole is none.
    """
    return _read_csv(file) if kind == "csv" else _read_json_lines(file)


def write(kind: str, file: BinaryIO, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows as UTF-8 without a byte order mark, CSV with a header (RFC 4180); give their number.

    Takes "jsonl" or "csv", a file opened for bytes, the fields' names and the rows' values in that order. None is null
    in JSON and empty in CSV.
    """
    if kind == "csv":
        put = csv.writer(SimpleNamespace(write=lambda text: file.write(text.encode()))).writerow
        put(names)
    else:
        encode = json.JSONEncoder(ensure_ascii=False).encode

        def put(row: Iterable[Any]) -> Any:
            return file.write(f"{encode(dict(zip(names, row, strict=True)))}\n".encode())

    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007 - the last number is the answer
        put(row)
    return number


def _read_json_lines(file: BinaryIO) -> Iterator[Record | Broken]:
    decode = json.JSONDecoder(parse_constant=_no_number).decode
    for number, line, whole in _lines(file):
        if not whole:
            yield _broken(number, f"is longer than {LONGEST_LINE:,} bytes", line[:200])
        elif line.strip():
            try:
                fields = decode(line.rstrip().decode())
            except UnicodeDecodeError as error:
                yield _broken(number, _not_utf8(error), line)
            except json.JSONDecodeError as error:
                yield _broken(number, f"is not JSON: {error.msg} (character {error.pos + 1})", line)
            except (ValueError, RecursionError) as error:
                yield _broken(number, f"is JSON that cannot be read: {error}", line)
            else:
                if isinstance(fields, dict):
                    yield Record(number, fields)
                else:
                    yield _broken(number, 'is no JSON object: a row is written as {"field": "value", …}', line)


def _no_number(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


def _read_csv(file: BinaryIO) -> Iterator[Record | Broken]:
    lines = _lines(file)
    names, delimiter = _header(next(lines, (1, b"", True))[1])
    csv.field_size_limit(LONGEST_LINE)  # is one for the whole process: nothing else here reads CSV
    text = _Text(lines)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            why = next((words for part, words in CSV_FAULTS.items() if part in str(error)), str(error))
            yield text.broken(f"is not CSV: {why}")
            continue
        if text.fault:
            yield text.broken(text.fault)
        elif cells and len(cells) != len(names):
            yield text.broken(f"has another number of fields ({len(cells)}) than the header ({len(names)})")
        elif cells:
            yield Record(text.first, dict(zip(names, cells, strict=True)))


def _header(line: bytes) -> tuple[list[str], str]:
    try:
        text = line.decode()
        delimiter = max(DELIMITERS, key=text.count)
        names = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"does not begin with a line of field names: {error}"
        raise Unreadable(message) from error
    if not names:
        message = "does not begin with a line of field names"
        raise Unreadable(message)
    return [name.strip() for name in names], delimiter


class _Text:
    """Lines as text for the CSV reader, and a memory of those that made up the present row."""

    def __init__(self, lines: Iterator[tuple[int, bytes, bool]]) -> None:
        self.lines = lines
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
            self.fault = f"is longer than {LONGEST_LINE:,} bytes"
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.fault = self.fault or _not_utf8(error)
            return line.decode(errors="replace")

    def broken(self, why: str) -> Broken:
        more = f" (the row goes on to line {self.last})" if self.last > self.first else ""
        return _broken(self.first, why + more, b"".join(self.raw))


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
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


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"is not UTF-8: byte 0x{error.object[error.start]:02x} at byte {error.start + 1}"


def _broken(line: int, why: str, raw: bytes) -> Broken:
    return Broken(line, why, raw.decode(errors="backslashreplace").rstrip("\r\n"))
