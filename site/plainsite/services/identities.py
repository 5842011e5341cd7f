"""What makes two rows of files one and the same message.

A message is known by its key. Where a file gives an `id`, the key is made of it; else of what the row says. A message
that was written here has no key: its number and the time it was written, which never change, are its id outside. A
key stands for itself as an id, so that what was exported is recognised wherever it went and comes back from.
"""

import datetime
import hashlib
import re
import sqlite3

EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - times are kept in UTC, without a zone
MICROSECOND = datetime.timedelta(microseconds=1)

WRITTEN_HERE = re.compile(r"site:([0-9]{1,18}):(-?[0-9]{1,18})")
KEY = re.compile(r"[0-9a-f]{64}|" + WRITTEN_HERE.pattern)


def exported_id(message_id: int, created_at: datetime.datetime, key: str | None) -> str:
    """Give the id under which a message leaves this site."""
    return key or f"site:{message_id}:{(created_at - EPOCH) // MICROSECOND}"


def written_here(key: str) -> tuple[int, datetime.datetime] | None:
    """Give the number and time of a message that some site wrote itself; None for all others."""
    found = WRITTEN_HERE.fullmatch(key)
    try:
        return (int(found[1]), EPOCH + int(found[2]) * MICROSECOND) if found else None
    except OverflowError:
        return None


def key_of_id(file_id: str) -> str:
    """Give the key of a row that has an id."""
    return file_id if KEY.fullmatch(file_id) else _digest("id", file_id).hex()


class Contents:
    """The keys of rows without an id, for one file: equal rows are told apart by which of them comes first.

    So a file with two equal rows keeps both, and a second run finds both again. What was seen is counted on disk, in a
    temporary file, because a million rows would not fit into little memory. Close it after use.
    """

    def __init__(self) -> None:
        """Begin a file."""
        self._seen = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "CREATE TABLE seen (content BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID",
            "BEGIN",
        ):
            self._seen.execute(statement)

    def key(self, *content: str) -> str:
        """Give the key of the next row that says this."""
        said = _digest("content", *content)
        (times,) = self._seen.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times", (said,)
        ).fetchone()
        return _digest("content", *content, str(times)).hex() if times > 1 else said.hex()

    def close(self) -> None:
        """Forget everything."""
        self._seen.close()


def _digest(*parts: str) -> bytes:
    """Hash texts so that no two lists of them meet: each is preceded by its length."""
    said = hashlib.sha256()
    for part in parts:
        text = part.encode(errors="surrogatepass")
        said.update(b"%d:%b" % (len(text), text))
    return said.digest()
