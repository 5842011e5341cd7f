"""What the commands share: the app's database, and a refusal in words."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from plainsite import migrations
from plainsite.databases import Database
from plainsite.refusals import Reason, Refused


def own() -> Database:
    """Give the site's own database."""
    database: Database = current_app.extensions["plainsite"]
    return database


def migrated() -> Database:
    """Give the site's own database with its tables as the models say: new ones and SQLite's are made so on the way."""
    database = own()
    if (standing := migrations.standing(database.engine)) != migrations.newest():
        if standing is not None and database.engine.dialect.name != "sqlite":  # others may be using them
            message = "The database's tables are not those of this version. Run `plainsite db upgrade` first."
            raise click.ClickException(message)
        migrations.upgrade(database.engine)
    return database


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """End a command with the reasons for which the database refused."""
    try:
        yield
    except Refused as refused:
        raise click.ClickException("; ".join(map(in_words, refused.reasons))) from refused


def in_words(reason: Reason) -> str:
    """Say one reason in a line."""
    what = " and ".join(reason.columns) or "the record"
    return {
        "taken": f"{what}: somebody else has this",
        "missing": f"{what}: is needed",
        "unknown": f"{what}: names something that is not there",
        "too_long": f"{what}: more than {reason.limit} characters",
        "check": f"{what}: breaks the rule {reason.constraint or 'of its column'}",
        "unseen": f"{what}: holds characters that cannot be seen",
        "unstorable": f"{what}: holds a character that cannot be stored (NUL or half a pair)",
        "in_use": f"{what}: {reason.count} records of {reason.table} need it",
    }.get(reason.rule, f"{what}: refused ({reason.rule})")
