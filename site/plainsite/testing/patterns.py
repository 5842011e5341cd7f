"""The `pattern` of a control: a regular expression of JavaScript, read as browsers read it (with its flag `v`)."""

import re
from collections.abc import Iterator
from functools import lru_cache

CODE = r"\\x[\da-fA-F]{2}|\\u[\da-fA-F]{4}"
BLANKS = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
KNOWN = {each: f"\\{each}" for each in "dDwWnrtfv"} | {"0": r"\x00"}
OUTSIDE = KNOWN | {"s": f"[{BLANKS}]", "S": f"[^{BLANKS}]", "b": r"\b", "B": r"\B"}
INSIDE = KNOWN | {"s": BLANKS, "b": r"\x08"}
SIGNS = "^$\\.*+?()[]{}|/"  # what may be escaped
SIGNS_INSIDE = SIGNS + "&-!#%,:;<=>@`~"
LETTER = rf"(?:{CODE}|\\.|[^()\[\]{{}}/|\\-])"
PIECE = re.compile(
    rf"(?P<code>{CODE})|\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<letters>(?:{LETTER}(?:-{LETTER})?)+)\]"
    r"|(?P<group>\((?:\?(?::|=|!|<=|<!|<[a-z_]\w*>))?)|(?P<times>(?:[*+?]|\{\d+(?:,\d*)?\})\??)"
    r"|(?P<plain>[^\\\[\]{}*+?(])",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
LETTERS = re.compile(rf"({CODE})|\\(.)|(.)", re.DOTALL)
TWICE = re.compile(r"([&!#$%*+,.:;<=>?@^`~])\1")
PLAIN = {".": r"[^\n\r\u2028\u2029]", "$": r"\Z"}


class UnreadError(ValueError):
    """Browsers read no such pattern, and let every value through; or they do, and only JavaScript can."""


def fits(pattern: str, value: str) -> bool:
    """Say whether a browser lets a value through."""
    try:
        return _compiled(pattern).fullmatch(value) is not None
    except (UnreadError, re.error):
        return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{''.join(_translated(pattern))})", re.ASCII)


def _translated(pattern: str) -> Iterator[str]:
    """Give the pattern piece by piece as Python writes it. Raises UnreadError for what is none, or not understood."""
    at, repeatable = 0, False
    while at < len(pattern):
        found = PIECE.match(pattern, at)
        if found is None or (found["times"] and not repeatable):
            raise UnreadError(pattern)
        at = found.end()
        repeatable = not (found["times"] or found["group"] or (found["plain"] or "") in set("|^$"))
        if found["escaped"]:
            yield _escaped(found["escaped"], OUTSIDE, SIGNS)
        elif found["letters"]:
            yield f"[{found['negated']}{_letters(found['letters'])}]"
        elif found["group"]:
            yield found["group"].replace("?<", "?P<") if found["group"].endswith(">") else found["group"]
        else:
            yield PLAIN.get(found[0], found[0])


def _letters(written: str) -> str:
    """Give what stands in square brackets as Python writes it."""
    if TWICE.search(re.sub(r"\\.", "x", written)):
        raise UnreadError(written)
    return "".join(
        code or (_escaped(escaped, INSIDE, SIGNS_INSIDE) if escaped else "-" if plain == "-" else re.escape(plain))
        for code, escaped, plain in LETTERS.findall(written)
    )


def _escaped(sign: str, known: dict[str, str], signs: str) -> str:
    if sign in known:
        return known[sign]
    if sign not in signs:
        raise UnreadError(sign)
    return re.escape(sign)
