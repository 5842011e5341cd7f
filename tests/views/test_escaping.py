"""What templates print is escaped just as MarkupSafe would, only sooner."""

import datetime
import decimal

import markupsafe
import pytest
from markupsafe import Markup

from plainsite.views import escaping

VALUES = [
    "plain",
    "<script>alert('1')</script> & \"quotes\"",
    "&amp; stays &amp;amp;",
    "日本 😀 \u202e \b\0",
    "",
    0,
    -(2**70),
    1.5,
    True,
    None,
    decimal.Decimal("1.50"),
    datetime.date(2026, 11, 20),
    Markup("<b>safe</b>"),
    ["<", 1],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_is_printed_as_markupsafe_prints_it(app, value) -> None:
    template = app.jinja_env.from_string(
        "{{ value }}{% set kept %}{{ value }}{% endset %}{{ kept }}{{ value ~ value }}"
    )
    once = str(markupsafe.escape(value))
    assert template.render(value=value) == once + once + str(markupsafe.escape(value) + markupsafe.escape(value))


class Tricky(str):
    """A text that says of itself that it is markup, as other libraries' do."""

    __slots__ = ()

    def __html__(self) -> str:
        return "<i>mine</i>"


def test_what_calls_itself_markup_is_believed_as_ever(app) -> None:
    assert app.jinja_env.from_string("{{ value }}").render(value=Tricky("<")) == "<i>mine</i>"


def test_macros_imports_and_inheritance_escape_once(app) -> None:
    source = "{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m('<') }}{% filter upper %}{{ '<a' }}{% endfilter %}"
    assert app.jinja_env.from_string(source).render() == "<b>&lt;</b>&LT;A"


def test_the_quick_way_is_there() -> None:
    """When this fails, MarkupSafe has changed inside: pages are right, but slower; find the new way or let it be."""
    assert escaping.inner is not markupsafe.escape
