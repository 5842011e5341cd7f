"""A server-rendered site of users and messages, where the database is the judge."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app(*args: Any, **settings: Any) -> "Flask":
    """Make the site; imported only now, so that models and services never bring Flask along."""
    with without_collection():
        from plainsite.app import create_app as create  # noqa: PLC0415
        from plainsite.cli import add_commands, wrong_settings_in_words  # noqa: PLC0415

    with wrong_settings_in_words():
        app = create(*args, **settings)
    add_commands(app)
    return app


@contextmanager
def without_collection() -> Iterator[None]:
    """Import without looking for garbage, of which importing makes none: it spares a tenth of the start.

    What was imported is then as old as can be, so it is not looked through at once either.
    """
    if "plainsite.app" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        if not gc.get_freeze_count():  # else it is somebody else's, who means it to be so
            gc.freeze()
            gc.unfreeze()
    finally:
        gc.enable()
