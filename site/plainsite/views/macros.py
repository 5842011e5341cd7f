"""The files of macros, as every template calls them without importing them.

An import looks into the template's whole context each time it is rendered, which costs more than drawing a form does.
"""

from typing import Any

from jinja2 import Environment


class Macros:
    """One file's macros, by name. The file is looked up at each use, so that one that was changed is read again."""

    def __init__(self, environment: Environment, file: str) -> None:
        """Take where templates come from, and the file's name there."""
        self._environment = environment
        self._file = file

    def __getattr__(self, name: str) -> Any:
        """Give a macro."""
        return getattr(self._environment.get_template(self._file).module, name)
