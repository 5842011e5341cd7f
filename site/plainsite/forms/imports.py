"""Forms that bring a file into a table, and its cells as the values that a record's form would make of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column
from wtforms.fields.core import UnboundField

from plainsite.forms.base import Form
from plainsite.forms.codec import Codec, File, Unfit
from plainsite.forms.codecs import codec_for
from plainsite.forms.columns import RecordForm
from plainsite.forms.fields import ChoiceField, LongTextField, TextField
from plainsite.forms.numbers import Loose
from plainsite.forms.rules import required
from plainsite.kinds import BITS, OTHER, kind_of
from plainsite.reflection import Relation
from plainsite.refusals import Reason, Refused
from plainsite.texts import unbroken

LEFT_OUT = "-"
BYTES = re.compile(r"\\x(?:[0-9a-fA-F]{2})*")
THERE = {"keep": "Leave it as it is", "change": "Change it to what the file says"}
REFUSED = {"none": "Import nothing", "rest": "Import the others"}

Cell = str | bytes | None


class FileField(TextField):
    """A file."""

    control = "file"
    text = ""


class TickField(TextField):
    """A box to tick."""

    control = "checkbox"


class UploadForm(Form):
    """A file, chosen or pasted."""

    file = FileField("CSV file", optional=True, attributes={"accept": ".csv,text/csv"})
    pasted = LongTextField("Or paste its text", optional=True, attributes={"rows": 6, "spellcheck": "false"})


class MappingForm(Form):
    """Which column of a file goes where, and what is to be done with rows that are there or cannot be taken."""

    def __init__(
        self, relation: Relation, names: Sequence[str], chosen: Mapping[str, Any], *, exported: bool = False
    ) -> None:
        """Take the table, the names in the file's first line, what was chosen before, and how the file looks."""
        columns = writable(relation)
        places = {str(number): column.name for number, column in enumerate(columns)}
        fields: dict[str, UnboundField[Any]] = {
            f"c{number}": UnboundField(
                ChoiceField,
                name or f"(column {number + 1})",
                {LEFT_OUT: "Leave out", **places},
                default=chosen.get(f"c{number}", _guess(name, columns)),
            )
            for number, name in enumerate(names)
        }
        fields["there"] = UnboundField(
            ChoiceField, "When the table has a record with the same key", THERE, default=chosen.get("there", "keep")
        )
        fields["refused"] = UnboundField(
            ChoiceField, "When some rows cannot be imported", REFUSED, default=chosen.get("refused", "none")
        )
        fields["exported"] = UnboundField(
            TickField,
            "The file was exported here",
            hint="Each value is then what was stored: an apostrophe that the export put there is taken away.",
            optional=True,
            default=chosen.get("exported", "y" if exported else ""),
        )
        self._unbound_fields = list(fields.items())
        self._places = [f"c{number}" for number in range(len(names))]
        super().__init__()
        for name in self._places:
            self._fields[name].control = "select"

    def validate(self, **wtforms: Any) -> bool:
        """Find out whether each column of the table is filled from one of the file at most, and any is."""
        right: bool = super().validate(**wtforms)
        taken: dict[str, str] = {}
        for field in map(self._fields.__getitem__, self._places):
            if field.data in taken:
                field.errors = [*field.errors, f"{taken[field.data]} goes there already: leave one of them out"]
                right = False
            elif field.data != LEFT_OUT:
                taken[field.data] = field.label.text
        if not taken:
            self.form_errors.append("Choose where at least one column of the file goes")
        return right and bool(taken)

    def places(self) -> list[int | None]:
        """Give, for each column of the file, the number of the writable column that it goes to."""
        chosen = (self._fields[name].data for name in self._places)
        return [None if value == LEFT_OUT else int(value) for value in chosen]


def writable(relation: Relation) -> list[Column[Any]]:
    """Give the columns that can be filled from a file: also a key that the database always numbers, to know rows by."""
    columns = [column for column in relation.table.columns if column.computed is None]
    return [column for column in columns if column.primary_key or not getattr(column.identity, "always", False)]


def reader(
    columns: Sequence[Column[Any] | None], *, exact: bool
) -> Callable[[Sequence[Cell]], tuple[dict[str, Any], list[str]]]:
    """Give the function that makes values by column of a row's cells, and says in sentences which cannot be.

    Takes the column that each cell goes to, and whether the file says exactly what was stored: SQLite then keeps also
    what a form would not take.
    """
    codecs = [(number, column, codec_for(column)) for number, column in enumerate(columns) if column is not None]

    def read(cells: Sequence[Cell]) -> tuple[dict[str, Any], list[str]]:
        values: dict[str, Any] = {}
        wrong = []
        for number, column, codec in codecs:
            try:
                values.update(_value(column, codec, cells[number], exact))
            except Unfit as why:
                wrong.append(f"{column.name} {why}")
        return values, wrong

    return read


def said(reasons: Sequence[Reason]) -> list[str]:
    """Say why the database refused a row, in the words of a record's form."""
    words = RecordForm({}, meta={"csrf": False}, formdata=None)
    words.show(Refused(*reasons))
    return list(words.form_errors)


def _value(column: Column[Any], codec: Codec, cell: Cell, exact: bool) -> dict[str, Any]:  # noqa: FBT001
    """Give the value by its column; nothing where that is left to the database."""
    if exact and (stored := _stored(column, codec, cell)) is not None:
        return {column.name: stored}
    if cell is None or (cell == "" and not codec.keeps_empty):
        if column.nullable and column is not column.table.autoincrement_column:
            return {column.name: None}
        if required(column):
            raise Unfit("is needed")
        return {}
    if isinstance(cell, bytes):
        return {column.name: cell}
    exact = exact and codec.engine == "sqlite"
    try:
        value = _bytes(cell, codec) if isinstance(codec, File) else codec.value(cell, _manner(cell, codec))
    except Unfit:
        if not exact:
            raise
        return {column.name: cell}
    if exact and not isinstance(value, bytes) and cell not in {str(value), codec.show(value)}:
        value = cell
    return {column.name: cell if value == unbroken(cell) else value}  # a form cannot keep line ends, a file can


def _stored(column: Column[Any], codec: Codec, cell: Cell) -> Cell:
    """Give what an exported cell stands for where no form would take it so: empty texts, geometries of MariaDB."""
    if codec.keeps_empty or not isinstance(cell, str):
        return None
    if cell == "":
        return cell if codec.engine == "sqlite" or kind_of(column) in {BITS, OTHER} else None
    told_by_bytes = codec.engine in {"mysql", "mariadb"} and kind_of(column) == OTHER and BYTES.fullmatch(cell)
    return bytes.fromhex(cell[2:]) if told_by_bytes else None


def _manner(cell: str, codec: Codec) -> str | None:
    """Give what tells a codec how to spell a value: as the file does."""
    return None if isinstance(codec, Loose) else cell


def _bytes(cell: str, codec: Codec) -> str | bytes:
    if BYTES.fullmatch(cell):
        return bytes.fromhex(cell[2:])
    if codec.engine == "sqlite":
        return cell
    raise Unfit("must be bytes as hexadecimal digits after \\x, like \\x00ff")


def _guess(name: str, columns: Sequence[Column[Any]]) -> str:
    """Find the column that a name most likely means: the same, or the same but for capitals and signs."""
    exact = [str(number) for number, column in enumerate(columns) if column.name == name]
    alike = [str(number) for number, column in enumerate(columns) if _letters(column.name) == _letters(name) != ""]
    return next(iter((*exact, *alike)), LEFT_OUT)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
