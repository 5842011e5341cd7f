"""What counts as the same text, and which characters a text may hold. Knows neither database nor form."""

import re
import unicodedata

# Control, format, surrogate, private and unassigned characters, and the two line separators: none can be seen in a
# name, and some turn the direction of what follows them (Unicode Standard Annex #9; categories from UAX #44).
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def fold(text: str) -> str:
    """Give the key under which two spellings of one name meet: case, width, composition and spaces do not count.

    Takes any text; returns NFKC, case-folded, inner spaces single. Folding can undo normal form, so it is done twice
    (Unicode Standard, section 3.13, "identifier caseless match").
    """
    once = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).casefold().split())


def tidy(text: str) -> str:
    """Give a one-line text without spaces around it, composed (NFC): what is kept of a typed name."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def unseen(text: str) -> str:
    """Give the characters of a one-line text that nobody could see, in order; empty when there are none."""
    return "".join(character for character in text if unicodedata.category(character) in UNSEEN)


def unstorable(text: str) -> str:
    """Give the characters of a long text that not every database keeps: NUL and halves of surrogate pairs."""
    return "".join(UNSTORABLE.findall(text))


def unbroken(text: str) -> str:
    """Give a typed text with its line ends as LF: a browser sends CRLF whatever was served."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
