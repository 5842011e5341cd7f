"""The database is asked what was broken: in columns, all at once, on tables it has never seen."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Session, registry

from plainsite.databases import open_own
from plainsite.refusals import Reason, Refused
from plainsite.transactions import transaction

shop = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
places = Table(
    "places",
    shop,
    Column("country", String(2), primary_key=True),
    Column("town", String(20), primary_key=True),
)
orders = Table(
    "orders",
    shop,
    Column("id", Integer, primary_key=True),
    Column("number", String(10), nullable=False, unique=True),
    Column("year", Integer, nullable=False),
    Column("serial", Integer),
    Column("country", String(2)),
    Column("town", String(20)),
    Column("amount", Integer, CheckConstraint("amount > 0", "amount_positive")),
    Column("follows", ForeignKey("orders.id")),
    Column("note", String),
    UniqueConstraint("year", "serial", name="uq_orders_serial"),
    ForeignKeyConstraint(["country", "town"], ["places.country", "places.town"]),
)
Index("uq_orders_note", func.lower(orders.c.note), unique=True)


class Order:
    """A record of a table that nobody wrote a class for."""


class Place:
    """A record whose key is two columns."""


mapping = registry()
mapping.map_imperatively(Order, orders)
mapping.map_imperatively(Place, places)


@transaction
def add(session: Session, /, kind: type, **values: Any) -> Any:
    """Add a record of any table."""
    record = kind()
    for name, value in values.items():
        setattr(record, name, value)
    session.add(record)
    session.flush()
    return record


@transaction
def change(session: Session, /, kind: type, key: Any, **values: Any) -> None:
    """Change a record of any table."""
    record: Any = session.get_one(kind, key)
    for name, value in values.items():
        setattr(record, name, value)


@transaction
def remove(session: Session, kind: type, key: Any) -> None:
    """Delete a record of any table."""
    session.delete(session.get_one(kind, key))


@pytest.fixture
def shop_session(tmp_path) -> Iterator[Session]:
    """Give a session on a database with two tables and one record in each."""
    database = open_own(f"sqlite:///{tmp_path}/shop.sqlite")
    shop.create_all(database.engine)
    session = database.session()
    add(session, Place, country="CH", town="Chur")
    add(session, Order, number="A1", year=2026, serial=1, country="CH", town="Chur", note="Gift")
    yield session
    database.close()


def reasons(do: Any, *args: Any, **values: Any) -> list[Reason]:
    """Give why the database refused."""
    with pytest.raises(Refused) as refused:
        do(*args, **values)
    return list(refused.value.reasons)


def test_all_broken_rules_come_at_once_and_in_columns(shop_session: Session) -> None:
    found = reasons(add, shop_session, Order, number="A1", year=2026, serial=1, country="CH", town="Basel", follows=7)
    assert set(found) == {
        Reason("taken", ("number",)),
        Reason("taken", ("year", "serial")),
        Reason("unknown", ("country", "town")),
        Reason("unknown", ("follows",)),
    }


def test_what_is_missing_is_said_with_what_is_taken(shop_session: Session) -> None:
    assert reasons(add, shop_session, Order, number="A1") == [
        Reason("missing", ("year",)),
        Reason("taken", ("number",)),
    ]


def test_a_taken_key_of_two_columns_names_both(shop_session: Session) -> None:
    assert reasons(add, shop_session, Place, country="CH", town="Chur") == [Reason("taken", ("country", "town"))]


def test_a_foreign_key_that_is_null_in_part_points_nowhere_and_is_allowed(shop_session: Session) -> None:
    assert add(shop_session, Order, number="A2", year=2026, country="XX", town=None).id == 2


def test_a_unique_pair_with_null_never_clashes(shop_session: Session) -> None:
    add(shop_session, Order, number="A2", year=2026)
    assert add(shop_session, Order, number="A3", year=2026).id == 3


def test_a_broken_check_names_its_columns(shop_session: Session) -> None:
    found = reasons(add, shop_session, Order, number="A2", year=1, amount=0)
    assert found == [Reason("check", ("amount",), constraint="ck_orders_amount_positive")]


def test_a_record_does_not_clash_with_itself(shop_session: Session) -> None:
    add(shop_session, Order, number="A2", year=2027, serial=1)
    assert reasons(change, shop_session, Order, 2, number="A2", year=2026) == [Reason("taken", ("year", "serial"))]


def test_setting_a_needed_column_to_null_is_said_at_it(shop_session: Session) -> None:
    assert reasons(change, shop_session, Order, 1, number=None) == [Reason("missing", ("number",))]


def test_what_hangs_on_a_record_is_counted_when_it_cannot_go(shop_session: Session) -> None:
    add(shop_session, Order, number="A2", year=1, country="CH", town="Chur")
    assert reasons(remove, shop_session, Place, ("CH", "Chur")) == [
        Reason("in_use", table="orders", count=2, words="country, town")
    ]


def test_a_unique_rule_of_an_expression_is_said_at_the_columns_in_it(shop_session: Session) -> None:
    taken = Reason("taken", ("note",), constraint="uq_orders_note")
    assert reasons(add, shop_session, Order, number="A2", year=1, note="GIFT") == [taken]


def test_a_rule_that_cannot_be_asked_is_refused_as_a_whole(shop_session: Session) -> None:
    with shop_session.get_bind().engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX made_since ON orders (year + 1)")
    assert reasons(add, shop_session, Order, number="A2", year=2026) == [Reason("refused")]


def test_a_number_beyond_64_bits_is_refused_not_an_error(shop_session: Session) -> None:
    assert reasons(add, shop_session, Order, number="A2", year=2**63) == [Reason("out_of_range")]


def test_a_refusal_leaves_the_session_and_the_table_as_they_were(shop_session: Session) -> None:
    reasons(add, shop_session, Order, number="A1", year=2026)
    assert not shop_session.in_transaction()
    assert add(shop_session, Order, number="A2", year=2026).number == "A2"
    assert shop_session.query(Order).count() == 2


def test_a_rival_that_is_gone_again_is_named_by_the_driver(shop_session: Session, monkeypatch) -> None:
    monkeypatch.setattr("plainsite.refusals._exists", lambda *_: False)  # as if it had been deleted meanwhile
    found = reasons(add, shop_session, Order, number="A2", year=2026, serial=1)
    assert found == [Reason("taken", ("year", "serial"))]
