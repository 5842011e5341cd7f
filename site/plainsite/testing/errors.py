"""What can go wrong between a test and a page, each said so that the test's author knows what to do."""
# ruff: noqa: N818 - they read as what happened: `raises(NotOnPage)`

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class NotOnPage(LookupError):
    """The page has nothing with this label, text or name; the message lists what it has."""

    def __init__(self, kind: str, wanted: str, known: Iterable[str], *, place: str = "", hint: str = "") -> None:
        """Take what was looked for (a `kind` called `wanted`), what is there (`known`), where, and a hint."""
        self.wanted, self.known = wanted, list(dict.fromkeys(known))
        there = f"There is: {'; '.join(self.known)}." if self.known else "There is none at all."
        super().__init__(f"no {kind} {wanted!r} {place or 'on the page'}.{nearest(wanted, self.known)} {there}{hint}")


class Ambiguous(LookupError):
    """Several things on the page answer to this; the message names each, and `within()` tells them apart."""

    def __init__(self, kind: str, wanted: str, candidates: Sequence[str]) -> None:
        """Take what was looked for, and a description of each thing that was found."""
        self.wanted, self.candidates = wanted, list(candidates)
        found = "\n  ".join(self.candidates)
        super().__init__(f"{len(candidates)} times {kind} {wanted!r}; say which one with within(…):\n  {found}")


class NotPossible(ValueError):
    """A person could not do this in a browser: the control is disabled, the text too long, the option missing."""


class NotSent(NotPossible):
    """A browser would hold this form back and point at a field; the message says which, and how to send it anyway."""


class TooManyRedirects(RuntimeError):
    """The site sends the visitor on and on; the message shows the way taken."""


class PageProblem(AssertionError):
    """A page breaks rules that hold for all pages; the message says each, with the element."""

    def __init__(self, page: str, problems: Sequence[str]) -> None:
        """Take what the page is called and what is wrong with it."""
        self.problems = list(problems)
        super().__init__("\n  ".join([f"{page}: {len(problems)} problem{'s'[: len(problems) != 1]}", *problems]))


def nearest(wanted: str, known: Sequence[str]) -> str:
    """Say which of the known words was probably meant, or nothing."""
    folded = {word.casefold(): word for word in reversed(known)}
    close = get_close_matches(wanted.casefold(), folded, n=1)
    return f" Did you mean {folded[close[0]]!r}?" if close else ""
