"""What the history tells, and that it tells all of it."""

import datetime
import json

import pytest
from sqlalchemy import Column, Float, Integer, MetaData, Table, event, select, text
from sqlalchemy.orm import Session

from plainsite import recording
from plainsite.databases import attach
from plainsite.history import LONGEST_BINARY, LONGEST_TEXT, Actor, kept, tell, was_written
from plainsite.kinds import is_secret
from plainsite.models import Message, SavedQuery, User, now
from plainsite.reasons import Changed
from plainsite.services import (
    account,
    history,
    imports,
    invitations,
    messages,
    proof,
    records,
    rows,
    saved,
    taking,
    uncertain,
    undoing,
    users,
)
from plainsite.services.bulk import delete_matching
from plainsite.services.identities import Contents
from plainsite.services.incoming import Incoming
from plainsite.services.journal import Journal
from plainsite.services.queries import Query
from plainsite.services.taking import take
from plainsite.writes import Written


def entries(session):
    """Give all entries, the oldest first."""
    found = session.execute(text("SELECT * FROM changes ORDER BY number")).all()
    session.rollback()
    return found


def replayed(session, record):
    """Give what a table must hold, if the history tells all of it."""
    table: dict[str, dict] = {}
    for entry in entries(session):
        if entry.relation != record.__tablename__:
            continue
        if entry.action == "delete":
            gone = table.pop(entry.record_key)
            assert {n: v for n, v in gone.items() if v is not None} == {
                n: v for n, v in json.loads(entry.before).items() if v is not None
            }
        else:
            row = table.setdefault(entry.record_key, {})
            for name, value in json.loads(entry.before or "{}").items():
                assert (row.get(name) is None) == (value is None)
            row |= json.loads(entry.after)
    return {key: plain(row) for key, row in table.items()}


def stored(session, record):
    """Give what a table holds, as the history would tell it."""
    table = record.__table__
    names = [column.name for column in table.columns if "key_of" not in column.info]
    found = session.execute(select(*(table.c[name] for name in names))).mappings().all()
    session.rollback()
    return {str(row["id"]): plain(kept(row)) for row in found}


def plain(row):
    """Give values without those that are not set, and secrets as nothing but there."""
    return {n: {"secret": True} if is_secret(n) else v for n, v in row.items() if v is not None}


def test_everything_that_services_write_can_be_replayed(session):
    ada = users.create(session, name="Ada", email="ada@example.org", role="admin", password_hash="one")
    bob, _ = invitations.add_invited(session, name="Bob", email="bob@example.org", role="member", hours=1)
    token = invitations.invite(session, user_id=bob.id, hours=1)
    invitations.set_password(session, token, new_hash="two")
    account.change_password(session, ada.id, new_hash="three")
    users.update(session, bob.id, name="Robert", role="admin")
    users.close(session, bob.id)
    users.reopen(session, bob.id)
    cleo = users.create(session, name="Cleo", email="cleo@example.org")
    users.delete(session, cleo.id)
    one = messages.create(session, author_id=ada.id, body="One")
    two = messages.create(session, author_id=ada.id, body="Two")
    messages.update(session, one.id, body="One, again")
    messages.update(session, one.id, body="One, again")
    messages.delete(session, two.id)
    query = saved.create(session, database="shop", name="All", statement="SELECT 1")
    saved.update(session, query.id, name="Any", statement="SELECT 2")
    gone = saved.create(session, database="shop", name="None", statement="SELECT 3")
    saved.delete(session, gone.id)
    contents = Contents()
    told = [
        {
            "author_name": f"Author {n % 3}",
            "author_email": f"author{n % 3}@example.org",
            "text": f"Text {n}",
            "date": None,
        }
        for n in range(20)
    ]
    imports.add(session, [rows.row_of(row, contents) for row in told])
    imports.add(session, [rows.row_of({**told[0], "text": "Alone"}, contents)])
    session.rollback()
    for record in (User, Message, SavedQuery):
        assert replayed(session, record) == stored(session, record)
        assert stored(session, record)
    assert [entry.number for entry in entries(session)] == list(range(1, len(entries(session)) + 1))


def test_an_untouched_save_is_no_entry(session, ada):
    users.update(session, ada.id, name="Ada")
    messages.update(session, messages.create(session, author_id=ada.id, body="One").id, body="One")
    assert [entry.action for entry in entries(session)] == ["create", "create"]


def test_who_wrote_it_is_told_with_the_name_as_it_was(session, ada):
    session.info[recording.WHO] = lambda: Actor(ada.id, "Ada", "192.0.2.1")
    messages.create(session, author_id=ada.id, body="One")
    users.update(session, ada.id, name="Ada L.")
    assert [(entry.who_id, entry.who, entry.address) for entry in entries(session)[1:]] == [
        (ada.id, "Ada", "192.0.2.1")
    ] * 2
    last = history.last_change(session, "site", "users", str(ada.id), ["name"])
    assert (last.who, last.action) == ("Ada", "change")
    assert history.last_change(session, "site", "users", str(ada.id), ["role"]).action == "create"


