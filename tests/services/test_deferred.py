"""Rules of PostgreSQL that wait for the end, as Django makes foreign keys: an import tells rows all the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from plainsite.databases import Attached
from plainsite.refusals import Reason
from plainsite.services.incoming import Incoming
from plainsite.services.taking import take

TABLES = """
CREATE TABLE parents (id INT PRIMARY KEY);
INSERT INTO parents VALUES (1);
CREATE TABLE children (
  id INT PRIMARY KEY, parent INT REFERENCES parents DEFERRABLE INITIALLY DEFERRED,
  friend INT REFERENCES children DEFERRABLE INITIALLY DEFERRED, code INT UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO children VALUES (1, 1, NULL, 1);
"""


@pytest.fixture
def children(
    make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path: Path
) -> Iterator[Callable[..., object]]:
    """Give a function that takes rows into the table of children."""
    file = tmp_path / "deferred.sql"
    file.write_text(TABLES)
    database = attached(make_database("postgresql", file), writable=True)
    relation = database.catalog.read().relations["children"]

    def taken(*rows: dict[str, int], trial: bool = False) -> object:
        incoming = [Incoming(line, row) for line, row in enumerate(rows, 2)]
        return take(database.session(), relation, incoming, changes=True, partly=True, trial=trial)

    yield taken
    database.remove()


@pytest.mark.parametrize("trial", [True, False])
def test_each_row_that_breaks_one_is_told_with_its_line_and_the_others_are_taken(children, trial) -> None:
    rows = {"id": 2, "parent": 1}, {"id": 3, "parent": 99}, {"id": 4, "code": 1}, {"id": 5, "friend": 98}
    outcome = children(*rows, trial=trial)
    assert outcome.refused == [
        (3, (Reason("unknown", ("parent",)),)),
        (4, (Reason("taken", ("code",)),)),
        (5, (Reason("unknown", ("friend",)),)),
    ]
    assert (outcome.added, outcome.written) == (1, not trial)


def test_rows_that_refer_to_each_other_are_taken_as_long_as_no_rule_is_broken(children) -> None:
    outcome = children({"id": 2, "friend": 3}, {"id": 3, "friend": 2})
    assert (outcome.added, outcome.refused, outcome.written) == (2, [], True)


def test_two_rows_may_change_places(children) -> None:
    children({"id": 2, "code": 2})
    outcome = children({"id": 1, "code": 2}, {"id": 2, "code": 1})
    assert (outcome.changed, outcome.refused, outcome.written) == (2, [], True)
