"""Starting and stopping the site, also several at once on nothing."""

import signal
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import create_engine

pytestmark = pytest.mark.load


@pytest.mark.parametrize("turn", range(3))
def test_three_that_start_at_once_on_an_empty_folder_all_serve_one_site(served, turn):
    servers = [served(fresh=False, wait=False) for _ in range(3)]
    for server in servers:
        server.wait()
    pages = [server.visitor() for server in servers]
    answers = [page.get("/messages/") for page in pages]
    assert [answer.status for answer in answers] == [200] * 3
    folder = servers[0].instance
    key = folder / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not list(folder.glob("tmp*")), "a draft of the key was left"
    # A form served by one process is taken by another: they sign with one key.
    pages[0].get("/account/sign-in")
    form = pages[0].get("/users/new")
    pages[1].cookie = pages[0].cookie
    joined = pages[1].post(
        "/users/new", {"csrf_token": form.token, "name": "Ada", "email": "ada@example.org", "password": "a" * 12}
    )
    assert joined.status == 303, joined.text
    pages[2].cookie = pages[1].cookie
    assert pages[2].get("/account/").status == 200
    with closing(sqlite3.connect(folder / "plainsite.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM invitations WHERE purpose = 'admin'").fetchone() == (1,)
    for page in pages:
        page.close()
    print(f"turn {turn}: 3 processes, {[server.stop(signal.SIGTERM) for server in servers]}")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_two_seconds_when_told_to(served, by):
    server = served()
    page = server.visitor()
    assert page.get("/messages/").status == 200
    began = time.monotonic()
    code = server.stop(by)
    took = time.monotonic() - began
    page.close()
    print(f"{by.name}: stopped in {took:.2f} s with exit code {code}")
    assert took < 2
    assert code in {0, -by, 128 + by}
    assert "Traceback" not in server.log.read_text()
    with closing(sqlite3.connect(server.instance / "plainsite.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_under_way_when_it_is_told_to_stop_is_ended_and_answered(served, visitors, people):
    server = served()
    file = server.instance / "plainsite.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    people(engine, "Ada")
    engine.dispose()
    (ada,) = visitors(server.port, 1)
    token = ada.sign_in("Ada")
    with closing(sqlite3.connect(file, isolation_level=None)) as busy, ThreadPoolExecutor() as threads:
        busy.execute("BEGIN IMMEDIATE")
        posted = threads.submit(ada.post, "/messages/new", {"csrf_token": token, "body": "at the last moment"})
        time.sleep(1)
        stopped = threads.submit(server.stop, signal.SIGTERM)
        time.sleep(0.5)
        assert not stopped.done(), "it waits for what is under way"
        busy.execute("ROLLBACK")
        assert posted.result(10).status == 303
        assert stopped.result(10) == 0
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT body FROM messages").fetchall() == [("at the last moment",)]


def test_what_was_answered_is_kept_when_the_process_is_killed(served, visitors):
    kept = []
    for turn in range(3):
        server = served()
        (somebody,) = visitors(server.port, 1)
        for number in range(3):
            name = f"T{turn}N{number}"
            form = {"name": name, "email": f"{name}@example.org", "password": "a" * 12}
            somebody.cookie = ""
            assert somebody.submit("/users/new", **form).status == 303
            kept.append(name)
        server.stop(signal.SIGKILL)
    with closing(sqlite3.connect(server.instance / "plainsite.sqlite")) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM users ORDER BY id")] == kept


def test_the_link_for_the_first_admin_works_through_a_real_server(served, visitors):
    server = served()
    said = "".join([*server.said, *(server.process.stdout.readline().decode() for _ in range(2))])
    path = said[said.index("/account/invitations/") :].strip()
    first, second = visitors(server.port, 2)
    form = {"name": "Grace", "email": "grace@example.org", "password": "a" * 12}
    assert first.submit(path, **form).status == 303
    assert second.get(path).status == 404
    assert first.get("/users/new").text.count('name="role"') == 2
