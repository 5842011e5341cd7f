"""Forms of records: what is empty, what is secret, what is looked up, what is a file, and what is refused where."""

from typing import Any

import pytest

from plainsite.forms.columns import labels_of
from plainsite.forms.sent import state_of
from plainsite.testing.state import File

SHOP = """
CREATE TABLE places (country TEXT, town TEXT, PRIMARY KEY (country, town));
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    number VARCHAR(10) UNIQUE,
    customer_id INTEGER REFERENCES customers (id),
    country TEXT, town TEXT,
    season INTEGER NOT NULL, place INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'new',
    paid BOOLEAN,
    api_key TEXT,
    picture BLOB,
    due TIME,
    note TEXT,
    UNIQUE (season, place),
    FOREIGN KEY (country, town) REFERENCES places (country, town)
);
INSERT INTO places VALUES ('CH', 'Bern');
INSERT INTO customers VALUES (7, 'Grace');
INSERT INTO orders VALUES (1, 'A1', 7, 'CH', 'Bern', 2026, 1, 'paid', 0, 's3cret', x'010203', '12:00:00', 'one\ntwo');
INSERT INTO orders VALUES (2, NULL, NULL, NULL, NULL, 2026, 2, '', NULL, NULL, NULL, NULL, NULL);
"""
COLUMNS = (
    "id number customer_id country town season place state paid api_key picture due note".split()  # noqa: SIM905
)
FIELD = {name: f"c{where}" for where, name in enumerate(COLUMNS)}


@pytest.fixture
def shop(trial_of) -> Any:
    return trial_of(SHOP)


@pytest.fixture
def orders(shop) -> Any:
    return shop.relations["orders"]


def test_null_and_the_empty_text_look_different_and_stay_what_they_are(shop, orders) -> None:
    entries = shop.open(orders, [2])
    assert (FIELD["note"] + "-null", "y") in entries
    assert FIELD["state"] + "-null" not in dict(entries)
    assert shop.save(entries) == (200, {})


def test_a_text_becomes_null_by_its_box_and_empty_without_it(shop, orders) -> None:
    note = FIELD["note"]
    assert shop.save(shop.open(orders, [1]), **{f"{note}-null": "y"}) == (200, {"note": None})
    assert shop.save(shop.open(orders, [1]), **{f"{note}-null": None}) == (200, {"note": ""})
    assert shop.save(shop.open(orders, [1]), **{note: "three"}) == (200, {"note": "three"})
    assert shop.save(shop.open(orders, [1]), **{note: "four", f"{note}-null": "y"}) == (422, {})
    assert "untick the box" in shop.errors()[note]


def test_what_is_typed_into_a_field_that_was_null_is_its_value(shop, orders) -> None:
    assert shop.save(shop.open(orders, [2]), **{FIELD["note"]: "typed"}) == (200, {"note": "typed"})


def test_a_number_left_empty_is_null_where_that_is_allowed(shop, orders) -> None:
    assert shop.save(shop.open(orders, [1]), **{FIELD["customer_id"]: ""}) == (200, {"customer_id": None})
    assert shop.save(shop.open(orders, [1]), **{FIELD["season"]: " "}) == (422, {})
    assert shop.errors() == {FIELD["season"]: "Season is needed"}


def test_false_and_null_are_two_answers(shop, orders) -> None:
    paid = FIELD["paid"]
    assert dict(shop.open(orders, [1]))[paid] == "=0"
    assert dict(shop.open(orders, [2]))[paid] == "-"
    assert shop.save(shop.open(orders, [1]), **{paid: "-"}) == (200, {"paid": None})
    assert shop.save(shop.open(orders, [2]), **{paid: "=0"}) == (200, {"paid": 0})


def test_a_new_record_leaves_to_the_database_what_is_left_empty(shop, orders) -> None:
    typed = {FIELD["season"]: "2026", FIELD["place"]: "9"}
    for place in ("9", "10"):  # twice: two empty numbers do not collide, for they are NULL
        typed[FIELD["place"]] = place
        status, sent = shop.save(shop.open(orders), **typed)
        assert (status, sent) == (200, {"season": 2026, "place": int(place)})
    row = shop.find(orders, [4])
    assert row[COLUMNS.index("number")] is None
    assert row[COLUMNS.index("state")] == "new"


def test_an_empty_text_is_kept_for_a_new_record_where_null_is_unticked(shop, orders) -> None:
    typed = {FIELD["season"]: "2027", FIELD["place"]: "9", FIELD["number"] + "-null": None}
    assert shop.save(shop.open(orders), **typed) == (200, {"season": 2027, "place": 9, "number": ""})


def test_what_a_new_record_needs_is_asked_for_and_nothing_typed_is_lost(shop, orders) -> None:
    status, _ = shop.save(shop.open(orders), **{FIELD["note"]: "kept\r\nas typed"})
    assert status == 422
    assert shop.errors() == {FIELD["season"]: "Season is needed", FIELD["place"]: "Place is needed"}
    assert dict(shop.again())[FIELD["note"]].replace("\r", "") == "kept\nas typed"


def test_a_secret_is_never_shown_and_stays_unless_another_is_typed(shop, orders) -> None:
    key = FIELD["api_key"]
    entries = shop.open(orders, [1])
    assert "hidden" not in shop.html.replace('type="hidden"', "").replace("button hidden", "").replace(
        "aria-hidden", ""
    )
    assert (dict(entries)[key], dict(entries)[f"{key}-was"]) == ("", "*")
    assert shop.save(entries) == (200, {})
    assert shop.save(entries, **{key: "another", FIELD["season"]: "x"})[0] == 422
    assert "another" not in shop.html
    assert shop.save(entries, **{key: "another"}) == (200, {"api_key": "another"})
    assert shop.save(shop.open(orders, [1]), **{f"{key}-null": "y"}) == (200, {"api_key": None})


