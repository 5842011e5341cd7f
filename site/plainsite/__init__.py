"""A server-rendered site of users and messages, where the database is the judge."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app(*args: Any, **settings: Any) -> "Flask":
    """Make the site; imported only now, so that models and services never bring Flask along."""
    from plainsite.app import create_app as create  # noqa: PLC0415
    from plainsite.cli import add_commands, wrong_settings_in_words  # noqa: PLC0415

    with wrong_settings_in_words():
        app = create(*args, **settings)
    add_commands(app)
    return app
