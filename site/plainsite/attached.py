"""The databases of an app: its own, and those it was told of by a setting, by the command line or before."""

import difflib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask.globals import app_ctx
from sqlalchemy import URL, make_url

from plainsite.databases import Attached, attach
from plainsite.recording import JOURNAL
from plainsite.services.journal import Journal
from plainsite.settings import SettingsError, database_url, kinds, remembered

NAMES = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
OWN = "site"
PARTS = ("url", "writable")  # of an entry of DATABASES


def open_attached(app: Flask) -> None:
    """Open what settings and earlier commands name; nothing is connected to before it is asked for."""
    app.extensions["plainsite.databases"] = {}
    attach_to(app, OWN, app.config["DATABASE_URL"])
    for name, how in _named_before(app).items():
        try:
            url, writable = _facts(name, how)
            attach_to(app, name, url, writable=writable)
        except SettingsError as error:
            if name in map(str.lower, app.config["DATABASES"]):
                raise
            file = Path(app.config["INSTANCE"]) / remembered.FILE
            message = f"{error} {file} says so: mend it there, or `plainsite detach {shlex.quote(name)}`."
            raise SettingsError(message) from error

    @app.teardown_appcontext
    def put_away(_: BaseException | None) -> None:
        for database in databases(app).values():
            database.remove()


def make_writable(app: Flask, name: str) -> None:
    """Let admins write to a database that settings or earlier commands name, until the site is stopped."""
    name = name.lower()
    known = _named_before(app)
    if name not in known:
        raise SettingsError(f"--writable {name}: no database of this name is attached.")
    url, _ = _facts(name, known[name])
    attach_to(app, name, url, writable=True)


def _named_before(app: Flask) -> dict[str, Any]:
    """Give what is named, by names in small letters."""
    named: dict[str, Any] = {}
    for name, how in app.config["DATABASES"].items():
        if not isinstance(name, str):
            raise SettingsError(f"DATABASES: a database is called by a text, which {name!r} is not.")
        if name.lower() in named:
            raise SettingsError(f"DATABASES: two are called {name}. Give one of them another name.")
        named[name.lower()] = how
    return {**remembered.read(Path(app.config["INSTANCE"])), **named}


def _facts(name: str, how: Any) -> tuple[Any, bool]:
    """Give a database's address, and whether it may be written; what is misspelt is not passed over."""
    facts = how if isinstance(how, dict) else {"url": how}
    for part in facts:
        if part not in PARTS:
            near = difflib.get_close_matches(str(part), PARTS, n=1)
            advice = f"Did you mean {near[0]}?" if near else f"There are {' and '.join(PARTS)}."
            raise SettingsError(f"DATABASES: {name} has no part called {part}. {advice}")
    if "url" not in facts:
        raise SettingsError(f"DATABASES: {name} has no url.")
    try:
        return facts["url"], kinds.read(str(facts.get("writable", False)), bool)
    except ValueError as error:
        raise SettingsError(f"DATABASES: writable of {name} must be true or false.") from error


def attach_to(app: Flask, name: str, url: Any, *, writable: bool = False) -> Attached:
    """Open a database for an app, under a name; raise SettingsError for a name or an address that cannot be."""
    name = name.lower()
    if not NAMES.fullmatch(name):
        raise SettingsError(f"A database cannot be called {name!r}: use small letters, digits, - and _.")
    if name == OWN and OWN in databases(app):
        raise SettingsError(f"{OWN} is what the site's own database is called: take another name.")
    config = app.config
    address = database_url(url, Path(config["INSTANCE"]), where=f"The address of {name}")
    if writable and _is_own(app, address):
        raise SettingsError(
            f"{name} is the site's own database: it is there as {OWN} already, and has pages of its own."
        )
    try:
        database = attach(
            name,
            address,
            nodes=config["DATABASE_NODES"] if name == OWN else (),
            writable=writable,
            seconds=config["QUERY_SECONDS"],
            scope=lambda: id(app_ctx._get_current_object()),  # type: ignore[attr-defined]  # noqa: SLF001
            pool=pool(app),
            busy_timeout=config["SQLITE_BUSY_TIMEOUT"],
            info={JOURNAL: Journal(name, app.extensions["plainsite"].session)},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(f"{name} needs the package {error.name}: install it beside plainsite.") from error
    databases(app)[name] = database
    return database


def _is_own(app: Flask, address: URL) -> bool:
    """Tell whether an address is the site's own file: a write there would wait for its own history's."""
    own = make_url(app.config["DATABASE_URL"])
    if not own.get_backend_name() == address.get_backend_name() == "sqlite":
        return False
    one, other = _file(own), _file(address)
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there yet
        return one.resolve() == other.resolve()


def _file(address: URL) -> Path:
    text = address.database or ""
    return Path(unquote(urlsplit(text).path) if text.startswith("file:") else text)


def pool(app: Flask) -> dict[str, int]:
    """Give how many connections each database of an app keeps, and for how long."""
    return {
        "pool_size": app.config["POOL_SIZE"],
        "max_overflow": app.config["POOL_OVERFLOW"],
        "pool_timeout": app.config["POOL_TIMEOUT"],
        "pool_recycle": app.config["POOL_RECYCLE"],
    }


def databases(app: Flask) -> dict[str, Attached]:
    """Give the databases of an app, by name."""
    found: dict[str, Attached] = app.extensions["plainsite.databases"]
    return found


def named(pairs: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Read NAME=URL pairs; raise SettingsError for one that is none."""
    known: set[str] = set()
    for pair in pairs:
        name, found, url = pair.partition("=")
        if not found or not url:
            raise SettingsError(f"Write NAME=URL, like shop=sqlite:///shop.db, instead of {name}.")
        if name.lower() in known:
            raise SettingsError(f"Two databases are called {name}: give one of them another name.")
        known.add(name.lower())
        yield name, url
