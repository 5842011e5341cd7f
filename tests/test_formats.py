"""Rows in files, and what can be wrong with them."""

import io
import json
import tracemalloc
from typing import Any

import pytest

from plainsite import formats
from plainsite.formats import Broken, Record, Unreadable

LINE = 50_000  # what stands in for the longest line, so that tests need not make 4 MiB


def rows(kind: str, content: bytes) -> list[Record | Broken]:
    return list(formats.read(kind, io.BytesIO(content)))


def told(kind: str, content: bytes) -> list[tuple[int, Any]]:
    """Give each row's line, and its fields or why it cannot be read."""
    return [(row.line, row.fields if isinstance(row, Record) else row.why) for row in rows(kind, content)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jsonl", "jsonl"), ("b.NDJSON", "jsonl"), ("x/c.csv", "csv"), ("d.json", None), ("csv", None), ("-", None)],
)
def test_a_name_tells_the_format(name, kind):
    assert formats.kind_of(name) == kind


def test_json_lines_are_rows_with_their_line_numbers_and_blank_lines_are_none():
    assert told("jsonl", b'{"a": 1}\n\n  \r\n{"a": "\xc3\xa9"}\r\n{"a": null}') == [
        (1, {"a": 1}),
        (4, {"a": "é"}),
        (5, {"a": None}),
    ]


@pytest.mark.parametrize("kind", formats.KINDS)
def test_a_byte_order_mark_is_no_part_of_the_first_row(kind):
    content = {"jsonl": b'{"text": "x"}', "csv": b"text\nx"}[kind]
    (row,) = rows(kind, b"\xef\xbb\xbf" + content)
    assert row == Record({"jsonl": 1, "csv": 2}[kind], {"text": "x"})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"a": 1', "is not JSON: Expecting ',' delimiter (character 8)"),
        (b'{"a": "\xff"}', "is not UTF-8: byte 0xff at byte 8"),
        (b'{"a": "\xed\xa0\x80"}', "is not UTF-8: byte 0xed at byte 8"),
        (b"[1, 2]", 'is no JSON object: a row is written as {"field": "value", …}'),
        (b'{"a": 1, "b": 2, "a": 3}', "is JSON that cannot be read: a stands in it twice"),
        (b'{"a": NaN}', "is JSON that cannot be read: NaN is no number of JSON"),
        (b'{"a": "\x00"}', "is not JSON: Invalid control character at (character 8)"),
    ],
)
def test_a_line_that_is_no_row_says_why_and_hides_none_after_it(line, why):
    assert told("jsonl", b'{"a": 0}\n' + line + b'\n{"a": 2}\n') == [(1, {"a": 0}), (2, why), (3, {"a": 2})]


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_json_made_to_break_its_reader_is_a_broken_row(line):
    broken, good = rows("jsonl", line + b'\n{"a": 2}\n')
    assert isinstance(broken, Broken)
    assert broken.why.startswith("is JSON that cannot be read")
    assert good == Record(2, {"a": 2})


def test_half_a_surrogate_pair_is_read_so_that_it_can_be_refused_where_it_matters():
    assert told("jsonl", rb'{"a": "\ud800", "b": "\ud83d\ude00"}') == [(1, {"a": "\ud800", "b": "😀"})]


@pytest.mark.parametrize("kind", formats.KINDS)
def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_read(kind, monkeypatch):
    monkeypatch.setattr(formats.lines, "LONGEST_LINE", LINE)
    before, after = (b'{"a": "x"}', b'{"a": "y"}') if kind == "jsonl" else (b"a\nx", b"y")
    for size in (LINE, LINE + 1, 3 * LINE, 3 * LINE + 7):
        first, broken, last = rows(kind, b"\n".join([before, b"z" * size, after]))
        assert isinstance(first, Record)
        assert isinstance(broken, Broken)
        assert (broken.line, broken.why) == (first.line + 1, "is longer than 50,000 bytes")
        assert isinstance(last, Record)
        assert last.line == first.line + 2


class Endless(io.RawIOBase):
    """A header, then 200 MB without a line end."""

    def __init__(self) -> None:
        self.header, self.left = b"text\n", 200_000_000

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        given, self.header = self.header, b""
        given = given or b"x" * min(len(buffer), self.left)
        self.left -= len(given)
        buffer[: len(given)] = given
        return len(given)


