"""What was sent for a column of a record, beside the state in which it was served: untouched, it changes nothing."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import request
from sqlalchemy import Column
from werkzeug.datastructures import MultiDict
from wtforms import Field

from plainsite.forms.codec import Codec, Unfit
from plainsite.forms.codecs import codec_for, why_frozen
from plainsite.forms.merging import CLASH, KEPT, LEFT, NULL, THEIRS, Merging, digested, mark
from plainsite.forms.rules import required
from plainsite.kinds import is_secret
from plainsite.texts import bytes_in, unbroken

LONGEST_FROZEN = 1000  # characters shown of what cannot be changed
OVERTAKEN = "{label} was changed meanwhile to what cannot be changed here, so what you typed was not saved: {typed}"
AGAIN = "was changed meanwhile, and a browser does not keep yours: give it again, or keep what is there now"
CHOSEN = frozenset({"radio", "select"})


class SentColumn(Merging, Field):
    """One column of a record, as it was stored and sent."""

    def __init__(self, label: str, *, column: Column[Any], stored: Any, new: bool, **wtforms: Any) -> None:
        """Take the label, the column, what the record holds in it, and whether there is no record yet."""
        super().__init__(label, **wtforms)
        self.column, self.stored, self.new = column, stored, new
        self.secret = is_secret(column.name)
        self.codec: Codec = codec_for(column, None if self.secret else stored)
        self.frozen = why_frozen(column, None if self.secret else stored, self.codec)
        self.required = required(column)
        self.left = not self.required and (not column.nullable or column.server_default is not None)
        self.optional = not (self.required if new else not column.nullable) and self.frozen is None
        self.now = NULL if new else state_of(column, stored)

    def process(self, formdata: Any, *_: Any, **__: Any) -> None:
        """Take what was sent, or else what is stored."""
        self.process_errors, self.errors = [], []
        sent: MultiDict[str, str] = MultiDict() if formdata is None or self.frozen else formdata
        self.file = request.files.get(self.name) if formdata is not None and self.codec.control == "file" else None
        self.overtaken = self._overtaken(formdata or {}) if self.frozen else None
        if not self.new and not self.frozen:
            self.recall(sent, self.now)
        self.null = self._null_ticked(sent, fresh=formdata is None)
        self.sent = formdata is not None and self._is_there(sent)
        if self.sent and self.codec.control == "checkbox":
            chosen = {each.removeprefix("=") for each in sent.getlist(self.name)}
            self.text = ",".join(value for value, _ in self.codec.members if value in chosen)
        elif self.sent:
            self.text = sent.get(self.name, "")
        elif self.secret or self.new or self.stored is None:
            self.text = ""
        elif self.frozen and isinstance(self.stored, bytes):
            self.text = bytes_in(len(self.stored))
        else:
            self.text = self.codec.show(self.stored)
        if self.frozen and len(self.text) > LONGEST_FROZEN:
            self.text = self.text[:LONGEST_FROZEN] + "…"
        if self.frozen:
            self.text = self.text.replace("\0", "\N{SYMBOL FOR NULL}")
        self.data = self.text

    def validate(self, form: Any, extra_validators: Sequence[Any] = ()) -> bool:  # noqa: ARG002 - WTForms passes it
        """Read what was typed, if it is another than was served. An untouched field is right whatever it holds."""
        self.errors, self.changed = [], False
        try:
            if not self.frozen:
                self._read()
        except Unfit as why:
            self.errors = [f"{self.label.text} {why}"]
        if self.clashes and not self.errors:
            self._ask()
        if self.overtaken is not None:
            self.errors, self.clashes = [OVERTAKEN.format(label=self.label.text, typed=self.overtaken)], True
        return not self.errors

    @property
    def removable(self) -> bool:
        """Whether the file can be taken away."""
        return not self.new and self.stored is not None and bool(self.column.nullable)

    def _null_ticked(self, sent: MultiDict[str, str], *, fresh: bool) -> bool | None:
        """Tell whether the box for NULL is ticked; None where there is none, as nothing else could be empty."""
        empty_now = self.was == "=" or (self.secret and not self.new)
        boxed = self.codec.keeps_empty or empty_now
        if self.frozen or not boxed or not self.column.nullable or self.codec.control in CHOSEN:
            return None
        return (not self.left if self.new else self.stored is None) if fresh else f"{self.name}-null" in sent

    def _is_there(self, sent: MultiDict[str, str]) -> bool:
        return self.name in sent or (self.codec.control == "checkbox" and (self.new or f"{self.name}-was" in sent))

    def _read(self) -> None:
        """Find out what the field asks for, and the value that means."""
        if self.codec.control == "file":
            self._read_file()
            return
        state = self._asked() if self.sent else (LEFT if self.new else self.was or NULL)
        null_is_meant = self.left and (self.codec.control in CHOSEN or self.null)  # there was a way to leave it out
        if state in {LEFT, KEPT} or (self.new and state == NULL and not null_is_meant):
            if self.new and self.required:
                raise Unfit("is needed")
            self._insist()
        elif self._is_to_be(state):
            if state == NULL and not self.column.nullable:
                raise Unfit("is needed")
            self.data = None if state == NULL else self.codec.value(state[1:], self.stored)

    def _is_to_be(self, state: str) -> bool:
        """Tell whether a state is to be written: in a new record always, else unless it stands there or clashes."""
        if self.new:
            self.changed = True
        else:
            self.merge(state)
            if self.clashes and self._is_there_already(state):
                self.agree()
        return self.changed

    def holds(self, value: Any) -> bool:  # noqa: ARG002 - by itself a field knows of nothing else
        """Tell whether the record has a value, in whatever spelling."""
        return False

    def _is_there_already(self, state: str) -> bool:
        """Tell whether the record holds what was typed, which an engine spells in its own way."""
        with suppress(Unfit):
            return (
                self.codec.control != "file" and state != NULL and self.holds(self.codec.value(state[1:], self.stored))
            )
        return False

    def _asked(self) -> str:
        """Give the state that was sent."""
        typed = self.codec.meant(self.text)
        if self.codec.control in CHOSEN:
            return typed
        if self.secret and not self.new and not typed:
            return NULL if self.null and self.was != NULL else KEPT
        if not typed.strip() and not self.codec.keeps_empty and self.null is None:
            return "=" if self.was == "=" and not typed else NULL  # some types print a value as nothing
        if self.new and not typed and not self.null and (self.left or not self.column.nullable):
            return LEFT
        return self._null_or(f"={typed}") if self.null else f"={typed}"

    def _null_or(self, state: str) -> str:
        """Tell which is meant where the box for NULL is ticked: what was done last, as far as one can tell."""
        if state == "=" or (not self.new and digested(state) == self.was):
            return NULL
        if self.new or self.was == NULL:
            return state
        raise Unfit("either has a value or is not set: untick the box or take the value away")

    def _read_file(self) -> None:
        if self.file is not None and self.file.filename:
            self.file.stream.seek(0)  # it may have been read before: by a form that was compared with an older state
            self.data = self.file.read()
            most = getattr(self.codec.declared, "length", None)
            if most and len(self.data) > most:
                raise Unfit(f"must be {most:,} bytes or fewer; this file has {len(self.data):,}")
            self._is_to_be(f"={self.data.hex()}")
        elif self.removable and f"{self.name}-remove" in request.form:
            self.data = None
            self._is_to_be(NULL)
        elif self.new and self.required:
            raise Unfit("is needed: choose a file")
        else:
            self._insist()

    def _insist(self) -> None:
        """Ask again for what was typed over another's change and cannot be sent along: it would be lost silently."""
        if self.before is not None and self.choice != THEIRS:
            raise Unfit(AGAIN)

    def _ask(self) -> None:
        """Ask what is to be kept; what was typed is served as it was meant, beside another state than before."""
        self.errors = [CLASH.format(label=self.label.text)]
        if self.null is not None:
            self.null = self.typed == NULL
            self.text = "" if self.null else self.text

    def _overtaken(self, sent: Mapping[str, str]) -> str | None:
        """Give what was typed, where meanwhile somebody stored what no form can change."""
        typed, was = sent.get(self.name), sent.get(f"{self.name}-was")
        untouched = typed is None or was is None or digested(f"={unbroken(typed)}") == unbroken(was)
        return None if untouched else typed


def state_of(column: Column[Any], stored: Any) -> str:
    """Give the state of a stored value, as a form that shows it says it was; two values that differ never share one."""
    if stored is None:
        return NULL
    if is_secret(column.name):
        return KEPT + mark(stored)
    codec = codec_for(column, stored)
    if isinstance(stored, bytes) and codec.control == "file":
        return digested(f"={stored.hex()}")
    return digested(f"={codec.meant(codec.show(stored))}")
