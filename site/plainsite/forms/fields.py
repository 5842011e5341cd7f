"""The kinds of controls, as templates read them: WTForms validates, `macros/forms.html` draws."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import StopValidation

from plainsite.forms.merging import CLASH, NULL, Merging, Said, digested, said
from plainsite.forms.rules import Rule
from plainsite.texts import tidy, unbroken


class TextField(Merging, StringField):
    """One line of text."""

    control = "text"

    def __init__(  # noqa: PLR0913 - each is one fact of the control
        self,
        label: str,
        rules: Iterable[Rule] = (),
        *,
        hint: str = "",
        called: str = "",
        optional: bool = False,
        attributes: Mapping[str, Any] | None = None,
        **wtforms: Any,
    ) -> None:
        """Take the label, the rules, a hint, what sentences call it, and the control's further attributes."""
        super().__init__(label, tuple(rules), description=hint, **wtforms)
        self.called = called
        self.optional = optional
        self.attributes = attributes or {}

    @property
    def text(self) -> str:
        """What the control shows."""
        return str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was sent; a control that was not sent was empty."""
        self.data = self.clean(valuelist[0] if valuelist else "")

    def clean(self, typed: str) -> str:
        """Give what is meant by what was typed."""
        return tidy(typed)

    def serve(self, sent: Mapping[str, str]) -> None:
        """Take it as a field of the record whose value it was given: others may change that meanwhile."""
        self.stored = self.object_data
        self.recall(sent, digested(self.state(self.object_data)))

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Judge what was typed, where it is to be written; an untouched field is right whatever it holds."""
        if self.was is not None:
            self.merge(self.state(self.data))
            self.errors = [CLASH.format(label=self.label.text)] if self.clashes else []
        return super().validate(form, extra_validators) if self.was is None or self.changed else not self.errors

    def say_now(self) -> Said:
        """Give what the record holds now, whole."""
        return said(str(self.object_data or ""))

    def say(self, state: str) -> Said:
        """Give a state in words: to people, nothing and NULL are the same here."""
        return said("") if state == NULL else super().say(state)

    def state(self, value: Any) -> str:
        """Give the state of a value."""
        text = self.clean(str(value or ""))
        return f"={text}" if text else NULL


class EmailField(TextField):
    """An e-mail address."""

    control = "email"


class LongTextField(TextField):
    """Many lines of text."""

    control = "textarea"

    def clean(self, typed: str) -> str:
        """Keep it as typed, with plain line ends."""
        return unbroken(typed)


class PasswordField(TextField):
    """A password: never sent back."""

    control = "password"
    text = ""

    def clean(self, typed: str) -> str:
        """Keep every character, spaces too."""
        return typed


class ChoiceField(TextField):
    """One of a few values."""

    control = "radio"

    def __init__(self, label: str, choices: Mapping[str, str], **more: Any) -> None:
        """Take the choices as value and label."""
        super().__init__(label, (self._known,), **more)
        self.choices = choices

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """The choices as value, label, and whether it is the chosen one."""
        return [(value, label, value == self.data) for value, label in self.choices.items()]

    def say(self, state: str) -> Said:
        """Give a state in words: what the choice is called."""
        words = super().say(state)
        return words._replace(text=self.choices.get(words.text, words.text))

    def say_now(self) -> Said:
        """Give what the record holds now in words."""
        return self.say(self.now)

    def _known(self, _: Any, __: Field) -> None:
        if self.data not in self.choices:
            raise StopValidation(f"Choose one of: {', '.join(self.choices.values())}")
