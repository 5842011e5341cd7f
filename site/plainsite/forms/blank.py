"""A form that nobody has touched yet is the same for everybody, so it is made and drawn once."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from weakref import WeakKeyDictionary

from markupsafe import Markup
from wtforms import Field

from plainsite.forms import submissions
from plainsite.forms.base import Form

Draw = Callable[["Blank"], Markup]


class Blank:
    """A blank form, for templates. It offers no field by name: what is put into one would be shown to everybody."""

    problems: Sequence[tuple[str | None, str]] = ()
    status = 200

    def __init__(self, form: Form) -> None:
        """Take a form into which nothing was put."""
        self._fields = tuple(form)
        self._drawn: WeakKeyDictionary[Draw, Markup] = WeakKeyDictionary()  # a macro belongs to one site

    def __iter__(self) -> Iterator[Field]:
        """Give the fields that people see."""
        return iter(self._fields)

    @property
    def submission(self) -> str:
        """An id for each time it is served."""
        return submissions.fresh()

    def drawn(self, draw: Draw) -> Markup:
        """Give the fields as a macro draws them; it draws them once, and anew when its file was changed."""
        drawn = self._drawn.get(draw)
        if drawn is None:
            drawn = self._drawn[draw] = draw(self)
        return drawn


@cache
def blank(kind: type[Form]) -> Blank:
    """Give the blank form of a class: without the request's data, and without its session's token."""
    return Blank(kind(meta={"csrf": False, "wrap_formdata": lambda *_: None}))
