"""What must hold for every page, whoever opens it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from plainsite.testing import nesting
from plainsite.testing.document import BUTTON_KINDS, is_disabled, kind
from plainsite.testing.dom import Element, finder, fold, spoken, tag_of
from plainsite.testing.errors import PageProblem
from plainsite.testing.finding import LINKS, Part
from plainsite.testing.labels import LABELS
from plainsite.testing.page import HEADINGS, TABLES, Page
from plainsite.testing.source import Source, Tag, read_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = "csrf_token"  # noqa: S105 - the name of a field
REFERRING = frozenset(
    {"aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage", "list", "form", "headers"}
)
INLINE = re.compile(r"""[\s"'/](?:on\w+|style)\s*=|script\s*:|&(?:#|tab|colon|newline)""", re.IGNORECASE)
SCRIPT = re.compile(r"[\x00-\x20]*javascript:", re.IGNORECASE)
ADDRESSES = frozenset({"href", "src", "action", "formaction", "data", "xlink:href"})
RUN = re.compile(r"\s*(?:|module|importmap|speculationrules|[^;]*(?:java|ecma|live|/j)script[^;]*)\s*", re.IGNORECASE)
DOCTYPE = re.compile(
    r"""\ufeff?\s*(?:<!--.*?-->\s*)*<!doctype\s+html\s*(?:\ssystem\s+["']about:legacy-compat["']\s*)?>""",
    re.IGNORECASE | re.DOTALL,
)
HEADER_CELLS = finder(".//th")
TOLD = frozenset({"presentation", "none"})


def check_page(page: Page, called: str, *, token: str | None = TOKEN) -> None:
    """Raise PageProblem with everything that is wrong with a page."""
    found = list(problems(page, token=token))
    if found:
        raise PageProblem(called, found)


def problems(page: Page, *, token: str | None = TOKEN) -> Iterator[str]:
    """Give a sentence, with line and element, for each rule that a page breaks.

    `token` is the name of the field that every form that posts must hold; None for none.
    """
    source = Source(page.html)
    found = [*source.problems, *nesting.problems(source), *_in_tags(source), *_references(page, source)]
    for start, sentence in sorted(found):
        yield f"line {source.line(start)}: {source.shown(start)}: {sentence}"
    yield from _of_page(page, source)
    yield from _forms(page, token)
    yield from _names(page)
    yield from (_told(each, "a table without header cells") for each in _bare_tables(page))


def _in_tags(source: Source) -> Iterator[tuple[int, str]]:
    """Find what a strict content policy forbids, and pictures without words."""
    suspect = INLINE.search(source.source) is not None
    for name, attributes, start, _, written in source.tags:
        if attributes is None:
            continue
        if name == "style":
            yield start, "an inline style: move it to a file"
        elif name == "script" and not attributes.get("src") and RUN.fullmatch(attributes.get("type", "")):
            yield start, "an inline script: move it to a file"
        elif name == "img" and "alt" not in attributes:
            yield start, 'no alt (alt="" when it only decorates)'
        elif name == "input" and attributes.get("type", "").lower() == "image" and not attributes.get("alt"):
            yield start, "no alt: what pressing it does"
        if suspect:
            for sentence in _inline(written):
                yield start, sentence


@lru_cache(maxsize=4096)
def _inline(written: str) -> tuple[str, ...]:
    return tuple(_inline_in(read_attributes(written)[0]))


def _inline_in(attributes: "Mapping[str, str]") -> Iterator[str]:
    for name, value in attributes.items():
        if name.startswith("on"):
            yield f"the handler {name}: listen from a script's file"
        elif name == "style":
            yield "an inline style: move it to a file"
        elif name in ADDRESSES and SCRIPT.match(re.sub(r"[\t\r\n]", "", value)):
            yield f"a script as {name}"


