"""Where a form has a button that finds the row a foreign key refers to, and what is filled in by picking one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint

from plainsite.forms.codecs import codec_for, why_frozen
from plainsite.forms.sent import CHOSEN
from plainsite.kinds import is_secret
from plainsite.reflection import Relation


def searched(relation: Relation) -> dict[str, ForeignKeyConstraint]:
    """Give each foreign key by the column that has its Find button: the first of its columns that has none yet.

    None is at a column in which nothing is typed, nor for a key that refers to a secret, which no page shows.
    """
    found: dict[str, ForeignKeyConstraint] = {}
    order = [column.name for column in relation.table.columns]
    keys = [
        key
        for key in relation.table.foreign_key_constraints
        if not any(is_secret(element.column.name) for element in key.elements)
    ]
    for key in sorted(keys, key=lambda key: [order.index(name) for name in key.column_keys]):
        columns = sorted(key.columns, key=lambda column: order.index(column.name))
        free = [column.name for column in columns if column.name not in found and _is_typed(column)]
        if free:
            found[free[0]] = key
    return found


def _is_typed(column: Column[Any]) -> bool:
    codec = codec_for(column)
    chosen = codec.control in {*CHOSEN, "checkbox", "file"}
    return not chosen and not is_secret(column.name) and why_frozen(column, None, codec) is None


def picked(relation: Relation, name: str, values: Sequence[Any]) -> dict[str, str]:
    """Give, by field, what a form would send where the row with these values was picked by the button at a field.

    Raises ValueError for other than as many values as the key has columns.
    """
    numbers = {column.name: f"c{number}" for number, column in enumerate(relation.table.columns)}
    key = next((key for column, key in searched(relation).items() if numbers[column] == name), None)
    elements = key.elements if key is not None else []
    sent = {}
    for element, value in zip(elements, values if elements else (), strict=True):
        codec = codec_for(element.parent, value)
        text = codec.show(value)
        sent[numbers[element.parent.name]] = f"={text}" if codec.control in CHOSEN else text
    return sent
