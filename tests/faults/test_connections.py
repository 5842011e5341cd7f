"""Sessions and connections: whatever happens to a request, its connection goes back to the pool."""

import io
import socket
import threading
from collections.abc import Iterator

import pytest
from flask import Blueprint, Response, request, stream_with_context
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plainsite.models import Message, User
from plainsite.services import messages, users
from plainsite.views.context import db, own

pages = Blueprint("faulty", __name__, url_prefix="/faulty")
seen: dict[int, set[int]] = {}
together = threading.Barrier(4)


@pages.get("/raises")
def raises() -> str:
    db().execute(select(User)).all()
    raise ZeroDivisionError


@pages.get("/raises-with-unsaved-changes")
def raises_with_unsaved_changes() -> str:
    db().add(User(name="Unsaved", email="unsaved@example.org"))
    raise ZeroDivisionError


@pages.get("/holds-records")
def holds_records() -> str:
    return str(len(db().scalars(select(User)).all()))


@pages.get("/fails-to-flush")
def fails_to_flush() -> str:
    db().add(Message(author_id=999_999, body="of nobody"))
    db().flush()
    return "never"


@pages.get("/fails-to-flush-quietly")
def fails_to_flush_quietly() -> str:
    try:
        fails_to_flush()
    except Exception:  # noqa: BLE001 - a careless view
        return "nothing happened"
    return "never"


@pages.get("/streams")
def streams() -> Response:
    """Stream in the context of the request, from its session, as an export might."""

    def rows() -> Iterator[str]:
        for _ in range(lines):
            count = db().scalar(select(func.count()).select_from(User))
            yield f"{count} {'x' * 20_000}\n"

    lines = request.args.get("lines", 20, int)
    users.find_page(db())
    return Response(stream_with_context(rows()), mimetype="text/plain")


@pages.get("/streams-and-fails")
def streams_and_fails() -> Response:
    def rows() -> Iterator[str]:
        yield str(len(db().execute(select(User)).all()))
        raise ZeroDivisionError

    return Response(stream_with_context(rows()), mimetype="text/plain")


@pages.get("/streams-from-its-own")
def streams_from_its_own() -> Response:
    """Stream after the request is over, from a connection of the stream's own."""
    engine, times = own().engine, request.args.get("times", 1, int)

    def rows() -> Iterator[str]:
        with Session(engine) as session:
            for row in messages.every(session):
                yield row.body * times

    return Response(rows(), mimetype="text/plain")


@pages.post("/reads")
def reads() -> str:
    db().execute(select(User)).all()
    return str(len(request.get_data()))


@pages.get("/together")
def all_together() -> str:
    """Hold a session until four requests hold one."""
    mine = db()
    mine.execute(select(User)).all()
    together.wait(10)
    assert db() is mine
    seen.setdefault(id(mine), set()).add(threading.get_ident())
    together.wait(10)
    return "ok"


@pytest.fixture
def site(open_site, people, write):
    """Give a site with careless pages, and something to read."""
    site = open_site()
    site.register_blueprint(pages)
    ids = people(site, "Ada", "Bob")
    for number in range(20):
        write(site, ids["Ada"], f"{number} " + "x" * 20_000)
    return site


@pytest.fixture
def pool(site):
    return site.extensions["plainsite"].engine.pool


def live_sessions(site):
    """Count the sessions of scopes that nobody has put away."""
    return len(site.extensions["plainsite"].session.registry.registry)


PATHS = {
    "/messages/": 200,
    "/messages/?words=x": 200,
    "/messages/feed.atom": 200,
    "/messages/1": 200,
    "/users/": 200,
    "/users/1": 200,
    "/messages/999": 404,
    "/nowhere": 404,
    "/messages/?after=nonsense": 404,
    "/faulty/raises": 500,
    "/faulty/raises-with-unsaved-changes": 500,
    "/faulty/fails-to-flush": 500,
    "/faulty/fails-to-flush-quietly": 200,
    "/faulty/streams": 200,
    "/faulty/streams-from-its-own": 200,
}


@pytest.mark.parametrize("who", ["", "Ada"])
def test_no_page_keeps_its_connection_and_the_next_one_works(site, pool, person, who):
    somebody, bob, count = person(site, who), person(site, "Bob"), 0
    for path, status in {**PATHS, "/account/": 200 if who else 303}.items():
        for _ in range(12):  # more than the pool has
            assert somebody.get(path).status == status, path
            assert (pool.checkedout(), live_sessions(site)) == (0, 0), path
            count += 1
        assert somebody.get("/messages/").status == 200, path
        assert bob.post("/messages/new", {"body": f"the next {count}"}).status == 303, path
    print(f"{who or 'visitor'}: {count} requests, no connection kept")


