"""Forms for any table, made from its columns: fields by number, because a column may be called what a form needs."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from flask import request
from sqlalchemy import ForeignKeyConstraint, Row
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.fields.core import UnboundField

from plainsite.forms import submissions
from plainsite.forms.base import AGAIN, MADE, STALE, Form
from plainsite.forms.controls import ColumnField, Extras
from plainsite.forms.finding import searched
from plainsite.reflection import Relation
from plainsite.refusals import Reason, Refused

SENTENCES = {
    "taken": "Another record has this {label} already: change it",
    "taken together": "Another record has the same {labels} together: change one of them",
    "missing": "{label} is needed",
    "unknown": "There is no record that {label} could refer to: find another",
    "unknown together": "There is no record that {labels} together could refer to: find another",
    "too_long": "{label} must be {limit:,} characters or fewer",
    "longer": "{label} is longer than this column can hold: shorten it",
    "check": "{label} does not keep a rule of the database{named}: change it",
    "invalid": "{label} is not a value that this column can hold: change it",
    "out_of_range": "{label} is too large or too small for this column",
    "in_use": "Other records refer to this one ({count:,} in {table}, by {words}), so the database keeps it as it is",
    "read_only": "This cannot be changed here: the database allows it to be read only",
    "several": "The database takes the keys of several records for the same, so none of them is changed here",
    "unread": "{words}",
    "ignored": "The database left this as it was and does not say why: a rule of its own, a trigger, forbids it",
    "said": "The database refused, with the words: {words}",
    "refused": "The database did not accept this. Nothing was saved: change something, or ask whoever runs it",
    "stale": STALE,
    "made": MADE,
    "again": AGAIN,
}


class RecordForm(Form):
    """A record of any table. What was not touched is not written, whatever it is."""

    says: ClassVar[Mapping[str, str]] = SENTENCES

    class Meta(Form.Meta):
        """How a form of a record reads what was sent."""

        def wrap_formdata(self, form: Form, formdata: Any) -> MultiDict[str, str] | None:
            """Read what a view hands over, else what was sent."""
            if isinstance(formdata, MultiDict):
                return formdata
            sent: MultiDict[str, str] | None = super().wrap_formdata(form, formdata)
            return sent

    def __init__(self, fields: Mapping[str, Any], **flask_wtf: Any) -> None:
        """Take the fields by name."""
        self._unbound_fields = list(fields.items())
        super().__init__(**flask_wtf)

    def changes(self) -> dict[str, Any]:
        """Give the columns to write, after `validate`: those whose sent state differs from the served one."""
        return {field.column.name: field.data for field in self._columns() if field.changed}

    def values(self) -> dict[str, Any]:
        """Give a new record's values, after `validate`; what was left empty is left to the database."""
        return self.changes()

    def held(self) -> dict[str, Any]:
        """Give what the record held in the columns that are to be written, as it is stored."""
        return {field.column.name: field.stored for field in self._columns() if field.changed}

    def validate_on_submit(self, **more: Any) -> bool:
        """Tell whether it was sent to be saved and may be: not while another table is searched for a foreign key."""
        sought = self.sought is not None or "pick" in request.form
        return not sought and bool(super().validate_on_submit(**more))

    def at(self, column: str) -> ColumnField | None:
        """Give a column's field by the column's name."""
        return next((field for field in self._columns() if field.column.name == column), None)

    @property
    def finds(self) -> bool:
        """Whether a button of the form searches another table."""
        return any(field.extras.find is not None and field.control == "reference" for field in self._columns())

    @property
    def sought(self) -> ForeignKeyConstraint | None:
        """The foreign key whose Find button was pressed."""
        pressed = request.form.get("find")
        return next((field.extras.find for field in self._columns() if field.name == pressed), None)

    def show(self, refused: Refused) -> None:
        """Say each reason at the fields of its columns; above the form what has no field."""
        self.submission = submissions.next_id(refused, self.submission)
        for reason in refused.reasons:
            fields = [field for field in map(self.at, reason.columns) if field is not None]
            for field in fields:
                field.errors = [*field.errors, self._said(reason, field, fields)]
            if not fields:
                self.form_errors.append(self._said(reason, None, []))

    def _said(self, reason: Reason, field: Field | None, fields: list[ColumnField]) -> str:
        rule = reason.rule if reason.rule in SENTENCES else "refused"
        if len(reason.columns) > 1 and f"{rule} together" in SENTENCES:
            rule = f"{rule} together"
        if rule == "too_long" and reason.limit is None:
            rule = "longer"
        labels = " and ".join(each.label.text for each in fields) or ", ".join(reason.columns)
        return SENTENCES[rule].format(
            label=field.label.text if field else labels or "Something",
            labels=labels,
            limit=reason.limit or 0,
            count=reason.count or 0,
            table=reason.table,
            named=f" ({reason.constraint})" if reason.constraint else "",
            words=reason.words,
        )

    def _columns(self) -> Iterator[ColumnField]:
        return (field for field in self._fields.values() if isinstance(field, ColumnField))


def form_for(  # noqa: PLR0913 - each is known to whoever shows it
    relation: Relation,
    *,
    record: Row[Any] | None = None,
    choices: Mapping[str, str] | None = None,
    downloads: Mapping[str, str] | None = None,
    holds: Callable[[str, Any], bool] = lambda *_: False,
    sent: MultiDict[str, str] | None = None,
) -> RecordForm:
    """Make the form of a record, or of a new one.

    Takes the relation; the record as `records.find` gives it; by column name the labels of the rows that foreign keys
    refer to, and the addresses of files; what tells whether the record holds a value, in whatever spelling; and what
    was sent, where that is not the request's own form.
    """
    held = dict(zip((column.name for column in relation.table.columns), record, strict=True)) if record else {}
    labels, finds = labels_of(relation), searched(relation)
    fields = {
        f"c{number}": UnboundField(
            ColumnField,
            labels[column.name],
            column=column,
            stored=held.get(column.name),
            new=record is None,
            extras=Extras(
                (choices or {}).get(column.name, ""),
                (downloads or {}).get(column.name, ""),
                finds.get(column.name),
                holds,
            ),
        )
        for number, column in enumerate(relation.table.columns)
    }
    return RecordForm(fields, **({} if sent is None else {"formdata": sent}))


def labels_of(relation: Relation) -> dict[str, str]:
    """Give what each column is called in a form: plain names as words, others as they are, never two alike."""
    words = {column.name: _words(column.name) for column in relation.table.columns}
    alike = [label.casefold() for label in words.values()]
    return {name: label if alike.count(label.casefold()) == 1 else name for name, label in words.items()}


def _words(name: str) -> str:
    """Write a name as words where it plainly is some: customer_id is "Customer id"."""
    if not re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        return name
    return name[0].upper() + name[1:].replace("_", " ")
