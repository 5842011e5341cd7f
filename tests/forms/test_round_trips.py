"""Open, press Save, and nothing changes: for every column type of three engines, through real HTML."""

from typing import Any

import pytest


@pytest.mark.sweep
def test_an_untouched_form_changes_nothing(trial, any_engine) -> None:
    tried, opened, changed = trial(any_engine), 0, []
    for name, relation in tried.relations.items():
        if relation.record is None:
            continue
        for row in tried.rows(relation):
            key = tried.key_of(relation, row)
            before = tried.find(relation, key)
            status, sent = tried.save(tried.open(relation, key))
            opened += 1
            if (status, sent) != (200, {}) or repr(tried.find(relation, key)) != repr(before):
                changed.append((name, key, status, sent))
    assert changed == []
    assert opened > 10


# Another legal value for every column of the awkward tables called "types", as it is typed, and what is then stored.
SQLITE = {
    "odd": ("0.05", 0.05),
    "b": ("=0", 0),
    "bad_bool": ("no", 0),
    "d": ("2025-01-31", "2025-01-31"),
    "bad_d": ("2024-12-31", "2024-12-31"),
    "dt": ("2024-02-29T12:30", "2024-02-29 12:30:00"),
    "bad_dt": ("2024-02-28 00:00", "2024-02-28 00:00:00"),
    "iso_dt": ("2024-02-29T13:00:00", "2024-02-29T13:00:00"),
    "epoch_dt": ("1709208001", 1709208001),
    "t": ("13:45", "13:45:00"),
    "bad_t": ("23:59", "23:59"),
    "n": ("99.25", 99.25),
    "bad_n": ("-12", -12),
    "dec": ("123.5", 123.5),
    "f": ("0.1", 0.1),
    "inf": ("-Infinity", float("-inf")),
    "i": ("-9223372036854775808", -(2**63)),
    "bad_i": ("1", 1),
    "j": ('{"a": [1, 2.50]}', '{"a": [1, 2.50]}'),
    "bad_j": ("null", "null"),
    "vc": ("abc", "abc"),
    "u": ("other", "other"),
    "e": ("y", "y"),
}
POSTGRESQL = {
    "idd": ("7", 7),
    "m": ("=", ""),
    "ma": ("{ok}", "{ok}"),
    "om": ("-", None),
    "d": ("2", 2),
    "p": ("(2,y)", "(2,y)"),
    "ia": ("{4,5}", "{4,5}"),
    "iaa": ("{{1},{2}}", "{{1},{2}}"),
    "ta": ('{"a b",NULL}', '{"a b",NULL}'),
    "j": ('{"a":  2}', '{"a":  2}'),
    "jb": ('{"a":2}', '{"a": 2}'),
    "x": ("<b/>", "<b/>"),
    "u": ("550E8400E29B41D4A716446655440001", "550e8400-e29b-41d4-a716-446655440001"),
    "i": ("::1", "::1"),
    "c": ("10.1.0.0/16", "10.1.0.0/16"),
    "mac": ("08:00:2b:01:02:04", "08:00:2b:01:02:04"),
    "iv": ("3 days 04:05:06", "3 days 04:05:06"),
    "mo": ("$13.00", "$13.00"),
    "b": ("011", "011"),
    "vb": ("1", "1"),
    "pt": ("(3,4)", "(3,4)"),
    "bx": ("(2,2),(0,0)", "(2,2),(0,0)"),
    "r": ("[2,6)", "[2,6)"),
    "tr": ('["2024-01-02 00:00:00+00",)', '["2024-01-02 00:00:00+00",)'),
    "mr": ("{[1,3)}", "{[1,3)}"),
    "ts": ("2024-02-29T12:30", "2024-02-29 12:30:00"),
    "tz": ("2024-02-29 12:00:00+02", "2024-02-29 10:00:00+00"),
    "dt": ("2024-02-28", "2024-02-28"),
    "t": ("12:30:15.250", "12:30:15.25"),
    "ttz": ("13:00:00+02", "13:00:00+02"),
    "n": ("1.50", "1.50"),
    "n2": ("1", "1.0000000000"),
    "f": ("1.1", 1.1),
    "dbl": ("-Infinity", float("-inf")),
    "ch": ("abc", "abc  "),
    "vc": ("é", "é"),
    "char": ("d", "d"),
    "tv": ("'dog'", "'dog'"),
    "tq": ("'dog'", "'dog'"),
    "o": ("4294967295", 4294967295),
    "rc": ("parent", "parent"),
    "nm": ("other", "other"),
    "bo": ("=0", False),
    "ln": ("0/2", "0/2"),
    "jp": ('$."b"', '$."b"'),
}
MARIADB = {
    "id": ("18446744073709551614", 18446744073709551614),
    "ti": ("-128", -128),
    "tu": ("0", 0),
    "bi": ("0", 0),
    "b1": ("0", b"\0"),
    "b8": ("01010101", b"\x55"),
    "y": ("1999", 1999),
    "d": ("2024-02-28", "2024-02-28"),
    "dt": ("2024-02-29 12:00:00.123457", "2024-02-29 12:00:00.123457"),
    "ts": ("2024-02-29T12:00", "2024-02-29 12:00:00"),
    "t": ("-838:59:58", "-838:59:58"),
    "e": ("=", ""),
    "s": (["=y", "=z"], "y,z"),
    "j": ('{"a": 2}', '{"a": 2}'),
    "c": ("xyz", "xyz"),
    "tx": ("z", "z"),
    "mt": ("z", "z"),
    "dc": ("1.5", "1.500000000000000000000000000000"),
    "f": ("2.5", 2.5),
    "db": ("0.1", 0.1),
    "u": ("550e8400-e29b-41d4-a716-446655440001", "550e8400-e29b-41d4-a716-446655440001"),
    "i6": ("::2", "::2"),
    "l1": ("ü", "ü"),
    "zf": ("99999", 99999),
}
OTHERS: dict[str, dict[str, tuple[Any, Any]]] = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}
FILES = {"sqlite": {"bl"}, "postgresql": {"by"}, "mariadb": {"bn", "vb", "bl"}}
FROZEN = {
    "sqlite": {"untyped", "bad_text", "nul_text"},
    "postgresql": {"id"},
    "mariadb": {"g", "p"},
}


