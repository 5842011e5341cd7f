"""What the commands share: the site, its database, and what goes wrong in words."""

import errno
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from plainsite import migrations
from plainsite.cli.files import write_no_more
from plainsite.databases import Database
from plainsite.refusals import Reason, Refused
from plainsite.settings import SettingsError
from plainsite.transactions import Unfinished

Values = ParamSpec("Values")
Result = TypeVar("Result")

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}  # as disks say that they take no more

log = logging.getLogger(__name__)


def with_site(command: Callable[Values, Result]) -> Callable[Values, Result]:
    """Give a command the site; where its database or its output fails, that ends the command in a line."""

    @wraps(command)
    def run(*args: Values.args, **values: Values.kwargs) -> Result:
        try:
            result = command(*args, **values)
            if sys.stdout is not None:
                sys.stdout.flush()  # what cannot be written is said here, not when all is over
        except Refused as refused:
            raise click.ClickException("; ".join(map(in_words, refused.reasons))) from refused
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except (migrations.NotUpgraded, Unfinished, SQLAlchemyError) as error:
            log.debug("a command ended", exc_info=True)
            raise click.ClickException(_trouble(error)) from error
        except OSError as error:
            if error.errno not in FULL:
                raise
            write_no_more()
            message = f"Standard output or the instance folder cannot be written: {error.strerror}."
            raise click.ClickException(message) from error
        return result

    return with_appcontext(run)


def own() -> Database:
    """Give the site's own database."""
    database: Database = current_app.extensions["plainsite"]
    return database


def migrated() -> Database:
    """Give the site's own database with its tables as the models say: new ones and SQLite's are made so on the way."""
    database = own()
    if (standing := migrations.standing(database.engine)) != migrations.newest():
        if standing is not None and not migrations.is_known(standing):
            raise migrations.NotUpgraded(migrations.NEWER.format(standing))
        if standing is not None and database.engine.dialect.name != "sqlite":  # others may be using them
            message = "The database's tables are not those of this version. Run `plainsite db upgrade` first."
            raise click.ClickException(message)
        migrations.upgrade(database.engine)
    return database


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
        "read_only": "the database can only be read here: let its user write, or name the server that is written to",
        "in_use": f"{what}: {reason.count} records of {reason.table} need it",
    }.get(reason.rule, f"{what}: refused ({reason.rule})")


def first_line(error: BaseException) -> str:
    """Give what a driver said, without what it adds in further lines."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _trouble(error: Exception) -> str:
    if isinstance(error, migrations.NotUpgraded):
        return str(error)
    if isinstance(error, Unfinished):
        return "The database was busy for too long, or was lost on the way. The same can be run again."
    return f"The database did not do it: {first_line(error)}. `plainsite doctor` tells which one it is."
