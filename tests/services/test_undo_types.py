"""Undoing gives every column of every type back what it held, and a deleted record all of it."""

import pytest
from sqlalchemy import text
from tests.forms.test_round_trips import OTHERS, comparable

from plainsite import recording
from plainsite.databases import attach
from plainsite.services import history, records, undoing
from plainsite.services.journal import Journal


@pytest.fixture
def types(session, nasty, any_engine):
    """Give a session on a database of each engine that holds everything awkward, and its table of all types."""
    info = {recording.JOURNAL: Journal("nasty", lambda: session)}
    database = attach("nasty", nasty(any_engine), writable=True, info=info)
    tables = database.catalog.read().relations
    yield database.session(), next(each for name, each in tables.items() if name.rpartition(".")[2] == "types")
    database.remove()
    database.close()


def undone(session, other, types):
    """Undo what was written last; give why that cannot be, "" where it was."""
    number = session.execute(text("SELECT max(number) FROM changes")).scalar_one()
    entry = history.find(session, number)
    session.rollback()
    row = records.find(other, types, undoing.decode(entry.record_key))
    how = undoing.look(entry, types.table, row and row._asdict())
    if not how.why:
        assert undoing.undo_attached(other, types, entry, how)
    return how.why


def held(other, types, key):
    """Give what a record holds, so that it can be compared."""
    found = records.find(other, types, key)
    other.rollback()
    return None if found is None else [repr(comparable(value)) for value in found]


@pytest.mark.sweep
def test_what_was_changed_in_a_column_of_any_type_comes_back(session, types, any_engine):
    other, table = types
    row = other.execute(text("SELECT * FROM types")).first()
    other.rollback()
    key = [row.id]
    tried = 0
    for name, (_, stored) in OTHERS[any_engine].items():
        before = held(other, table, key)
        if name == "id":
            continue
        records.update(other, table, key, {name: stored})
        if held(other, table, key) == before:
            continue
        assert (name, undone(session, other, table)) == (name, "")
        assert (name, held(other, table, key)) == (name, before)
        assert (name, undone(session, other, table)) == (name, "")
        assert (name, undone(session, other, table)) == (name, "")
        assert (name, held(other, table, key)) == (name, before)
        tried += 1
    assert tried > 15


def test_a_deleted_record_of_all_types_comes_back_whole(session, types, any_engine):
    other, table = types
    row = other.execute(text("SELECT * FROM types")).first()
    other.rollback()
    before = held(other, table, [row.id])
    assert records.delete(other, table, [[row.id]]) == 1
    assert undone(session, other, table) == ""
    assert held(other, table, [row.id]) == before
