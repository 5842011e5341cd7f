"""Where two texts differ, in words, for people to see; what both have in common at length is left out."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

MOST_WORDS = 3000  # beyond which lines are compared: words would take too long
AROUND = 60  # characters shown of what both have in common, on either side of a difference

Parts = Sequence[tuple[str, bool]]  # texts, each with whether the other side has something else there


def apart(one: str, other: str) -> tuple[Parts, Parts]:
    """Give two texts in parts: what only it has is marked, what both have is cut where it is long."""
    words = [re.findall(r"\S+|\s+", text) for text in (one, other)]
    if max(map(len, words)) > MOST_WORDS:
        words = [text.splitlines(keepends=True) for text in (one, other)]
    steps = SequenceMatcher(None, words[0], words[1], autojunk=max(map(len, words)) > MOST_WORDS).get_opcodes()
    last = len(steps) - 1
    sides: tuple[list[tuple[str, bool]], ...] = ([], [])
    for place, (kind, start, end, other_start, other_end) in enumerate(steps):
        runs = ("".join(words[0][start:end]), "".join(words[1][other_start:other_end]))
        for side, run in zip(sides, runs, strict=True):
            if kind != "equal":
                side.extend([(run, True)] if run else [])
            else:
                side.extend((text, False) for text in _cut(run, begins=place == 0, ends=place == last))
    return sides[0], sides[1]


def _cut(run: str, *, begins: bool, ends: bool) -> Iterator[str]:
    """Leave out the middle of what both have; the beginning too where nothing comes before, or the end."""
    if len(run) <= 3 * AROUND:
        yield run
        return
    head, tail = run[:AROUND], run[-AROUND:]
    head = "" if begins else head.rpartition(" ")[0] or head  # words are not cut where there are any
    tail = "" if ends else tail.partition(" ")[2] or tail
    yield f"{head} … {tail}"
