"""What a form sends: the HTML standard's "constructing the form data set"."""

from collections.abc import Iterator
from unicodedata import bidirectional

from plainsite.testing.document import Document, is_disabled, kind
from plainsite.testing.dom import Element
from plainsite.testing.state import File, State

Entry = tuple[str, str | File]
NOTHING = File("", b"", "application/octet-stream")
DIRECTED = frozenset(
    {"text", "search", "tel", "url", "email", "password", "hidden", "submit", "reset", "button", "textarea"}
)


def data_set(document: Document, form: Element, submitter: Element | None, state: State) -> list[Entry]:
    """Give the names and values that a form sends when this button of it is pressed, in the order of the page."""
    entries: list[Entry] = []
    for control in document.controls_of(form):
        if is_sent(control, submitter, state):
            entries += _entries(control, state)
    for name, values in state.forged.get(form, {}).items():
        entries = [entry for entry in entries if entry[0] != name] + [(name, value) for value in values]
    return entries


def is_sent(control: Element, submitter: Element | None, state: State) -> bool:
    """Say whether a control takes part at all."""
    what = kind(control)
    if what in {"submit", "image", "reset", "button"} and control is not submitter:
        return False
    if what in {"checkbox", "radio"} and not state.is_checked(control):
        return False
    if what != "image" and not control.get("name"):
        return False
    return not is_disabled(control) and next(control.iterancestors("datalist"), None) is None


def _entries(control: Element, state: State) -> Iterator[Entry]:
    what, name = kind(control), control.get("name") or ""
    if what == "image":
        prefix = f"{name}." if name else ""
        yield from ((f"{prefix}x", "0"), (f"{prefix}y", "0"))
    elif what == "select":
        yield from ((name, value) for value in state.chosen_values(control))
    elif what in {"checkbox", "radio"}:
        yield name, control.get("value", "on") or ""
    elif what == "file":
        yield from ((name, file) for file in state.files.get(control) or [NOTHING])
    elif what == "hidden" and name.lower() == "_charset_":
        yield name, "UTF-8"
    else:
        yield name, state.value(control)
    if control.get("dirname") and what in DIRECTED:
        yield control.get("dirname") or "", _direction(control, state.value(control))


def _direction(control: Element, value: str) -> str:
    """Say which way a control's text runs, for `dirname`."""
    for element in (control, *control.iterancestors()):
        said = (element.get("dir") or "").lower()
        if said in {"ltr", "rtl"}:
            return said
        if said == "auto":
            strong = (bidirectional(each) for each in value if bidirectional(each) in {"L", "R", "AL"})
            return "ltr" if next(strong, "L") == "L" else "rtl"
    return "ltr"