def test_a_secret_is_only_said_to_be_there_whatever_its_type():
    values = {"password": "x", "pin": 1234, "api_key": b"\x00", "otp": None, "name": "Ada"}
    told = {"secret": True}
    assert kept(values) == {"password": told, "pin": told, "api_key": told, "otp": None, "name": "Ada"}
    assert kept({"pin": 5}, changed=["pin"]) == {"pin": {"secret": "changed"}}


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("x" * LONGEST_TEXT, True),
        ("x" * (LONGEST_TEXT + 1), False),
        (b"x" * LONGEST_BINARY, True),
        (b"x" * (LONGEST_BINARY + 1), False),
        ("a\x00\ud800b", True),
        (float("inf"), True),
    ],
)
def test_a_long_value_is_kept_as_its_digest(value, is_kept):
    told = kept({"value": value})
    assert history.is_complete(told["value"]) is is_kept
    assert json.loads(json.dumps(told)) == told
    assert history.differing({"value": value}, told, ["value"]) == []
    assert history.differing({"value": value * 2}, told, ["value"]) == ([] if value == float("inf") else ["value"])


def test_what_is_no_number_before_and_after_did_not_change():
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("ratio", Float))
    before, after = {"id": 1, "ratio": float("nan")}, {"id": 1, "ratio": float("nan")}
    assert tell(Written("change", table, (1,), before, after)) is None
    told = tell(Written("change", table, (1,), before, after | {"ratio": 1.0}), relation="t", key="1")
    assert told.after == {"ratio": 1.0}


def test_of_each_table_the_columns_are_told_that_are_its_own_and_worked_out_from_no_other():
    said = {"history": True}  # which tables may share
    notes = Table("notes", MetaData(), Column("id", Integer, primary_key=True), Column("name", Integer), info=said)
    key = Column("name_key", Integer, info={"key_of": "name"})
    people = Table(
        "people", MetaData(), Column("id", Integer, primary_key=True), Column("name", Integer), key, info=said
    )
    for table, values in ((notes, {"id": 1, "name": 2}), (people, {"id": 1, "name": 2, "name_key": 3})):
        entry = tell(Written("create", table, (1,), None, values), relation=table.name, key="1")
        assert entry
        assert entry.after == {"id": 1, "name": 2}


def test_a_transaction_is_known_by_what_it_was_called(session, ada):
    unit = entries(session)[-1].unit
    assert was_written(session.connection(), unit)
    assert not was_written(session.connection(), "0" * 32)


