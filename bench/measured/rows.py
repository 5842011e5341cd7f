"""A database of users and messages, the same at every run, large or small."""

import contextlib
import datetime
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from plainsite import migrations
from plainsite.databases import open_own

RARE = "quokka"  # a word that exactly RARE_COUNT messages hold
RARE_COUNT = 20
MARK = r"\bn\d{8}\b"  # every text starts with one of its own, by which a page's rows are told
FIRST = datetime.datetime(2021, 1, 1)  # noqa: DTZ001 - times are kept in UTC, without a zone
WORDS = """
a an and are as at be but by for from had has have he her his I if in into is it its more no not of on or our she so
some such than that the their them then there they this to was we were what when which who will with you don't "yes"
R&D 2<3 **bold** `code` déjà straße
"""


def make(file: Path, rows: int) -> None:
    """Make a migrated database with so many messages, by a hundredth as many users."""
    database = open_own(f"sqlite:///{file}")
    migrations.upgrade(database.engine)
    database.close()
    writers = max(rows // 100, 1)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # a row at a time is what the index is slowest at
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO users (id, name, name_key, email, email_key, role, created_at) VALUES (?,?,?,?,?,?,?)",
            ((u, f"Writer {u}", f"writer {u}", f"w{u}@x.org", f"w{u}@x.org", "member", _at(u)) for u in _ids(writers)),
        )
        connection.executemany(
            "INSERT INTO messages (id, author_id, body, created_at) VALUES (?,?,?,?)",
            ((m, m * 7 % writers + 1, text, _at(m)) for m, text in zip(_ids(rows), _texts(rows), strict=True)),
        )
        connection.execute("INSERT INTO messages_search (messages_search) VALUES ('rebuild')")
        for _, statement in triggers:
            connection.execute(statement)
        connection.execute("COMMIT")


def _ids(count: int) -> range:
    return range(1, count + 1)


def _at(seconds: int) -> str:
    return f"{FIRST + datetime.timedelta(seconds=seconds)}.000000"


def _texts(rows: int) -> Iterator[str]:
    chance = random.Random(0)  # noqa: S311 - the same texts at every run
    words = WORDS.split()
    tails = [" ".join(chance.choices(words, k=35)) for _ in range(499)]
    every = max(rows // RARE_COUNT, 1)
    for number in _ids(rows):
        rare = f" {RARE}" if number % every == 0 and number // every <= RARE_COUNT else ""
        yield f"n{number:08d}{rare} {tails[number % len(tails)]}"
