"""What a field was served with, what the record holds now, and what was typed: which of them is to be.

Each of the three is a state, a text that tells values apart; a form carries the served one beside the control.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app
from wtforms import Label

from plainsite.forms.differences import Parts, apart
from plainsite.texts import unbroken

NULL, KEPT, LEFT = "-", "*", ""  # states: NULL; a secret as it is; what the database is to fill in
LONGEST_STATE = 200  # characters of a text; of a longer one a digest is enough
DIGEST = "#"  # begins the state of a longer one
MINE, THEIRS = "mine", "theirs"
CLASH = "{label} was changed meanwhile: choose which is to be kept"


class Said(NamedTuple):
    """A state in words: the text, a class where nobody typed that, of a long one where it differs, and whose it is."""

    text: str
    look: str = ""
    parts: Parts = ()
    by: str = ""


class Merging:
    """What a field of a record knows of others who change it too; mixed into fields."""

    name: str
    label: Label
    data: Any
    stored: Any = None  # what the record holds now
    was: str | None = None  # the state in which it was served; None where there is nothing to merge with
    before: str | None = None  # that of when it was first served, once somebody has been asked to choose
    now: str = NULL
    typed: str | None = None
    choice = ""
    changed = False  # it is to be written
    clashes = False  # somebody is to choose first
    theirs = False  # somebody else changed it, and that is kept
    by = ""  # who changed it meanwhile and when, in words, where that is known
    remembered: str | None = None  # what was served, where the form kept only a digest of it
    there = False  # it was changed meanwhile to the very value that was typed: by a first try, or by somebody else

    @property
    def column_name(self) -> str:
        """The column that it is about."""
        return self.name

    @property
    def options_of_clash(self) -> list[tuple[str, str, bool]]:
        """What there is to choose from: value, label, and whether it is chosen."""
        labels = {THEIRS: "Keep what is there now", MINE: "Take mine"}
        return [(value, label, value == self.choice) for value, label in labels.items()]

    @property
    def sides(self) -> list[tuple[str, Said]]:
        """What was there, what is there now and what was typed, in words."""
        was = self.say(self.before or NULL) if self.remembered is None else said(self.remembered)
        now = self.say_now()._replace(by=self.by)
        if self.typed is None:
            return [("It was", was), ("It is now", now)]
        mine = self.say(self.typed)
        if max(len(now.text), len(mine.text)) > LONGEST_STATE:
            there, here = apart(now.text, mine.text)
            now, mine = now._replace(parts=there), mine._replace(parts=here)
            was = was if self.remembered is None else was._replace(parts=apart(was.text, now.text)[0])
        return [("It was", was), ("It is now", now), ("You typed", mine)]

    def recall(self, sent: Mapping[str, str], now: str) -> None:
        """Take the state in which the field was served, which is the present one unless the form says otherwise.

        Every line end is sent as CRLF, those of hidden fields too (HTML, "constructing the form data set").
        """
        self.now, self.was = now, unbroken(sent.get(f"{self.name}-was", now))
        before = sent.get(f"{self.name}-before")
        self.before = None if before is None else unbroken(before)
        self.choice = sent.get(f"{self.name}-choice", "")

    def merge(self, typed: str) -> None:
        """Decide: a change of what still stands is written, one that is there already need not be, else one chooses."""
        was, now, state = self.was, self.now, digested(typed)
        self.typed, self.changed, self.clashes = typed, False, False
        self.there, self.theirs = state == now != was, state == was != now
        if state in {was, now}:
            self.before, self.was = None, was if state == was else now
        elif was != now:
            self.before, self.was, self.choice, self.clashes = self.before or was, now, "", True
        else:
            self.changed = self.before is None or self.choice == MINE
            self.theirs = self.choice == THEIRS
            self.clashes = not self.changed and not self.theirs

    def agree(self) -> None:
        """Take what is there for what was typed."""
        self.before, self.clashes, self.there = None, False, True

    def recollect(self, by: str, before: Any) -> None:
        """Take who changed it meanwhile, and what stood there before: it is what was served if its digest agrees."""
        self.by = by
        if isinstance(before, str) and digested(self.state(before)) == self.before:
            self.remembered = before

    def state(self, value: Any) -> str:
        """Give the state of a value."""
        raise NotImplementedError

    def say(self, state: str) -> Said:
        """Give a state in words."""
        if state.startswith(DIGEST):
            return Said("a long text, which is not kept", "soft")
        return Said("NULL", "null") if state == NULL else said(state.removeprefix("="))

    def say_now(self) -> Said:
        """Give what the record holds now in words."""
        return self.say(self.now)


def said(text: str) -> Said:
    """Give a text in words; the empty one too."""
    return Said(text) if text else Said("empty", "null")


def digested(state: str) -> str:
    """Give a state in few characters."""
    if len(state) <= LONGEST_STATE:
        return state
    return DIGEST + hashlib.sha256(state.encode(errors="surrogatepass")).hexdigest()


def mark(secret: Any) -> str:
    """Give what tells that a secret is another than before, and nothing of it to whoever does not have the site's key.

    An empty text where only this is known, that there is one.
    """
    if not secret:
        return ""
    key = current_app.config["SECRET_KEY"]
    text = secret if isinstance(secret, bytes) else str(secret).encode(errors="surrogatepass")
    return hmac.new(key if isinstance(key, bytes) else key.encode(), b"merging " + text, "sha256").hexdigest()[:24]
