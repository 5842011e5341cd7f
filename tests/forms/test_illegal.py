"""What a column cannot hold is said at its field, by the form where it knows, else by the database."""

from typing import Any

import pytest

from plainsite.refusals import Reason, Refused
from plainsite.services import records

ILLEGAL: dict[str, dict[str, list[str]]] = {
    "sqlite": {
        "b": ["=2", "=maybe"],
        "bad_bool": ["perhaps"],
        "d": ["2023-02-29", "31.12.2024", "2024-1-1"],
        "bad_d": ["30.12.2024"],
        "dt": ["2024-02-29", "2024-02-29T24:00", "soon"],
        "bad_dt": ["tomorrow"],
        "t": ["24:00", "12"],
        "n": ["twelve", "1,5", "1.234", "123456789", "NaN", "1_000", "\u0661"],
        "dec": ["1.2345678901234567", "1.23456789012"],
        "f": ["NaN", "1e999", "0x10", "1,5"],
        "i": ["9223372036854775808", "1.5", "1e3", "1_000", "\u0661"],
        "bad_i": ["two"],
        "j": ["{", "NaN", "{'a': 1}", "[" * 100_000],
        "vc": ["four"],
    },
    "postgresql": {
        "idd": ["2147483648", "x"],
        "m": ["=glad"],
        "ma": ["{glad}", "{"],
        "d": ["x", "0"],
        "p": ["(1", "(x,y)"],
        "ia": ["{a}", "1,2"],
        "j": ["{"],
        "jb": ["[1,]", '"\\u0000"'],
        "x": ["<a>"],
        "u": ["550e8400"],
        "i": ["10.0.0.256"],
        "c": ["10.0.0.1/8"],
        "mac": ["08:00"],
        "iv": ["a while"],
        "mo": ["twelve"],
        "b": ["11", "1111", "102"],
        "vb": ["111111"],
        "pt": ["(1)"],
        "r": ["[5,1)", "x"],
        "tr": ["[x,)"],
        "ts": ["2023-02-29T00:00", "tomorrow", "300000-01-01"],
        "tz": ["noon", "2024-02-30 10:00:00+00"],
        "dt": ["1/2/2024", "0000-01-01"],
        "t": ["24:00:01", "25:00"],
        "n2": ["1.23456789012", "123456789012345678901"],
        "f": ["1e39", "x"],
        "dbl": ["1e309"],
        "ch": ["sixsix"],
        "vc": ["four"],
        "tv": ["'"],
        "tq": ["a &&& b"],
        "o": ["-1", "4294967296"],
        "rc": ["no_such_table"],
        "bo": ["=2"],
        "ln": ["x"],
        "jp": ["$$"],
    },
    "mariadb": {
        "id": ["-1", "18446744073709551616"],
        "ti": ["128", "x"],
        "tu": ["-1", "256"],
        "bi": ["-1"],
        "b1": ["2", "10"],
        "b8": ["1", "0101010a"],
        "y": ["1900", "2156"],
        "d": ["2023-02-30", "soon"],
        "dt": ["2024-13-01 00:00:00", "soon"],
        "ts": ["1900-01-01T00:00"],
        "t": ["839:00:00", "x"],
        "e": ["=c"],
        "j": ["{"],
        "c": ["four"],
        "tx": ["x" * 256],
        "dc": ["1" * 36, "0." + "1" * 31],
        "f": ["NaN", "x"],
        "u": ["x"],
        "i6": ["x"],
        "l1": ["日本"],
        "zf": ["-1", "4294967296"],
    },
}


@pytest.mark.sweep
def test_an_illegal_value_is_said_at_its_field_and_stays_typed(trial, any_engine) -> None:
    tried, silent = trial(any_engine), list[Any]()
    relation = tried.relations["types"]
    names = [column.name for column in relation.table.columns]
    key = tried.key_of(relation, tried.rows(relation)[0])
    before = tried.find(relation, key)
    for name, values in ILLEGAL[any_engine].items():
        field = f"c{names.index(name)}"
        for value in values:
            status, _ = tried.save(tried.open(relation, key), **{field: value})
            if status != 422 or set(tried.errors()) != {field}:
                silent.append((name, value[:50], status, tried.errors(), tried.summary()))
            elif not value.startswith("=") and dict(tried.again())[field] != value:
                silent.append((name, value[:50], "lost", dict(tried.again())[field]))
    assert silent == []
    assert repr(tried.find(relation, key)) == repr(before)


