"""Parts of a page, by the words that a person would use to point at them."""

from collections.abc import Iterator

from plainsite.testing.dom import Element, describe, finder, fold, spoken
from plainsite.testing.errors import Ambiguous, NotOnPage
from plainsite.testing.labels import Labels

NAMED = finder("//*[@aria-label or @aria-labelledby][not(self::input or self::select or self::textarea or self::a)]")
TITLES = finder("//h1 | //h2 | //h3 | //h4 | //h5 | //h6 | //legend | //caption | //summary | //dt")
CELLS = finder("//tr/th | //tr/td")
NEXT_FORM = finder("following::form[1]")
AROUND = ("form", "fieldset", "section", "article", "aside", "dialog", "details", "nav", "table", "li")


def scope(labels: Labels, wanted: str) -> Element:
    """Find the one part of the page of that name: a form or region, then a heading or legend, then a table's row.

    Raises NotOnPage with what there is, or Ambiguous when several parts have that name.
    """
    known: list[str] = []
    for kind_of_part in (_named, _titled, _rows):
        parts = list(kind_of_part(labels))
        known += [name for _, name in parts if name]
        found = list(dict.fromkeys(part for part, name in parts if name == wanted))
        if len(found) > 1:
            raise Ambiguous("a part called", wanted, [describe(part) for part in found])
        if found:
            return found[0]
    raise NotOnPage("part called", wanted, known)


def place(labels: Labels, element: Element) -> str:
    """Say where on the page an element is, for messages that name several."""
    form = labels.document.owner(element)
    group = labels.group(element)
    row = next(element.iterancestors("tr"), None)
    said = [
        f"in the row {' | '.join(spoken(cell) for cell in row if spoken(cell))!r}" if row is not None else "",
        f"in the group {labels.label(group)!r}" if group is not None else "",
        f"in the form {_form_name(labels, form)}" if form is not None else "",
    ]
    return " ".join([describe(element), *filter(None, said)])


def _form_name(labels: Labels, form: Element) -> str:
    name = labels.label(form) or fold(form.get("name") or form.get("id") or "")
    return repr(name) if name else f"to {form.get('action') or 'this page'}"


def _named(labels: Labels) -> Iterator[tuple[Element, str]]:
    for part in NAMED(labels.document.root):
        yield part, labels.label(part)
    for form in labels.document.forms:
        yield from ((form, fold(form.get(key) or "")) for key in ("name", "id"))


def _titled(labels: Labels) -> Iterator[tuple[Element, str]]:
    for title in TITLES(labels.document.root):
        part = next(title.iterancestors(*AROUND), None)
        parts = NEXT_FORM(title) if part is None else [part]
        yield from ((each, spoken(title)) for each in parts)


def _rows(labels: Labels) -> Iterator[tuple[Element, str]]:
    for cell in CELLS(labels.document.root):
        row = cell.getparent()
        if row is not None:
            yield row, spoken(cell)
