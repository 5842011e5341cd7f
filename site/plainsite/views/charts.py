"""Bars as the templates draw them: positions counted here, so that the page needs no style and no script."""

from datetime import date, timedelta
from typing import NamedTuple

from plainsite.services.statistics import Days

WIDTH, HEIGHT, GAP = 300, 48, 2  # units of the drawing


class Chart(NamedTuple):
    """A row of bars: (x, y, width, height) of each that is there, and the same in words."""

    column: str
    bars: list[tuple[int, int, int, int]]
    width: int
    height: int
    since: date
    until: date
    total: int
    says: str


def chart(days: Days) -> Chart:
    """Draw how many rows each day has, the fullest day as high as the drawing; a day with one is seen as well."""
    counts = days.counts or ()
    most, step = max(counts, default=0), WIDTH // max(len(counts), 1)
    bars = []
    for place, count in enumerate(counts):
        if count:
            height = max(2, round(HEIGHT * count / most))
            bars.append((place * step, HEIGHT - height, step - GAP, height))
    until = days.first + timedelta(days=max(len(counts) - 1, 0))
    fullest = days.first + timedelta(days=counts.index(most)) if counts else days.first
    total = sum(counts)
    says = f"Rows per day by {days.column}, {days.first} to {until}: {total:,} in all, at most {most:,}, on {fullest}"
    return Chart(days.column, bars, WIDTH, HEIGHT, days.first, until, total, says)
