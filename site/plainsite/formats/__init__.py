"""Rows in files: JSON lines and CSV, read and written one row at a time. Knows neither the site nor a database."""

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, BinaryIO, NoReturn

from plainsite.formats.commas import read_csv
from plainsite.formats.lines import Broken, Record, Unreadable, broken, lines_of, not_utf8, too_long

__all__ = ["KINDS", "Broken", "Record", "Unreadable", "kind_of", "read", "write"]

KINDS = ("jsonl", "csv")
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
SHOWN = 200  # bytes of a line that is too long


def kind_of(name: str) -> str | None:
    """Tell the format from a file's name: "jsonl", "csv", or None when the name does not say."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def read(kind: str, file: BinaryIO, needed: Collection[str] = ()) -> Iterator[Record | Broken]:
    """Read rows from a file of UTF-8 text, with or without a byte order mark.

    Takes "jsonl" or "csv", a file opened for bytes, and the fields without which the header of a CSV is none. Rows that
    cannot be read come as Broken, in their place; blank lines do not come. Holds one row at a time, of at most 4 MiB.
    Raises Unreadable when the file as a whole is none.
    """
    return read_csv(file, needed) if kind == "csv" else _read_json_lines(file)


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
    decode = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_once_each).decode
    for number, line, whole in lines_of(file):
        if not whole:
            yield broken(number, too_long(), line[:SHOWN])
        elif line.strip():
            try:
                fields = decode(line.rstrip().decode())
            except UnicodeDecodeError as error:
                yield broken(number, not_utf8(error), line)
            except json.JSONDecodeError as error:
                yield broken(number, f"is not JSON: {error.msg} (character {error.pos + 1})", line)
            except (ValueError, RecursionError) as error:
                yield broken(number, f"is JSON that cannot be read: {error}", line)
            else:
                if isinstance(fields, dict):
                    yield Record(number, fields)
                else:
                    yield broken(number, 'is no JSON object: a row is written as {"field": "value", …}', line)


def _no_number(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make fields of names and values; of two values of one name none is the one that is meant."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        message = f"{name} stands in it twice"
        raise ValueError(message)
    return fields
