"""What stands beside pages of data: each database, and the tables of the one that is open."""

from contextlib import suppress
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from jinja2 import Template
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from plainsite.databases import Attached
from plainsite.views import figures, tables
from plainsite.views.addresses import at

Table = tuple[str, str, str]  # its name, its address, and how many rows it has, in little room

MOST_DRAWN = 64  # of them, the last drawn are kept


def keep_sides(app: Flask) -> None:
    """Let an app remember what it drew."""
    app.extensions["plainsite.sides"] = lru_cache(MOST_DRAWN)(_draw)


def beside(current: str | None, here: str | None = None) -> Markup:
    """Draw it, with the database `current` open and its table `here` marked."""
    state = tuple(
        (name, tables.title_of(database), name == current, _tables(database) if name == current else ())
        for name, database in tables.databases().items()
    )
    template, draw = current_app.jinja_env.get_template("data/side.html"), current_app.extensions["plainsite.sides"]
    drawn: Markup = draw(template, at("data.index"), state, here)
    return drawn


def _tables(database: Attached) -> tuple[Table, ...]:
    with suppress(SQLAlchemyError):  # while it does not answer, its page says so
        reflection = database.catalog.read()
        sizes = figures.beside(database, reflection)
        known = tables.by_address(reflection).items()
        return tuple((each.name, address, sizes.get(each.name, "")) for address, each in known)
    return ()


def _draw(template: Template, base: str, databases: tuple[Any, ...], here: str | None) -> Markup:
    return Markup(template.render(base=base, databases=databases, here=here))  # noqa: S704 - drawn by a template
