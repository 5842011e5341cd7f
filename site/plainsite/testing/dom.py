"""A page's source as a tree of elements. The one place that touches lxml."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, cast

try:
    from lxml import etree, html  # it ships no types; Element below is all we use of it
except ModuleNotFoundError as error:
    missing = 'plainsite.testing reads pages with lxml, which is not installed here: pip install "plainsite[testing]"'
    raise ModuleNotFoundError(missing, name=error.name) from error

INVISIBLE = frozenset({"head", "script", "style", "template", "datalist", "select", "textarea"})
INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "select",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "textarea",
        "time",
        "u",
        "var",
        "wbr",
        "svg",
    ],
)
SHOWN = ("id", "name", "type", "class", "for", "href", "action", "value")


class Element(Protocol):
    """What is used of an element of the tree."""

    tag: str
    text: str | None
    tail: str | None
    sourceline: int | None

    @property
    def attrib(self) -> Mapping[str, str]: ...
    def get(self, key: str, default: str = ...) -> str | None: ...
    def getparent(self) -> "Element | None": ...
    def iter(self, *tags: str) -> "Iterator[Element]": ...
    def iterchildren(self, *tags: str) -> "Iterator[Element]": ...
    def iterancestors(self, *tags: str) -> "Iterator[Element]": ...
    def itertext(self) -> "Iterator[str]": ...
    def itersiblings(self, *tags: str) -> "Iterator[Element]": ...
    def __iter__(self) -> "Iterator[Element]": ...
    def __len__(self) -> int: ...


def parse(source: str) -> Element:
    """Read a page's source; anything is accepted, as a browser does."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    text = re.sub("\r\n?", "\n", source.removeprefix("\ufeff"))
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it but comments or blanks
        root = html.document_fromstring(b"<html></html>", parser=parser)
    for template in root.iter("template"):  # what is in it is no part of the page
        del template[:]
    return cast("Element", root)


def finder(path: str) -> Callable[[Element], list[Element]]:
    """Make a function that finds all elements of an XPath in the order of the page."""
    return cast("Callable[[Element], list[Element]]", etree.XPath(path))


def has_class(*names: str) -> str:
    """Give the XPath condition of an element that has one of these classes."""
    spaced = "concat(' ', normalize-space(@class), ' ')"
    return " or ".join(f"contains({spaced}, ' {name} ')" for name in names)


def fold(text: str) -> str:
    """Give the text with each run of blanks as one space, as it is seen."""
    return " ".join(text.split())


def text_of(element: Element) -> str:
    """Give the visible text, blanks folded; blocks and cells are set apart by a space."""
    return _words(element, aloud=False)


def spoken(element: Element) -> str:
    """Give the text as it is read aloud: what is hidden from screen readers left out, pictures by their `alt`."""
    if not len(element):
        return fold(element.text or "")
    return _words(element, aloud=True)


def describe(element: Element) -> str:
    """Show an element's start tag, with its line."""
    return f"{tag_of(element)} (line {element.sourceline})"


def tag_of(element: Element) -> str:
    """Show an element's start tag, with what tells it from others."""
    attributes = "".join(f' {name}="{element.attrib[name][:60]}"' for name in SHOWN if name in element.attrib)
    return f"<{element.tag}{attributes}>"


def _words(element: Element, *, aloud: bool) -> str:
    """Join the text of all that is seen (or heard); without recursion, because pages can be deep."""
    said = [element.text or ""]
    left: list[Element | str] = [*reversed(list(element))]
    while left:
        each = left.pop()
        if isinstance(each, str):
            said.append(each)
            continue
        left.append(each.tail or "")
        if _is_seen(each, aloud=aloud):
            apart = "" if each.tag in INLINE else " "
            name = _name(each) if aloud else ""
            said += [apart, name or each.text or ""]
            left += [apart, *([] if name else reversed(list(each)))]
    return fold("".join(said))


def _name(element: Element) -> str:
    """Give what is read aloud in place of what is in an element."""
    return element.get("aria-label") or (element.get("alt") if element.tag in {"img", "area"} else "") or ""


def _is_seen(element: Element, *, aloud: bool) -> bool:
    attributes = element.attrib
    if element.tag in INVISIBLE or "hidden" in attributes or (element.tag == "dialog" and "open" not in attributes):
        return False
    return not (aloud and attributes.get("aria-hidden") == "true")
