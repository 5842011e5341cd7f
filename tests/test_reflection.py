"""Tables that exist already are found as they are, and an odd one never hides the rest."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, Table, UniqueConstraint, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from plainsite.databases import Attached
from plainsite.kinds import declared_type
from plainsite.reflection import NO_KEY, PREFIX, Reflection, reflect
from plainsite.tablenames import A_PARENT, A_VIEW, A_VIRTUAL

# What is locked, and why, and what is left out: everything else in the awkward databases can be edited.
LOCKED = {
    "sqlite": {
        "no_pk": NO_KEY,
        "v_simple": A_VIEW,
        "v dup cols": A_VIEW,
        "notes_fts": A_VIRTUAL,
    },
    "postgresql": {
        "no_pk": NO_KEY,
        "uniq_only": NO_KEY,
        "child": NO_KEY,
        "parent": A_PARENT,
        "v_simple": A_VIEW,
        "v_ins": A_VIEW,
        "mv": A_VIEW,
    },
    "mariadb": {"no_pk": NO_KEY, "v": A_VIEW},
}
LEFT_OUT = {
    "sqlite": {"v_broken": "no such table: main.table_that_is_gone"},
    "postgresql": {"no_cols": "it has no columns"},
    "mariadb": {
        "Mixed Case": "a column's name holds a backtick, which SQLAlchemy reads twice on this engine",
        "v_broken": "View '{database}.v_broken' references invalid table(s) or column(s) or function(s) or definer/"
        "invoker of view lack rights to use them",
    },
}
TABLES_THERE_ARE = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    " AND name NOT LIKE 'notes_fts_%'",
    "postgresql": "SELECT CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname FROM pg_class"
    " JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'v', 'm', 'p')"
    " AND nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'",
    "mariadb": "SELECT table_name FROM information_schema.tables WHERE table_schema = database()"
    " AND table_type <> 'SEQUENCE'",
}


@pytest.fixture(scope="module")
def awkward(any_engine: str, nasty: Callable[[str], URL], attached: Callable[..., Attached]) -> Attached:
    """Give everything awkward, read-only."""
    return attached(nasty(any_engine))


@pytest.fixture(scope="module")
def found(awkward: Attached) -> Reflection:
    return awkward.catalog.read()


def test_every_table_and_view_is_found_or_left_out_with_the_reason(any_engine, awkward, found):
    with awkward.engine.connect() as connection:
        there = set(connection.execute(text(TABLES_THERE_ARE[any_engine])).scalars())
    database = awkward.engine.url.database
    assert set(found.relations) | set(found.left_out) == there
    assert found.left_out == {name: why.format(database=database) for name, why in LEFT_OUT[any_engine].items()}


def test_what_cannot_be_edited_says_why_and_all_else_can(any_engine, found):
    assert {name: one.locked for name, one in found.relations.items() if one.locked} == LOCKED[any_engine]
    assert {name for name, one in found.relations.items() if one.record is None} == set(LOCKED[any_engine])


def test_every_table_that_has_a_key_tells_its_rows_apart(any_engine, found):
    without = {name for name, one in found.relations.items() if not one.place}
    tables = {name for name, why in LOCKED[any_engine].items() if any_engine != "sqlite" or why == A_VIEW}
    assert without == tables  # SQLite numbers the rows of a table without a key


def test_every_column_keeps_what_it_was_declared_as(found):
    for relation in found.relations.values():
        for column in relation.table.columns:
            assert column.info["type"] is declared_type(column)


def test_columns_with_the_names_that_a_record_needs_for_itself_are_mapped(nasty, attached):
    record = attached(nasty("sqlite")).catalog.read().relations["metadata"].record()
    for name in ("metadata", "registry", "__init__", "__table__", "self", "_sa_instance_state", "None"):
        setattr(record, PREFIX + name, "kept")
        assert getattr(record, PREFIX + name) == "kept"
    assert inspect(record).transient


def test_a_name_for_every_schema(postgresql_url, nasty, attached):
    found = attached(nasty("postgresql")).catalog.read().relations
    assert list(found["same_name"].table.columns.keys()) == ["id", "v"]
    assert list(found["other.same_name"].table.columns.keys()) == ["id", "w", "p"]
    assert found["Odd Schema.Mixed Case"].table.schema == "Odd Schema"
    assert foreign_keys(found["other.same_name"].table) == {("p",): ["same_name.id"]}


def foreign_keys(table: Table) -> dict[tuple[str, ...], list[str]]:
    """Give what each foreign key is tied to."""
    return {
        tuple(key.column_keys): [f"{element.column.table.fullname}.{element.column.name}" for element in key.elements]
        for key in table.foreign_key_constraints
    }


@pytest.mark.parametrize(
    ("name", "tied"),
    [
        ("case_child", {("cid",): ["CaseName.Id"]}),  # written casename(ID)
        ("two_fk", {(column,): ["self_ref.id"] for column in ("giver", "taker", "self_ref")}),  # no column named
        ("comp_child", {("pb", "pa", "pc"): ["comp_parent.b", "comp_parent.a", "comp_parent.c d"]}),
        ("fk_to_unique", {("uname",): ["CaseName.UserName"]}),
        ("self_ref", {("parent",): ["self_ref.id"], ("best_friend",): ["self_ref.id"]}),
        ("cyc_a", {("b",): ["cyc_b.id"]}),
        ("cyc_b", {("a",): ["cyc_a.id"]}),
        ("per % cent", {("col%p",): ['quote " two.col"x']}),
        ("pk_is_fk", {("id",): ["self_ref.id"]}),
        ("m2m", {("l",): ["m2m_left.id"], ("r",): ["m2m_right.id"]}),
        ("fk_missing", {}),
    ],
)
def test_foreign_keys_of_sqlite_are_tied_to_what_they_mean(nasty, attached, name, tied):
    assert foreign_keys(attached(nasty("sqlite")).catalog.read().relations[name].table) == tied


def test_foreign_keys_of_mariadb_are_tied_in_their_own_order(mariadb_url, nasty, attached):
    child = attached(nasty("mariadb")).catalog.read().relations["comp_child"].table
    assert foreign_keys(child) == {("b", "a"): ["comp.b", "comp.a"]}
    assert [key.ondelete for key in child.foreign_key_constraints] == ["CASCADE"]


def test_all_of_chinook_is_found(any_engine, chinook, attached):
    found = attached(chinook(any_engine)).catalog.read()
    assert found.left_out == {}
    assert len(found.relations) == 11
    assert all(relation.record for relation in found.relations.values())
    assert sum(len(relation.table.foreign_key_constraints) for relation in found.relations.values()) == 11


def test_all_of_northwind_is_found(northwind, attached):
    found = attached(northwind).catalog.read()
    assert found.left_out == {}
    assert {name for name, one in found.relations.items() if one.locked == A_VIEW} > {"Order Details Extended"}
    details = found.relations["Order Details"]
    assert [column.name for column in details.table.primary_key] == ["OrderID", "ProductID"]


def reflected(file: Path, sql: str) -> Reflection:
    """Look at an SQLite database made of some SQL."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(sql)
    engine = create_engine(f"sqlite:///{file}")
    found = reflect(engine)
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("id INTEGER PRIMARY KEY", ["id"]),
        ("id INTEGER, PRIMARY KEY (id)", ["id"]),
        ("id INT PRIMARY KEY", ["rowid"]),  # not the row's number: it may be NULL, many times
        ("id INTEGER PRIMARY KEY DESC", ["rowid"]),  # neither, by an old mistake that SQLite keeps
        ("id TEXT PRIMARY KEY", ["rowid"]),
        ("rowid TEXT PRIMARY KEY", ["_rowid_"]),
        ("RowId TEXT PRIMARY KEY, _rowid_ TEXT", ["oid"]),
        ("a INT, b INT, PRIMARY KEY (b, a)", ["rowid"]),
        ("a INT, b INT", ["rowid"]),
    ],
)
def test_rows_of_sqlite_are_told_apart_by_what_is_never_null(tmp_path, sql, place):
    found = reflected(tmp_path / "t.sqlite", f"CREATE TABLE t ({sql})")
    assert [column.name for column in found.relations["t"].place] == place


