"""What the database itself deletes, or sets free, with records that go: the history tells that too."""

import json

import pytest
from sqlalchemy import Engine, event, text

from plainsite import recording
from plainsite.databases import attach
from plainsite.services import going, records
from plainsite.services.bulk import delete_matching
from plainsite.services.journal import Journal
from plainsite.services.queries import Filter, Query

SQL = """
CREATE TABLE shelves (id INTEGER PRIMARY KEY, above INTEGER, name VARCHAR(20),
  FOREIGN KEY (above) REFERENCES shelves (id) ON DELETE CASCADE);
CREATE TABLE books (shelf INTEGER NOT NULL, place INTEGER NOT NULL, title VARCHAR(20), PRIMARY KEY (shelf, place),
  FOREIGN KEY (shelf) REFERENCES shelves (id) ON DELETE CASCADE);
CREATE TABLE loans (id INTEGER PRIMARY KEY, shelf INTEGER, place INTEGER, pin VARCHAR(9),
  FOREIGN KEY (shelf, place) REFERENCES books (shelf, place) ON DELETE SET NULL);
CREATE TABLE notes (shelf INTEGER, words VARCHAR(20), FOREIGN KEY (shelf) REFERENCES shelves (id) ON DELETE CASCADE);
INSERT INTO shelves VALUES (1, NULL, 'top'), (2, 1, 'middle'), (3, 2, 'low'), (4, NULL, 'other');
INSERT INTO books VALUES (3, 1, 'Emma'), (3, 2, 'Ulysses'), (4, 1, 'Middlemarch');
INSERT INTO loans VALUES (7, 3, 1, '1234'), (8, 4, 1, NULL), (9, NULL, NULL, NULL);
INSERT INTO notes VALUES (1, 'no key tells it');
"""


@pytest.fixture
def library(session, make_database, any_engine, tmp_path):
    """Give a session on a library of each engine, and its tables by name."""
    file = tmp_path / "library.sql"
    file.write_text(SQL)
    info = {recording.JOURNAL: Journal("library", lambda: session)}
    database = attach("library", make_database(any_engine, file), writable=True, info=info)
    yield (
        database.session(),
        {name.rpartition(".")[2]: each for name, each in database.catalog.read().relations.items()},
    )
    database.remove()
    database.close()


def told(session):
    """Give what the history tells to have been done to which records, and what it says of them."""
    rows = session.execute(text("SELECT * FROM changes WHERE stage = 'confirmed' ORDER BY number")).all()
    session.rollback()
    return [
        (row.action, f"{row.relation.rpartition('.')[2]} {row.record_key}", json.loads(row.before or "null"), row.after)
        for row in rows
    ]


def test_what_goes_with_a_record_through_every_level_is_told_after_it(session, library):
    other, tables = library
    assert records.delete(other, tables["shelves"], [[1]]) == 1
    entries = told(session)
    assert [entry[:2] for entry in entries] == [
        ("delete", "shelves 1"),
        ("delete", "shelves 2"),
        ("delete", "shelves 3"),
        ("delete", "books 3,1"),
        ("delete", "books 3,2"),
        ("change", "loans 7"),
    ]
    assert entries[2][2] == {"id": 3, "above": 2, "name": "low"}
    assert (entries[5][2], json.loads(entries[5][3])) == ({"shelf": 3, "place": 1}, {"shelf": None, "place": None})


def test_what_goes_with_many_is_told_and_nothing_twice(session, library):
    other, tables = library
    assert delete_matching(other, tables["shelves"], Query(filters=(Filter("id", "at least", "2"),)), 3) == 3
    done = [entry[:2] for entry in told(session)]
    assert done[:3] == [("delete", f"shelves {number}") for number in (2, 3, 4)]
    assert sorted(done[3:]) == [
        ("change", "loans 7"),
        ("change", "loans 8"),
        ("delete", "books 3,1"),
        ("delete", "books 3,2"),
        ("delete", "books 4,1"),
    ]


def test_where_the_database_keeps_all_of_it_nothing_is_told(session, library):
    other, tables = library
    assert records.delete(other, tables["loans"], [[7]]) == 1
    assert [entry[:2] for entry in told(session)] == [("delete", "loans 7")]


def test_of_very_many_some_are_told(session, library, monkeypatch):
    monkeypatch.setattr(going, "MOST", 2)
    other, tables = library
    records.delete(other, tables["shelves"], [[1]])
    assert [entry[1] for entry in told(session)] == ["shelves 1", "shelves 2", "shelves 3"]


def test_what_may_not_be_looked_at_is_deleted_untold(session, library, any_engine):
    if any_engine != "postgresql":
        return  # the others' foreign keys need no right, or there are none to have
    other, tables = library
    engine: Engine = other.get_bind()
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE g_going; GRANT SELECT, DELETE, UPDATE ON shelves TO g_going")

    @event.listens_for(engine, "begin")
    def be_another(connection) -> None:
        connection.exec_driver_sql("SET LOCAL ROLE g_going")

    assert records.delete(other, tables["shelves"], [[3]]) == 1
    event.remove(engine, "begin", be_another)
    assert [entry[:2] for entry in told(session)] == [("delete", "shelves 3")]
    assert other.execute(text("SELECT count(*) FROM books WHERE shelf = 3")).scalar() == 0
    other.rollback()
