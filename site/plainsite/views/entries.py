"""Entries of the history as pages show them: who did what to which record, and where that record is."""

import base64
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from plainsite.history import OWN
from plainsite.models import LARGEST_ID
from plainsite.services import history, undoing
from plainsite.services.cursors import encode
from plainsite.services.pages import Page, Record
from plainsite.services.undoing import RECORDS
from plainsite.views import cells, tables
from plainsite.views.context import COMMAND_LINE, db, me

NAMED = 4  # columns of an entry that a list names
LONGEST_NUMBER = 20  # digits of a key that are read
ENDPOINTS = {"users": "users.show", "messages": "messages.show"}
OF_OURS = {"users": "user", "messages": "message", "queries": "saved query"}
ADMIN_ONLY = {"create": {"users", "queries"}, "delete": {"users", "queries"}, "change": {"queries"}}
DONE = {"create": "added", "change": "changed", "delete": "deleted"}


def lines(page: Page) -> list[dict[str, Any]]:
    """Give a page's rows as its template shows them."""
    return [
        {
            "number": row.number,
            "at": row.at,
            "who": who_of(row),
            "done": "being undone" if row.stage == "intended" and row.undoes else DONE[row.action],
            "record": named(row.database, row.relation, row.record_key),
            "database": row.database,
            "link": address_of(row.database, row.relation, row.record_key),
            "columns": _columns(row),
            "open": row.stage == "intended",
            "undoes": row.undoes,
        }
        for row in page.rows
    ]


def beside(entry: Record) -> list[tuple[int, str]]:
    """Give what else was written together with an entry: the number and the words of each."""
    return [
        (row.number, f"{named(row.database, row.relation, row.record_key)}, {DONE[row.action]}")
        for row in undoing.beside(db(), entry)
    ]


def named(database: str, relation: str, key: str | None) -> str:
    """Say which record it is: "message 4" of the site's own, or else its table and key; many have no key."""
    what = OF_OURS.get(relation, relation) if database == OWN else relation
    return f"{what} {key}" if key else f"rows of {relation}"


def who_of(entry: Record) -> str:
    """Say who wrote an entry; what has no name is a visitor's, or comes from the command line."""
    if entry.who:
        return str(entry.who)
    if entry.address == COMMAND_LINE:
        return "the command line"
    return f"a visitor from {entry.address}" if entry.address else "a program"


def said(values: dict[str, Any], name: str) -> tuple[str, str] | None:
    """Give a value as a page shows it, and its look; None where the entry does not tell of it."""
    if name not in values:
        return None
    value = values[name]
    if value is None:
        return "NULL", "null"
    if not isinstance(value, dict):
        return str(value), ""
    if "secret" in value:
        return ("a secret" if value["secret"] is True else "another secret"), "null"
    if "base64" in value:
        return cells.binary(base64.b64decode(value["base64"]))
    return f"{value['length']:,} {'bytes' if value['kind'] == 'bytes' else 'characters'}, not kept", "null"


def is_told(place: tables.Place) -> bool:
    """Tell whether the history tells of a table's records."""
    return place.editable if place.database.name != OWN else place.relation.name in RECORDS


def of_record(database: str, relation: str, key: str) -> str:
    """Give the address of the history of one record."""
    return f"{url_for('history.index')}?{urlencode({'database': database, 'table': relation, 'key': key})}"


def address_of(database: str, relation: str, key: str) -> str | None:
    """Give the address of a record's page, whether it is still there or not; None for what has none."""
    if not key:
        return None
    if database == OWN:
        number = number_of(key)
        return url_for(ENDPOINTS[relation], id=number) if relation in ENDPOINTS and number is not None else None
    if database not in tables.databases():
        return None
    has_schemas = tables.databases()[database].engine.dialect.name == "postgresql"  # elsewhere a dot is one of the name
    parts = [part for part in relation.rpartition(".")[::2] if part] if has_schemas else [relation]
    return f"{url_for('data.table', name=database, table=encode(parts))}{key}"


def number_of(key: str) -> int | None:
    """Give the number that is the key of a record of the site's own; None where it can be none."""
    is_one = key.isdecimal() and key.isascii() and len(key) <= LONGEST_NUMBER and int(key) <= LARGEST_ID
    return int(key) if is_one else None


def _columns(row: Record) -> str:
    if row.action != "change" or row.values is None:
        return ""
    names = sorted(history.values_of(row.values) or {})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def may_undo(entry: Record) -> bool:
    """Tell whether a member may undo what was done to a record of theirs: no more than they may do by its pages.

    By those nobody brings back what an admin has deleted.
    """
    user = me()
    if entry.action == "delete" and (user is None or entry.who_id != user.id):
        return False
    names = {*(history.values_of(entry.before) or {}), *(history.values_of(entry.after) or {})}
    beyond = entry.relation == "users" and entry.action == "change" and not names <= {"name", "email"}
    return entry.relation not in ADMIN_ONLY.get(entry.action, set()) and not beyond
