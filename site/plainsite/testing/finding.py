"""Finding the one control, button or link that a test means, or saying why there is none."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from plainsite.testing.document import (
    BUTTON_KINDS,
    PICKED_KINDS,
    TEXT_KINDS,
    is_disabled,
    is_hidden,
    is_readonly,
    kind,
    option_is_disabled,
    option_text,
    options_of,
)
from plainsite.testing.dom import Element, describe, finder, fold, spoken, text_of
from plainsite.testing.errors import Ambiguous, NotOnPage, NotPossible
from plainsite.testing.labels import button_text
from plainsite.testing.scopes import place

if TYPE_CHECKING:
    from plainsite.testing.page import Page

WRITTEN = TEXT_KINDS | PICKED_KINDS | {"textarea"}
ARROWS = " .:*…→←↑↓»«\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
LINKS = finder("//a[@href] | //area[@href]")
HOW = {"select": "choose()", "radio": "choose()", "checkbox": "check() or uncheck()", "file": "attach()"}


class Part:
    """A page, or a part of it, in which things are looked for."""

    def __init__(self, page: "Page", element: Element | None = None) -> None:
        """Take a page, and the element to stay within."""
        self.page, self.element = page, element
        self.labels, self.document = page.document_labels, page.document

    def controls(self, kinds: Iterable[str] | None = None) -> list[Element]:
        """Give the controls that are not buttons and that a person sees, of these kinds or of all."""
        wanted = frozenset(kinds) if kinds else None
        return [
            each
            for each in self.inside(self.document.controls)
            if (kind(each) in wanted if wanted else kind(each) not in BUTTON_KINDS | {"hidden"})
        ]

    def inside(self, elements: Iterable[Element]) -> list[Element]:
        """Give those of the elements that are in this part, a form's controls elsewhere on the page too."""
        part = self.element
        if part is None:
            return list(elements)
        return [each for each in elements if part in (each, *each.iterancestors()) or self.document.owner(each) is part]

    def control(self, label: str, kinds: Iterable[str] | None = None, *, usable: bool = True) -> Element:
        """Give the one control of these kinds with this label; unless told otherwise it must be ready to be used."""
        found = self.labels.matching(self.controls(kinds), fold(label))
        if not found:
            others = self.labels.matching(self.controls(), fold(label))
            if others:
                alone = kind(others[0]) == "radio" and self.labels.group(others[0]) is None
                how = "check()" if alone else HOW.get(kind(others[0]), "fill()")
                message = f"{describe(others[0])} labelled {label!r} is for {how}"
                raise NotPossible(message)
            raise NotOnPage("control labelled", label, known(self.page, self.controls()), place=self._said())
        control = self.one("a control labelled", label, found)
        return self.usable(control) if usable else control

    def radios(self, group: str) -> list[Element]:
        """Give the radio buttons in the group of this name; none when there is no such group."""
        radios = self.controls({"radio"})
        groups = dict.fromkeys(each for each in map(self.labels.group, radios) if each is not None)
        named = self.labels.matching(groups, fold(group))
        return [each for each in radios if self.labels.group(each) in named]

    def radio(self, group: str, option: str) -> Element | None:
        """Give the radio button of this label in the group of this name; nothing when there is no such group."""
        here = self.radios(group)
        if not here:
            return None
        found = self.labels.matching(here, fold(option))
        if not found:
            raise NotOnPage("option", option, [self.labels.label(each) for each in here], place=f"in {group!r}")
        return self.usable(self.one(f"in {group!r} the option", option, found))

    def box(self, label: str) -> Element:
        """Give the checkbox with this label, else the radio button of that label in no group that could be named."""
        alone = [each for each in self.controls({"radio"}) if self.labels.group(each) is None]
        found = self.labels.matching(alone, fold(label))
        if not found or self.labels.matching(self.controls({"checkbox"}), fold(label)):
            return self.control(label, {"checkbox"})
        return self.usable(self.one("a radio button labelled", label, found))

    def button(self, text: str) -> Element:
        """Give the one button with this text."""
        buttons = self._buttons()
        found = self._by_text(buttons, text)
        if not found:
            links = self._by_text(self.inside(LINKS(self.document.root)), text)
            hint = " (A link has this text: use follow().)" if links else ""
            raise NotOnPage("button", text, map(self.name, buttons), place=self._said(), hint=hint)
        return self.usable(self.one("a button", text, found))

    def link(self, text: str) -> Element:
        """Give the link with this text; of several that lead to the same address the first."""
        links = self.inside(LINKS(self.document.root))
        found = self._by_text(links, text)
        if not found:
            hint = " (A button has this text: use press().)" if self._by_text(self._buttons(), text) else ""
            raise NotOnPage("link", text, map(self.name, links), place=self._said(), hint=hint)
        seen = [each for each in found if not is_hidden(each)] or found
        link = seen[0] if len({each.get("href") for each in seen}) == 1 else self.one("a link", text, seen)
        return self.usable(link)

    def _buttons(self) -> list[Element]:
        """Give the buttons that can be seen."""
        buttons = (each for each in self.inside(self.document.controls) if kind(each) in BUTTON_KINDS)
        return [each for each in buttons if "hidden" not in each.attrib]

    def name(self, element: Element) -> str:
        """Give the text of a button or link as a screen reader says it."""
        written = button_text(element) if element.tag in {"input", "area"} else ""
        return self.labels.label(element) if not written or element.get("aria-label") else written

    def one(self, kind_of: str, wanted: str, found: Sequence[Element]) -> Element:
        """Give the only one, hidden and disabled ones not counted beside others."""
        seen = [each for each in found if not is_hidden(each)] or found
        ready = [each for each in seen if not is_disabled(each)] or seen
        if len(ready) > 1:
            raise Ambiguous(kind_of, wanted, [place(self.labels, each) for each in ready])
        return ready[0]

    def usable(self, control: Element) -> Element:
        """Refuse what is disabled or hidden."""
        if is_disabled(control) or is_hidden(control):
            message = f"{describe(control)} labelled {self.name(control)!r} is "
            message += "disabled" if is_disabled(control) else "hidden: nobody sees it without JavaScript"
            raise NotPossible(message)
        return control

    def _by_text(self, elements: Iterable[Element], text: str) -> list[Element]:
        wanted, elements = fold(text), list(elements)
        for words in (spoken, self.name, text_of, lambda each: self.name(each).strip(ARROWS)):
            found = [each for each in elements if words(each) == wanted]
            if found:
                return found
        return []

    def _said(self) -> str:
        return f"in {describe(self.element)}" if self.element is not None else ""


def known(page: "Page", controls: Iterable[Element]) -> list[str]:
    """Give the labels that a person can name: of radio buttons their group with its options."""
    labels = page.document_labels
    said: dict[str, list[str]] = {}
    for control in controls:
        group = labels.group(control) if kind(control) == "radio" else None
        name = labels.label(control if group is None else group)
        if name or group is not None:
            said.setdefault(name, []).extend([labels.label(control)] if group is not None else [])
    return [f"{name} ({', '.join(options)})" if options else name for name, options in said.items()]


def option(select: Element, text: str) -> Element:
    """Give the option of a select with this text."""
    options = options_of(select)
    found = [each for each in options if option_text(each) == fold(text)]
    if not found:
        raise NotOnPage("option", text, map(option_text, options), place=f"in {describe(select)}")
    ready = [each for each in found if not option_is_disabled(each)]
    if not ready:
        message = f"the option {text!r} of {describe(select)} is disabled"
        raise NotPossible(message)
    return ready[0]


def refuse_readonly(control: Element) -> None:
    """Refuse a control that may only be read."""
    if is_readonly(control):
        message = f"{describe(control)} is read-only"
        raise NotPossible(message)
