"""Rows from elsewhere taken into a table, without a file or a page."""

import tracemalloc

import pytest

from plainsite.refusals import Reason
from plainsite.services.incoming import Incoming
from plainsite.services.taking import take

SHOP = """
CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(6, 2) CHECK (price > 0));
INSERT INTO goods VALUES (1, 'Anvil', 10);
"""
HOW = {"changes": False, "partly": False, "trial": False}


@pytest.fixture
def goods(make_database, attached, tmp_path):
    """Give a session, and the table of goods."""
    file = tmp_path / "shop.sql"
    file.write_text(SHOP)
    shop = attached(make_database("sqlite", file), writable=True)
    yield shop.session(), shop.catalog.read().relations["goods"]
    shop.remove()


def rows(number, first=100):
    return (Incoming(line, {"id": line, "name": f"Thing {line}", "price": 1}) for line in range(first, first + number))


def test_how_far_it_is_is_told_and_when_all_is_about_to_be_kept(goods):
    heard = []
    some = [*rows(150), Incoming(7, {}, "price must be a number"), *rows(20, 1000)]
    take(*goods, some, **HOW | {"partly": True}, told=lambda *facts: heard.append(facts))
    assert heard == [(100, False), (171, False), (171, True)]
    heard.clear()
    take(*goods, some, **HOW | {"trial": True}, told=lambda *facts: heard.append(facts))
    assert (171, True) not in heard, "what is tried is never kept"


def test_a_row_that_could_not_be_read_is_refused_with_the_reason_that_came_with_it(goods):
    outcome = take(*goods, [Incoming(3, {}, "price must be a number"), *rows(1)], **HOW)
    assert outcome.refused == [(3, (Reason("unread", words="price must be a number"),))]
    assert not outcome.written


@pytest.mark.sweep
def test_the_memory_it_takes_does_not_grow_with_the_rows(goods):
    peaks = []
    for number, first in ((8_000, 10_000), (24_000, 100_000)):
        tracemalloc.start()
        outcome = take(*goods, rows(number, first), **HOW)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (outcome.added, outcome.written) == (number, True)
    assert peaks[1] < peaks[0] + 500_000
