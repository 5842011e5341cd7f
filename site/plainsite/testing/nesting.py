"""Which elements may stand in which, by the HTML standard; every element but the void ones must be closed."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from plainsite.testing.source import Source


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
    "html": FLOW | METADATA | {"head", "body"},  # whose tags may be left out
    "template": FLOW | IN_PART | METADATA,
    "dt": FLOW - words("header footer article aside nav section") - HEADINGS,
    "th": FLOW - words("header footer article aside nav section") - HEADINGS,
}
ROOT = FLOW | METADATA | {"html", "head", "body"}
TRANSPARENT = words("a ins del map object noscript audio video canvas slot")
MEDIA = words("source track")
NO_TEXT = words("ul ol menu dl table colgroup thead tbody tfoot tr select optgroup picture hgroup head")
FOREIGN = words("svg math")

A, BUTTON, LABEL, FORM, EDGE, ADDRESS = 1, 2, 4, 8, 16, 32
MARK = {"a": A, "button": BUTTON, "label": LABEL, "form": FORM, "header": EDGE, "footer": EDGE, "address": ADDRESS}
BANNED = dict.fromkeys(words("a button input select textarea iframe embed details audio video"), A | BUTTON)
BANNED |= {"label": A | BUTTON | LABEL, "form": FORM, "header": EDGE | ADDRESS, "footer": EDGE | ADDRESS}
BANNED |= dict.fromkeys(HEADINGS | words("article aside nav section address"), ADDRESS) | {"main": EDGE | ADDRESS}
QUIET = " quiet"
SAID = {A: "a link", BUTTON: "a button", LABEL: "a label", FORM: "a form"}
SAID |= {EDGE: "a header or footer", ADDRESS: "an address"}


class Place:
    """What an element is, so far as it matters to what may stand in it. There is one object for each that is alike."""

    made: ClassVar[dict[tuple[str, frozenset[str] | None, int], "Place"]] = {}

    def __init__(self, name: str, allowed: frozenset[str] | None, inside: int) -> None:
        """Take the element's name, what may stand in it (None: anything), and what it stands in (as bits)."""
        self.name, self.allowed, self.inside = name, allowed, inside
        self.bare = name in NO_TEXT
        self.known: dict[str, tuple[Place, tuple[str, ...]]] = {}

    def enter(self, name: str) -> "tuple[Place, tuple[str, ...]]":
        """Give the place inside of a child of this name, and what is wrong with such a child here."""
        if name not in self.known:
            plain = name.removesuffix(QUIET)
            key = (plain, self._allowed_in(plain), self.inside | MARK.get(name, 0))
            child = Place.made.setdefault(key, Place(*key))
            self.known[name] = (child, tuple(self._wrong_with(name)))
        return self.known[name]

    def _allowed_in(self, name: str) -> frozenset[str] | None:
        if self.allowed is None or name in FOREIGN:
            return None
        if name in TRANSPARENT:
            return (
                FLOW if self.name in {"", "html"} else self.allowed | (MEDIA if name in {"audio", "video"} else set())
            )
        if name == "div" and self.name == "dl":
            return CONTENT["dl"] - {"div"}
        return CONTENT.get(name, FLOW)

    def _wrong_with(self, name: str) -> Iterator[str]:
        plain = name.removesuffix(QUIET)
        if self.allowed is not None and plain not in self.allowed and "-" not in plain:
            where = f"<{self.name}>" if self.name else "the page"
            yield f"may not stand in {where}" if plain in FLOW | PARTS else "is no element of HTML"
        within = BANNED.get(name, 0) & self.inside
        if within:
            yield f"may not stand in {' and '.join(said for bit, said in SAID.items() if bit & within)}"


START = Place("", ROOT, 0)


def problems(source: Source) -> Iterator[tuple[int, str]]:
    """Give the place and a sentence for each element that is unclosed, misnested or where it may not be."""
    top, stack = START, [(START, 0)]
    for name, attributes, start, text, rest in source.tags:
        if top.bare and text and not text.isspace():
            yield stack[-1][1], f"text right in <{top.name}>: {text.strip()[:40]!r}"
        if attributes is None:
            if top.name == name:
                stack.pop()
            else:
                yield from _close(stack, name, start)
            top = stack[-1][0]
        else:
            into, wrong = top.enter(name + QUIET if _is_quiet(name, attributes) else name)
            if wrong:
                yield from ((start, sentence) for sentence in wrong)
            if name not in VOID and not (into.allowed is None and rest.endswith("/")):
                stack.append((into, start))
                top = into
    yield from ((start, f"<{place.name}> is never closed") for place, start in stack[1:])


def _is_quiet(name: str, attributes: Mapping[str, str]) -> bool:
    """Say whether an element that a person may act on is one that they cannot."""
    if name == "input":
        return attributes.get("type", "").lower() == "hidden"
    return name in {"audio", "video"} and "controls" not in attributes


def _close(stack: list[tuple[Place, int]], name: str, start: int) -> Iterator[tuple[int, str]]:
    if not any(place.name == name for place, _ in stack[1:]):
        yield start, f"</{name}> closes nothing"
        return
    while (left := stack.pop())[0].name != name:
        yield left[1], f"<{left[0].name}> is not closed before </{name}>"
