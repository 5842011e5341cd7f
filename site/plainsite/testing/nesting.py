"""Which elements may stand in which, by the HTML standard; every element but the void ones must be closed."""

from collections.abc import Iterator
from typing import NamedTuple

from plainsite.testing.source import Source, Tag


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = words("area base br col embed hr img input link meta param source track wbr")
PHRASING = words(
    "a abbr area audio b bdi bdo br button canvas cite code data datalist del dfn em embed i iframe img input ins kbd "
    "label link map mark math meta meter noscript object output picture progress q ruby s samp script select slot "
    "small span strong sub sup svg template textarea time u var video wbr",
)
FLOW = PHRASING | words(
    "address article aside blockquote details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header "
    "hgroup hr main menu nav ol p pre search section table ul",
)
HEADINGS = words("h1 h2 h3 h4 h5 h6 hgroup")
METADATA = words("base link meta noscript script style template title")
SCRIPTED = words("script template")
IN_PART = words("dd dt li caption colgroup col thead tbody tfoot tr td th legend optgroup option summary figcaption")
PARTS = IN_PART | words("source track rp rt html head body title base style param")
CONTENT: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        words(
            "abbr b bdi bdo button cite code data dfn em h1 h2 h3 h4 h5 h6 i kbd label mark meter output p pre "
            "progress q s samp small span strong sub sup time u var rp rt",
        ),
        PHRASING,
    ),
    "ul": SCRIPTED | {"li"},
    "ol": SCRIPTED | {"li"},
    "menu": SCRIPTED | {"li"},
    "dl": SCRIPTED | {"dt", "dd", "div"},
    "table": SCRIPTED | words("caption colgroup thead tbody tfoot tr"),
    "colgroup": words("col template"),
    "thead": SCRIPTED | {"tr"},
    "tbody": SCRIPTED | {"tr"},
    "tfoot": SCRIPTED | {"tr"},
    "tr": SCRIPTED | {"td", "th"},
    "select": SCRIPTED | words("option optgroup hr"),
    "optgroup": SCRIPTED | {"option"},
    "option": frozenset(),
    "datalist": PHRASING | {"option"},
    "legend": PHRASING | HEADINGS,
    "summary": PHRASING | HEADINGS,
    "fieldset": FLOW | {"legend"},
    "details": FLOW | {"summary"},
    "figure": FLOW | {"figcaption"},
    "caption": FLOW - {"table"},
    "picture": SCRIPTED | {"source", "img"},
    "ruby": PHRASING | {"rp", "rt"},
    "hgroup": SCRIPTED | HEADINGS | {"p"},
    "head": METADATA,
    "html": frozenset({"head", "body"}),
    "template": FLOW | IN_PART | METADATA,
    "dt": FLOW - words("header footer article aside nav section") - HEADINGS,
    "th": FLOW - words("header footer article aside nav section") - HEADINGS,
}
ROOT = FLOW | METADATA | {"html", "head", "body"}
TRANSPARENT = words("a ins del map object noscript audio video canvas slot")
MEDIA = words("source track")
NO_TEXT = words("ul ol menu dl table colgroup thead tbody tfoot tr select optgroup picture hgroup head html")
FOREIGN = words("svg math")

A, BUTTON, LABEL, FORM = 1, 2, 4, 8
MARK = {"a": A, "button": BUTTON, "label": LABEL, "form": FORM}
BANNED = dict.fromkeys(words("a button input select textarea iframe embed details audio video"), A | BUTTON)
BANNED |= {"label": A | BUTTON | LABEL, "form": FORM}
SAID = {A: "a link", BUTTON: "a button", LABEL: "a label", FORM: "a form"}


class Open(NamedTuple):
    """An element that is not closed yet: what may stand in it, and what it stands in."""

    name: str
    allowed: frozenset[str] | None
    inside: int
    start: int


def problems(source: Source) -> Iterator[tuple[int, str]]:
    """Give the place and a sentence for each element that is unclosed, misnested or where it may not be."""
    stack = [Open("", ROOT, 0, 0)]
    for tag in source.tags:
        top = stack[-1]
        if top.name in NO_TEXT and tag.text.strip():
            yield top.start, f"text right in <{top.name}>: {tag.text.strip()[:40]!r}"
        if tag.attributes is None:
            yield from _close(stack, tag)
        else:
            if top.allowed is not None:
                yield from _misplaced(top, tag)
            if tag.name not in VOID and not (tag.closed and top.allowed is None):
                stack.append(_open(top, tag.name, tag.start))
    yield from ((each.start, f"<{each.name}> is never closed") for each in stack[1:])


def _open(top: Open, name: str, start: int) -> Open:
    if top.allowed is None or name in FOREIGN:
        allowed = None
    elif name in TRANSPARENT:
        allowed = top.allowed | MEDIA if name in {"audio", "video"} else top.allowed
        allowed = FLOW if top.name in {"", "html"} else allowed
    elif name == "div" and top.name == "dl":
        allowed = CONTENT["dl"] - {"div"}
    else:
        allowed = CONTENT.get(name, FLOW)
    return Open(name, allowed, top.inside | MARK.get(name, 0), start)


def _misplaced(top: Open, tag: Tag) -> Iterator[tuple[int, str]]:
    name = tag.name
    if top.allowed is not None and name not in top.allowed and "-" not in name:
        known = name in FLOW or name in PARTS
        where = f"<{top.name}>" if top.name else "the page"
        yield tag.start, f"may not stand in {where}" if known else "is no element of HTML"
    if top.inside and (within := BANNED.get(name, 0) & top.inside) and _interacts(tag):
        yield tag.start, f"may not stand in {' and '.join(said for bit, said in SAID.items() if bit & within)}"


def _interacts(tag: Tag) -> bool:
    attributes = tag.attributes or {}
    if tag.name == "input":
        return attributes.get("type", "").lower() != "hidden"
    return tag.name not in {"audio", "video"} or "controls" in attributes


def _close(stack: list[Open], tag: Tag) -> Iterator[tuple[int, str]]:
    if stack[-1].name == tag.name and len(stack) > 1:
        stack.pop()
    elif any(each.name == tag.name for each in stack[1:]):
        while (left := stack.pop()).name != tag.name:
            yield left.start, f"<{left.name}> is not closed before </{tag.name}>"
    else:
        yield tag.start, f"</{tag.name}> closes nothing"