def test_nothing_unsaved_of_one_request_is_saved_by_another(site, pool, person):
    somebody = person(site, "Ada")
    for path in ("/faulty/raises-with-unsaved-changes", "/faulty/fails-to-flush", "/faulty/fails-to-flush-quietly"):
        somebody.get(path)
        assert somebody.post("/messages/new", {"body": f"after {path}"}).status == 303
    with Session(site.extensions["plainsite"].engine) as session:
        assert sorted(session.scalars(select(User.name))) == ["Ada", "Bob"]
    assert pool.checkedout() == 0


@pytest.mark.parametrize("path", ["/messages/", "/faulty/raises-with-unsaved-changes", "/faulty/holds-records"])
def test_a_connection_that_is_lost_after_the_page_was_made_spoils_neither_that_page_nor_another(
    site, pool, person, monkeypatch, path
):
    somebody, engine = person(site), site.extensions["plainsite"].engine
    expected = somebody.get(path).status

    def lost(_: object) -> None:
        message = "the server closed the connection"
        raise engine.dialect.loaded_dbapi.OperationalError(message)

    for _ in range(12):
        with monkeypatch.context() as patched:
            patched.setattr(engine.dialect, "do_rollback", lost)
            assert somebody.get(path).status == expected
        assert (pool.checkedout(), live_sessions(site)) == (0, 0)
    assert somebody.get("/messages/").status == 200


def test_a_refused_form_gives_its_connection_back(site, pool, person):
    somebody = person(site, "Ada")
    for values in ({"body": ""}, {"body": "nul \0"}, {"csrf_token": "broken", "body": "x"}):
        assert somebody.post("/messages/new", values).status == 422
    assert somebody.post("/users/1/edit", {"name": "Bob", "email": "bob@example.org"}).status == 422
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


@pytest.mark.parametrize("path", ["/faulty/streams", "/faulty/streams-from-its-own"])
def test_a_stream_cut_off_half_way_gives_its_connection_back(site, pool, path):
    for _ in range(12):
        answer = site.test_client().get(path, buffered=False)
        parts = answer.iter_encoded()
        assert next(parts)
        parts.close()
        answer.close()
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


def test_a_stream_never_begun_gives_its_connection_back(site, pool):
    for path in ("/faulty/streams", "/faulty/streams-from-its-own"):
        for _ in range(12):
            site.test_client().get(path, buffered=False).close()
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


def test_a_stream_that_fails_gives_its_connection_back(site, pool):
    for _ in range(12):
        with pytest.raises(ZeroDivisionError):
            site.test_client().get("/faulty/streams-and-fails").get_data()
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


@pytest.mark.load
@pytest.mark.parametrize("path", ["/faulty/streams?lines=2000", "/faulty/streams-from-its-own?times=100"])
def test_a_reader_who_leaves_in_the_middle_of_a_stream_keeps_no_connection(site, pool, listening, eventually, path):
    server = listening(site)  # it takes in 16 MB on its own, so a stream has 40
    most = 0
    for _ in range(12):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            most = max(most, pool.checkedout())
    print(f"{path}: 12 readers left; at most {most} connections were out at once")
    assert eventually(lambda: (pool.checkedout(), live_sessions(site)) == (0, 0))
    assert site.test_client().get("/messages/").status_code == 200


@pytest.mark.load
def test_a_body_that_never_arrives_keeps_no_connection(site, pool, listening, eventually):
    server = listening(site)
    for path in ("/faulty/reads", "/account/sign-in", "/users/new"):
        for _ in range(12):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                connection.sendall(head.encode() + b"name=")
    assert eventually(lambda: (pool.checkedout(), live_sessions(site)) == (0, 0))
    assert site.test_client().get("/messages/").status_code == 200


def test_a_body_that_breaks_while_it_is_read_keeps_no_connection(site, pool):
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

        readline = readinto = readinto1 = read1 = read

    for path in ("/faulty/reads", "/account/sign-in"):
        for _ in range(12):
            answer = site.test_client().post(
                path,
                input_stream=Broken(b"name="),
                content_length=1000,
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code in {400, 413, 422, 500}
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


@pytest.mark.load
def test_requests_at_the_same_time_have_each_a_session_of_their_own(site, pool, at_once):
    seen.clear()
    answers = at_once(*(lambda: site.test_client().get("/faulty/together").status_code for _ in range(4)))
    assert answers == [200] * 4
    assert len(seen) == 4
    assert all(len(threads) == 1 for threads in seen.values())
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)


def test_each_context_has_a_session_of_its_own_also_inside_another(site, pool):
    with site.app_context():
        outer = db()
        outer.execute(select(User)).all()
        assert db() is outer
        with site.app_context():
            assert db() is not outer
            db().execute(select(User)).all()
            assert pool.checkedout() == 2
        assert pool.checkedout() == 1
        assert db() is outer
        with site.test_request_context():
            assert db() is not outer or pool.checkedout() == 1
    assert (pool.checkedout(), live_sessions(site)) == (0, 0)