def test_tables_without_numbers_are_told_apart_by_their_key(tmp_path):
    found = reflected(tmp_path / "t.sqlite", "CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (b, a)) WITHOUT ROWID")
    assert [column.name for column in found.relations["t"].place] == ["b", "a"]


def test_what_may_stand_once_is_found_however_sqlite_was_told_of_it(tmp_path):
    beside = "a VARCHAR(20) NOT NULL UNIQUE, b DECIMAL(8, 2) UNIQUE ON CONFLICT FAIL, c TEXT UNIQUE"
    found = reflected(tmp_path / "t.sqlite", f"CREATE TABLE t ({beside}, d INT, e INT, UNIQUE (e, d))")
    table = found.relations["t"].table
    uniques = [[c.name for c in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    assert sorted(uniques) == [["a"], ["b"], ["c"], ["e", "d"]]


def test_progress_is_told(tmp_path):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.executescript("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY)")
    engine = create_engine(f"sqlite:///{tmp_path}/t.sqlite")
    told: list[tuple[int, int]] = []
    reflect(engine, told=lambda *numbers: told.append(numbers))
    engine.dispose()
    assert told == [(0, 2), (1, 2)]


def test_a_change_made_elsewhere_is_seen_when_asked_for_anew(tmp_path, attached):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        database = attached(f"sqlite:///{tmp_path}/t.sqlite")
        assert set(database.catalog.read().relations) == {"a"}
        connection.execute("CREATE TABLE b (id INTEGER PRIMARY KEY)")
    assert set(database.catalog.read().relations) == {"a"}
    assert set(database.catalog.read(anew=True).relations) == {"a", "b"}


def test_a_database_that_does_not_answer_is_no_empty_one(tmp_path, attached):
    database = attached(f"sqlite:///{tmp_path}/nothing.sqlite")
    with pytest.raises(OperationalError):
        database.catalog.read()
