"""What holds a browser back from sending a form: the HTML standard's constraint validation."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from plainsite.testing.document import (
    PICKED_KINDS,
    TEXT_KINDS,
    Document,
    is_disabled,
    kind,
    line_count,
    option_value,
    options_of,
)
from plainsite.testing.dom import Element
from plainsite.testing.patterns import fits
from plainsite.testing.state import State
from plainsite.testing.steps import misplaced
from plainsite.testing.values import length

PART = r"[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?"
EMAIL = re.compile(
    rf"[\w.!#$%&'*+/=?^`{{|}}~-]+@{PART}(\.{PART})*",
    re.IGNORECASE | re.ASCII,
)


def objections(document: Document, form: Element, state: State) -> Iterator[tuple[Element, str]]:
    """Give each control of a form that a browser would stop at, with what it would object to."""
    for control in document.controls_of(form):
        offered = next(control.iterancestors("datalist"), None) is not None
        readonly = "readonly" in control.attrib and control.tag != "select"  # which knows no such thing
        if not (offered or readonly or is_disabled(control)):
            yield from ((control, why) for why in _objections(control, state))


def _objections(control: Element, state: State) -> Iterator[str]:
    what = kind(control)
    if _is_required(control, state) and _is_missing(control, state):
        yield "is required"
    elif what in TEXT_KINDS or what == "textarea":
        yield from _text_objections(control, what, state.value(control), typed=control in state.values)
    elif what in PICKED_KINDS:
        yield from misplaced(control, state.value(control))


def _is_required(control: Element, state: State) -> bool:
    """Say whether something must be chosen or typed: of radio buttons one says it for all."""
    group = state.group(control) if kind(control) == "radio" else [control]
    return any("required" in each.attrib for each in group)


def _is_missing(control: Element, state: State) -> bool:
    what = kind(control)
    if what == "checkbox":
        return not state.is_checked(control)
    if what == "radio":
        return not any(map(state.is_checked, state.group(control)))
    if what == "select":
        chosen = state.chosen(control)
        return not chosen or chosen == _stand_in(control)
    if what == "file":
        return not state.files.get(control)
    return what in TEXT_KINDS | {"textarea", "number", "date", "time", "datetime-local", "month", "week"} and (
        not state.value(control)
    )


def _stand_in(select: Element) -> list[Element]:
    """Give a select's first option where it only stands in for a choice: "Choose one", with no value."""
    first = options_of(select)[:1]
    several = "multiple" in select.attrib or line_count(select) > 1
    return [] if several or not first or option_value(first[0]) or first[0].getparent() is not select else first


def _text_objections(control: Element, what: str, value: str, *, typed: bool) -> Iterator[str]:
    if not value:
        return
    least, pattern = control.get("minlength") or "", control.get("pattern")
    if typed and least.isdigit() and length(value) < int(least):
        yield f"needs {least} characters or more, and has {length(value)}"
    several = value.split(",") if "multiple" in control.attrib and what == "email" else [value]
    if what == "email" and not all(EMAIL.fullmatch(each.strip()) for each in several):
        yield f"is no e-mail address: {value!r}"
    if what == "url" and not _is_address(value):
        yield f"is no address: {value!r}"
    if pattern is not None and what != "textarea" and not all(fits(pattern, each) for each in several):
        yield f"does not fit the pattern {pattern!r}: {value!r}"


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    if parts.scheme in {"http", "https", "ws", "wss", "ftp"}:
        return bool(parts.hostname or parts.path.strip("/\\"))
    return re.fullmatch(r"[a-z][a-z\d+.-]*", parts.scheme) is not None