@pytest.mark.parametrize("kind", formats.KINDS)
def test_a_file_that_is_one_endless_line_does_not_fill_the_memory(kind):
    tracemalloc.start()
    try:
        *_, broken = formats.read(kind, io.BufferedReader(Endless()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(broken, Broken)
    assert (broken.line, broken.why) == (2, "is longer than 4,194,304 bytes")
    assert peak < 40_000_000


def test_utf_16_is_said_for_the_file_and_not_for_each_line():
    for kind in formats.KINDS:
        for encoding in ("utf-16", "utf-16-be"):
            content = ("\ufeff" if encoding == "utf-16-be" else "") + '{"a": 1}\n{"a": 2}\n'
            with pytest.raises(Unreadable, match="is UTF-16: save it as UTF-8"):
                rows(kind, content.encode(encoding))


def test_csv_rows_are_numbered_by_the_line_on_which_they_begin():
    content = b'text,id\r\n"one\r\ntwo",1\r\nplain,2\r\n\r\n"a ""quoted"" word, and a comma",3'
    assert told("csv", content) == [
        (2, {"text": "one\r\ntwo", "id": "1"}),
        (4, {"text": "plain", "id": "2"}),
        (6, {"text": 'a "quoted" word, and a comma', "id": "3"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_how_fields_are_parted(delimiter):
    content = delimiter.join(["text", "id"]) + "\n" + delimiter.join(['"x,;y"', "1"])
    assert told("csv", content.encode()) == [(2, {"text": "x,;y", "id": "1"})]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (b"x", "has another number of fields (1) than the header (2)"),
        (b"x,1,2", "has another number of fields (3) than the header (2)"),
        (b"\xe9,1", "is not UTF-8: byte 0xe9 at byte 1"),
        (b'"a" b,1', "is not CSV: a quotation mark inside a field is not doubled"),
        (b"a\rb,1", "is not CSV: a carriage return stands outside of quotation marks"),
        (b'"a\nb\n"c,1', "is not CSV: a quotation mark inside a field is not doubled (the row goes on to line 5)"),
        (b'"a\n\xe9",1', "is not UTF-8: byte 0xe9 at byte 1 (the row goes on to line 4)"),
    ],
)
def test_a_csv_row_that_cannot_be_read_says_why_and_hides_none_after_it(lines, why):
    first, broken, last = told("csv", b"text,id\ngood,0\n" + lines + b"\nafter,2\n")
    assert first == (2, {"text": "good", "id": "0"})
    assert broken == (3, why)
    assert last == (4 + lines.count(b"\n"), {"text": "after", "id": "2"})


def test_a_quotation_mark_that_is_never_closed_is_said_with_the_lines_it_took():
    assert told("csv", b'text,id\n"x,1\ny,2\nz,3\n') == [
        (2, "is not CSV: a quotation mark is opened and never closed (the row goes on to line 4)")
    ]


def test_a_csv_field_may_hold_a_nul_so_that_it_can_be_refused_where_it_matters():
    assert told("csv", b"text,id\na\x00b,1\n") == [(2, {"text": "a\x00b", "id": "1"})]


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b'"a\n', b"\xff\xfa,b\n"])
def test_csv_without_a_header_is_unreadable_as_a_whole(content):
    with pytest.raises(Unreadable, match="does not begin with a line of field names"):
        rows("csv", content)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"id,text,id\n", "names id twice in its first line: take one of the two fields out"),
        (b"id,name\n", "does not name text in its first line, which has to name the fields"),
        (b"Text,NAME\n", "does not name text in its first line, which has to name the fields"),
        (b"t\0e\0x\0t\0\n", "does not name text in its first line, which has to name the fields"),
        (b"te\xe9t\n", "does not begin with a line of field names: it is not UTF-8: byte 0xe9 at byte 3"),
        (
            b"id,text\r1,a\r",
            "does not begin with a line of field names: in it a carriage return stands outside of quotation marks",
        ),
    ],
)
def test_a_header_that_leaves_open_what_the_fields_are_is_said_for_the_whole_file(header, why):
    with pytest.raises(Unreadable) as caught:
        list(formats.read("csv", io.BytesIO(header + b"a,b,c\n"), ["text"]))
    assert str(caught.value) == why


def test_fields_without_a_name_may_be_many():
    assert told("csv", b"text,,\na,,\n") == [(2, {"text": "a", "": ""})]


def test_an_empty_file_of_json_lines_has_no_rows():
    assert rows("jsonl", b"") == []


def test_a_broken_row_shows_what_it_was():
    (row,) = rows("jsonl", b'{"a": \xff}\r\n')
    assert isinstance(row, Broken)
    assert row.raw == '{"a": \\xff}'


VALUES = [
    ("1", "plain", None),
    ("2", ' "quoted", and a comma ', "2026-11-20T00:00:00Z"),
    ("3", "two\nlines\r\nthree\rfour", ""),
    ("4", "\ttab, \x08 backspace, \u2028 separator, \x85 next line, \u202e turned, 😀 é e\u0301", "é"),
    ("5", "=1+1", "-"),
    ("6", "\ufeffbom", "x"),
]


@pytest.mark.parametrize("kind", formats.KINDS)
def test_what_is_written_reads_back_the_same(kind):
    file = io.BytesIO()
    assert formats.write(kind, file, ("id", "text", "note"), VALUES) == len(VALUES)
    empty = "" if kind == "csv" else None
    read = [tuple(row.fields.values()) for row in rows(kind, file.getvalue()) if isinstance(row, Record)]
    assert read == [(a, b, empty if c is None else c) for a, b, c in VALUES]


def test_json_lines_are_written_one_row_a_line_in_readable_utf_8():
    file = io.BytesIO()
    formats.write("jsonl", file, ("id", "text"), [(1, "é\n")])
    assert file.getvalue() == '{"id": 1, "text": "é\\n"}\n'.encode()
    assert json.loads(file.getvalue()) == {"id": 1, "text": "é\n"}


def test_csv_is_written_with_a_header_and_the_line_ends_of_its_standard():
    file = io.BytesIO()
    formats.write("csv", file, ("id", "text"), [(1, "a b"), (2, None)])
    assert file.getvalue() == b"id,text\r\n1,a b\r\n2,\r\n"
