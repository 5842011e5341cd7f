"""Escaping what templates print, at a third of the usual price.

MarkupSafe asks of every value whether it is markup and makes an object of every answer; in a table of plain texts and
numbers that is most of a page's cost. Templates only join the answers, so for exact texts and numbers the escaping
itself is enough. Everything else goes MarkupSafe's own way.
"""

from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any

import markupsafe
from flask.templating import Environment
from jinja2 import Template

# Private to MarkupSafe: where a version has it no more, escaping is as it was, and a test says so.
inner: Callable[[str], str] = getattr(markupsafe, "_escape_inner", markupsafe.escape)


def escape(value: Any) -> str:
    """Give a value as it may stand in HTML; markup stays what it is."""
    kind = type(value)
    if kind is str:
        return inner(value)
    if kind is int or kind is markupsafe.Markup:  # what macros give is markup
        return str(value)
    return markupsafe.escape(value)


class QuickTemplate(Template):
    """A template whose compiled code escapes with the function above."""

    @classmethod
    def from_code(
        cls,
        environment: Any,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja calls it so
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Load compiled code, as Jinja does, and let it find our escape under the name it imported."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = escape
        return template


class QuickEnvironment(Environment):
    """Flask's environment, with such templates; those that are not read anew are kept where finding one costs little.

    A page is made of a dozen templates, and Jinja asks for each which loader it is from, under a lock.
    """

    template_class = QuickTemplate

    def __init__(self, app: Any, **options: Any) -> None:
        """Begin with none."""
        super().__init__(app, **options)
        self._found: dict[str, Template] = {}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja calls it so
    ) -> Template:
        """Give a template by its name."""
        if self.auto_reload or globals or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        found = self._found.get(name)
        if found is None:  # names are whole: none is told from where it is asked
            found = self._found[name] = super().get_template(name, parent)
        return found
