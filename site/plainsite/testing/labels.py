"""What controls, groups, buttons and links are called, and finding them by it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from plainsite.testing.document import BUTTON_KINDS, Document, kind
from plainsite.testing.dom import INLINE, Element, finder, fold, spoken

LABELS = finder("//label")
LABELABLE = frozenset({"button", "input", "meter", "output", "progress", "select", "textarea"})
ASIDE = re.compile(r"req|optional|hint|help|note|null|error|^err$")
MARKS = " *:\N{HORIZONTAL ELLIPSIS}"
VARIANTS = 3


class Labels:
    """The names of everything on a page."""

    def __init__(self, document: Document) -> None:
        """Take the page; labels are worked out when the first is asked for."""
        self.document = document

    @cached_property
    def by_control(self) -> dict[Element, list[Element]]:
        """Every labelled control with its labels."""
        found: dict[Element, list[Element]] = {}
        for label in LABELS(self.document.root):
            control = self.labelled(label)
            if control is not None:
                found.setdefault(control, []).append(label)
        return found

    def labelled(self, label: Element) -> Element | None:
        """Give the control that a label is for: the one it points at, else the first in it."""
        target = label.get("for")
        if target is not None:
            control = self.document.ids.get(target)
            return control if control is not None and is_labelable(control) else None
        return next((each for each in label.iter(*LABELABLE) if is_labelable(each)), None)

    def names(self, element: Element) -> Iterator[list[str]]:
        """Give each name of an element in its variants, in the order in which screen readers prefer them."""
        for text in (" ".join(self._pointed(element)), fold(element.get("aria-label") or "")):
            if text:
                yield [text, text, text.strip(MARKS)]
        for label in self._elements(element):
            yield variants(label)
        for name in ("title", "placeholder"):
            if text := fold(element.get(name) or ""):
                yield [text] * VARIANTS

    def label(self, element: Element) -> str:
        """Give the name of an element that messages use, without "(optional)" and the like; "" without any."""
        ids = element.get("aria-labelledby") or element.get("aria-label")
        own = None if ids else next(self._elements(element), None)
        if own is not None and (text := plain(own)):
            return text
        return next((names[-1] for names in self.names(element) if names[-1]), "")

    def is_labelled(self, control: Element) -> bool:
        """Say whether a control has a name of its own; a placeholder or title is none."""
        own = (control.get("aria-label") or "").strip() or any(spoken(each) for each in self._elements(control))
        return bool(own) or any(self._pointed(control))

    def matching(self, elements: Iterable[Element], wanted: str) -> list[Element]:
        """Give the elements of that name: by its whole text first, then without what trails it, then without marks."""
        named = [(element, list(self.names(element))) for element in elements]
        for variant in range(VARIANTS):
            found = [element for element, names in named if any(each[variant] == wanted for each in names)]
            if found:
                return found
        return []

    def group(self, control: Element) -> Element | None:
        """Give the nearest named group around a control: a fieldset with a legend, or an element with that role."""
        for each in control.iterancestors():
            grouping = each.tag == "fieldset" or each.get("role") in {"group", "radiogroup"}
            if grouping and next(self.names(each), None):
                return each
        return None

    def _pointed(self, element: Element) -> list[str]:
        ids = (element.get("aria-labelledby") or "").split()
        return [aloud(self.document.ids[each]) for each in ids if each in self.document.ids]

    def _elements(self, element: Element) -> Iterator[Element]:
        """Give the elements whose text names this one."""
        if element.tag == "fieldset":
            yield from list(element.iterchildren("legend"))[:1]
        elif element.tag in {"button", "a", "summary"}:
            yield element
        elif element.tag in {"input", "select", "textarea"} and not (
            element.tag == "input" and kind(element) in BUTTON_KINDS
        ):
            yield from self.by_control.get(element, ())


def is_labelable(element: Element) -> bool:
    """Say whether a label can be for this element."""
    return element.tag in LABELABLE and not (element.tag == "input" and kind(element) == "hidden")


def button_text(button: Element) -> str:
    """Give what is written on an input that is a button; a picture's, or a part's of one, is its `alt`."""
    standard = {"submit": "Submit", "image": "Submit", "reset": "Reset"}.get(kind(button), "")
    written = button.get("alt") if kind(button) in {"image", "area"} else button.get("value")
    return fold(written if written is not None else standard)


def variants(label: Element) -> list[str]:
    """Give a label's whole text, the same without the elements at its end, and that without `*` or `:`."""
    whole = spoken(label)
    short = next(iter(_trimmed(label, only_asides=False)), whole)
    return [whole, short, short.strip(MARKS) or short]


def plain(label: Element) -> str:
    """Give a label's text without trailing "(optional)", hints and marks."""
    whole = spoken(label)
    short = next(iter(_trimmed(label, only_asides=True)), whole)
    return short.strip(MARKS) or short


def _trimmed(label: Element, *, only_asides: bool) -> Sequence[str]:
    """Give the label's text without the elements at its end, or nothing where that leaves nothing."""
    pieces: list[tuple[str, bool]] = [(label.text or "", False)]
    for child in label:
        text = spoken_child(child) if child.tag in INLINE else f" {spoken_child(child)} "
        pieces += [(text, not only_asides or is_aside(child)), (child.tail or "", False)]
    while pieces and (pieces[-1][1] or not pieces[-1][0].strip()):
        pieces.pop()
    left = fold("".join(piece for piece, _ in pieces))
    return [left] if left else []


def spoken_child(child: Element) -> str:
    """Give what a child adds to its label's text: a control adds nothing."""
    hidden = child.tag in LABELABLE or "hidden" in child.attrib or child.get("aria-hidden") == "true"
    return "" if hidden else aloud(child)


def aloud(element: Element) -> str:
    """Give what is read aloud of an element that is part of a name: what it is called, else its text."""
    return fold(element.get("aria-label") or "") or spoken(element)


def is_aside(element: Element) -> bool:
    """Say whether an element in a label is a remark and not its name."""
    return element.tag in {"small", "abbr", "sup"} or bool(ASIDE.search(element.get("class") or ""))
