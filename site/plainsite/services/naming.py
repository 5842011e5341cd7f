"""What people call the rows of a table that nobody described to us: a guess, from what its columns are called."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column

from plainsite.constraints import uniques
from plainsite.kinds import LONG_TEXT, TEXT, is_secret, kind_of
from plainsite.reflection import Relation

NAMES = ("name", "title", "label", "subject", "caption", "email", "username", "login", "code", "slug")
TELLING = ("headline", "summary", "description", "question", "message", "body", "text", "content", "comment", "note")
OF_ANYTHING = {"code", "slug"}  # an invoice with a postal code is not called by that
WORDS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def label_column(relation: Relation) -> Column[Any] | None:
    """Give the column that says which row it is: one called so, the only text, one that no two share, or what it tells.

    None where only the key says it: an invoice is not known by its street.
    """
    texts = texts_of(relation)
    named = sorted((rank, place) for place, column in enumerate(texts) if (rank := _rank(column)) is not None)
    if named or len(texts) == 1:
        return texts[named[0][1] if named else 0]
    alone = [key[0] for key in uniques(relation.table) if len(key) == 1]
    told = [column for word in TELLING for column in texts if word in _words(column)]
    return next((column for column in texts if any(column is each for each in alone)), next(iter(told), None))


def is_name(column: Column[Any]) -> bool:
    """Tell whether a column is one that rows are called by, and not merely their only text."""
    return _rank(column) is not None


def texts_of(relation: Relation) -> Sequence[Column[Any]]:
    """Give the columns that may say something of a row to whoever looks for it."""
    texts = [c for c in relation.table.columns if kind_of(c) in {TEXT, LONG_TEXT} and not is_secret(c.name)]
    return [column for column in texts if not column.primary_key and not column.foreign_keys]


def _rank(column: Column[Any]) -> tuple[int, bool] | None:
    """Give how well a column's name says that rows are called by it, the best first; None where it does not."""
    words = _words(column)
    for rank, name in enumerate(NAMES):
        if any(word.endswith(name) for word in words) and not (name in OF_ANYTHING and _is_of_another(column, words)):
            return rank, words != [name]
    return None


def _is_of_another(column: Column[Any], words: Sequence[str]) -> bool:
    """Tell whether a column's name says also of what it is, and that is not what its table is called."""
    table = column.table.name.lower()
    return any(word not in OF_ANYTHING and word[:-1] not in table for word in words)


def _words(column: Column[Any]) -> list[str]:
    return [word.lower() for word in WORDS.findall(column.name)]
