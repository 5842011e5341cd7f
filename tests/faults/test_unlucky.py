"""What goes wrong at an unlucky moment, or by somebody's malice, loses nothing, doubles nothing and shows nothing."""

import io
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from tests.servers.loading import empty_mariadb, empty_postgresql

from plainsite import migrations, recording, submissions
from plainsite.again import Busy
from plainsite.databases import open_own
from plainsite.history import Actor, Entry, append, wait, was_written
from plainsite.inserting import insert
from plainsite.models import Message
from plainsite.reasons import Changed
from plainsite.services import account, journal, messages, proof, records
from plainsite.services.uncertain import settle
from plainsite.transactions import transaction
from plainsite.views import messages as message_pages

SQL = """CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, file BLOB, note TEXT);
         CREATE TABLE others (id INTEGER PRIMARY KEY, name TEXT, file BLOB, note TEXT);
         INSERT INTO things VALUES (1, 'first', x'00', 'a note');"""


@pytest.fixture
def file(tmp_path):
    """Give the file of a shop."""
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SQL)
    return file


@pytest.fixture
def site(open_site, people, file):
    """Give a site with a shop, an admin and two members."""
    site = open_site(DATABASES={"shop": {"url": f"sqlite:///{file}", "writable": True}})
    people(site, "Grace:admin", "Ada", "Bob")
    return site


@pytest.fixture
def own(site):
    """Give a session on the site's own database."""
    with Session(site.extensions["plainsite"].engine, expire_on_commit=False) as session:
        yield session


def away():
    """Give what a driver says of a database that is away for a moment."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("SELECT 1", None, error)


def failing(monkeypatch, of, name, error, *, times=1, before=True):
    """Let a function fail so often, before or after it has done its work."""
    done, left = getattr(of, name), [error] * times

    def fail(*given, **named):
        result = None if before and left else done(*given, **named)
        if left:
            raise left.pop()
        return result

    monkeypatch.setattr(of, name, fail)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request):
    """Give the engine of a site's own database on a server."""
    url = request.getfixturevalue(f"{request.param}_url")
    with closing(open_own({"postgresql": empty_postgresql, "mariadb": empty_mariadb}[request.param](url))) as database:
        migrations.upgrade(database.engine)
        yield database.engine


def beside(work, hold, seconds=0.5):
    """Do some works in threads while a connection holds something, then let go; give what they give."""
    with ThreadPoolExecutor() as threads:
        begun = [threads.submit(each) for each in work]
        time.sleep(seconds)
        assert not any(each.done() for each in begun), "nobody waited"
        hold.commit()
        return [each.result(20) for each in begun]


def served(page):
    """Give what an edit is compared with."""
    return dict(re.findall(r'name="(\S+-was)" value="([^"]*)"', page.text))


def rows(file, sql):
    """Give what the shop holds."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def newest(own):
    """Give the newest entry's number."""
    number = own.execute(text("SELECT max(number) FROM changes")).scalar_one()
    own.rollback()
    return number


@pytest.mark.parametrize("path", ["/data/", "/data/shop/things/", "/data/shop/things/1", "/data/shop/+query"])
@pytest.mark.parametrize(("who", "status"), [("Ada", 403), ("Grace", 200)])
def test_trouble_while_it_is_asked_who_somebody_is_opens_no_door(site, person, monkeypatch, path, who, status):
    somebody = person(site, who)
    failing(monkeypatch, account, "signed_in", away())
    assert somebody.get(path).status == status


def test_trouble_while_it_is_asked_who_somebody_is_writes_nothing_of_theirs(site, person, monkeypatch, file):
    ada = person(site, "Ada")
    values = {"csrf_token": ada.token, "c1": "mine"}
    failing(monkeypatch, account, "signed_in", away())
    assert ada.post("/data/shop/things/+new", values).status == 403
    assert rows(file, "SELECT count(*) FROM things") == [(1,)]


@pytest.mark.parametrize("trouble", [Changed("name"), away()])
def test_a_file_is_whole_when_its_form_is_looked_at_twice(site, person, monkeypatch, file, trouble):
    grace = person(site, "Grace")
    values = served(grace.get("/data/shop/things/1/edit")) | {"c0": "1", "c1": "first", "c3": "a note"}
    failing(monkeypatch, records, "update", trouble)
    answer = grace.post("/data/shop/things/1/edit", values | {"c2": (io.BytesIO(b"content"), "a.bin")})
    assert answer.status == 303, answer.text
    assert rows(file, "SELECT file FROM things") == [(b"content",)]


def test_a_message_that_goes_while_it_is_edited_is_gone(own):
    assert messages.update(own, 4711, body="new", held={"body": "old"}) is None


def test_a_first_password_cannot_be_taken_back_and_that_is_said(site, person, own):
    person(site, "Grace").post("/users/new", {"name": "New", "email": "new@example.org", "role": "member"})
    user_id = own.execute(text("SELECT max(id) FROM users")).scalar_one()
    own.rollback()
    account.change_password(own, user_id, new_hash="a hash")
    answer = person(site, "Grace").post(f"/history/{newest(own)}/undo")
    assert answer.status == 409, answer.text
    assert "secret" in answer.text


