"""What counts as the same text, and which characters a text may hold. Knows neither database nor form."""

import hashlib
import re
import unicodedata

# Control, format, surrogate, private and unassigned characters, and the two line separators: none can be seen in a
# name, and some turn the direction of what follows them (Unicode Standard Annex #9; categories from UAX #44).
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

UNSTORABLE = re.compile("[\0\ud800-\udfff]")

LONGEST_KEY = 400  # characters: at four bytes each, an index of any engine takes them, beside another column too


# What Unicode lets a renderer ignore although its category is a letter's or a mark's (Default_Ignorable_Code_Point),
# and the empty Braille cell. U+FE0E and U+FE0F choose how an emoji looks: they may stand in a name, but make no other.
IGNORED = frozenset(map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)))
IGNORED |= frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))))
LOOKS = {0xFE0E: None, 0xFE0F: None}


def fold(text: str) -> str:
    """Give the key under which two spellings of one name meet: case, width, composition and spaces do not count.

    Takes any text; returns NFKC, case-folded, inner spaces single. Folding can undo normal form, so it is done twice
    (Unicode Standard, section 3.13, "identifier caseless match"). One character may fold to eighteen: of more than 400
    the key is the first ones and a digest of all, because no engine's index takes a text of any length.
    """
    if text.isascii() and "\0" not in text:  # it is in normal form
        key = " ".join(text.lower().split())
    else:
        once = unicodedata.normalize("NFKC", storable(text).translate(LOOKS)).casefold()
        key = " ".join(unicodedata.normalize("NFKC", once).casefold().split())
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]} {digest}"


def tidy(text: str) -> str:
    """Give a one-line text without spaces around it, composed (NFC): what is kept of a typed name."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def same_typed(password: str) -> str:
    """Give a password as every keyboard types it: one composes what another sends in parts (NIST SP 800-63B: NFKC)."""
    return unicodedata.normalize("NFKC", password)


def unseen(text: str) -> str:
    """Give the characters of a one-line text that nobody could see, in order; empty when there are none."""
    if text.isascii() and text.isprintable() and not text.isspace():
        return ""
    found = (each for each in text if unicodedata.category(each) in UNSEEN or each in IGNORED)
    return "".join(found) if fold(text) else text


def shows(text: str) -> bool:
    """Tell whether anything of a long text can be seen."""
    return any(
        not (each.isspace() or unicodedata.category(each) in UNSEEN or each in IGNORED or ord(each) in LOOKS)
        for each in text
    )


def unstorable(text: str) -> str:
    """Give the characters of a long text that not every database keeps: NUL and halves of surrogate pairs."""
    return "".join(UNSTORABLE.findall(text))


def storable(text: str) -> str:
    """Give a text that is only looked for, not kept, so that each database can be asked for it."""
    return UNSTORABLE.sub("\ufffd", text)


def unbroken(text: str) -> str:
    """Give a typed text with its line ends as LF: a browser sends CRLF whatever was served."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bytes_in(number: int) -> str:
    """Say how many bytes something has."""
    return "1 byte" if number == 1 else f"{number:,} bytes"
