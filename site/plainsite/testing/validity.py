"""What holds a browser back from sending a form: the HTML standard's constraint validation."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from plainsite.testing.document import TEXT_KINDS, Document, is_disabled, is_readonly, kind
from plainsite.testing.dom import Element
from plainsite.testing.state import State
from plainsite.testing.values import NUMBER, length

PART = r"[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?"
EMAIL = re.compile(
    rf"[\w.!#$%&'*+/=?^`{{|}}~-]+@{PART}(\.{PART})*",
    re.IGNORECASE | re.ASCII,
)


def objections(document: Document, form: Element, state: State) -> Iterator[tuple[Element, str]]:
    """Give each control of a form that a browser would stop at, with what it would object to."""
    for control in document.controls_of(form):
        if not (is_disabled(control) or is_readonly(control)):
            yield from ((control, why) for why in _objections(control, state))


def _objections(control: Element, state: State) -> Iterator[str]:
    what = kind(control)
    if "required" in control.attrib and _is_missing(control, state):
        yield "is required"
    elif what in TEXT_KINDS or what == "textarea":
        yield from _text_objections(control, what, state.value(control), typed=control in state.values)
    elif what in {"number", "range"}:
        yield from _number_objections(control, state.value(control))


def _is_missing(control: Element, state: State) -> bool:
    what = kind(control)
    if what == "checkbox":
        return not state.is_checked(control)
    if what == "radio":
        return not any(map(state.is_checked, state.group(control)))
    if what == "select":
        return not any(state.chosen_values(control))
    if what == "file":
        return not state.files.get(control)
    return what in TEXT_KINDS | {"textarea", "number", "date", "time", "datetime-local", "month", "week"} and (
        not state.value(control)
    )


def _text_objections(control: Element, what: str, value: str, *, typed: bool) -> Iterator[str]:
    if not value:
        return
    least, pattern = control.get("minlength") or "", control.get("pattern")
    if typed and least.isdigit() and length(value) < int(least):
        yield f"needs {least} characters or more, and has {length(value)}"
    addresses = value.split(",") if "multiple" in control.attrib else [value]
    if what == "email" and not all(EMAIL.fullmatch(each.strip()) for each in addresses):
        yield f"is no e-mail address: {value!r}"
    if what == "url" and not re.fullmatch(r"[a-z][a-z\d+.-]*", urlsplit(value).scheme, re.IGNORECASE):
        yield f"is no address: {value!r}"
    if pattern and what != "textarea" and not _fits(pattern, value):
        yield f"does not fit the pattern {pattern!r}: {value!r}"


def _fits(pattern: str, value: str) -> bool:
    """Match as browsers do; a pattern that only JavaScript understands is let through."""
    try:
        return re.fullmatch(f"(?:{pattern})", value) is not None
    except re.error:
        return True


def _number_objections(control: Element, value: str) -> Iterator[str]:
    low, high = control.get("min") or "", control.get("max") or ""
    if not NUMBER.fullmatch(value):
        return
    if NUMBER.fullmatch(low) and float(value) < float(low):
        yield f"is at least {low}, and is {value}"
    if NUMBER.fullmatch(high) and float(value) > float(high):
        yield f"is at most {high}, and is {value}"