def test_a_deleted_record_comes_back_without_a_column_that_has_gone_since(site, person, own, file):
    grace = person(site, "Grace")
    assert grace.post("/data/shop/things/1/delete", {"sure": "1"}).status == 303
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE things DROP COLUMN note")
    grace.post("/data/shop/+reflection")
    page = grace.get(f"/history/{newest(own)}/undo")
    assert page.status == 200, page.text
    assert "comes back empty: note" in page.text
    assert grace.post(f"/history/{newest(own)}/undo").status == 303
    assert rows(file, "SELECT * FROM things") == [(1, "first", b"\0")]


@pytest.mark.parametrize("who", ["Ada", "Grace"])
def test_a_key_that_no_record_can_have_has_no_history(site, person, who):
    key = "0" * 20 + "9" * 30
    assert person(site, who).get(f"/history/?database=site&table=messages&key={key}").status in {200, 403}


def test_what_a_first_run_wrote_in_vain_is_not_told_of_the_second(own, people):
    runs = []

    @transaction
    def once(session, author_id):
        runs.append(1)
        if len(runs) == 1:
            insert(session, Message, author_id=author_id, body="x")
            session.info["spoil"] = True

    def spoil(session):
        if session.info.pop("spoil", False):
            raise away()

    author_id = own.execute(text("SELECT min(id) FROM users")).scalar_one()
    own.rollback()
    event.listen(own, "before_commit", spoil)
    once(own, author_id)
    assert len(runs) == 2
    assert recording.appended(own) == []


def test_a_history_whose_pruning_is_said_to_reach_beyond_its_head_is_not_whole(own):
    own.execute(text("UPDATE chain SET pruned_number = number + 1000"))
    own.execute(text("DELETE FROM changes"))
    own.commit()
    assert proof.verify(own.get_bind())[2] is not None


def test_whoever_is_asked_whether_it_is_meant_twice_is_asked_also_in_trouble(site, person, own, monkeypatch):
    ada = person(site, "Ada")
    assert ada.post("/messages/new", {"body": "the same"}).status == 303
    failing(monkeypatch, message_pages, "show_form", away())
    answer = ada.post("/messages/new", {"body": "the same"})
    assert answer.status == 422, answer.text
    assert own.execute(text("SELECT count(*) FROM messages")).scalar_one() == 1


def test_a_form_of_one_table_leads_to_no_record_of_another(site, person, file):
    grace = person(site, "Grace")
    values = {"submission": "b" * 22, "c1": "one"}
    assert grace.post("/data/shop/things/+new", values).status == 303
    assert grace.post("/data/shop/others/+new", values).status == 422
    assert rows(file, "SELECT count(*) FROM others") == [(0,)]


def test_noting_that_somebody_is_here_does_not_count_as_saving(site, person, own, monkeypatch):
    ada = person(site, "Ada")
    token = ada.token
    own.execute(text("UPDATE sign_ins SET seen_at = '2020-01-01 00:00:00.000000'"))
    own.commit()
    failing(monkeypatch, messages, "create", Busy())
    answer = ada.post("/messages/new", {"csrf_token": token, "body": "x"})
    assert answer.status == 503
    assert "nothing was saved" in answer.text


def test_an_undone_change_of_a_key_leads_to_the_record_under_its_old_one(site, person, own, file):
    grace = person(site, "Grace")
    values = served(grace.get("/data/shop/things/1/edit")) | {"c0": "7", "c1": "first", "c3": "a note"}
    assert grace.post("/data/shop/things/1/edit", values).status == 303
    answer = grace.post(f"/history/{newest(own)}/undo")
    assert answer.status == 303
    assert rows(file, "SELECT id FROM things") == [(1,)]
    assert grace.get(answer.headers["Location"]).status == 200


def test_a_commit_that_is_still_under_way_is_waited_for_before_it_is_told(server):
    entry = Entry("create", "goods", "1", after={"id": 1})
    with server.connect() as slow, server.connect() as other:
        append(slow, [entry], actor=Actor(), unit="a" * 32)
        assert beside([lambda: was_written(other, "a" * 32)], slow) == [True]


def test_a_form_whose_commit_is_still_under_way_is_waited_for(server):
    with Session(server) as slow, server.connect() as other:
        append(slow.connection(), [Entry("create", "goods", "1", after={"id": 1})], actor=Actor(), unit="a" * 32)
        submissions.keep(slow, submissions.Sending("x", None, None, "content"), [1])
        assert beside([lambda: submissions.was_kept(other, "x")], slow) == [True]


