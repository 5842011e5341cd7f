"""The control of a column of any table, as `macros/forms.html` draws it."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ForeignKeyConstraint

from plainsite.forms.merging import DIGEST, KEPT, LEFT, NULL, Said, said
from plainsite.forms.sent import CHOSEN, SentColumn, state_of
from plainsite.texts import bytes_in

DROPPED = "-dropped"  # ends the name under which it comes along that what was typed in a field does not
AGAIN = "{label} is to be given again: it was not kept while you looked for another record"


class Extras(NamedTuple):
    """What is known of a column beyond the record: the row referred to, where its file is, what its button finds.

    `holds` tells whether the record has a value there, in whatever spelling.
    """

    chosen: str = ""
    download: str = ""
    find: ForeignKeyConstraint | None = None
    holds: Callable[[str, Any], bool] = lambda *_: False


class ColumnField(SentColumn):
    """One column of a record, as it is shown."""

    def __init__(self, label: str, *, extras: Extras, **column: Any) -> None:
        """Take also what else is known of the column."""
        self.extras = extras
        super().__init__(label, **column)

    def process(self, formdata: Any, *_: Any, **__: Any) -> None:
        """Take what was sent, or else what is stored, and find the hint for that."""
        super().process(formdata)
        self.description = self._hint()
        if formdata is not None and f"{self.name}{DROPPED}" in formdata:
            self.errors = [AGAIN.format(label=self.label.text)]

    @property
    def control(self) -> str:
        """Name the control, as `macros/forms.html` knows it."""
        if self.frozen:
            return "frozen"
        if self.codec.control in {*CHOSEN, "checkbox", "file"}:
            return self.codec.control
        if self.secret:
            return "password"
        drawn = self.codec.control_for(self.text)
        refers = bool(self.column.foreign_keys)
        return "reference" if refers and not re.search("[\r\n]", self.text) else drawn

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The control's further attributes."""
        if self.control == "password":
            return {"autocomplete": "new-password"}
        if self.control == "reference":
            return {"inputmode": "numeric"} if self.codec.attributes_for("").get("inputmode") == "numeric" else {}
        return self.codec.attributes_for(self.text)

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """The values to choose from, with the states in which nothing is chosen."""
        members = [(f"={value}", label) for value, label in self.codec.members]
        if self.codec.control == "checkbox":
            return [(value, label, value[1:] in self.text.split(",")) for value, label in members]
        if self.secret and not self.new:
            members.insert(0, (KEPT, "Keep it as it is"))
        elif self.new and self.left:
            members.insert(0, (LEFT, "Left to the database"))
        elif self.new and self.codec.control == "select" and not self.column.nullable:
            members.insert(0, (LEFT, "Choose one"))
        if self.column.nullable:
            members.append((NULL, "Not set (NULL)"))
        state = self.text if self.sent else self._served_choice()
        return [(value, label, value == state) for value, label in members]

    @property
    def size(self) -> int | None:
        """How many bytes the file has; None where there is none, or it is a secret."""
        return len(self.stored) if isinstance(self.stored, bytes) and not self.secret else None

    @property
    def column_name(self) -> str:
        """The column's name, which the field's is not."""
        return str(self.column.name)

    def state(self, value: Any) -> str:
        """Give the state of a stored value."""
        return state_of(self.column, value)

    def holds(self, value: Any) -> bool:
        """Tell whether the record has a value, in whatever spelling."""
        return self.extras.holds(self.column.name, value)

    def say(self, state: str) -> Said:
        """Give a state in words: what a choice is called, how long a file is, nothing of a secret."""
        if self.secret and state != NULL:
            return Said("hidden", "null")
        if self.codec.control == "file" and state != NULL:
            return Said("another file" if state.startswith(DIGEST) else bytes_in(len(state[1:]) // 2), "soft")
        words = super().say(state)
        return words._replace(text=dict(self.codec.members).get(words.text, words.text))

    def say_now(self) -> Said:
        """Give what the record holds now, whole."""
        if self.stored is None or self.secret or self.codec.members:
            return self.say(self.now)
        return said(self.codec.show(self.stored))

    def _hint(self) -> str:
        if self.frozen:
            return self.frozen
        if self.file is not None and self.file.filename:
            return "Choose the file again: a browser does not keep it."
        if self.secret and not self.new:
            return "Never shown. Left as it is, it stays as it is." if self.stored is not None else "Not set so far."
        as_served = not self.sent or (self.stored is not None and self.text == self.codec.show(self.stored))
        said = [
            self.extras.chosen if as_served else "",
            self.codec.hint_for(self.text),
            f"{bytes_in(self.size)} so far." if self.size is not None else "",
        ]
        if self.new and self.left and self.codec.control not in CHOSEN:
            said.append("Left empty, the database fills it in.")
        return " ".join(filter(None, said))

    def _served_choice(self) -> str:
        if self.new:
            return LEFT if self.left else NULL
        return NULL if self.stored is None else KEPT if self.secret else f"={self.text}"
