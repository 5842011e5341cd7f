"""Commands: `plainsite`, and the same of `flask --app plainsite`, where Flask's own `run` stays.

They are imported when one is asked for: a server needs none of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo

from plainsite.settings import SettingsError


def add_commands(app: Flask) -> None:
    """Offer the site's commands beside those that an app's extensions add."""
    app.cli = Commands(app.name, commands=app.cli.commands)


class Commands(AppGroup):
    """Commands of an app, the site's own among them."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Give the names of all."""
        return sorted({*super().list_commands(context), *_ours()})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Find one."""
        return super().get_command(context, name) or _ours().get(name)


@contextmanager
def wrong_settings_in_words() -> Iterator[None]:
    """Let Flask's own command say in a line what is wrong with a setting; others who make the site are raised it."""
    try:
        yield
    except SettingsError as error:
        context = click.get_current_context(silent=True)
        if context is None or context.find_object(ScriptInfo) is None:
            raise
        raise click.ClickException(str(error)) from error


def _ours() -> Mapping[str, click.Command]:
    from plainsite.cli.command import OURS  # noqa: PLC0415

    return {str(command.name): command for command in OURS if command.name != "run"}