@pytest.fixture
def shop(session, app, make_database, tmp_path):
    """Give a function that attaches a shop of an engine, whose journal is kept in the site's own database."""
    opened = []

    def open_one(engine):
        file = tmp_path / "shop.sql"
        file.write_text(
            """CREATE TABLE goods (id INTEGER NOT NULL, part INTEGER NOT NULL, name VARCHAR(20) NOT NULL UNIQUE,
                 price DECIMAL(8, 2), token VARCHAR(20), PRIMARY KEY (id, part));
               INSERT INTO goods VALUES (1, 1, 'tea', 1.50, 'secret'), (1, 2, 'salt', NULL, NULL);"""
        )
        if engine == "sqlite":
            import sqlite3  # noqa: PLC0415

            url = f"sqlite:///{tmp_path}/shop.sqlite"
            with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
                connection.executescript(file.read_text())
            connection.close()
        else:
            url = make_database(engine, file)
        info = {recording.JOURNAL: Journal("shop", lambda: session)}
        database = attach("shop", url, writable=True, info=info)
        opened.append(database)
        return database.session(), next(r for n, r in database.catalog.read().relations.items() if n.endswith("goods"))

    yield open_one
    for database in opened:
        database.remove()
        database.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_each_write_to_another_database_is_intended_and_confirmed_and_undone(session, shop, engine):
    other, goods = shop(engine)
    before = len(entries(session))
    records.create(other, goods, {"id": 2, "part": 1, "name": "ginger", "price": "2.5"})
    records.update(other, goods, [1, 1], {"price": "3"})
    records.delete(other, goods, [[1, 2]])
    told = [(e.action, e.stage, e.record_key) for e in entries(session)[before:]]
    assert told == [
        (action, stage, key)
        for action, key in (("create", "2,1"), ("change", "1,1"), ("delete", "1,2"))
        for stage in ("intended", "confirmed")
    ]
    assert "secret" not in str([e.after for e in entries(session)[before:]]).replace('"secret"', "")
    for entry in reversed(entries(session)[before + 1 :: 2]):
        found = history.find(session, entry.number)
        row = records.find(other, goods, [int(part) for part in entry.record_key.split(",")])
        how = undoing.look(found, goods.table, row and row._asdict())
        other.rollback()
        assert how.why == ""
        assert undoing.undo_attached(other, goods, found, how)
    kept_rows = [
        tuple(map(str, row)) for row in other.execute(select(*goods.table.columns).order_by(goods.table.c.part))
    ]
    other.rollback()
    assert [row[2] for row in kept_rows] == ["tea", "salt"]
    assert [float(row[3]) for row in kept_rows[:1]] == [1.5]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_imports_and_deletes_of_many_are_told_row_by_row(session, shop, engine):
    other, goods = shop(engine)
    before = len(entries(session))
    incoming = [
        Incoming(1, {"id": 1, "part": 1, "name": "green tea"}),
        Incoming(2, {"id": 3, "part": 1, "name": "pepper"}),
    ]
    assert take(other, goods, incoming, changes=True, partly=False, trial=True).written is False
    assert len(entries(session)) == before
    take(other, goods, incoming, changes=True, partly=False, trial=False)
    assert delete_matching(other, goods, Query(), 3) == 3
    told = [(e.action, e.record_key) for e in entries(session)[before:] if e.stage == "confirmed"]
    assert sorted(told[:2]) == [("change", "1,1"), ("create", "3,1")]
    assert sorted(told[2:]) == [("delete", "1,1"), ("delete", "1,2"), ("delete", "3,1")]


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_an_import_tells_what_it_overwrote_and_not_what_it_had_looked_at_before(session, shop, engine, monkeypatch):
    other, goods = shop(engine)
    records.create(other, goods, {"id": 3, "part": 1, "name": "pepper", "price": "1"})
    before = len(entries(session))
    look = taking.known

    def known_and_then_changed(*asked):
        found = look(*asked)
        monkeypatch.setattr(taking, "known", look)
        with other.get_bind().connect() as somebody:
            somebody.execute(text("UPDATE goods SET price = 9 WHERE id = 1 AND part = 1"))
            somebody.execute(text("DELETE FROM goods WHERE id = 3"))
            somebody.commit()
        return found

    monkeypatch.setattr(taking, "known", known_and_then_changed)
    incoming = [
        Incoming(1, {"id": 1, "part": 1, "name": "tea", "price": "5"}),
        Incoming(2, {"id": 3, "part": 1, "name": "pepper", "price": "2"}),
    ]
    outcome = take(other, goods, incoming, changes=True, partly=False, trial=False)
    assert (outcome.changed, outcome.added) == (1, 1)
    changed, added = (entry for entry in entries(session)[before:] if entry.stage == "confirmed")
    assert (json.loads(changed.before), json.loads(changed.after)) == ({"price": "9.00"}, {"price": "5.00"})
    assert (added.action, added.record_key) == ("create", "3,1")


def test_a_change_that_somebody_else_made_in_between_is_not_undone(session, shop):
    other, goods = shop("sqlite")
    records.update(other, goods, [1, 1], {"price": "3"})
    entry = history.find(session, entries(session)[-1].number)
    how = undoing.look(entry, goods.table, records.find(other, goods, [1, 1])._asdict())
    records.update(other, goods, [1, 1], {"price": "4"})
    with pytest.raises(Changed):
        undoing.undo_attached(other, goods, entry, how)


def test_what_was_committed_but_not_confirmed_is_uncertain(session, shop, monkeypatch):
    other, goods = shop("sqlite")
    monkeypatch.setattr(Journal, "confirm", lambda *_: [])
    records.update(other, goods, [1, 1], {"price": "3"})
    assert entries(session)[-1].stage == "intended"
    assert history.ending(session, entries(session)[-1].number) is None
    monkeypatch.setattr(history, "UNCERTAIN_AFTER", -history.UNCERTAIN_AFTER)
    page = history.find_page(session, history.Asked(which=history.UNCERTAIN))
    assert [row.record_key for row in page.rows] == ["1,1"]


def test_what_is_uncertain_is_not_pruned_until_somebody_has_settled_it(session, shop, monkeypatch):
    other, goods = shop("sqlite")
    with monkeypatch.context() as broken:
        broken.setattr(Journal, "confirm", lambda *_: [])
        records.update(other, goods, [1, 1], {"price": "3"})
    intent = entries(session)[-1]
    records.update(other, goods, [1, 2], {"price": "4"})
    assert proof.prune(session, days=0) == intent.number - 1
    assert proof.prune(session, days=0) == 0
    assert proof.uncertain(session, days=0) == intent.number
    assert proof.uncertain(session, days=1) is None
    uncertain.settle(session, intent.unit, written=True)
    assert proof.prune(session, days=0) == 4
    assert proof.uncertain(session, days=0) is None


