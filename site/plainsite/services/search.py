"""Finding messages by their words, through the full-text index that each engine itself keeps in step.

The indexes are made in the first migration. What they take for a word is known here: runs of letters and digits,
without regard to capitals and to marks above or below the letters.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, column, literal_column, select, table, text
from sqlalchemy.sql.expression import FromClause

MOST_WORDS = 16
SHORTEST_BEGINNING = 3  # letters from which the last word typed also finds longer words

WORDS = re.compile(r"[^\W_]+")
# Thai and Lao, Burmese, Khmer, kana, Chinese: written without spaces, so that an index takes a passage for one word.
# The first and the last of each: one pattern of all takes as long to compile as a page to show.
RUN_ON = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
MARKS = re.compile("[\u0300-\u036f]+")
LETTERS = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}  # and decimal digits: the categories that the servers take for words'
FINAL_SIGMA = {0x3C2: 0x3C3}  # which is one letter, written otherwise at the end of a word
LONGEST_ON_POSTGRESQL, LONGEST_ON_MARIADB = 255, 80  # signs of a word that are kept in the index
LAST_OF_PLANE = "\uffff"  # beyond which MariaDB takes nothing for a letter


class Index(NamedTuple):
    """An engine's index: where its answers are, what finds them, and how a question is spelled."""

    source: FromClause
    number: ColumnElement[int]
    finds: str
    words: Callable[[str], list[str]]  # of a typed text, as the index has them
    word: str  # how one is asked for
    between: str
    beginning: str  # what follows a word that may be a beginning

    def question(self, words: Sequence[str]) -> str:
        """Ask for all words; the last one, unless it is short, may be a beginning."""
        asked = self.between.join(self.word.format(word) for word in words)
        return asked + self.beginning if len(words[-1]) >= SHORTEST_BEGINNING or runs_on(words[-1]) else asked

    def numbers(self) -> Select[int]:
        """Select the numbers of the messages that hold the words bound as `words`."""
        holds = text(self.finds).bindparams(bindparam("words"))
        return select(self.number.label("id")).select_from(self.source).where(holds)


def words_of(typed: str, engine: str) -> str | None:
    """Give an index's own question for typed words: all must be there, the last may be a beginning; None if no word.

    Only letters and digits come through, so no sign of theirs is taken for the index's language. Takes the name of
    the engine's dialect.
    """
    index = INDEXES[engine]
    words = index.words(typed)[:MOST_WORDS]
    return index.question(words) if words else None


def has_more(typed: str) -> bool:
    """Tell whether a text has more words than are looked for at once (`MOST_WORDS`)."""
    return len(WORDS.findall(typed)) > MOST_WORDS


def runs_on(typed: str) -> bool:
    """Tell whether a text is of a script without spaces: its passages are found by their beginnings, however short."""
    return any(first <= sign <= last for sign in typed for first, last in RUN_ON)


def page_of(engine: str, *, backward: bool, inner: bool) -> Subquery:
    """Give the ids of one page of the messages that hold the words bound as `words`, in the order of the index.

    That is the order in which they were added, the last first; `backward` turns it. The page begins beside the bound
    `id` where it is an inner one, and holds as many as bound as `limit`. To sort by anything else, all would have to
    be fetched.
    """
    index = INDEXES[engine]
    ids = index.numbers()
    if inner:
        ids = ids.where(index.number > bindparam("id") if backward else index.number < bindparam("id"))
    order = index.number if backward else index.number.desc()
    return ids.order_by(order).limit(bindparam("limit")).subquery("found")


def among(engine: str, message_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Give the condition that a message of few (an author's) holds the words bound as `words`.

    The plus keeps SQLite from going through all that hold them in search of those few.
    """
    few = message_id + literal_column("0") if engine == "sqlite" else message_id
    return few.in_(INDEXES[engine].numbers())


def _on_sqlite(typed: str) -> list[str]:
    return WORDS.findall(unicodedata.normalize("NFC", typed))


def _on_postgresql(typed: str) -> list[str]:
    plain = MARKS.sub("", unicodedata.normalize("NFD", typed)).lower().translate(FINAL_SIGMA)
    return [word[:LONGEST_ON_POSTGRESQL] for word in _split(plain)]


def _on_mariadb(typed: str) -> list[str]:
    plain = MARKS.sub("", unicodedata.normalize("NFC", typed))
    return [word[:LONGEST_ON_MARIADB] for word in _split(plain, LAST_OF_PLANE)]


def _split(text: str, last: str = "\U0010ffff") -> list[str]:
    return "".join(sign if unicodedata.category(sign) in LETTERS and sign <= last else " " for sign in text).split()


MESSAGES = table("messages", column("id")).alias("searched")
ON_MARIADB = Index(
    MESSAGES,
    MESSAGES.c.id,
    "MATCH (searched.search) AGAINST (:words IN BOOLEAN MODE)",
    words=_on_mariadb,
    word="+__{}",
    between=" ",
    beginning="*",
)
INDEXES = {
    "sqlite": Index(
        INDEXED := table("messages_search", column("rowid")),
        INDEXED.c.rowid,
        "messages_search MATCH :words",
        words=_on_sqlite,
        word='"{}"',  # quoted, nothing in it is of the index's language (sqlite.org/fts5, "FTS5 strings")
        between=" ",
        beginning="*",
    ),
    "postgresql": Index(
        MESSAGES,
        MESSAGES.c.id,
        "searched.search @@ CAST(:words AS tsquery)",
        words=_on_postgresql,
        word="'{}'",
        between=" & ",
        beginning=":*",
    ),
    "mariadb": ON_MARIADB,
    "mysql": ON_MARIADB,
}
