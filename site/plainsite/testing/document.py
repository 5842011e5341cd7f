"""A page's elements, and which form and which state each control has by the HTML standard."""

import re
from collections.abc import Mapping
from functools import cached_property

from plainsite.testing.dom import Element, finder, fold, parse, text_of

CONTROLS = finder("//button | //input | //select | //textarea")
IDS = finder("//*[@id]")
OPTIONS = finder(".//option")
FORMS = finder("//form")
TEXT_KINDS = frozenset({"text", "search", "tel", "url", "email", "password"})
PICKED_KINDS = frozenset({"date", "time", "datetime-local", "month", "week", "number", "range", "color"})
BUTTON_KINDS = frozenset({"submit", "image", "reset", "button"})
OTHER_KINDS = frozenset({"hidden", "checkbox", "radio", "file"})
KINDS = TEXT_KINDS | PICKED_KINDS | BUTTON_KINDS | OTHER_KINDS
BUTTON_TYPES = frozenset({"submit", "reset", "button"})


class Document:
    """A parsed page: its tree, its ids, its controls and the form that owns each."""

    def __init__(self, source: str) -> None:
        """Parse the source; nothing else is worked out before it is asked for."""
        self.root = parse(source)

    @cached_property
    def ids(self) -> Mapping[str, Element]:
        """Every id with the first element that has it."""
        return {element.attrib["id"]: element for element in reversed(IDS(self.root))}

    @cached_property
    def controls(self) -> list[Element]:
        """All buttons, inputs, selects and textareas, in the order of the page."""
        return CONTROLS(self.root)

    @cached_property
    def forms(self) -> list[Element]:
        """All forms, in the order of the page."""
        return FORMS(self.root)

    def owner(self, control: Element) -> Element | None:
        """Give the form that a control belongs to: by its `form` attribute, else the one around it."""
        named = control.get("form")
        if named is not None:
            form = self.ids.get(named)
            return form if form is not None and form.tag == "form" else None
        return next(control.iterancestors("form"), None)

    def controls_of(self, form: Element) -> list[Element]:
        """Give the controls that belong to a form, in the order of the page."""
        return [control for control in self.controls if self.owner(control) is form]


def kind(control: Element) -> str:
    """Say what a control is: `select`, `textarea`, or the type of an input or a button."""
    said = (control.get("type") or "").lower()
    if control.tag == "input":
        return said if said in KINDS else "text"
    if control.tag == "button":
        return said if said in BUTTON_TYPES else "submit"
    return control.tag


def is_disabled(control: Element) -> bool:
    """Say whether a control is disabled: itself, or by a fieldset around it of which it is not in the first legend."""
    if control.tag in {"a", "area"}:  # links never are
        return False
    if "disabled" in control.attrib:
        return True
    for fieldset in control.iterancestors("fieldset"):
        if "disabled" in fieldset.attrib:
            legend = next(fieldset.iterchildren("legend"), None)
            if legend is None or legend not in control.iterancestors("legend"):
                return True
    return False


def is_hidden(element: Element) -> bool:
    """Say whether an element is one that nobody sees or can use without JavaScript, or in one."""
    return any(_hides(each) for each in (element, *element.iterancestors()))


def _hides(element: Element) -> bool:
    attributes = element.attrib
    if "hidden" in attributes:
        return attributes["hidden"].lower() != "until-found"
    return "inert" in attributes or (element.tag == "dialog" and "open" not in attributes)


def is_readonly(control: Element) -> bool:
    """Say whether a text control may be read only."""
    return "readonly" in control.attrib and (
        control.tag == "textarea" or kind(control) not in {"range", "color", "hidden", *OTHER_KINDS, *BUTTON_KINDS}
    )


def options_of(select: Element) -> list[Element]:
    """Give a select's options, those of its groups too."""
    return OPTIONS(select)


def line_count(select: Element) -> int:
    """Give how many lines of a select that takes one option are shown at once."""
    said = re.match(r"[ \t\n\f\r]*\+?(\d+)", select.get("size") or "", re.ASCII)
    return int(said[1]) or 1 if said else 1


def option_text(option: Element) -> str:
    """Give what a person reads in the list for this option."""
    return fold(option.get("label") or "") or text_of(option)


def option_value(option: Element) -> str:
    """Give what is sent for this option: its value, else all its text, of which only ASCII's blanks are folded."""
    value = option.get("value")
    return " ".join(re.findall(r"[^ \t\n\f\r]+", "".join(option.itertext()))) if value is None else value


def option_is_disabled(option: Element) -> bool:
    """Say whether an option, or its group, is disabled."""
    group = option.getparent()
    return "disabled" in option.attrib or (group is not None and group.tag == "optgroup" and "disabled" in group.attrib)
