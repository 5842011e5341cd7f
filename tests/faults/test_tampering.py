"""Whoever changes the history behind the site's back is found out: by the number of the entry."""

import datetime
import hashlib
import json
import runpy
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from plainsite import migrations
from plainsite.history import seal
from plainsite.ledger import NO_DIGEST, Chain, Change
from plainsite.services import messages, proof, users

FIELDS = [column.name for column in Change.__table__.columns if column.name not in {"number", "digest", "previous"}]
OTHER = {
    "at": datetime.datetime(2020, 1, 1),  # noqa: DTZ001 - as it is kept
    "who_id": 77,
    "intent": 3,
    "undoes": 2,
    "action": "delete",
    "stage": "refused",
}


@pytest.fixture
def engine(session, ada):
    """Give the database of a site whose history has ten entries, and nothing that keeps it from being changed."""
    for number in range(9):
        messages.create(session, author_id=ada.id, body=f"Words {number}")
    session.rollback()
    engine = session.get_bind()
    on_mariadb = ("DROP TRIGGER changes_not_changed", "DROP TRIGGER changes_not_deleted")
    on_postgresql = ("DROP FUNCTION changes_kept() CASCADE",)
    for statement in on_postgresql if engine.dialect.name == "postgresql" else on_mariadb:
        run(engine, statement)
    yield engine
    session.rollback()
    run(engine, "DELETE FROM changes")
    run(engine, "DELETE FROM chain")
    with engine.begin() as connection:
        nothing = {"number": 0, "digest": NO_DIGEST, "pruned_number": 0, "pruned_digest": NO_DIGEST}
        connection.execute(Chain.__table__.insert(), {"id": 1, **nothing})
    for statement in guards()[engine.dialect.name]:  # a server keeps them for the next test
        run(engine, statement)


def guards():
    """Give what the migration makes to keep entries as they are."""
    return runpy.run_path(str(migrations.HERE / "versions" / "0003_history.py"))["GUARDS"]


def run(engine, statement, **values):
    with engine.begin() as connection:
        return connection.execute(text(statement), values)


def forged(engine, number, **changed):
    """Put an entry of that number there, sealed as well as anybody can who knows how it is done."""
    with engine.begin() as connection:
        like = Change.__table__.select().where(Change.number <= number).order_by(Change.number.desc()).limit(1)
        row = dict(connection.execute(like).mappings().one())
        row |= {"number": number, **changed}
        row["digest"] = seal(row)
        connection.execute(Change.__table__.delete().where(Change.number == number))
        connection.execute(Change.__table__.insert(), row)


def fault(engine):
    return proof.verify(engine)[2]


def test_an_untouched_history_is_whole(engine):
    assert proof.verify(engine) == (10, run(engine, "SELECT digest FROM chain").scalar(), None)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("number", [1, 5, 10])
def test_a_changed_field_is_found(engine, number, field):
    with engine.begin() as connection:
        changed = Change.__table__.update().where(Change.number == number).values({field: OTHER.get(field, "other")})
        connection.execute(changed)
    assert fault(engine) == f"entry {number} of the history was changed"


@pytest.mark.parametrize("field", ["digest", "previous"])
def test_a_changed_digest_is_found(engine, field):
    run(engine, f"UPDATE changes SET {field} = '{'0' * 63}1' WHERE number = 5")
    assert fault(engine) == "entry 5 of the history was changed"


@pytest.mark.parametrize("number", [1, 5, 10])
def test_a_removed_entry_is_found(engine, number):
    run(engine, "DELETE FROM changes WHERE number = :number", number=number)
    assert f"entry {number} of the history was removed" in fault(engine)


def test_several_removed_at_the_end_are_found_at_the_first(engine):
    run(engine, "DELETE FROM changes WHERE number > 7")
    assert "entry 8 of the history was removed" in fault(engine)


def test_a_removed_entry_is_found_where_those_after_it_were_numbered_anew(engine):
    run(engine, "DELETE FROM changes WHERE number = 5")
    for number in range(6, 11):
        run(engine, "UPDATE changes SET number = number - 1 WHERE number = :number", number=number)
    assert "entry 5 of the history was removed" in fault(engine)


def test_an_entry_sealed_anew_is_found(engine):
    forged(engine, 5, who="Mallory")
    assert "entry 5 of the history was replaced" in fault(engine)


