"""The history as people see it: who did what, to which record, and how it is undone."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.conftest import sign_in

from plainsite.services import messages, users
from plainsite.testing import Browser
from plainsite.views import undoing

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def message(session, ada):
    """Give a message of Ada's."""
    made = messages.create(session, author_id=ada.id, body="First words")
    session.rollback()
    return made


@pytest.fixture
def shop(app, tmp_path, as_grace, monkeypatch):
    """Give the browser of an admin, with a database attached in which anything may be written."""
    from plainsite import attached  # noqa: PLC0415

    file = tmp_path / "shop.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            """CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price TEXT, token TEXT,
                 twice TEXT GENERATED ALWAYS AS (name || name));
               CREATE TABLE sales (id INTEGER PRIMARY KEY, goods_id INTEGER NOT NULL REFERENCES goods (id));
               INSERT INTO goods (id, name, price, token) VALUES (1, 'tea', '1.50', 's3cret'), (2, 'salt', NULL, NULL);
               INSERT INTO sales VALUES (1, 1);"""
        )
    connection.close()
    attached.attach_to(app, "shop", f"sqlite:///{file}", writable=True)
    yield as_grace
    attached.databases(app).pop("shop").close()


def newest(session, number=1):
    """Give the newest entries, newest first."""
    rows = session.execute(text("SELECT * FROM changes ORDER BY number DESC LIMIT :n"), {"n": number}).all()
    session.rollback()
    return rows


def undo(browser, session):
    """Undo the newest entry, through its page."""
    browser.open(f"/history/{newest(session)[0].number}/undo")
    return browser.press("Undo") if browser.page.status == 200 else browser.page


def test_a_deleted_message_comes_back_by_the_link_that_is_offered(as_ada, message):
    as_ada.open(f"/messages/{message.id}/delete")
    page = as_ada.press("Delete message")
    assert page.flashes == ["The message was deleted. Undo"]
    as_ada.follow("Undo")
    assert "First words" in as_ada.page.text
    page = as_ada.press("Undo")
    assert page.path == f"/messages/{message.id}"
    assert "First words" in page.text
    assert "Undone" in page.flashes[0]


def test_the_history_of_what_is_gone_leads_to_no_page_of_it_until_it_comes_back(as_ada, message):
    here = f"/history/?database=site&table=messages&key={message.id}"
    as_ada.open(f"/messages/{message.id}/delete")
    as_ada.press("Delete message")
    assert "It was deleted." in as_ada.open(here).text
    assert "See the record" not in as_ada.page.links
    as_ada.within("deleted").follow(as_ada.page.table[0]["When"])
    as_ada.open(f"{as_ada.page.path}/undo")
    as_ada.press("Undo")
    as_ada.open(here)
    assert as_ada.follow("See the record").path == f"/messages/{message.id}"


def test_what_somebody_else_has_deleted_already_is_said_to_be(as_ada, session, message):
    as_ada.open(f"/messages/{message.id}/delete")
    messages.delete(session, message.id)
    page = as_ada.press("Delete message")
    assert (page.status, page.path) == (200, "/messages/")
    assert page.flashes[0].startswith("The message was deleted already, by ")
    assert as_ada.open("/messages/4711/delete").status == 404


def test_what_an_admin_has_deleted_does_not_come_back_by_an_older_deletion_of_ones_own(
    app, as_ada, session, message, grace
):
    as_ada.open(f"/messages/{message.id}/delete")
    as_ada.press("Delete message")
    number = newest(session)[0].number
    as_ada.follow("Undo")
    as_ada.press("Undo")
    admin = Browser(app)
    sign_in(admin, grace)
    admin.open(f"/messages/{message.id}/delete")
    admin.press("Delete message")
    page = as_ada.open(f"/history/{number}/undo")
    assert (page.status, page.heading) == (409, "This cannot be undone")
    assert "brought back since then, and deleted again" in page.text
    assert as_ada.follow("See that deletion").path == f"/history/{newest(session)[0].number}"
    assert messages.find(session, message.id) is None


def test_a_changed_message_gets_its_words_back(as_ada, session, message):
    messages.update(session, message.id, body="Second words")
    page = undo(as_ada, session)
    assert page.status == 200
    assert "First words" in page.text


@pytest.mark.parametrize("action", ["create", "change", "delete"])
def test_of_two_who_undo_at_the_same_moment_the_second_is_told_by_whom_it_was_done(
    as_ada, session, message, monkeypatch, action
):
    if action == "change":
        messages.update(session, message.id, body="Second words")
    if action == "delete":
        as_ada.open(f"/messages/{message.id}/delete")
        as_ada.press("Delete message")
    number = newest(session)[0].number
    undone = undoing._undo  # noqa: SLF001

    def done_by_another_first(*entry):
        undone(*entry)
        return undone(*entry)

    as_ada.open(f"/history/{number}/undo")
    monkeypatch.setattr(undoing, "_undo", done_by_another_first)
    page = as_ada.press("Undo")
    assert page.path == f"/history/{number}"
    assert page.flashes == ["This was undone already, by Ada."]
    assert newest(session)[0].number == number + 1


def test_what_was_changed_since_is_not_undone_and_it_is_said_by_whom(as_ada, session, message):
    messages.update(session, message.id, body="Second words")
    number = newest(session)[0].number
    as_ada.open(f"/messages/{message.id}/edit")
    as_ada.fill("Message", "Third words")
    as_ada.press("Save")
    page = as_ada.open(f"/history/{number}/undo")
    assert as_ada.page.status == 409
    assert "body: changed since by Ada" in " ".join(page.text.split())
    assert messages.find(session, message.id).body == "Third words"


def test_an_undoing_is_itself_undone(as_ada, session, message):
    messages.update(session, message.id, body="Second words")
    undo(as_ada, session)
    page = undo(as_ada, session)
    assert "Second words" in page.text


def test_what_was_added_goes_while_it_is_as_it_was_added(as_ada, session, message):
    page = undo(as_ada, session)
    assert messages.find(session, message.id) is None
    assert page.status == 200


def test_a_user_who_comes_back_has_no_password_and_that_is_said_before(as_grace, session, make_user):
    bob = make_user("Bob")
    as_grace.open(f"/users/{bob.id}/delete")
    as_grace.press("Delete user")
    as_grace.follow("Undo")
    assert "comes back empty: password_hash" in " ".join(as_grace.page.text.split())
    page = as_grace.press("Undo")
    assert page.path == f"/users/{bob.id}"
    assert users.find(session, bob.id).has_password is False


def test_the_adding_of_a_user_without_a_password_who_went_and_came_back_is_undone(as_grace, session):
    bob = users.create(session, name="Bob", email="bob@example.org")
    added = newest(session)[0].number
    users.delete(session, bob.id)
    undo(as_grace, session)
    assert users.find(session, bob.id)
    session.rollback()
    as_grace.open(f"/history/{added}/undo")
    assert as_grace.press("Undo").flashes == ["Undone: what was added is deleted again."]
    assert users.find(session, bob.id) is None


def test_a_name_that_somebody_else_took_meanwhile_refuses_the_undoing_in_words(as_grace, session, make_user):
    bob = make_user("Bob")
    users.update(session, bob.id, name="Robert")
    number = newest(session)[0].number
    users.create(session, name="Bob", email="another@example.org")
    session.rollback()
    as_grace.open(f"/history/{number}/undo")
    page = as_grace.press("Undo")
    assert page.status == 422
    assert "name must be one that nobody else has: Bob is taken" in page.text


def test_closing_an_account_is_undone(as_grace, session, make_user):
    bob = make_user("Bob")
    users.close(session, bob.id)
    page = undo(as_grace, session)
    assert page.path == f"/users/{bob.id}"
    assert users.find(session, bob.id).closed_at is None


def test_the_making_of_an_account_that_was_closed_since_is_not_undone(as_grace, session, make_user):
    bob = make_user("Bob")
    made = newest(session)[0].number
    users.close(session, bob.id)
    assert as_grace.open(f"/history/{made}/undo").status == 409
    assert users.find(session, bob.id) is not None


def test_a_password_is_in_no_entry_and_its_change_is_not_undone(as_ada, session, ada):
    as_ada.open("/account/password")
    as_ada.fill("Current password", "correct horse battery")
    as_ada.fill("New password", "another horse battery")
    as_ada.press("Change password")
    page = as_ada.open(f"/history/{newest(session)[0].number}")
    assert "another secret" in page.text
    page = as_ada.open(f"/history/{newest(session)[0].number}/undo")
    assert as_ada.page.status == 403
    assert "argon2" not in str(newest(session, 100))


def test_a_record_of_another_database_comes_back_with_its_key(shop, session):
    shop.open("/data/shop/goods/2/delete")
    shop.press("Delete")
    assert shop.page.flashes == ["The record was deleted. Undo"]
    shop.follow("Undo")
    page = shop.press("Undo")
    assert page.path == "/data/shop/goods/2"
    assert "salt" in page.text
    stages = [row.stage for row in newest(session, 4)]
    assert stages == ["confirmed", "intended", "confirmed", "intended"]


def test_a_change_of_another_database_is_undone_where_the_record_is_as_it_was_left(shop, session):
    shop.open("/data/shop/goods/1/edit")
    shop.fill("Price", "2.50")
    shop.press("Save")
    entry = newest(session)[0]
    assert (entry.stage, entry.before, entry.after) == ("confirmed", '{"price":"1.50"}', '{"price":"2.50"}')
    assert entry.who == "Grace"
    assert undo(shop, session).path == "/data/shop/goods/1"
    assert newest(session)[0].undoes == entry.number
    assert "1.50" in shop.page.text


def test_a_change_that_somebody_else_built_on_is_not_undone(shop, session, app):
    shop.open("/data/shop/goods/1/edit")
    shop.fill("Price", "2.50")
    shop.press("Save")
    file = app.extensions["plainsite.databases"]["shop"].engine.url.database
    with sqlite3.connect(file.removeprefix("file:").partition("?")[0]) as behind:
        behind.execute("UPDATE goods SET price = '9' WHERE id = 1")
    behind.close()
    page = shop.open(f"/history/{newest(session)[0].number}/undo")
    assert shop.page.status == 409
    assert "price: changed since, not through this site" in " ".join(page.text.split())


def test_what_goes_with_a_record_is_said_before_and_after_and_comes_back_by_entries_of_its_own(shop, session, tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.executescript(
            """CREATE TABLE labels (id INTEGER PRIMARY KEY, goods_id INTEGER REFERENCES goods (id) ON DELETE CASCADE);
               INSERT INTO labels VALUES (7, 2);"""
        )
    shop.open("/data/shop/goods/2/delete")
    page = shop.press("Delete")
    assert page.flashes == ["The record was deleted. What hung on it was deleted too, or set free. Undo"]
    page = shop.follow("Undo")
    assert "Only this record comes back. Written with it: labels 7, deleted" in page.text
    shop.press("Undo")
    label = session.execute(
        text("SELECT number FROM changes WHERE relation = 'labels' AND action = 'delete' AND stage = 'confirmed'")
    ).scalar_one()
    session.rollback()
    shop.open(f"/history/{label}/undo")
    assert shop.press("Undo").path == "/data/shop/labels/7"
    added = session.execute(
        text("SELECT number FROM changes WHERE relation = 'goods' AND action = 'create' AND stage = 'confirmed'")
    ).scalar_one()
    session.rollback()
    page = shop.open(f"/history/{added}/undo")
    assert "What hangs on it labels 1 record, deleted too" in " ".join(page.text.split())


def test_what_others_need_by_now_is_not_taken_away_by_undoing(shop, session):
    shop.open("/data/shop/goods/+new")
    shop.fill("Name", "ginger")
    shop.press("Save")
    number = newest(session)[0].number
    shop.open("/data/shop/sales/+new")
    shop.fill("Goods id", "3")
    shop.press("Save")
    shop.open(f"/history/{number}/undo")
    page = shop.press("Undo")
    assert shop.page.status == 422
    assert "cannot be deleted" in page.text


def test_a_refused_write_leaves_no_entry(shop, session):
    before = newest(session)[0].number
    shop.open("/data/shop/goods/+new")
    shop.fill("Name", "tea")
    shop.press("Save")
    assert shop.page.status == 422
    assert newest(session)[0].number == before


def test_many_deleted_at_once_are_an_entry_each(shop, session):
    shop.open("/data/shop/goods/+delete?key=2")
    shop.press("Delete")
    entry = newest(session)[0]
    assert (entry.action, entry.relation, entry.record_key) == ("delete", "goods", "2")


def test_a_secret_of_another_database_is_in_no_entry(shop, session):
    shop.open("/data/shop/sales/1/delete")
    shop.press("Delete")
    shop.open("/data/shop/goods/1/delete")
    shop.press("Delete")
    assert '"token":{"secret":true}' in newest(session)[0].before
    assert "s3cret" not in newest(session)[0].before


def test_the_log_is_narrowed_and_turned(as_grace, session, ada):
    for number in range(60):
        messages.create(session, author_id=ada.id, body=f"Words {number}")
    page = as_grace.open("/history/?database=site&table=messages")
    assert page.text.count(" added message ") == 50
    as_grace.follow("Older")
    assert as_grace.page.text.count(" added message ") == 10
    page = as_grace.open("/history/?who=Nobody")
    assert "No entry is like that" in page.text
    page = as_grace.open("/history/?since=2999-01-01")
    assert "No entry is like that" in page.text


def test_a_member_sees_the_history_of_what_is_theirs_and_of_nothing_else(as_ada, app, session, ada, grace, message):
    assert as_ada.open(f"/history/?database=site&table=messages&key={message.id}").status == 200
    assert as_ada.open(f"/history/?database=site&table=users&key={ada.id}").status == 200
    as_ada.open(f"/history/?database=site&table=users&key={grace.id}")
    assert as_ada.page.status == 403
    as_ada.open("/history/")
    assert as_ada.page.status == 403
    bob = Browser(app)
    users_bob = users.create(session, name="Bob", email="bob@example.org", password_hash=ada.password_hash)
    session.rollback()
    sign_in(bob, users_bob)
    bob.open(f"/history/{newest(session)[0].number - 1}")
    assert bob.page.status == 403


def test_a_member_is_offered_no_undoing_that_is_an_admins(as_ada, session, ada, message):
    entries = {(each.relation, each.record_key): each.number for each in newest(session, 10) if each.action == "create"}
    for record, offered in ((("users", str(ada.id)), False), (("messages", str(message.id)), True)):
        address = f"/history/{entries[record]}"
        assert (f'href="{address}/undo"' in as_ada.open(address).html) is offered


@pytest.mark.parametrize(
    "query",
    [
        "database=site&table=users&key=abc",
        "database=site&table=users&key=99999999999999999999999",
        "database=nowhere&table=x&key=1",
        "key=%00",
        "who=%00&table=%00&database=%00&action=%00&which=%00",
        "since=0001-01-01&until=9999-12-31",
        "since=yesterday&until=2026-13-45",
        "who=" + "x" * 5000,
        "table=%F0%9F%98%80&key=~",
        "which=uncertain",
        "which=refused",
    ],
)
def test_whatever_the_log_is_asked_it_answers(as_grace, query):
    assert as_grace.open(f"/history/?{query}").status == 200


@pytest.mark.parametrize("cursor", ["x", "-1", "1_0", "9" * 30, "٣"])
def test_a_cursor_that_is_none_is_not_found(as_grace, cursor):
    assert as_grace.open(f"/history/?after={cursor}").status == 404


def test_an_entry_that_is_not_there_is_not_found(as_grace):
    assert as_grace.open("/history/99999").status == 404
    assert as_grace.open("/history/99999/undo").status == 404
