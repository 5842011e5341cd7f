"""What all forms share: values for a service, and a refusal's reasons as sentences at the fields."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from flask import g, request
from flask_wtf import FlaskForm  # it has no types of its own
from werkzeug.datastructures import MultiDict
from wtforms import Field

from plainsite.forms import submissions
from plainsite.forms.fields import TextField
from plainsite.forms.merging import Merging
from plainsite.forms.tokens import Token
from plainsite.refusals import Reason, Refused

STALE = "This form could not be trusted any more, so nothing was saved. Check it and press the button again"
MADE = (
    "This form was sent before with something else in it, and that was saved. What it holds now is not saved: "
    "press the button again to add it as well"
)
AGAIN = "Nothing was saved now. Press the button again only if it is to be there a second time"

# What is said of a broken rule where a form has no words of its own. {label} and {typed} are the field's.
SENTENCES = {
    "taken": "{label} must be one that nobody else has: {typed} is taken",
    "missing": "{label} is needed",
    "unknown": "{label} names something that is not there any more",
    "too_long": "{label} must be {limit:,} characters or fewer",
    "check": "{label} does not keep a rule of the database: change it",
    "unseen": "{label} must not hold characters that cannot be seen",
    "unstorable": "{label} holds a character that cannot be stored: remove it",
    "in_use": "This cannot be deleted: {count} other records need it",
    "refused": "The database did not accept this. Nothing was saved: change something, or tell whoever runs the site",
    "stale": STALE,
    "made": MADE,
    "again": AGAIN,
}

# Where a request keeps why the form that it sent could not be saved just now, and that the form has said so.
UNSAVED, UNSAVED_SAID = "plainsite_unsaved", "plainsite_unsaved_said"


class Form(FlaskForm):
    """A form whose token is checked with its fields, so that a failed one comes back filled."""

    says: ClassVar[Mapping[str, str]] = {}  # "rule" or "rule:column" -> the form's own words

    class Meta(FlaskForm.Meta):
        """How a form reads what was sent."""

        csrf_class = Token

        def wrap_formdata(self, form: FlaskForm, _: Any) -> MultiDict[str, str] | None:
            """Read fields only: a file or JSON under a text field's name is no text."""
            return request.form if form.is_submitted() else None

    def __iter__(self) -> Iterator[Field]:
        """Give the fields that people see."""
        return (field for name, field in self._fields.items() if name != "csrf_token")

    def process(self, formdata: Any = None, obj: Any = None, **more: Any) -> None:
        """Take what was sent, and the record that is edited: its fields then say what they were served with."""
        super().process(formdata, obj, **more)
        self.record = obj
        for field in self if obj is not None else ():
            if isinstance(field, TextField) and hasattr(obj, field.name):
                field.serve((request.form if self.is_submitted() else None) or {})

    def validate(self, **wtforms: Any) -> bool:
        """Tell whether what was sent may be saved: not where that was tried, and the database could not."""
        right = bool(super().validate(**wtforms))
        if UNSAVED not in g:
            return right
        self.form_errors.append(g.get(UNSAVED))
        setattr(g, UNSAVED_SAID, True)
        return False

    def values(self) -> dict[str, Any]:
        """Give what was typed, by column, as a service takes it."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}

    def merging(self) -> Iterator[Merging]:
        """Give the fields that know of others who change the same record."""
        return (field for field in self if isinstance(field, Merging))

    def changes(self) -> dict[str, Any]:
        """Give what is to be written to the record, by column, after `validate`: nothing that was not touched."""
        return {field.name: field.data for field in self.merging() if field.changed}

    def held(self) -> dict[str, Any]:
        """Give what the record held in the columns that are to be written; a service looks whether it still does."""
        return {name: getattr(self.record, name) for name in self.changes()}

    @cached_property
    def submission(self) -> str:
        """The id under which what this form creates is made once."""
        return (submissions.sent() if self.is_submitted() else "") or submissions.fresh()

    def content(self) -> str:
        """Give a digest of what was typed."""
        return submissions.content_of(*self)

    def show(self, refused: Refused) -> None:
        """Say each reason at each field concerned, or above the form where no field is."""
        self.submission = submissions.next_id(refused, self.submission)
        for reason in refused.reasons:
            fields = [self._fields[column] for column in reason.columns if column in self._fields]
            for field in fields:
                field.errors = [*field.errors, self._sentence(reason, field)]
            if not fields:
                self.form_errors.append(self._sentence(reason, None))

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        """All that is wrong, for the summary: the field's id, or None, and the sentence."""
        if not self.form_errors and not any(field.errors for field in self._fields.values()):
            return []
        above: list[tuple[str | None, str]] = [(None, sentence) for sentence in self.form_errors]
        if "csrf_token" in self._fields and self._fields["csrf_token"].errors:
            above.append((None, STALE))
        return above + [(_anchor(field), sentence) for field in self for sentence in field.errors]

    @property
    def status(self) -> int:
        """What to answer with the form: 200 when it was merely opened, 409 when one is only to choose, or else 422."""
        clashes = sum(field.clashes for field in self.merging())
        return 200 if not self.problems else 409 if clashes == len(self.problems) else 422

    def _sentence(self, reason: Reason, field: Field | None) -> str:
        words = (
            self.says.get(f"{reason.rule}:{field.short_name if field else ''}")
            or self.says.get(reason.rule)
            or SENTENCES.get(reason.rule, SENTENCES["refused"])
        )
        label = field.label.text if field else "Something"
        typed = field.data if field else ""
        return words.format(label=label, typed=typed, limit=reason.limit or 0, count=reason.count, table=reason.table)


def _anchor(field: Field) -> str:
    """Give the id of the control that a summary's link leads to: of a group, its first."""
    if isinstance(field, Merging) and field.before is not None and field.clashes:
        return f"{field.id}-choice-0"
    control = getattr(field, "control", "")
    group = control == "radio" or (control == "checkbox" and getattr(field, "options", None))
    return f"{field.id}-0" if group else str(field.id)


class Press(Form):
    """A form with a button and nothing to fill in."""
