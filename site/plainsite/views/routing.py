"""How the addresses of pages are read and made."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from plainsite.models import LARGEST_ID


class IdConverter(IntegerConverter):
    """A record's number in an address; what no database could hold is a 404 and not an error of the driver."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Bound the number."""
        super().__init__(*args, **{"max": LARGEST_ID, **options})


class LateRule(Rule):
    """A page whose address is compiled when the first link to it is made: all at once they take 40 milliseconds."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        make = super()._compile_builder
        built = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            made = partial(make(append_unknown), rule)
            setattr(rule, built, made)
            return made(**values)

        return build


def route(app: Flask) -> None:
    """Let an app read and make addresses so."""
    app.url_rule_class = LateRule
    app.url_map.converters["id"] = IdConverter