def test_every_type_is_tried(trial, any_engine) -> None:
    names = {column.name for column in trial(any_engine).relations["types"].table.columns}
    known = {*OTHERS[any_engine], *FILES[any_engine], *FROZEN[any_engine]}
    assert names - known == ({"id"} if any_engine == "sqlite" else set())


@pytest.mark.sweep
def test_what_is_typed_is_all_that_changes(trial, any_engine) -> None:
    tried = trial(any_engine)
    relation = tried.relations["types"]
    names = [column.name for column in relation.table.columns]
    key = tried.key_of(relation, tried.rows(relation)[0])
    for name, (typed, stored) in OTHERS[any_engine].items():
        before = tried.find(relation, key)
        where = names.index(name)
        status, sent = tried.save(tried.open(relation, key), **{f"c{where}": typed})
        assert (status, set(sent)) == (200, {name}), (name, tried.html)
        key = [sent[name]] if name == "id" else key
        after = tried.find(relation, key)
        assert comparable(after[where]) == comparable(stored), name
        assert repr(after[:where] + after[where + 1 :]) == repr(before[:where] + before[where + 1 :]), name


def test_what_no_form_can_send_is_shown_with_the_reason(trial, any_engine) -> None:
    tried = trial(any_engine)
    relation = tried.relations["types"]
    names = [column.name for column in relation.table.columns]
    key = tried.key_of(relation, tried.rows(relation)[0])
    entries = tried.open(relation, key)
    opened = tried.html
    for name in FROZEN[any_engine]:
        field = f"c{names.index(name)}"
        assert field not in dict(entries)
        assert f'id="{field}-hint">' in opened
        assert tried.save(entries, **{field: "forged"}) == (200, {}), name
        assert tried.save(entries, **{field: "forged", f"{field}-was": "=x"}) == (409, {}), name
        assert "was changed meanwhile to what cannot be changed here" in tried.errors()[field]


def comparable(value: object) -> object:
    return ",".join(sorted(value)) if isinstance(value, set) else value
