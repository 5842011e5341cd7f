"""A page's source as tags, strictly: what a browser would quietly repair is told."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import unescape

TOKEN = re.compile(
    r"""<(?:([a-z][^\s/>]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>|/([a-z][^\s/>]*+)\s*>"""
    r"""|!--.*?-->|!\[CDATA\[.*?\]\]>|!doctype[^>]*>|())""",
    re.IGNORECASE | re.DOTALL,
)
VALUE = r"""(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
ATTRIBUTE = re.compile(rf"""([^\s"'<>/=]+){VALUE}""")
ATTRIBUTES = re.compile(rf"""(?:\s+[^\s"'<>/=]++{VALUE})*+\s*/?""")
RAW = frozenset({"script", "style", "textarea", "title"})
LONGEST = 120

# Plain tuples, because a page has a thousand: name, attributes (None for an end tag), place in the source, the text
# before it, and the attributes as they are written.
Tag = tuple[str, Mapping[str, str] | None, int, str, str]


class Source:
    """The tags of a page, with what is wrong in how they are written."""

    def __init__(self, source: str) -> None:
        """Read the whole source once."""
        self.source = source
        self.tags: list[Tag] = []
        self.problems: list[tuple[int, str]] = []
        self.rest = ""
        at = 0
        while at < len(source):
            at = self._read(at)

    def line(self, start: int) -> int:
        """Give the line of a place in the source, counted from 1."""
        return self.source.count("\n", 0, start) + 1

    def shown(self, start: int) -> str:
        """Give the tag at a place in the source, cut when long."""
        end = self.source.find(">", start)
        tag = " ".join(self.source[start : end + 1 if end >= 0 else start + 40].split())
        return tag if len(tag) <= LONGEST else f"{tag[: LONGEST - 1]}…"

    def _read(self, at: int) -> int:
        """Read tags from a place on, and give where to go on: after the next text in which `<` is a mere character."""
        source, add = self.source, self.tags.append
        for found in TOKEN.finditer(source, at):
            start, text = found.start(), source[at : found.start()]
            at = found.end()
            name, rest, end, wrong = found.groups()
            if name is not None:
                name = name.lower()
                attributes, said = read_attributes(rest)
                add((name, attributes, start, text, rest))
                self.problems += [(start, sentence) for sentence in said]
                if name in RAW:
                    ending = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
                    return ending.start() if ending else len(source)
            elif end is not None:
                add((end.lower(), None, start, text, ""))
            elif wrong is not None:
                self.problems.append((start, "a < that starts no tag: write it as &lt;, or close the quote"))
        self.rest = source[at:]
        return len(source)


@lru_cache(maxsize=4096)
def read_attributes(written: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Give the attributes of a tag, and what is wrong in how they are written."""
    said: list[str] = []
    if not ATTRIBUTES.fullmatch(written):
        said.append('attributes are written name="value", with a blank before each')
    attributes: dict[str, str] = {}
    for name, double, single, bare in ATTRIBUTE.findall(written):
        key = name.lower()
        if key in attributes:
            said.append(f"the attribute {key} twice")
        else:
            attributes[key] = unescape(double or single or bare)
    return attributes, tuple(said)