def test_what_a_trigger_says_stands_above_the_form_and_is_no_markup(trial, any_engine) -> None:
    tried = trial(any_engine)
    name = {"sqlite": "readonly_by_trigger", "postgresql": "trig", "mariadb": "ck"}[any_engine]
    relation, typed = tried.relations[name], {"c1": "another"}
    if any_engine == "mariadb":
        typed = {"c1": "7"}
        with tried.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER t BEFORE UPDATE ON ck FOR EACH ROW"
                " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no <b>updates</b>'"
            )
    assert tried.save(tried.open(relation, [1]), **typed)[0] == 422
    assert tried.errors() == {}
    (said,) = tried.summary()
    assert said.startswith("The database refused, with the words: no <b>updates</b>")
    assert "no &lt;b&gt;updates&lt;/b&gt;" in tried.html


def test_a_rule_of_the_table_is_said_at_the_columns_it_names(trial, any_engine) -> None:
    tried = trial(any_engine)
    name = {"sqlite": "checks", "postgresql": "gen", "mariadb": "ck"}[any_engine]
    if any_engine == "postgresql":
        with tried.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gen ADD CHECK (a < 150)")
        tried.database.catalog.read(anew=True)
    relation = tried.relations[name]
    field = f"c{list(relation.table.columns.keys()).index('a' if any_engine == 'postgresql' else 'age')}"
    key = tried.key_of(relation, tried.rows(relation)[0])
    assert tried.save(tried.open(relation, key), **{field: "151"})[0] == 422
    assert set(tried.errors()) == {field}


def test_a_strict_table_says_which_column_holds_no_such_value(trial) -> None:
    tried = trial("sqlite")
    relation = tried.relations["strict_t"]
    assert tried.save(tried.open(relation, [1]), c3="3.5") == (200, {"a": 3.5})
    assert tried.save(tried.open(relation, [1]), c3="words") == (200, {"a": "words"})


def test_a_strict_tables_refusal_names_its_column(trial) -> None:
    tried = trial("sqlite")
    with pytest.raises(Refused) as refused:
        records.update(tried.session, tried.relations["strict_t"], [1], {"n": "words"})
    assert refused.value.reasons == (Reason("invalid", ("n",)),)


def test_what_may_only_be_read_says_so(nasty, attached, any_engine) -> None:
    database = attached(nasty(any_engine))
    relation = database.catalog.read().relations["types"]
    key = {"sqlite": 1, "postgresql": 1, "mariadb": 18446744073709551615}[any_engine]
    with pytest.raises(Refused) as refused:
        records.update(database.session(), relation, [key], {relation.table.columns.keys()[7]: None})
    assert refused.value.reasons == (Reason("read_only"),)


def test_a_key_that_others_refer_to_stays(trial, any_engine) -> None:
    tried = trial(any_engine)
    if any_engine == "postgresql":
        relation, field, key = tried.relations["same_name"], "c0", [1]
    else:
        parent = {"sqlite": "self_ref", "mariadb": "comp"}[any_engine]
        relation, field = tried.relations[parent], "c0"
        key = tried.key_of(relation, tried.rows(relation)[0])
    assert tried.save(tried.open(relation, key), **{field: "77"})[0] == 422
    assert tried.summary()[0].startswith("Other records refer to this one")


@pytest.mark.parametrize("stored", [5, 2.5, "5", "05", "abc"])
def test_a_column_without_a_type_keeps_numbers_numbers_and_texts_texts(trial_of, stored: Any) -> None:
    tried = trial_of(f"CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, {stored!r});")
    relation = tried.relations["t"]
    tried.save(tried.open(relation, [1]), c1="6")
    assert tried.find(relation, [1])[1:] == [type(stored)("6")]
