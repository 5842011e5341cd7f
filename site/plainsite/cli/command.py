"""The `plainsite` command."""

import logging
import sys
from typing import IO

import click
from flask import Flask
from flask.cli import FlaskGroup, NoAppException, routes_command, shell_command

from plainsite import __version__
from plainsite.app import create_app
from plainsite.cli.attaching import attach, detach
from plainsite.cli.common import FULL
from plainsite.cli.database import db
from plainsite.cli.doctor import doctor
from plainsite.cli.files import cannot, write_no_more
from plainsite.cli.history import history
from plainsite.cli.run import run
from plainsite.cli.transfer import export, import_
from plainsite.cli.users import user
from plainsite.settings import SettingsError

OURS: tuple[click.Command, ...] = (run, db, user, attach, detach, import_, export, doctor, history)


def main() -> None:
    """Run the command."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        group(prog_name="plainsite")
    except OSError as error:  # of a help, which is printed before there is a command to end
        if error.errno not in FULL:
            raise
        write_no_more()
        sys.exit(f"Error: {cannot('written', '-', error).message}")


class WrongSetting(NoAppException):
    """A setting that cannot be: said in one line, without how the command is used, since that was right."""

    def show(self, file: IO[str] | None = None) -> None:
        """Say it."""
        click.echo(f"plainsite: {self.format_message()}", file=file, err=file is None)


def _app() -> Flask:
    """Make the site; what is wrong with a setting ends the command in one line."""
    try:
        app = create_app()
    except SettingsError as error:
        raise WrongSetting(str(error)) from error
    if app.config["LOG_LEVEL"] == "INFO" and click.get_current_context().command is not run:
        logging.getLogger("plainsite").setLevel(logging.WARNING)  # a command says itself what it does
    return app


group = click.version_option(__version__, prog_name="plainsite")(
    FlaskGroup(
        create_app=_app,
        add_version_option=False,
        add_default_commands=False,
        load_dotenv=False,
        set_debug_flag=False,
        help="A site of users and messages, on the database that you name.",
    )
)
for each in (*OURS, shell_command, routes_command):
    group.add_command(each)
