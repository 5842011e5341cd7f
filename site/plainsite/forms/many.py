"""The form that sets columns of several records at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import request
from sqlalchemy import Column, Row
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from plainsite.forms.codec import File
from plainsite.forms.codecs import codec_for, why_frozen
from plainsite.forms.columns import RecordForm, labels_of
from plainsite.forms.controls import Extras
from plainsite.forms.finding import searched
from plainsite.forms.manyfields import Holds, ManyField
from plainsite.kinds import is_secret
from plainsite.reflection import Relation


class ManyForm(RecordForm):
    """Several records of any table: what is ticked is set in all of them."""

    def edits(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Give, for each record, what is to be written and what it held there; after `validate`."""
        fields = [field for field in self._many() if field.changed]
        count = max((len(field.rows) for field in fields), default=0)
        return [
            (
                {field.column.name: field.data for field in fields if field.written[place]},
                {field.column.name: field.rows[place] for field in fields if field.written[place]},
            )
            for place in range(count)
        ]

    gone = 0  # sentences about records that are not there any more

    @property
    def was_sent(self) -> bool:
        """Whether the form itself was sent, not the list that leads to it."""
        return "sure" in request.form

    def validate_on_submit(self, **more: Any) -> bool:
        """Tell whether the form itself was sent and may be saved."""
        return self.was_sent and super().validate_on_submit(**more)

    def say_gone(self, sentence: str) -> None:
        """Say that some records are not there any more: that is no fault in what was typed."""
        self.form_errors.append(sentence)
        self.gone += 1

    @property
    def status(self) -> int:
        """What to answer with the form: 409 also where some records are gone."""
        clashes = self.gone + sum(field.clashes for field in self.merging())
        return 409 if self.problems and clashes == len(self.problems) else super().status

    @property
    def ticks_anything(self) -> bool:
        """Whether any column is to be set."""
        return any(field.ticked for field in self._many())

    def _many(self) -> Iterator[ManyField]:
        return (field for field in self if isinstance(field, ManyField))


def form_for_many(
    relation: Relation,
    rows: Sequence[Row[Any]],
    *,
    there: Sequence[bool],
    holds: Holds,
    sent: MultiDict[str, str] | None,
) -> ManyForm:
    """Make the form of several records; without keys, secrets, files, and what the database fills in itself.

    Takes the relation, the records, which of those asked for they are, what tells whether the record of a place has a
    value in a column, and what was sent.
    """
    labels, finds = labels_of(relation), searched(relation)
    fields = {
        f"c{number}": UnboundField(
            ManyField,
            labels[column.name],
            column=column,
            rows=[row[number] for row in rows],
            there=there,
            holds=holds,
            extras=Extras(find=finds.get(column.name)),
        )
        for number, column in enumerate(relation.table.columns)
        if _is_offered(column)
    }
    return ManyForm(fields, **({} if sent is None else {"formdata": sent}))


def _is_offered(column: Column[Any]) -> bool:
    codec = codec_for(column)
    kept = column.primary_key or is_secret(column.name) or isinstance(codec, File)
    return not kept and why_frozen(column, None, codec) is None
