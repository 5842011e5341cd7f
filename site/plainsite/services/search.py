"""Finding messages by their words, through the full-text index that the database itself keeps in step."""

import re
import unicodedata

from sqlalchemy import ColumnElement, Subquery, bindparam, column, literal_column, select, table, text
from sqlalchemy.sql.expression import TableClause

MOST_WORDS = 16
SHORTEST_BEGINNING = 3  # letters from which the last word typed also finds longer words

# FTS5 on SQLite; the other engines' indexes come with those engines.
index: TableClause = table("messages_search", column("rowid"))
_holds = text("messages_search MATCH :words").bindparams(bindparam("words"))


def words_of(typed: str) -> str | None:
    """Give the index's own question for typed words: all must be there, the last may be a beginning; None if no word.

    Words are what the index takes for words: letters and digits. Each is quoted, so no sign in it is taken for the
    index's language (sqlite.org/fts5, "FTS5 strings").
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", typed))[:MOST_WORDS]
    if not words:
        return None
    question = " ".join(f'"{word}"' for word in words)
    return question + "*" if len(words[-1]) >= SHORTEST_BEGINNING else question


def page_of(*, backward: bool, inner: bool) -> Subquery:
    """Give the ids of one page of the messages that hold the words bound as `words`, in the order of the index.

    That is the order in which they were added, the last first; `backward` turns it. The page begins beside the bound
    `id` where it is an inner one, and holds as many as bound as `limit`. To sort by anything else, all would have to
    be fetched.
    """
    found = index.c.rowid
    ids = select(found.label("id")).where(_holds)
    if inner:
        ids = ids.where(found > bindparam("id") if backward else found < bindparam("id"))
    return ids.order_by(found if backward else found.desc()).limit(bindparam("limit")).subquery("found")


def among(message_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Give the condition that a message of few (an author's) holds the words bound as `words`.

    The plus keeps the engine from going through all that hold them in search of those few.
    """
    return (message_id + literal_column("0")).in_(select(index.c.rowid).where(_holds))
