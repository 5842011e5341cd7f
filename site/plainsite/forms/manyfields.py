"""A column of several records, in the form that sets it in all; each record is merged as if it had its own form."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from plainsite.forms.codec import Unfit
from plainsite.forms.controls import ColumnField
from plainsite.forms.merging import MINE, NULL, Said, said
from plainsite.forms.sent import state_of

CLASH = "{label} was changed meanwhile in {number} of these records: choose which is to be kept"
NOT_TICKED = "Tick “Change it” to set {label}, or take away what stands there"
LONGEST_SAMPLE = 60  # characters shown of what all of them hold

Holds = Callable[[int, str, Any], bool]  # whether the record of a place has a value in a column, in whatever spelling


class ManyField(ColumnField):
    """A column of several records; it is set where it is ticked, so that an empty control means nothing by itself."""

    many = True

    def __init__(self, label: str, *, rows: Sequence[Any], there: Sequence[bool], holds: Holds, **column: Any) -> None:
        """Take also what each record holds, which of those asked for they are, and what tells if one has a value."""
        super().__init__(label, stored=None, new=False, **column)
        self.rows, self.are_there, self.is_held, self.optional = rows, there, holds, False
        self.present = [_short(state_of(self.column, stored)) for stored in rows]
        self.written: list[bool] = []

    def process(self, formdata: Any, *_: Any, **__: Any) -> None:
        """Take what was sent."""
        self.ticked = formdata is not None and f"{self.name}-set" in formdata
        super().process(formdata)

    def recall(self, sent: Mapping[str, str], now: str) -> None:
        """Take the states in which the records were served: one for each that was, in their order."""
        super().recall({f"{self.name}-was": " ".join(self.present), **dict(sent.items())}, now)
        self.was = self._of_those_there(self.was or "")
        self.before = None if self.before is None else self._of_those_there(self.before)

    def _of_those_there(self, states: str) -> str:
        """Leave out those of records that are gone; of states that are not as many nothing is known."""
        each = states.split()
        if len(each) == len(self.rows):
            return states
        if len(each) != len(self.are_there):
            each = ["?"] * len(self.are_there)
        return " ".join(state for state, is_there in zip(each, self.are_there, strict=True) if is_there)

    def validate(self, form: Any, extra_validators: Sequence[Any] = ()) -> bool:  # noqa: ARG002 - WTForms passes it
        """Read what is to be set, if anything is, and compare with what each record holds now."""
        self.errors, self.changed, self.clashes = [], False, False
        try:
            if self.ticked:
                self.merge(self._meant())
            elif self.sent and (self.null or self._asked() not in {NULL, "="}):
                self.errors = [NOT_TICKED.format(label=self.label.text)]
        except Unfit as why:
            self.errors = [f"{self.label.text} {why}"]
        return not self.errors

    def merge(self, typed: str) -> None:
        """Decide for each record: what still stands is overwritten, what was changed meanwhile is asked about."""
        self.typed, new = typed, _short(typed)
        was, before = (self.was or "").split(), (self.before or self.was or "").split()
        there = [now == new or (now != old and self._is_held(place)) for place, (now, old) in self._pairs(before)]
        contested = [now != old and not there[place] for place, (now, old) in self._pairs(before)]
        moved = [now != old and not there[place] for place, (now, old) in self._pairs(was)]
        self.choice = "" if any(moved) else self.choice
        self.clashes = any(contested) and not self.choice
        self.contested = [stored for stored, is_one in zip(self.rows, contested, strict=True) if is_one]
        self.before = " ".join(before) if any(contested) else None
        self.was = " ".join(self.present)
        if self.clashes:
            self.errors = [CLASH.format(label=self.label.text, number=len(self.contested))]
        mine = self.choice == MINE
        self.written = [not same and (mine or not one) for same, one in zip(there, contested, strict=True)]
        self.changed, self.there = any(self.written) and not self.clashes, any(there)
        self.theirs = any(contested) and not mine

    @property
    def sides(self) -> list[tuple[str, Said]]:
        """What those changed meanwhile hold now, and what was typed."""
        now = Counter(self.say(state_of(self.column, stored)).text for stored in self.contested)
        there = ", ".join(f"{text or '(empty)'} ({number})" for text, number in now.most_common(5))
        return [("They are now", said(there)), ("You typed", self.say(self.typed or NULL))]

    def _meant(self) -> str:
        """Give the state that is to be set, and keep its value."""
        if not self.sent:
            raise Unfit("is to be chosen")
        state = self._asked()
        if state == NULL and not self.column.nullable:
            raise Unfit("is needed")
        self.data = None if state == NULL else self.codec.value(state[1:])
        return state

    def _pairs(self, states: Sequence[str]) -> Iterator[tuple[int, tuple[str, str]]]:
        """Give each record's place, the state in which it is now, and another."""
        return enumerate(zip(self.present, states, strict=True))

    def _is_held(self, place: int) -> bool:
        return self.data is not None and self.is_held(place, self.column.name, self.data)

    def _null_ticked(self, sent: Mapping[str, str], *, fresh: bool) -> bool | None:
        boxed = super()._null_ticked(sent, fresh=fresh)  # type: ignore[arg-type]
        return False if fresh and boxed is not None else boxed

    def _null_or(self, state: str) -> str:
        if state != "=":
            raise Unfit("either has a value or is not set: untick the box or take the value away")
        return NULL

    def _served_choice(self) -> str:
        return "nothing is chosen yet"

    def _hint(self) -> str:
        if len(set(self.present)) > 1:
            return "They differ."
        text = self.say(state_of(self.column, self.rows[0])).text
        return f"All hold: {text[:LONGEST_SAMPLE]}{'…' if len(text) > LONGEST_SAMPLE else ''}"


def _short(state: str) -> str:
    """Give a state in so few characters that a form can carry those of hundreds of records."""
    return base64.urlsafe_b64encode(hashlib.sha256(state.encode(errors="surrogatepass")).digest()[:9]).decode()
