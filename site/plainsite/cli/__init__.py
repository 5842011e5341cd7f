"""The `plainsite` command."""

import logging
import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from plainsite.app import create_app
from plainsite.cli.database import db
from plainsite.cli.doctor import doctor
from plainsite.cli.run import run
from plainsite.cli.transfer import export, import_
from plainsite.cli.users import user
from plainsite.settings import SettingsError

COMMANDS: tuple[click.Command, ...] = (run, db, user, import_, export, doctor)

group = FlaskGroup(
    create_app=create_app,
    add_default_commands=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="A site of users and messages, on the database that you name.",
)


def main() -> None:
    """Run the command, and say what is wrong with a setting in one line."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        group(prog_name="plainsite")
    except SettingsError as error:
        click.echo(f"plainsite: {error}", err=True)
        sys.exit(2)


def add_commands(app: Flask) -> None:
    """Offer the same commands to `flask --app plainsite`, where Flask's own `run` and `shell` stay."""
    for command in COMMANDS:
        if command.name not in {"run", "shell"}:
            app.cli.add_command(command)


def _fill() -> None:
    from flask.cli import routes_command, shell_command  # noqa: PLC0415

    for command in (*COMMANDS, shell_command, routes_command):
        group.add_command(command)


_fill()
