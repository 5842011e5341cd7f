"""SQLite under many writers: nobody is told that the database is locked, and nothing is lost."""

import subprocess
import sys
import textwrap
from collections import Counter

import pytest
from sqlalchemy import create_engine, func, select, text

from plainsite.databases import open_own
from plainsite.models import Message

pytestmark = pytest.mark.load

WRITERS, EACH = 16, 20

# Each runs in a process of its own, with an engine of its own.
WRITE = """
import sys
from plainsite.databases import open_own
from plainsite.services import messages
url, author, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
session = open_own(url).session()
for number in range(each):
    kept = messages.create(session, author_id=author, body=f"{author} {number}")
    if number % 2:
        assert messages.delete(session, kept.id)
    else:
        assert messages.update(session, kept.id, body=f"{author} {number} changed").body.endswith("changed")
print("done")
"""
COUNT_UP = """
import sys
from sqlalchemy import select, update
from plainsite.databases import open_own
from plainsite.models import Message
from plainsite.transactions import transaction

@transaction
def by_record(session, id):
    message = session.get(Message, id)
    message.body = str(int(message.body) + 1)

@transaction
def by_row(session, id):
    seen = session.execute(select(Message.body).where(Message.id == id)).scalar_one()
    session.execute(update(Message).where(Message.id == id).values(body=str(int(seen) + 1)))

url, how, id, each = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
session = open_own(url).session()
held = session.get(Message, id) if how == "held record" else None
for _ in range(each):
    {"record": by_record, "held record": by_record, "row": by_row}[how](session, id)
print("done")
"""


def in_processes(code, *arguments):
    """Run the code once for each list of arguments, all at the same time; each must say that it is done."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), *map(str, each)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for each in arguments
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [out for out, _ in said] == ["done\n"] * len(started), [err[-1500:] for _, err in said if err][:2]


@pytest.fixture
def own(app):
    """Give the site's own database."""
    return app.extensions["plainsite"]


def test_16_people_write_change_and_delete_at_once_through_one_server_and_nothing_is_lost(
    served, visitors, people, at_once
):
    server = served(THREADS=16, POOL_SIZE=16)
    engine = create_engine(f"sqlite:///{server.instance}/plainsite.sqlite")
    people(engine, *(f"Writer{number}" for number in range(WRITERS)))
    statuses = Counter()

    def write(somebody, number):
        token = somebody.sign_in(f"Writer{number}")
        for turn in range(EACH):
            posted = somebody.post("/messages/new", {"csrf_token": token, "body": f"{number} {turn}"})
            at = posted.headers["Location"]
            end, values = [("/edit", {"body": f"{number} {turn} changed"}), ("/delete", {})][turn % 2]
            shown = somebody.go_on(posted)
            changed = somebody.post(at + end, {"csrf_token": token, **values})
            left = somebody.go_on(changed)
            statuses.update([posted.status, shown.status, changed.status, left.status])

    everybody = visitors(server.port, WRITERS)
    at_once(*(lambda each=each, number=number: write(each, number) for number, each in enumerate(everybody)))
    with engine.connect() as connection:
        bodies = sorted(connection.scalars(select(Message.body)))
        indexed = connection.scalar(text("SELECT count(*) FROM messages_search WHERE messages_search MATCH 'changed'"))
        connection.execute(text("INSERT INTO messages_search (messages_search) VALUES ('integrity-check')"))
    engine.dispose()
    print(f"{WRITERS} writers, {2 * WRITERS * EACH} writes: {dict(statuses)}, {len(bodies)} messages left")
    assert set(statuses) == {303, 200}
    assert bodies == sorted(f"{number} {turn} changed" for number in range(WRITERS) for turn in range(0, EACH, 2))
    assert indexed == len(bodies)
    assert "locked" not in server.log.read_text()


def test_8_processes_write_change_and_delete_at_once_through_services_and_nothing_is_lost(own, app, people):
    authors = list(people(app, *(f"Writer{number}" for number in range(8))).values())
    url = own.engine.url.render_as_string(hide_password=False)
    in_processes(WRITE, *((url, author, 60) for author in authors))
    with own.engine.connect() as connection:
        bodies = sorted(connection.scalars(select(Message.body)))
    print(f"8 processes, {8 * 60 * 2} writes, {len(bodies)} messages left")
    assert bodies == sorted(f"{author} {number} changed" for author in authors for number in range(0, 60, 2))


@pytest.mark.parametrize("how", ["row", "record", "held record"])
def test_a_service_that_reads_then_writes_loses_none_of_900_updates(own, app, people, write, how):
    message_id = write(app, people(app, "Ada")["Ada"], "0")
    url = own.engine.url.render_as_string(hide_password=False)
    in_processes(COUNT_UP, *((url, how, message_id, 150) for _ in range(6)))
    with own.engine.connect() as connection:
        counted = connection.scalar(select(Message.body).where(Message.id == message_id))
    print(f"read by {how}: 6 processes, 900 updates, counted to {counted}")
    assert counted == "900"


def test_every_connection_has_the_write_ahead_log_foreign_keys_and_a_busy_timeout(own):
    held = [own.engine.connect() for _ in range(4)]
    asked = ("journal_mode", "foreign_keys", "busy_timeout")
    found = {tuple(each.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked) for each in held}
    for each in held:
        each.close()
    assert found == {("wal", 1, 15_000)}


def test_a_connection_that_comes_while_another_process_writes_waits_for_it(tmp_path):
    """Turning the write-ahead log on needs the file for itself, and SQLite does not always wait for that."""
    opening = """
        import sys
        from sqlalchemy import text
        from plainsite.databases import open_own
        for _ in range(20):
            database = open_own(sys.argv[1])
            with database.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            database.close()
        print("done")
    """
    for turn in range(3):
        in_processes(opening, *[(f"sqlite:///{tmp_path}/{turn}.sqlite",)] * 6)
    database = open_own(f"sqlite:///{tmp_path}/0.sqlite")
    with database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(text("sqlite_master"))) == 0
    database.close()
