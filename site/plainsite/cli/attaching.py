"""Attaching a database that exists already."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import NoAppException, ScriptInfo
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from plainsite import attached
from plainsite.cli.common import first_line, with_site
from plainsite.databases import Attached
from plainsite.settings import SettingsError, database_url, remembered
from plainsite.settings.places import instance_folder

MANY = 50  # tables from which on it is shown how far the look at them has come


@click.command()
@click.argument("name")
@click.argument("url")
@click.option("--writable", is_flag=True, help="Let admins change its records.")
@with_site
def attach(name: str, url: str, *, writable: bool) -> None:
    """Try a database, and remember it for every start from now on."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    database = opened(app, name, url, writable=writable)
    look(database)
    folder = Path(app.config["INSTANCE"])
    remembered.keep(folder, name, here(name, url).render_as_string(hide_password=False), writable=writable)
    click.echo(f"{database.name} is remembered, {'and may be changed' if writable else 'read-only'}.")


@click.command()
@click.argument("name")
@click.pass_context
def detach(context: click.Context, name: str) -> None:
    """Forget a database that `plainsite attach` remembers; nothing in it is touched."""
    try:
        folder = Path(context.ensure_object(ScriptInfo).load_app().config["INSTANCE"])
    except NoAppException:  # it may be this very database that does not let the site start
        folder = instance_folder()
    try:
        remembered.forget(folder, name)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} is forgotten. Its history stays, and so does all that is in it.")


def opened(app: Flask, name: str, url: str, *, writable: bool) -> Attached:
    """Open a database for an app, or end the command with what is wrong."""
    try:
        return attached.attach_to(app, name, here(name, url), writable=writable)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def here(name: str, url: str) -> URL:
    """Understand an address as whoever types it means it: a relative file is one of the folder they are in."""
    return database_url(url, Path.cwd(), where=f"The address of {name}")


def look(database: Attached) -> None:
    """Look at a database's tables, and say how many there are; raise a ClickException when it does not answer."""
    try:
        found = database.catalog.read(told=_progress(database.name))
    except SQLAlchemyError as error:
        message = f"{database.name} does not answer: {first_line(error)}"
        raise click.ClickException(message) from error
    left_out = f", {len(found.left_out)} left out" if found.left_out else ""
    click.echo(f"{database.name}: {len(found.relations)} tables and views{left_out}")


def _progress(name: str) -> Callable[[int, int], None]:
    def told(done: int, of: int) -> None:
        if of > MANY and sys.stderr.isatty():
            click.echo(f"\r{name}: {done + 1} of {of}", err=True, nl=done + 1 == of)

    return told