def test_the_last_entry_sealed_anew_is_found_by_the_head(engine):
    forged(engine, 10, who="Mallory")
    assert "entry 10 of the history was replaced" in fault(engine)


def test_an_entry_put_at_the_end_is_found(engine):
    forged(engine, 11, previous=run(engine, "SELECT digest FROM chain").scalar())
    assert "entry 11 of the history was inserted" in fault(engine)


def test_an_entry_put_in_the_middle_is_found(engine):
    for number in range(10, 4, -1):
        run(engine, "UPDATE changes SET number = number + 1 WHERE number = :number", number=number)
    run(engine, "UPDATE chain SET number = 11")
    before = run(engine, "SELECT digest FROM changes WHERE number = 4").scalar()
    forged(engine, 5, previous=before, who="Mallory")
    assert fault(engine) == "entry 5 of the history was inserted"


def test_a_head_that_is_gone_is_said(engine):
    run(engine, "DELETE FROM chain")
    assert fault(engine) == "the head of the history is gone"


def test_a_pruned_history_is_whole_and_what_stays_is_still_proved(engine, session):
    assert proof.prune(session, days=0, most=4) == 4
    session.rollback()
    assert fault(engine) is None
    run(engine, "UPDATE changes SET who = 'Mallory' WHERE number = 5")
    assert fault(engine) == "entry 5 of the history was changed"
    run(engine, "DELETE FROM changes WHERE number = 5")
    assert "entry 5 of the history was removed" in fault(engine)


def test_young_entries_are_not_pruned(engine, session):
    assert proof.prune(session, days=1) == 0
    session.rollback()


def test_after_everything_was_pruned_the_history_goes_on(engine, session, ada):
    assert proof.prune(session, days=0) == 10
    messages.create(session, author_id=ada.id, body="After")
    session.rollback()
    assert proof.verify(engine)[0::2] == (11, None)


@pytest.mark.parametrize("statement", ["UPDATE changes SET who = 'x'", "DELETE FROM changes WHERE number = 1"])
def test_the_database_itself_keeps_entries_as_they_are(session, ada, statement):
    with pytest.raises(DBAPIError, match="never changed, and go only by pruning"), session.get_bind().begin() as one:
        one.execute(text(statement))


def test_doctor_names_the_entry(runner, session, grace, engine):
    assert "all is well" in runner.invoke(args=["doctor"]).output
    run(engine, "UPDATE changes SET who = 'Mallory' WHERE number = 5")
    done = runner.invoke(args=["doctor"])
    assert done.exit_code == 1
    assert "needs care: entry 5 of the history was changed" in done.output


def test_prune_is_a_command_and_doctor_is_content_afterwards(runner, session, grace):
    assert "Say --older-than" in runner.invoke(args=["history", "prune"]).output
    assert "1 entry was deleted" in runner.invoke(args=["history", "prune", "--older-than", "0"]).output
    assert "all is well" in runner.invoke(args=["doctor"]).output


def test_a_unit_that_is_rolled_back_leaves_no_entry(session, ada):
    before = session.execute(text("SELECT count(*) FROM changes")).scalar()
    session.rollback()
    with pytest.raises(Exception, match="taken"):
        users.create(session, name="ADA", email="somebody@example.org")
    assert session.execute(text("SELECT count(*) FROM changes")).scalar() == before
    assert proof.verify(session.get_bind())[2] is None


@pytest.mark.long
def test_eight_writers_at_once_leave_one_chain_without_a_gap(app, ada):
    database, failed = app.extensions["plainsite"], []

    def write(writer):
        from sqlalchemy.orm import Session  # noqa: PLC0415

        try:
            with Session(database.engine, expire_on_commit=False) as session:
                for number in range(25):
                    messages.create(session, author_id=ada.id, body=f"{writer}, {number}")
        except Exception as error:  # noqa: BLE001 - of a thread
            failed.append(error)

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert proof.verify(database.engine)[0::2] == (201, None)


def test_the_digest_can_be_worked_out_by_anybody(session, ada):
    row = session.execute(text("SELECT * FROM changes WHERE number = 1")).mappings().one()
    at = datetime.datetime.fromisoformat(str(row["at"])).isoformat(timespec="microseconds")
    names = sorted(set(row) - {"previous", "digest"})
    fields = json.dumps([at if name == "at" else row[name] for name in names], separators=(",", ":"))
    assert hashlib.sha256((row["previous"] + fields).encode()).hexdigest() == row["digest"]
