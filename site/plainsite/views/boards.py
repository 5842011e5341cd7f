"""Databases at a glance: what is known of each, and no page waits for two of them in vain."""

import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from plainsite.databases import Attached
from plainsite.services import statistics
from plainsite.views import cells, complaints, figures, tables
from plainsite.views.patience import SLOW, Patience, is_slow, note_slow


def of_all() -> tuple[list[dict[str, Any]], bool]:
    """Give what the dashboard says of each database, and whether figures are left out."""
    opened: list[dict[str, Any]] = []
    waited = False
    for database in tables.databases().values():
        began = time.monotonic()
        opened.append(_not_asked(database) if waited else _opened(database))
        waited = waited or bool(opened[-1]["away"] and time.monotonic() - began > SLOW)
    # To look at tables for the first time takes as long as it takes.
    patience = Patience(0 if waited else figures.BOARD)
    return [_with_figures(each, patience) for each in opened], patience.ran_out


def of(database: Attached) -> dict[str, Any]:
    """Give what a database's own page says of it."""
    return _with_figures(_opened(database), Patience(figures.BOARD))


def _opened(database: Attached) -> dict[str, Any]:
    """Give what is known of a database, or what is wrong while it does not answer."""
    began = time.monotonic()
    try:
        reflection = database.catalog.read()
        database.session().connection()
        size = None if is_slow(database) else statistics.size(database.session())
    except SQLAlchemyError as error:
        database.remove()
        if time.monotonic() - began > SLOW:
            note_slow(database)
        return {"database": database, "title": tables.title_of(database), "away": complaints.complaint(error)}
    relations = [(relation, tables.address_of(relation)) for relation in reflection.relations.values()]
    return {
        "database": database,
        "title": tables.title_of(database),
        "away": None,
        "size": None if size is None else cells.size(size),
        "relations": relations,
        "reflection": reflection,
        "addresses": {relation.name: address for relation, address in relations},
    }


def _not_asked(database: Attached) -> dict[str, Any]:
    return {"database": database, "title": tables.title_of(database), "away": None, "not_asked": True}


def _with_figures(opened: dict[str, Any], patience: Patience) -> dict[str, Any]:
    """Add the figures for which there is time."""
    if opened["away"] or "not_asked" in opened:
        return opened
    return {**opened, "board": figures.board(opened["database"], opened["reflection"], patience)}
