"""The generic pages of an attached database as a peer of a comparison: its tables as they come (see README.md).

The site's own database, with the admin who is signed in, is another file; nothing in the compared one is changed.
"""

import contextlib
from pathlib import Path
from typing import Any

VENV = "plainsite"
REQUIRES = ["-e", "..", "gunicorn"]  # as plainsite.py has it: one environment for both
KIND = "wsgi"
ADMIN = {"email": "admin@example.com", "password": "bench-admin-password"}
TABLE = "/data/bench/messages/"
NEWEST_FIRST = f"{TABLE}?sort=created_at&down=1"
USER_NEW = "/data/bench/users/+new"
EXPORT_URL = f"{TABLE}+export.csv"
# Fields of columns are called by their number in the table.
USER_FIELDS = ("c1", "c2")
BODY_FIELD = "c2"


def page_url(_: int, key: tuple[str, int] | None) -> str:
    """Give a page's address; `key` is the (created_at, id) of the row before it."""
    from plainsite.services.cursors import encode  # noqa: PLC0415

    return f"{NEWEST_FIRST}&after={encode(key)}" if key else NEWEST_FIRST


def search_url(word: str) -> str:
    """Give the address of a search."""
    return f"{NEWEST_FIRST}&column=body&op=contains&value={word}"


def edit_url(message_id: int) -> str:
    """Give the address of a message's form."""
    return f"{TABLE}{message_id}/edit"


def login(client: Any) -> None:
    """Sign in as the admin, through the form."""
    from lib.client import find_form  # type: ignore[import-not-found]  # noqa: PLC0415 - the comparison's own

    form = find_form(client.get("/account/sign-in").text, "email", "password")
    answer = client.post("/account/sign-in", {**form["fields"], **ADMIN})
    if answer.status != 303:  # noqa: PLR2004
        raise RuntimeError(answer.text)


def prepare(db: str) -> None:
    """Make the site's own database, beside the one that is attached, with an admin."""
    from plainsite import migrations  # noqa: PLC0415
    from plainsite.databases import open_own  # noqa: PLC0415
    from plainsite.services import account, users  # noqa: PLC0415

    own = _own(db)
    own.parent.mkdir(exist_ok=True)
    for end in ("", "-wal", "-shm"):
        own.with_name(own.name + end).unlink(missing_ok=True)
    database = open_own(f"sqlite:///{own}")
    with contextlib.closing(database):
        migrations.upgrade(database.engine)
        new_hash = account.password_hash(ADMIN["password"])
        users.create(database.session(), name="admin", email=ADMIN["email"], role="admin", password_hash=new_hash)
        database.remove()


def create(db: str) -> Any:
    """Give the site with a database attached, writable."""
    from plainsite import create_app  # noqa: PLC0415

    own = _own(db)
    settings = {
        "DATABASE_URL": f"sqlite:///{own}",
        "SECRET_KEY": "bench",
        "DATABASES": {"bench": {"url": f"sqlite:///{db}", "writable": True}},
    }
    return create_app(settings, instance=own.parent)


def _own(db: str) -> Path:
    return Path(db).parent / "plainsite_data" / "own.sqlite"
