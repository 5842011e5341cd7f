"""CSV as it comes from anywhere."""

import csv
import io

import pytest

from plainsite.services import csvtexts
from plainsite.services.csvtexts import Unreadable


def read(content):
    """Read a whole file."""
    names, lines = csvtexts.read(io.BytesIO(content))
    return names, list(lines)


def cells(text):
    """Give the rows of a file after its first line."""
    return [line.cells for line in read(text.encode())[1]]


def test_null_and_the_empty_text_are_told_apart():
    assert cells('a,b\r\n1,\r\n2,""\r\n') == [("1", None), ("2", "")]


def test_a_blank_line_is_a_row_only_where_there_is_one_column():
    assert cells("a,b\n\n1,2\n\n") == [("1", "2")]
    assert cells('a\n\n""\nx\n') == [(None,), ("",), ("x",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_first_line_tells_what_parts_the_cells(delimiter):
    names, lines = read(f"\ufeffa{delimiter}b\n1{delimiter}2".encode())
    assert names == ["a", "b"]
    assert lines[0].cells == ("1", "2")


def test_a_row_is_known_by_the_line_on_which_it_begins():
    _, lines = read(b'a,b\n"x\r\ny",1\n2,3\r4,5\n')
    assert [line.number for line in lines] == [2, 4, 5]


def test_a_broken_row_spoils_no_other():
    _, lines = read(b'a,b\n"x,1\n2,3\n"y" z,4\n5\n6,7,8\n9,9')
    wrong = [True, False, True, True, True, False]
    assert [(line.number, bool(line.why)) for line in lines] == list(zip(range(2, 8), wrong, strict=True))
    assert "1 cells, where the first line has 2" in lines[3].why


@pytest.mark.parametrize("text", ["", "\n", ",\n1,2", '"a\n1'])
def test_a_file_without_names_is_said_to_be_none(text):
    with pytest.raises(Unreadable, match="first line"):
        read(text.encode())


def test_what_the_library_writes_is_read_as_it_was():
    rows = [("a", 'b "c"', "d\r\ne"), (" f ", "g,h", "\ti"), ("'", "\x00", "\u2028")]
    written = io.StringIO(newline="")
    csv.writer(written).writerows([("x", "y", "z"), *rows])
    assert cells(written.getvalue()) == rows


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_what_is_read_piece_by_piece_is_the_same(monkeypatch, piece):
    text = 'a,b\r\n"x\r\ny ""z""",\r\n"","ä😀"\rplain,"q" no\n"",\n5,"" \n6,\n"open,1\n7,8'.encode()
    whole = read(text)
    monkeypatch.setattr(csvtexts, "PIECE", piece)
    assert read(text) == whole
    assert any(line.why for line in whole[1])


def test_a_quotation_mark_that_nobody_closes_costs_no_memory(monkeypatch):
    monkeypatch.setattr(csvtexts, "PIECE", 50)
    monkeypatch.setattr(csvtexts, "LONGEST_ROW", 1000)
    _, lines = read(b'a,b\n"x,1\n' + b"2,3\n" * 2000)
    assert [bool(line.why) for line in lines] == [True] + [False] * 2000
    _, lines = read(b"a,b\n1," + b"x" * 3000 + b"\n2,3\n")
    assert (lines[-1].number, lines[-1].cells) == (3, ("2", "3"))
    assert lines[0].why


def test_where_a_file_is_no_utf_8_is_said_by_its_line(monkeypatch):
    monkeypatch.setattr(csvtexts, "PIECE", 5)
    with pytest.raises(Unreadable, match="Line 4 is"):
        read("a,b\n1,ä\n3,4\n5,".encode() + b"\xff\n")