def test_without_its_journal_nothing_is_written(session, shop, app):
    other, goods = shop("sqlite")
    engine = session.get_bind()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE changes RENAME TO away"))
    try:
        with pytest.raises(Exception, match="changes"):
            records.update(other, goods, [1, 1], {"price": "3"})
        assert float(records.find(other, goods, [1, 1]).price) == 1.5
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO changes"))


def test_pages_of_the_history_are_turned_both_ways(session, ada):
    for number in range(12):
        messages.create(session, author_id=ada.id, body=f"Words {number}")
    asked = history.Asked(relation="messages", database="site")
    first = history.find_page(session, asked, size=5)
    second = history.find_page(session, asked, size=5, after=first.after)
    last = history.find_page(session, asked, size=5, last=True)
    back = history.find_page(session, asked, size=5, before=second.before)
    assert [row.record_key for row in first.rows] == ["12", "11", "10", "9", "8"]
    assert [row.record_key for row in second.rows] == ["7", "6", "5", "4", "3"]
    assert [row.record_key for row in last.rows] == ["5", "4", "3", "2", "1"]
    assert [row.number for row in back.rows] == [row.number for row in first.rows]
    with pytest.raises(ValueError, match="x"):
        history.find_page(session, asked, after="x")


@pytest.mark.own("sqlite")
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"who": "Ada"},
        {"action": "delete"},
        {"database": "shop"},
        {"relation": "goods"},
        {"database": "shop", "relation": "goods"},
        {"database": "shop", "relation": "goods", "key": "1,1"},
        {"since": now().date(), "until": now().date()},
        {"who": "Ada", "database": "shop"},
        {"which": "refused"},
        {"which": "uncertain"},
    ],
)
def test_however_the_log_is_narrowed_only_a_page_of_it_is_read(session, ada, asked):
    session.execute(text("UPDATE chain SET number = number"))  # begins what is asked on one connection
    asked_for = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *what: asked_for.append(what[2:4]))
    history.find_page(session, history.Asked(**asked), after="9")
    for statement, values in asked_for[:]:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert asked == {} or not any(step == "SCAN changes" for step in plan), plan
        assert not any("TEMP B-TREE" in step for step in plan), plan
    if "who" in asked:
        assert any("ix_changes_who" in step for step in plan), "what a person did is less than what was done anywhere"
    session.rollback()


@pytest.mark.own("postgresql")
@pytest.mark.parametrize("asked", [{}, {"database": "shop"}, {"action": "change"}])
def test_a_page_of_the_log_is_read_without_all_ends_of_all_time(session, ada, asked):
    session.execute(
        text("""INSERT INTO changes (number, at, unit, who, address, database, relation, record_key, place, action,
                  stage, intent, after, previous, digest)
                SELECT n, now(), 'u', 'Ada', '', 'shop', 'goods', '1', 'p', 'change',
                  CASE n % 2 WHEN 0 THEN 'intended' ELSE 'confirmed' END, CASE n % 2 WHEN 1 THEN n - 1 END,
                  repeat('x', 400), 'p', 'd' FROM generate_series(100, 20100) AS n""")
    )
    session.execute(text("ANALYZE changes"))
    connection, asked_for = session.connection(), []
    event.listen(connection, "before_cursor_execute", lambda *what: asked_for.append(what[2:4]))
    assert len(history.find_page(session, history.Asked(**asked)).rows) == 50
    statement, values = asked_for[-1]
    plan = " ".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
    assert "Seq Scan" not in plan, plan
    session.rollback()


def test_days_are_found_whatever_the_clocks_said(session, ada):
    """Two machines whose clocks differ write in turn: an entry is found by the day that it tells."""
    days = [datetime.date(2026, 1, day) for day in (1, 3, 2, 3, 1)]
    for number, day in enumerate(days):
        at = datetime.datetime.combine(day, datetime.time(12))
        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("plainsite.history.now", lambda at=at: at)
            users.update(session, ada.id, name=f"Ada {number}")
    for day in set(days):
        page = history.find_page(session, history.Asked(since=day, until=day))
        assert [row.at.date() for row in page.rows] == [day] * days.count(day)
    assert history.find_page(session, history.Asked(since=datetime.date(2031, 1, 1))).rows == []


def test_a_site_s_own_table_that_is_not_told_of_leaves_no_entry(session, ada):
    before = len(entries(session))
    account.sign_in(session, ada.id, device="x", address="")
    assert len(entries(session)) == before
    assert isinstance(session, Session)