def _references(page: Page, source: Source) -> Iterator[tuple[int, str]]:
    """Find ids that are given twice, and references that lead to nothing."""
    tags = list(_shown(source))
    given = [(attributes["id"], start) for _, attributes, start, _, _ in tags if attributes and "id" in attributes]
    yield from ((start, "an id is a word without blanks") for each, start in given if len(each.split()) != 1)
    ids = Counter(each for each, _ in given)
    yield from ((start, f"the id {each!r} is given {ids[each]} times") for each, start in given if ids[each] > 1)
    for _, attributes, start, _, _ in tags:
        if not attributes:
            continue
        if not REFERRING.isdisjoint(attributes):
            for name in REFERRING & attributes.keys():
                missing = [each for each in attributes[name].split() or [""] if each not in ids]
                yield from ((start, f"{name} points at {each!r}, which is not on the page") for each in missing)
        href = attributes.get("href")
        if href and href[0] == "#":
            part = href[1:].partition(":~:")[0]  # after it stands a text to look for
            if part and part.lower() != "top" and part not in ids and unquote(part) not in ids:
                yield start, f"leads to {part!r}, which is not on the page"
    for label in LABELS(page.document.root):
        if page.document_labels.labelled(label) is None:
            yield _place(source, label), "a label of nothing: it points at no control and holds none"


def _shown(source: Source) -> Iterator[Tag]:
    """Give the tags that are no part of a template: what is in one may be copied, and is not on the page."""
    deep = 0
    for tag in source.tags:
        if tag[0] == "template":
            deep += 1 if tag[1] is not None else -1
        elif not deep:
            yield tag


def _place(source: Source, label: Element) -> int:
    """Find where in the source a label of the tree is."""
    attributes = dict(label.attrib)
    return next((start for name, given, start, _, _ in source.tags if name == "label" and given == attributes), 0)


def _of_page(page: Page, source: Source) -> Iterator[str]:
    headings = [fold(spoken(each)) for each in HEADINGS(page.document.root)]
    title = page.title.removeprefix("Error:").strip()
    if not DOCTYPE.match(source.source):
        yield "the page does not start with <!doctype html>"
    if len(headings) != 1 or not headings[0]:
        yield f"exactly one h1 with a text is needed, not {headings}"
    if not title:
        yield "the page has no title"
    elif headings and not title.startswith(headings[0]):
        yield f"the title {page.title!r} does not start with the h1 {headings[0]!r} (after an optional 'Error: ')"
    if not (page.document.root.get("lang") or "").strip():
        yield "<html>: no lang"


def _forms(page: Page, token: str | None) -> Iterator[str]:
    document = page.document
    for form in document.forms:
        method = (form.get("method") or "").lower()
        if method not in {"get", "post", "dialog"}:
            yield _told(form, "a form without a method (get or post)")
        if method != "dialog" and not (form.get("action") or "").strip():
            yield _told(form, "a form without an action")
        buttons = (each for each in document.controls_of(form) if "formmethod" in each.attrib)
        posts = method == "post" or any((each.get("formmethod") or "").lower() == "post" for each in buttons)
        held = (each for each in document.controls_of(form) if each.get("name") == token and not is_disabled(each))
        if token is not None and posts and not any(each.get("value") for each in held):
            yield _told(form, f"posts without a token (a hidden field {token} with a value)")


def _names(page: Page) -> Iterator[str]:
    """Find what a screen reader could not name: controls, buttons, links, groups of radio buttons."""
    part, labels = Part(page), page.document_labels
    for control in page.document.controls:
        what = kind(control)
        if what in BUTTON_KINDS:
            if not part.name(control):
                yield _told(control, "a button without a text")
        elif what != "hidden" and not labels.is_labelled(control):
            yield _told(control, "no label")
        elif what == "radio" and labels.group(control) is None:
            yield _told(control, "a radio button outside of a fieldset with a legend")
    for link in LINKS(page.document.root):
        if not (link.text and link.text.strip()) and not part.name(link):
            yield _told(link, "a link without a text")


def _bare_tables(page: Page) -> list[Element]:
    return [each for each in TABLES(page.document.root) if each.get("role") not in TOLD and not HEADER_CELLS(each)]


def _told(element: Element, sentence: str) -> str:
    return f"line {element.sourceline}: {tag_of(element)}: {sentence}"
