"""Reading a page as a person does: its tables, and what it says is wrong."""

from collections.abc import Iterator

from plainsite.testing.document import Document, kind
from plainsite.testing.dom import Element, finder, has_class, spoken, text_of
from plainsite.testing.labels import ASIDE, Labels

WRONG = frozenset(["err", "error", "errors", "error-message", "field-error", "field-errors", "invalid-feedback"])
DESCRIBED = finder("//*[@aria-describedby or @aria-errormessage]")
REMARKS = finder(f"//*[{has_class(*sorted(WRONG))}][not(ancestor-or-self::*[@role='alert'])]")
ALERTS = finder(f"//*[@role='alert'][not({has_class('flash')})]")
LINES = finder(".//li")
PARAGRAPHS = finder(".//p")
FLASHES = finder(f"//*[{has_class('flash')}]")
ROWS = finder("./tr | ./thead/tr | ./tbody/tr")
HEADS = finder("./thead/tr")


def errors(document: Document, labels: Labels) -> dict[str, str]:
    """Give what is wrong by the label of the field: what describes it and is marked as an error, or is beside it."""
    found: dict[str, list[str]] = {}
    read: set[Element] = set()
    for element in DESCRIBED(document.root):
        for each in _described(document, element):
            if each not in read:
                read.add(each)
                found.setdefault(_name(labels, element), []).append(sentence(each))
    for remark in REMARKS(document.root):
        if remark not in read and read.isdisjoint(remark.iterancestors()) and not _holds_remark(remark):
            name = _beside(document, labels, remark)
            if name is not None:
                found.setdefault(name, []).append(sentence(remark))
    return {name: " ".join(filter(None, said)) for name, said in found.items() if any(said)}


def summary(document: Document) -> list[str]:
    """Give the sentences of the error summary: the list in what is an alert and no flash message."""
    said: list[str] = []
    for alert in ALERTS(document.root):
        said += [text_of(line) for line in LINES(alert) or PARAGRAPHS(alert) or [alert]]
    return said


def flashes(document: Document) -> list[str]:
    """Give the messages of the elements of class `flash`."""
    return [text_of(each) for each in FLASHES(document.root)]


def table(element: Element) -> list[dict[str, str]]:
    """Give a table's rows, each cell by the header above it; a cell without a header's text is left out."""
    rows = ROWS(element)
    heads = HEADS(element)[-1:] or [row for row in rows[:1] if all(cell.tag == "th" for cell in row)]
    names = _unique([spoken(cell) for cell in _cells(heads[0])]) if heads else []
    bodies = [row for row in rows if row not in heads and getattr(row.getparent(), "tag", "") != "thead"]
    return [{name: text_of(cell) for name, cell in zip(names, _cells(row), strict=False) if name} for row in bodies]


def sentence(remark: Element) -> str:
    """Give what a remark says, without the "Error:" that some pages add for screen readers."""
    return text_of(remark).removeprefix("Error:").strip()


def _described(document: Document, element: Element) -> Iterator[Element]:
    ids = f"{element.get('aria-errormessage') or ''} {element.get('aria-describedby') or ''}"
    for each in dict.fromkeys(ids.split()):
        remark = document.ids.get(each)
        if remark is None:
            continue
        classes = (remark.get("class") or "").split()
        invalid = element.get("aria-invalid") == "true" and not ASIDE.search(" ".join(classes))
        if invalid or not WRONG.isdisjoint(classes):
            yield remark


def _holds_remark(remark: Element) -> bool:
    return any(not WRONG.isdisjoint((each.get("class") or "").split()) for each in remark.iter() if each is not remark)


def _name(labels: Labels, element: Element) -> str:
    """Give the name of a field: of radio buttons, and of several checkboxes of one name, the group's."""
    if element.tag in {"input", "select", "textarea"} and kind(element) in {"radio", "checkbox"}:
        group = labels.group(element)
        together = [each for each in labels.document.controls if each.get("name") == element.get("name")]
        if group is not None and (kind(element) == "radio" or len(together) > 1):
            return labels.label(group)
    return labels.label(element)


def _beside(document: Document, labels: Labels, remark: Element) -> str | None:
    """Give the name of the one field that shares the nearest surroundings with a remark that nothing refers to."""
    for around in remark.iterancestors():
        controls = [each for each in document.controls if around in each.iterancestors()]
        names = {_name(labels, each) for each in controls if kind(each) not in {"hidden", "submit", "button", "reset"}}
        if names:
            return names.pop() if len(names) == 1 else None
    return None


def _cells(row: Element) -> list[Element]:
    """Give a row's cells, one that spans columns once for each."""
    spans = ((cell, cell.get("colspan") or "1") for cell in row.iterchildren("td", "th"))
    return [cell for cell, span in spans for _ in range(min(int(span), 1000) if span.isdigit() else 1)]


def _unique(names: list[str]) -> list[str]:
    """Give the names, a repeated one with its number behind it."""
    return [
        name if not name or name not in names[:place] else f"{name} {names[: place + 1].count(name)}"
        for place, name in enumerate(names)
    ]
