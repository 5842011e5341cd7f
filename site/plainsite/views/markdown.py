"""A message's text as safe HTML."""

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
VALUES = {"pre": {"tabindex": "0"}}  # it scrolls sideways, so a keyboard has to reach it

# Each of these makes the parser look at the rest of the text, so their number is what a page costs: a text of nothing
# but them would keep the server busy for a minute. Beyond it is shown as typed, or its bare addresses stay text.
SIGNS, MOST_SIGNS = "[*_`~<", 3_000
MOST_ADDRESSES = 200
MOST_CELLS = 20_000  # of a table: the parser fills each row up, however little is in it


def render(text: str) -> Markup:
    """Turn Markdown into HTML: raw HTML is shown as typed, links may not run anything, images are left out."""
    if sum(map(text.count, SIGNS)) > MOST_SIGNS or _cells(text) > MOST_CELLS:
        return Markup('<pre tabindex="0">{}</pre>').format(text)
    linkify = sum(map(text.count, ":@")) <= MOST_ADDRESSES
    import nh3  # noqa: PLC0415 - what only a message's page needs does not keep the first page waiting

    html = nh3.clean(
        _parser(linkify=linkify).render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        set_tag_attribute_values=VALUES,
        link_rel="nofollow ugc noopener",
    )
    return Markup(html)  # noqa: S704 - nh3 has let through only what is listed above


def _cells(text: str) -> int:
    lines = text.split("\n")
    return len(lines) * max(line.count("|") for line in lines)


@cache
def _parser(*, linkify: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - see above

    parser = MarkdownIt("js-default", {"html": False, "linkify": linkify, "breaks": True}).disable("image")
    # A page has one h1, its own: what a message calls its first heading comes below that.
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


def _lower_headings(state: object) -> None:
    for token in state.tokens:  # type: ignore[attr-defined]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