def test_two_who_say_at_once_what_became_of_something_have_one_answer(server):
    def say(*, written):
        with Session(server) as session:
            return settle(session, unit, written=written)

    with Session(server) as session:
        journal._append(session, [Entry("create", "goods", "1", after={"id": 1}, database="shop", stage="intended")])  # noqa: SLF001
        unit = session.execute(text("SELECT unit FROM changes")).scalar_one()
    with server.connect() as slow:
        wait(slow)
        assert sorted(beside([lambda: say(written=True), lambda: say(written=False)], slow)) == [0, 1]
    with server.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM changes WHERE intent = 1")).scalar_one() == 1


def test_the_log_holds_no_secret_of_a_refused_or_failed_write(site, person, file, monkeypatch, caplog):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE keys (id INTEGER PRIMARY KEY, token TEXT CHECK (token <> 's3cret'))")
    caplog.set_level("DEBUG", "plainsite")
    grace = person(site, "Grace")
    assert grace.post("/data/shop/keys/+new", {"c1": "s3cret"}).status == 422
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TABLE keys")
    assert grace.post("/data/shop/keys/+new", {"c1": "s3cret"}).status == 409
    assert caplog.records
    assert "s3cret" not in caplog.text


def test_what_was_added_and_given_another_secret_since_is_not_as_it_was_added(site, person, own, file):
    grace = person(site, "Grace")
    added = 3  # Bob, by whoever made the site
    assert grace.get(f"/history/{added}/undo").status == 200
    bob = own.execute(text("SELECT id FROM users WHERE name = 'Bob'")).scalar_one()
    own.rollback()
    account.change_password(own, bob, new_hash="another hash")
    answer = grace.get(f"/history/{added}/undo")
    assert (answer.status, "password_hash" in answer.text) == (409, True)


def test_trouble_counts_no_attempts(open_site, people, person, monkeypatch):
    site = open_site(SIGN_IN_LIMIT="2 per minute")
    people(site, "Ada")
    ada = person(site)
    failing(monkeypatch, account, "recognise", away(), times=4)
    assert ada.sign_in("Ada").status == 303


def test_a_record_whose_number_only_the_database_gives_comes_back_with_it_and_once(
    open_site, people, person, make_database, tmp_path
):
    sql = tmp_path / "shop.sql"
    sql.write_text(
        "CREATE TABLE things (id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT);"
        "INSERT INTO things (name) VALUES ('first');"
    )
    url = make_database("postgresql", sql).render_as_string(hide_password=False)
    site = open_site(DATABASES={"shop": {"url": url, "writable": True}})
    people(site, "Grace:admin")
    grace = person(site, "Grace")
    assert grace.post("/data/shop/things/1/delete", {"sure": "1"}).status == 303
    with Session(site.extensions["plainsite"].engine) as own:
        number = newest(own)
    for leads_to in ("/data/shop/things/1", f"/history/{number}"):  # the second time to what tells of it
        answer = grace.post(f"/history/{number}/undo")
        assert (answer.status, answer.headers.get("Location")) == (303, leads_to)
    assert "first" in grace.get("/data/shop/things/1").text
    assert "1 record." in grace.get("/data/shop/things/").text


def test_what_was_deleted_from_a_table_with_a_dot_in_its_name_comes_back(site, person, own, file):
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript('CREATE TABLE "a.b" (id INTEGER PRIMARY KEY); INSERT INTO "a.b" VALUES (1)')
    grace = person(site, "Grace")
    assert grace.post("/data/shop/a~2e.b/1/delete", {"sure": "1"}).status == 303
    answer = grace.post(f"/history/{newest(own)}/undo")
    assert (answer.status, answer.headers.get("Location")) == (303, "/data/shop/a~2e.b/1")


def test_who_wrote_a_message_brings_back_what_they_deleted_and_not_what_an_admin_did(site, person, own, write):
    ada, grace = person(site, "Ada"), person(site, "Grace")
    author = own.execute(text("SELECT id FROM users WHERE name = 'Ada'")).scalar_one()
    own.rollback()
    for who, status in ((grace, 403), (ada, 303)):
        message = write(site, author)
        assert who.post(f"/messages/{message}/delete").status == 303
        assert ada.post(f"/history/{newest(own)}/undo").status == status


@pytest.mark.parametrize("action", ["create", "change", "delete"])
def test_what_is_undone_by_a_double_click_is_said_to_be_undone(site, person, own, action):
    grace = person(site, "Grace")
    if action == "create":
        grace.post("/data/shop/things/+new", {"c1": "new"})
    elif action == "change":
        values = served(grace.get("/data/shop/things/1/edit")) | {"c0": "1", "c1": "second", "c3": "a note"}
        grace.post("/data/shop/things/1/edit", values)
    else:
        grace.post("/data/shop/things/1/delete", {"sure": "1"})
    number = newest(own)
    assert grace.post(f"/history/{number}/undo").status == 303
    again = grace.post(f"/history/{number}/undo")
    assert again.status == 303
    assert "This was undone already, by Grace." in grace.get(again.headers["Location"]).text
    assert newest(own) == number + 2, "intended and confirmed, once"