def test_a_file_is_kept_replaced_or_removed(shop, orders) -> None:
    picture = FIELD["picture"]
    entries = shop.open(orders, [1])
    assert "3 bytes so far." in shop.html
    assert shop.save(entries) == (200, {})
    another = File("a.png", b"\0\xff", "image/png")
    assert shop.save(entries, **{picture: another}) == (200, {"picture": b"\0\xff"})
    assert shop.save(shop.open(orders, [1]), **{f"{picture}-remove": "y"}) == (200, {"picture": None})
    assert shop.save(shop.open(orders, [2]), **{picture: another, FIELD["season"]: ""})[0] == 422
    assert "Choose the file again" in shop.html


def test_a_time_that_a_browser_shortened_is_no_change(shop, orders) -> None:
    assert shop.save(shop.open(orders, [1]), **{FIELD["due"]: "12:00"}) == (200, {})
    assert shop.save(shop.open(orders, [1]), **{FIELD["due"]: "12:01"}) == (200, {"due": "12:01:00"})


def test_line_ends_are_no_change(shop, orders) -> None:
    assert shop.save(shop.open(orders, [1]), **{FIELD["note"]: "one\r\ntwo"}) == (200, {})


def test_a_foreign_key_has_one_button_that_finds(shop, orders) -> None:
    shop.open(orders, [1])
    finding = [name for name, field in FIELD.items() if f'<button name="find" value="{field}"' in shop.html]
    assert finding == ["customer_id", "country"]
    first = shop.html.index("<button")
    assert shop.html[first:].startswith("<button hidden"), "the return key would search instead of saving"


def test_a_pair_that_is_taken_is_said_at_both_fields(shop, orders) -> None:
    status, _ = shop.save(shop.open(orders, [2]), **{FIELD["place"]: "1"})
    assert status == 422
    assert shop.errors() == dict.fromkeys(
        (FIELD["season"], FIELD["place"]),
        "Another record has the same Season and Place together: change one of them",
    )


def test_a_record_that_is_not_there_is_said_at_the_field_that_refers(shop, orders) -> None:
    typed = {FIELD["customer_id"]: "99", FIELD["town"]: "Basel"}
    assert shop.save(shop.open(orders, [1]), **typed)[0] == 422
    assert set(shop.errors()) == {FIELD["customer_id"], FIELD["country"], FIELD["town"]}
    assert shop.errors()[FIELD["customer_id"]].startswith("There is no record that Customer id could refer to")


def test_a_text_is_measured_in_characters(shop, orders) -> None:
    assert shop.save(shop.open(orders, [1]), **{FIELD["number"]: "ä" * 11})[0] == 422
    assert shop.errors() == {FIELD["number"]: "Number must be 10 characters or fewer; this has 11"}
    assert shop.save(shop.open(orders, [1]), **{FIELD["number"]: "😀" * 10})[0] == 200


def test_a_long_text_is_told_by_a_digest(shop, orders) -> None:
    shop.save(shop.open(orders, [1]), **{FIELD["note"]: "x" * 1000})
    entries = shop.open(orders, [1])
    assert len(dict(entries)[FIELD["note"] + "-was"]) == 65
    assert shop.save(entries) == (200, {})
    assert shop.save(entries, **{FIELD["note"]: "x" * 1001}) == (200, {"note": "x" * 1001})


def test_a_form_that_came_back_still_knows_how_it_was_served(shop, orders) -> None:
    shop.save(shop.open(orders, [1]), **{FIELD["season"]: "x", FIELD["note"]: "three"})
    assert shop.save(shop.again(), **{FIELD["season"]: "2026"}) == (200, {"note": "three"})


def test_two_values_that_differ_are_two_states(shop, orders) -> None:
    first, second = shop.rows(orders)
    with shop.site.app_context():
        differing = {
            column.name
            for column, one, other in zip(orders.table.columns, first, second, strict=True)
            if state_of(column, one) != state_of(column, other)
        }
    assert differing == set(COLUMNS) - {"season"}


def test_plain_names_are_written_as_words_and_others_as_they_are(shop, orders, trial) -> None:
    assert labels_of(orders)["customer_id"] == "Customer id"
    odd = labels_of(trial("sqlite").relations["metadata"])
    assert (odd["_sa_instance_state"], odd["class"], odd["__init__"]) == ("_sa_instance_state", "Class", "__init__")


def test_any_text_column_changes_whatever_it_is_called(trial, any_engine) -> None:
    tried, changed = trial(any_engine), 0
    for relation in tried.relations.values():
        rows = tried.rows(relation, 1) if relation.record is not None and relation.name not in UNCHANGING else []
        for row in rows:
            for where, (column, value) in enumerate(zip(relation.table.columns, row, strict=True)):
                if isinstance(value, str) and not column.primary_key and not column.foreign_keys:
                    key = tried.key_of(relation, row)
                    status, sent = tried.save(tried.open(relation, key), **{f"c{where}": '"é"'})
                    assert (status, sent) == (200, {column.name: '"é"'}), (relation.name, column.name, tried.html)
                    changed += 1
    assert changed > 4


# Triggers, texts that are too long, names that others refer to; and those whose columns have types and rules.
UNCHANGING = {"readonly_by_trigger", "trig", "huge_text", "CaseName"}
UNCHANGING |= {"types", "checks", "bad_dates", "zero_dates", "excl", "part", "part_2024"}
