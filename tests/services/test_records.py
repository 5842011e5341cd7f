"""The records of any table: exactly one is changed, whatever its key is made of; and the database is the judge."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plainsite.databases import Attached
from plainsite.reflection import Relation
from plainsite.refusals import Reason, Refused
from plainsite.services import records
from plainsite.services.cursors import decode
from plainsite.services.queries import Query, visible

KEYS = [
    *(
        "a",
        "A",
        "a,b",
        "b",
        "a/b",
        ".",
        "..",
        "a.b",
        "~",
        "~N",
        "~-%2F",
        "",
        " ",
        "  ",
        "'",
        '"',
        "`",
        "\\",
        "%",
        "_",
        "a%",
    ),
    *(
        "?x=1&y#z",
        "日本",
        "Жук",
        "😀",
        "é",
        "e\u0301",
        "<b>",
        "0",
        "00",
        "1",
        "-1",
        "1.0",
        "NULL",
        "None",
        "\t",
        "a\nb",
        "x" * 60,
    ),
]
BIG = [2**63 - 1, -(2**63), 0, 1, 2**53 + 1]
TYPES = {
    "sqlite": ("TEXT", "INTEGER", ""),
    "postgresql": ("varchar(80)", "bigint", ""),
    "mariadb": ("varchar(80) COLLATE utf8mb4_nopad_bin", "bigint", ""),
}


@pytest.fixture
def keyed(
    any_engine: str, make_database: Callable[[str, Path], URL], attached: Callable[..., Attached], tmp_path: Path
) -> Attached:
    """Give tables with keys of every sort, each row with the same value."""
    word, number, _ = TYPES[any_engine]
    file = tmp_path / f"keyed_{any_engine}.sql"
    file.write_text(
        f"CREATE TABLE words (k {word} PRIMARY KEY, v {word});"
        f"CREATE TABLE numbers (k {number} PRIMARY KEY, v {word});"
        f"CREATE TABLE pairs (a {word}, b {number}, v {word}, PRIMARY KEY (b, a));"
    )
    database = attached(make_database(any_engine, file), writable=True)
    with database.engine.begin() as connection:
        pairs = [{"a": one, "b": other} for one in KEYS[:12] for other in BIG]
        connection.execute(text("INSERT INTO words VALUES (:k, 'kept')"), [{"k": one} for one in KEYS])
        connection.execute(text("INSERT INTO numbers VALUES (:k, 'kept')"), [{"k": one} for one in BIG])
        connection.execute(text("INSERT INTO pairs VALUES (:a, :b, 'kept')"), pairs)
    return database


def relation_of(database: Attached, name: str) -> Relation:
    return database.catalog.read().relations[name]


def kept(database: Attached, name: str) -> list[tuple[Any, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]


def keys_of(database: Attached, relation: Relation) -> list[str]:
    with Session(database.engine) as session:
        page = records.find_page(session, relation, Query(), size=1000)
    assert None not in page.keys
    return [key for key in page.keys if key]


@pytest.mark.parametrize("name", ["words", "numbers", "pairs"])
def test_each_row_has_an_address_of_its_own_and_is_found_by_it(keyed, name):
    relation = relation_of(keyed, name)
    keys = keys_of(keyed, relation)
    assert len(set(keys)) == len(keys) == len(kept(keyed, name))
    with Session(keyed.engine) as session:
        found = [tuple(records.find(session, relation, decode(key)) or ()) for key in keys]
    assert sorted(found) == sorted(kept(keyed, name))


@pytest.mark.parametrize("name", ["words", "numbers", "pairs"])
def test_exactly_the_one_record_is_changed(keyed, name):
    relation = relation_of(keyed, name)
    with Session(keyed.engine) as session:
        for number, key in enumerate(keys_of(keyed, relation)):
            before = kept(keyed, name)
            assert records.update(session, relation, decode(key), {"v": f"new {number}"}) == decode(key)
            changed = set(before) - set(kept(keyed, name))
            assert len(changed) == 1
            assert len(set(kept(keyed, name)) - set(before)) == 1


@pytest.mark.parametrize("name", ["words", "numbers", "pairs"])
def test_exactly_the_one_record_is_deleted(keyed, name):
    relation = relation_of(keyed, name)
    with Session(keyed.engine) as session:
        for key in keys_of(keyed, relation):
            before = kept(keyed, name)
            assert records.delete(session, relation, [decode(key)]) == 1
            assert len(kept(keyed, name)) == len(before) - 1
            assert records.delete(session, relation, [decode(key)]) == 0
            assert records.find(session, relation, decode(key)) is None
            session.rollback()


def test_a_key_with_a_comma_is_not_two_keys(keyed):
    relation = relation_of(keyed, "words")
    with Session(keyed.engine) as session:
        assert records.delete(session, relation, [["a,b"]]) == 1
    left = {row[0] for row in kept(keyed, "words")}
    assert left == set(KEYS) - {"a,b"}


@pytest.mark.parametrize("key", [[], ["a"], [1], ["a", 1, 2], [None, "a"], [1, None], [None, None]])
def test_half_a_key_changes_nothing(keyed, key):
    relation = relation_of(keyed, "pairs")
    before = kept(keyed, "pairs")
    with Session(keyed.engine) as session:
        for attempt in (
            lambda: records.find(session, relation, key),
            lambda: records.update(session, relation, key, {"v": "changed"}),
            lambda: records.delete(session, relation, [key]),
        ):
            with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
                attempt()
    assert kept(keyed, "pairs") == before


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(
            ("numbers", [value])
            for value in (2**63, -(2**63) - 1, 10**30, "abc", "", "1e5", 1.5, b"\0", True, "\0", "日本")
        ),
        *(("words", [value]) for value in (1, 1.5, b"a", True, "\0", "x" * 5000, "missing", 2**70)),
        *(("pairs", [value, "a"]) for value in (2**63, "abc", b"", 0.5)),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_key_that_cannot_be_one_finds_nothing_and_changes_nothing(any_engine, keyed, name, key):
    relation = relation_of(keyed, name)
    before = kept(keyed, name)
    for attempt in (
        lambda session: records.find(session, relation, key),
        lambda session: records.update(session, relation, key, {"v": "kept"}),
        lambda session: records.delete(session, relation, [key, key]),
    ):
        with Session(keyed.engine) as session:
            try:
                found = attempt(session)
            except ValueError:
                continue
        assert not found or any_engine == "sqlite"  # which takes 1 for '1' where a column says that it holds texts
    assert any_engine == "sqlite" or kept(keyed, name) == before


def test_a_key_may_be_changed_and_its_new_one_is_given(keyed):
    relation = relation_of(keyed, "pairs")
    with Session(keyed.engine) as session:
        assert records.update(session, relation, [0, "a,b"], {"a": "c,d", "b": 7}) == [7, "c,d"]
        assert records.find(session, relation, [0, "a,b"]) is None
        assert tuple(records.find(session, relation, [7, "c,d"]) or ()) == ("c,d", 7, "kept")
        session.rollback()
        with pytest.raises(Refused) as refused:
            records.update(session, relation, [7, "c,d"], {"a": "a", "b": 0})
    assert {frozenset(reason.columns) for reason in refused.value.reasons} == {frozenset({"a", "b"})}
    assert [reason.rule for reason in refused.value.reasons] == ["taken"]


def test_a_record_that_is_gone_is_none(keyed):
    relation = relation_of(keyed, "words")
    with Session(keyed.engine) as session:
        assert records.find(session, relation, ["gone"]) is None
        session.rollback()
        assert records.update(session, relation, ["gone"], {"v": "x"}) is None
        assert records.delete(session, relation, [["gone"]]) == 0


def test_deleting_several_is_all_or_nothing(any_engine, chinook, attached):
    database = attached(chinook(any_engine), writable=True)
    artist = table(database, "Artist")
    with Session(database.engine) as session:
        free = records.create(session, artist, {column(artist, "ArtistId"): 9001, column(artist, "Name"): "Nobody"})
        with pytest.raises(Refused) as refused:
            records.delete(session, artist, [free, [1]])
        assert records.find(session, artist, free) is not None
    (reason,) = refused.value.reasons
    assert (reason.rule, reason.count) == ("in_use", 2)


def table(database: Attached, name: str) -> Relation:
    """Find a table of Chinook: its names differ by engine."""
    named = {one.replace("_", "").lower(): relation for one, relation in database.catalog.read().relations.items()}
    return named[name.lower()]


def column(relation: Relation, name: str) -> str:
    return next(one.name for one in relation.table.columns if one.name.replace("_", "").lower() == name.lower())


def test_a_record_is_added_changed_and_deleted(any_engine, chinook, attached):
    database = attached(chinook(any_engine), writable=True)
    genre = table(database, "Genre")
    number, name = column(genre, "GenreId"), column(genre, "Name")
    hostile = "<script>alert('x')</script> %s :y \\ 日本"
    with Session(database.engine) as session:
        assert records.create(session, genre, {number: 9000, name: hostile}) == [9000]
        assert tuple(records.find(session, genre, [9000]) or ()) == (9000, hostile)
        session.rollback()
        assert records.update(session, genre, [9000], {name: None}) == [9000]
        assert tuple(records.find(session, genre, [9000]) or ()) == (9000, None)
        session.rollback()
        assert records.delete(session, genre, [[9000]]) == 1
        assert records.count(session, genre) == 25


def test_what_breaks_several_rules_is_refused_with_all_of_them(any_engine, chinook, attached):
    database = attached(chinook(any_engine), writable=True)
    album = table(database, "Album")
    names = [column(album, name) for name in ("AlbumId", "Title", "ArtistId")]
    with Session(database.engine) as session, pytest.raises(Refused) as refused:
        records.create(session, album, dict(zip(names, [1, None, 10**6], strict=True)))
    rules = {(reason.rule, reason.columns) for reason in refused.value.reasons}
    assert rules == {("taken", (names[0],)), ("missing", (names[1],)), ("unknown", (names[2],))}


def test_one_row_of_a_composite_key_is_deleted_and_no_other(any_engine, chinook, attached):
    database = attached(chinook(any_engine), writable=True)
    relation = table(database, "PlaylistTrack")
    with Session(database.engine) as session:
        total = session.execute(select(func.count()).select_from(relation.table)).scalar_one()
        session.rollback()
        key = [1, 3402]
        assert records.delete(session, relation, [key]) == 1
        assert session.execute(select(func.count()).select_from(relation.table)).scalar_one() == total - 1
        session.rollback()
        with pytest.raises(ValueError, match="1"):
            records.delete(session, relation, [[1]])


def test_a_database_that_is_read_only_is_not_written(any_engine, chinook, attached):
    url = chinook(any_engine)
    database = attached(url)
    genre = table(database, "Genre")
    name = column(genre, "Name")
    for attempt in (
        lambda session: records.create(session, genre, {column(genre, "GenreId"): 9000, name: "x"}),
        lambda session: records.update(session, genre, [1], {name: "x"}),
        lambda session: records.delete(session, genre, [[25]]),
    ):
        with Session(database.engine) as session, pytest.raises((Refused, DBAPIError)):
            attempt(session)
    with Session(database.engine) as session:
        assert records.count(session, genre) == 25
        assert tuple(records.find(session, genre, [1]) or ()) == (1, "Rock")


def test_what_has_no_key_is_refused(any_engine, nasty, attached):
    database = attached(nasty(any_engine), writable=True)
    relation = relation_of(database, "no_pk")
    with Session(database.engine) as session:
        with pytest.raises(Refused) as refused:
            records.create(session, relation, {"a": "1"})
        assert refused.value.reasons == (Reason("read_only"),)
        with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
            records.find(session, relation, ["x"])


def test_every_row_that_has_a_key_is_found_by_it(any_engine, nasty, attached):
    database = attached(nasty(any_engine))
    with Session(database.engine) as session:
        for name, relation in database.catalog.read().relations.items():
            if relation.record is None:
                continue
            page = records.find_page(session, relation, Query(), size=100)
            for key in page.keys:
                if key is not None:
                    assert records.find(session, relation, decode(key)) is not None, (name, key)


def test_every_row_of_everything_awkward_is_saved_as_it_was_and_nothing_changes(any_engine, nasty, attached):
    database = attached(nasty(any_engine), writable=True)
    with Session(database.engine) as session:
        for name, relation in database.catalog.read().relations.items():
            if relation.record is None or name in {"readonly_by_trigger", "trig"}:
                continue
            keys = [key for key in records.find_page(session, relation, Query(), size=20).keys if key]
            for key in keys:
                before = records.find(session, relation, decode(key))
                session.rollback()
                assert records.update(session, relation, decode(key), {}) == decode(key)
                assert repr(records.find(session, relation, decode(key))) == repr(before), (name, key)
                session.rollback()


def test_the_ends_of_64_bits_are_kept(nasty, attached):
    database = attached(nasty("sqlite"), writable=True)
    relation = relation_of(database, "big_pk")
    with Session(database.engine) as session:
        for key in (2**63 - 1, -(2**63), 0):
            assert records.update(session, relation, [key], {"v": str(key)}) == [key]
            assert tuple(records.find(session, relation, [key]) or ()) == (key, str(key))
            session.rollback()


def test_a_padded_key_of_postgresql_is_its_own(postgresql_url, make_database, attached, tmp_path):
    file = tmp_path / "padded.sql"
    file.write_text("CREATE TABLE t (k char(5) PRIMARY KEY, v text); INSERT INTO t VALUES ('ab', 'x'), ('abc', 'y');")
    database = attached(make_database("postgresql", file), writable=True)
    relation = relation_of(database, "t")
    with Session(database.engine) as session:
        (key, _) = records.find_page(session, relation, Query()).keys
        assert records.update(session, relation, decode(key), {"v": "changed"}) is not None
        assert records.delete(session, relation, [decode(key)]) == 1
    assert [row[1] for row in kept(database, "t")] == ["y"]


def test_a_trigger_that_refuses_changes_nothing(any_engine, nasty, attached):
    name = {"sqlite": "readonly_by_trigger", "postgresql": "trig"}.get(any_engine)
    if name is None:
        name = "ck"  # MariaDB's awkward tables have a check instead
    database = attached(nasty(any_engine), writable=True)
    relation = relation_of(database, name)
    value = {"age": 200} if name == "ck" else {"v": "changed"}
    before = kept(database, name)
    with Session(database.engine) as session, pytest.raises((Refused, DBAPIError)):
        records.update(session, relation, [1], value)
    assert kept(database, name) == before


def test_secrets_are_not_found_but_that_they_are_set_is(tmp_path, attached):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, password_hash TEXT, api_key TEXT);"
            "INSERT INTO t VALUES (1, 'hidden', NULL);"
        )
    database = attached(f"sqlite:///{tmp_path}/t.sqlite")
    relation = relation_of(database, "t")
    assert [one.name for one in visible(relation)] == ["id"]
    with Session(database.engine) as session:
        assert tuple(records.find(session, relation, [1]) or ()) == (1, "", None)


def test_counting_stops_at_ten_thousand(tmp_path, attached):
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE t (id INTEGER PRIMARY KEY);"
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000)"
            " INSERT INTO t SELECT x FROM c;"
        )
    database = attached(f"sqlite:///{tmp_path}/t.sqlite")
    with Session(database.engine) as session:
        assert records.count(session, relation_of(database, "t")) == records.COUNTED_UP_TO + 1


def test_long_texts_are_cut_in_lists_and_whole_when_opened(nasty, attached):
    database = attached(nasty("sqlite"))
    relation = relation_of(database, "huge_text")
    with Session(database.engine) as session:
        ((_, words, size),) = records.find_page(session, relation, Query()).rows
        assert (len(words), size) == (records.CUT + 1, 1_000_000)
        found = records.find(session, relation, [1])
        assert found is not None
        assert (len(found[1]), len(found[2])) == (1_500_000, 1_000_000)


def test_null_that_is_meant_is_stored_whatever_the_column_would_get_otherwise(
    make_database, attached, tmp_path, any_engine
):
    file = tmp_path / "left.sql"
    file.write_text("CREATE TABLE things (id INTEGER PRIMARY KEY, note VARCHAR(9) DEFAULT 'x', UNIQUE (note));")
    shop = attached(make_database(any_engine, file), writable=True)
    things = shop.catalog.read().relations["things"]
    records.create(shop.session(), things, {"id": 1})
    records.create(shop.session(), things, {"id": 2, "note": None})
    with pytest.raises(Refused) as refused:
        records.create(shop.session(), things, {"id": 2, "note": None})
    assert refused.value.reasons == (Reason("taken", ("id",)),)
    found = [records.find(shop.session(), things, [key]).note for key in (1, 2)]
    shop.remove()
    assert found == ["x", None]


UNIQUE = {
    "sqlite": "VARCHAR(20) UNIQUE COLLATE NOCASE",
    "postgresql": "VARCHAR(20) UNIQUE",
    "mariadb": "VARCHAR(20) COLLATE utf8mb4_general_ci UNIQUE",
}


def test_what_refers_to_a_value_that_was_to_be_changed_is_named_and_nothing_else(
    make_database, attached, tmp_path, any_engine
):
    file = tmp_path / "codes.sql"
    file.write_text(
        "CREATE TABLE parents (id INTEGER PRIMARY KEY, code VARCHAR(10) UNIQUE);"
        "CREATE TABLE children (id INTEGER PRIMARY KEY, code VARCHAR(10), parent_id INTEGER,"
        " FOREIGN KEY (code) REFERENCES parents (code),"
        " FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE);"
        "INSERT INTO parents VALUES (1, 'a'), (2, 'b');"
        "INSERT INTO children VALUES (1, 'a', NULL), (2, 'a', 1);"
    )
    site = attached(make_database(any_engine, file), writable=True)
    parents = site.catalog.read().relations["parents"]
    with pytest.raises(Refused) as refused:
        records.update(site.session(), parents, [1], {"code": "q"})
    site.remove()
    assert refused.value.reasons == (Reason("in_use", table="children", count=2, words="code"),)


def test_a_key_that_refers_to_a_unique_column_is_named_when_it_keeps_a_record(
    make_database, attached, tmp_path, any_engine
):
    other = "Ada" if any_engine == "postgresql" else "ADA"
    file = tmp_path / "people.sql"
    file.write_text(
        f"CREATE TABLE people (id INTEGER PRIMARY KEY, name {UNIQUE[any_engine]});"
        f"CREATE TABLE notes (id INTEGER PRIMARY KEY, written_by {UNIQUE[any_engine].replace(' UNIQUE', '')},"
        " FOREIGN KEY (written_by) REFERENCES people (name));"
        f"INSERT INTO people VALUES (1, 'Ada'); INSERT INTO notes VALUES (1, '{other}'), (2, '{other}');"
    )
    site = attached(make_database(any_engine, file), writable=True)
    people = site.catalog.read().relations["people"]
    with pytest.raises(Refused) as refused:
        records.delete(site.session(), people, [[1]])
    site.remove()
    assert refused.value.reasons == (Reason("in_use", table="notes", count=2, words="written_by"),)
