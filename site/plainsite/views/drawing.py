"""Rows of a table drawn in one pass.

A template draws a cell of each column once, with marks in the places of what varies; values are then put in there. So
no call of a template is left for a cell, and what a cell looks like is still the template's own.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from markupsafe import Markup
from sqlalchemy import Column

from plainsite.kinds import BINARY, BOOLEAN, kind_of
from plainsite.services.cursors import encode
from plainsite.services.listing import Listed
from plainsite.views import cells
from plainsite.views.escaping import inner

MARK = "\0"  # no database has it in a name
ON_CARD = 4  # columns

Values = Sequence[Any]
Texts = Sequence[str | None]
Draw = Callable[[str, str, str | None], str]  # draws a cell from its text, its class and its address


class Rows:
    """How the rows of a list are drawn: worked out once, for its columns."""

    def __init__(
        self, macros: Any, columns: Sequence[Column[Any]], address: str, links: Mapping[int, str], card: Collection[int]
    ) -> None:
        """Take the file of macros, the columns, where records are, and where those are that columns refer to.

        `card` are the numbers of the columns that a phone shows; without a word it shows those that come first.
        """
        self._begin, self._end = str(macros.row(MARK)).split(MARK)
        self._ticks = {picked: str(macros.tick(MARK, picked)).split(MARK) for picked in (False, True)}
        self._no_tick = str(macros.tick(None))
        self._links = links
        self._first = _Cells(columns[0] if columns else None, macros.lead, address)
        self._others = [
            _Cells(column, _named(macros.cell, column, _on_phones(number, card)), links.get(number))
            for number, column in enumerate(columns[1:], 1)
        ]

    def draw(self, listed: Listed, *, pick: bool, picked: bool) -> Markup:
        """Draw a page's rows, each with a tick where they can be chosen."""
        turned: list[Values] = list(zip(*listed.rows, strict=True)) or [("",) * len(listed.rows)]
        labels = listed.labels.get
        drawn = [self._first.leading(turned[0], listed.keys, labels(0))]
        for number, column in enumerate(self._others, 1):
            values = turned[number]
            drawn.append(column.linked(values, labels(number)) if number in self._links else column.plain(values))
        ticks = self._tick(listed.keys, picked=picked) if pick else repeat("")
        rows = zip(repeat(self._begin), ticks, *drawn, repeat(self._end))
        return Markup("".join(chain.from_iterable(rows)))  # noqa: S704 - all but the values was drawn by templates

    def _tick(self, keys: Sequence[str | None], *, picked: bool) -> list[str]:
        before, between, behind = self._ticks[picked]
        return [self._no_tick if key is None else f"{before}{key}{between}{key}{behind}" for key in keys]


class _Cells:
    """The cells of one column."""

    def __init__(self, column: Column[Any] | None, draw: Draw, base: str | None) -> None:
        """Take the column, what draws a cell of it, and the address that its links begin with, if they are some."""
        self._usual, self._say, self._texts = _manner(column)
        looks = {self._usual, "null", "code", ""}
        self._alone = {look: str(draw(MARK, look, None)).split(MARK) for look in looks}
        self._linked = {look: str(draw(MARK, look, base + MARK)).split(MARK) for look in looks} if base else {}

    def plain(self, values: Values) -> list[str]:
        """Draw values."""
        before, behind = self._alone[self._usual]
        other = self._other
        return [
            other(value, None) if text is None else f"{before}{text}{behind}"
            for text, value in zip(self._texts(values), values, strict=True)
        ]

    def linked(self, values: Values, labels: Values | None) -> list[str]:
        """Draw values as links to the rows that they mean, by their labels where they have any."""
        before, between, behind = self._linked[""]
        other = self._other
        return [
            f"{before}{_key(value)}{between}{inner(label)}{behind}"
            if label.__class__ is str and label and not label.isspace()
            else other(value, None if value is None else _key(value))
            for value, label in zip(values, labels or repeat(None), strict=False)
        ]

    def leading(self, values: Values, keys: Sequence[str | None], labels: Values | None) -> list[str]:
        """Draw values as links to their rows' own pages."""
        texts: Texts = self._texts(values)
        if labels is not None:
            texts = [inner(label) if label.__class__ is str and label else None for label in labels]
        before, between, behind = self._linked["" if labels is not None else self._usual]
        other = self._other
        return [
            other(value, key)
            if text is None or key is None or text.isspace()  # nobody could see such a link
            else f"{before}{key}{between}{text}{behind}"
            for text, value, key in zip(texts, values, keys, strict=True)
        ]

    def _other(self, value: Any, key: str | None) -> str:
        text, look = self._say(value)
        if key is None:
            before, behind = self._alone[look]
            return f"{before}{inner(text)}{behind}"
        before, between, behind = self._linked[look]
        return f"{before}{key}{between}{inner(text)}{behind}"


def _manner(column: Column[Any] | None) -> tuple[str, Callable[[Any], tuple[str, str]], Callable[[Values], Texts]]:
    """Give how a column's values usually look, what says one of any kind, and what writes those that are as usual."""
    if column is None:
        return "", lambda _: ("", ""), lambda values: values
    kind = kind_of(column)
    if kind == BINARY:
        return "null", cells.show(column), _sizes
    look = cells.look(column)
    return look, cells.show(column), _booleans if kind == BOOLEAN else _texts


def _texts(values: Values) -> Texts:
    most = cells.CUT
    return [
        (inner(value) if len(value) <= most else f"{inner(value[:most])}…") or None
        if value.__class__ is str
        else str(value)
        if value.__class__ is int
        else None
        for value in values
    ]


def _booleans(values: Values) -> Texts:
    return list(map(cells.YES_NO.get, values))


def _sizes(values: Values) -> Texts:
    return [f"binary, {cells.size(value)}" if value.__class__ is int else None for value in values]


def _key(value: Any) -> str:
    """Write a key for an address; nothing that `encode` writes needs escaping."""
    return str(value) if value.__class__ is int else encode([value])


def _named(draw: Callable[..., str], column: Column[Any], also: str) -> Draw:
    name = str(column.name)
    return lambda text, look, link: draw(name, text, f"{look} {also}".strip(), link)


def _on_phones(number: int, card: Collection[int]) -> str:
    """Give the class of a column that phones show, or leave out, unlike others in its place."""
    first = number < ON_CARD
    return "" if first == (number in card) else "left-out" if first else "let-in"
