"""A page's source as tags, strictly: what a browser would quietly repair is told."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

TOKEN = re.compile(
    r"""<(?:(?P<name>[a-z][^\s/>]*)(?P<rest>(?:[^>"']++|"[^"]*+"|'[^']*+')*+)>"""
    r"""|/(?P<end>[a-z][^\s/>]*)\s*>|!--(?:(?!--!?>).)*+-->|!doctype[^>]*>|!\[CDATA\[|(?P<wrong>))""",
    re.IGNORECASE | re.DOTALL,
)
VALUE = r"""(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
ATTRIBUTE = re.compile(rf"""([^\s"'<>/=]+){VALUE}""")
ATTRIBUTES = re.compile(rf"""(?:\s+[^\s"'<>/=]++{VALUE})*+\s*/?""")
RAW = frozenset({"script", "style", "textarea", "title"})
NO_ATTRIBUTES: Mapping[str, str] = {}


class Tag(NamedTuple):
    """A start tag (with its attributes) or an end tag (whose attributes are None), and the text before it."""

    name: str
    attributes: Mapping[str, str] | None
    start: int
    text: str
    closed: bool = False


class Source:
    """The tags of a page, with what is wrong in how they are written."""

    def __init__(self, source: str) -> None:
        """Read the whole source once."""
        self.source = source
        self.tags: list[Tag] = []
        self.problems: list[tuple[int, str]] = []
        self._read()

    def line(self, start: int) -> int:
        """Give the line of a place in the source, counted from 1."""
        return bisect_right([place.start() for place in re.finditer("\n", self.source)], start) + 1

    def shown(self, start: int) -> str:
        """Give the tag at a place in the source, cut when long."""
        end = self.source.find(">", start)
        tag = " ".join(self.source[start : end + 1 if end >= 0 else start + 40].split())
        return tag if len(tag) <= 120 else f"{tag[:119]}…"  # noqa: PLR2004 - as long as a line

    def _read(self) -> None:
        source, search, at = self.source, TOKEN.search, 0
        tags = self.tags
        while found := search(source, at):
            start, text = found.start(), source[at : found.start()]
            at = found.end()
            name, rest, end, wrong = found.groups()
            if name is not None:
                name = name.lower()
                attributes = self._attributes(rest, start) if rest else NO_ATTRIBUTES
                tags.append(Tag(name, attributes, start, text, rest.endswith("/")))
                if name in RAW:
                    at = self._raw_end(name, at)
            elif end is not None:
                tags.append(Tag(end.lower(), None, start, text))
            elif wrong is not None:
                self.problems.append((start, "a < that starts no tag: write it as &lt;"))
                at = start + 1

    def _attributes(self, rest: str, start: int) -> dict[str, str]:
        if not ATTRIBUTES.fullmatch(rest):
            self.problems.append((start, 'attributes that are not written as name="value", a blank before each'))
        attributes: dict[str, str] = {}
        for name, double, single, bare in ATTRIBUTE.findall(rest):
            value = double or single or bare
            name = name if name.islower() else name.lower()  # noqa: PLW2901
            if name in attributes:
                self.problems.append((start, f"the attribute {name} twice"))
            else:
                attributes[name] = unescape(value) if "&" in value else value
        return attributes

    def _raw_end(self, name: str, at: int) -> int:
        """Skip the text of an element in which a `<` is a mere character."""
        end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.source, at)
        return end.start() if end else len(self.source)
