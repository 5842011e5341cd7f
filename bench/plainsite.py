"""The site as one peer of a comparison that calls it in-process on a database of its own making (see README.md).

The comparison reads VENV, REQUIRES and KIND without importing this; everything else of ours is imported in functions.
"""

import contextlib
import datetime
import io
import re
import secrets
import sqlite3
from pathlib import Path
from typing import Any

VENV = "plainsite"
REQUIRES = ["-e", "..", "gunicorn"]  # editable: what is measured is the working tree as it stands
KIND = "wsgi"
USER_NEW = "/users/new"
BODY_FIELD = "body"
LACKS = {"export": "the export is a command, not a page"}

ADMIN = {"email": "admin@example.com", "password": "bench-admin-password"}

# Tables as they come, with their rows, set aside; ours are made by the migrations and filled from them.
SET_ASIDE = "ALTER TABLE users RENAME TO given_users; ALTER TABLE messages RENAME TO given_messages"
FILL = """
INSERT INTO users (id, name, name_key, email, email_key, role, created_at)
  SELECT id, name, fold(name), email, fold(email), 'member', created_at FROM given_users;
INSERT INTO messages (id, author_id, body, created_at)
  SELECT id, author_id, body, created_at FROM given_messages ORDER BY id;
INSERT INTO messages_search (messages_search) VALUES ('rebuild');
DROP TABLE given_messages;
DROP TABLE given_users;
"""


def page_url(_: int, key: tuple[str, int] | None) -> str:
    """Give a page's address; `key` is the (created_at, id) of the row before it."""
    if key is None:
        return "/messages/"
    at = datetime.datetime.fromisoformat(key[0]).replace(tzinfo=datetime.UTC)
    return f"/messages/?after={round(at.timestamp() * 1_000_000)}-{key[1]}"


def search_url(word: str) -> str:
    """Give the address of a search."""
    return f"/messages/?words={word}"


def edit_url(message_id: int) -> str:
    """Give the address of a message's form."""
    return f"/messages/{message_id}/edit"


def login(client: Any) -> None:
    """Sign in as the admin, through the form."""
    from lib.client import find_form  # type: ignore[import-not-found]  # noqa: PLC0415 - the comparison's own

    form = find_form(client.get("/account/sign-in").text, "email", "password")
    answer = client.post("/account/sign-in", {**form["fields"], **ADMIN})
    if answer.status != 303:  # noqa: PLR2004
        raise RuntimeError(answer.text)


def prepare(db: str) -> None:
    """Turn a database of plain users and messages into the site's own, with an admin."""
    from plainsite import migrations  # noqa: PLC0415
    from plainsite.databases import open_own  # noqa: PLC0415
    from plainsite.services import account, users  # noqa: PLC0415
    from plainsite.texts import fold  # noqa: PLC0415

    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.executescript(SET_ASIDE)
    database = open_own(f"sqlite:///{db}")
    migrations.upgrade(database.engine)
    database.close()
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # the index is built once at the end: a row at a time takes minutes
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(f"BEGIN; {FILL} COMMIT")
        for _, statement in triggers:
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode = WAL")
    new_hash = account.password_hash(ADMIN["password"])
    users.create(database.session(), name="admin", email=ADMIN["email"], role="admin", password_hash=new_hash)
    database.close()


def create(db: str) -> Any:
    """Give the site on a database."""
    from plainsite import create_app  # noqa: PLC0415

    app = create_app({"DATABASE_URL": f"sqlite:///{db}", "SECRET_KEY": "bench"}, instance=Path(db).parent / "plainsite")
    app.wsgi_app = _as_new_forms(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _as_new_forms(answer: Any) -> Any:
    """Send each new user as a form of its own: the comparison opens one form and fills it in over and over."""

    def answer_anew(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == USER_NEW:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            once = b"submission=" + secrets.token_urlsafe(16).encode()
            environ["wsgi.input"] = io.BytesIO(re.sub(rb"submission=[\w-]{22}", once, body))
        return answer(environ, start_response)

    return answer_anew
