"""Finding messages by their words, through the full-text index that the database itself keeps in step."""

import re

from sqlalchemy import ColumnElement, bindparam, column, select, table, text
from sqlalchemy.sql.expression import TableClause

MOST_WORDS = 16
SHORTEST_BEGINNING = 3  # letters from which the last word typed also finds longer words

# FTS5 on SQLite; the other engines' indexes come with those engines.
index: TableClause = table("messages_search", column("rowid"))


def words_of(typed: str) -> str | None:
    """Give the index's own question for typed words: all must be there, the last may be a beginning; None if no word.

    Each word is quoted, so no sign in it is taken for the index's language (sqlite.org/fts5, "FTS5 strings").
    """
    words = re.findall(r"\w+", typed)[:MOST_WORDS]
    if not words:
        return None
    question = " ".join(f'"{word}"' for word in words)
    return question + "*" if len(words[-1]) >= SHORTEST_BEGINNING else question


def matching(message_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Give the condition that a message holds the words bound as `words`."""
    found = select(index.c.rowid).where(text("messages_search MATCH :words").bindparams(bindparam("words")))
    return message_id.in_(found)
