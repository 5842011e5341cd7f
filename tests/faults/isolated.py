"""A site with careless pages, as a process: it says where it answers, and for each line it reads, what it holds."""

import gc
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, request, stream_with_context
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session
from waitress.server import create_server

from plainsite import create_app
from plainsite.models import Message, User
from plainsite.transactions import transaction
from plainsite.views.context import db, me, own

pages = Blueprint("faulty", __name__, url_prefix="/faulty")
left: list[str] = []  # streams that nobody read to their end
LITTLE = 64 * 1024  # bytes that the server takes in while nobody reads


@pages.get("/raises")
def raises() -> str:
    db().execute(select(User)).all()
    raise ZeroDivisionError


@pages.get("/raises-unsaved")
def raises_unsaved() -> str:
    db().add(User(name="Unsaved", email="unsaved@example.org"))
    raise ZeroDivisionError


@pages.get("/raises-in-service")
def raises_in_service() -> str:
    """Raise in the middle of a transaction that has written."""
    _write_and_raise(db(), name())
    return "never"


@pages.get("/fails-to-flush")
def fails_to_flush() -> str:
    db().add(Message(author_id=999_999, body=f"{name()} never wrote this"))
    db().flush()
    return "never"


@pages.get("/aborts")
def aborts() -> str:
    db().scalars(select(User)).first()
    db().add(Message(author_id=1, body=f"{name()} never wrote this"))
    abort(403)


@pages.get("/flashes-and-raises")
def flashes_and_raises() -> str:
    flash(f"{name()} is told")
    raise ZeroDivisionError


@pages.get("/streams")
def streams() -> Response:
    """Stream in the context of the request, from its session."""

    def rows() -> Iterator[str]:
        with counted():
            for _ in range(lines):
                yield f"{name()} {db().scalar(select(func.count()).select_from(User))} {'x' * length}\n"

    lines, length = request.args.get("lines", 2000, int), request.args.get("length", 10_000, int)
    return Response(stream_with_context(rows()), mimetype="text/plain")


@pages.get("/streams-and-fails")
def streams_and_fails() -> Response:
    """Fail in the middle of a stream, with something written."""

    def rows() -> Iterator[str]:
        for _ in range(3):
            yield f"{name()} {len(db().execute(select(User)).all())}\n"
        db().add(Message(author_id=1, body=f"{name()} never wrote this"))
        db().flush()
        raise ZeroDivisionError

    return Response(stream_with_context(rows()), mimetype="text/plain")


@pages.get("/streams-from-its-own")
def streams_from_its_own() -> Response:
    """Stream after the request is over, from a session of the stream's own."""
    engine, said = own().engine, name()

    def rows() -> Iterator[str]:
        with counted(), Session(engine) as session:
            for _ in range(2000):
                yield f"{said} {len(session.scalars(select(User)).all())} {'x' * 10_000}\n"

    return Response(rows(), mimetype="text/plain")


@pages.post("/reads")
def reads() -> str:
    db().execute(select(User)).all()
    return str(len(request.get_data()))


@contextmanager
def counted() -> Iterator[None]:
    """Count the streams that were left before their end."""
    try:
        yield
    except GeneratorExit:
        left.append(request.path if request else "")
        raise


def name() -> str:
    """Give the name of who is asking."""
    user: Any = me()
    return str(user.name)


@transaction
def _write_and_raise(session: Session, said: str) -> None:
    session.add(Message(author_id=1, body=f"{said} never wrote this"))
    session.flush()
    raise ZeroDivisionError


def held(site: Flask) -> dict[str, Any]:
    """Give what a site holds that belongs to no request."""
    gc.collect()
    databases = [site.extensions["plainsite"], *site.extensions["plainsite.databases"].values()]
    engines = {
        f"{number} {kind}": engine.pool.checkedout()
        for number, database in enumerate(databases)
        for kind in ("engine", "reader", "streams")
        if (engine := getattr(database, kind, None)) is not None and hasattr(engine.pool, "checkedout")
    }
    living = gc.get_objects()
    return {
        "out": engines,
        "scopes": sum(len(database.session.registry.registry) for database in databases),
        "sessions": sum(isinstance(each, Session) for each in living),
        "connections": sum(isinstance(each, Connection) and not each.closed for each in living),
        "left": len(left),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }


def main() -> None:
    """Run the site."""
    settings, instance = sys.argv[1:]
    site = create_app(json.loads(settings), instance=instance)
    site.register_blueprint(pages)
    server = create_server(
        site,
        host="127.0.0.1",
        port=0,
        threads=site.config["THREADS"],
        clear_untrusted_proxy_headers=True,
        outbuf_high_watermark=LITTLE,
    )
    threading.Thread(target=server.run, daemon=True).start()
    print(json.dumps({"port": int(server.effective_port)}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(held(site)), flush=True)


if __name__ == "__main__":
    main()
