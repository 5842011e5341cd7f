"""The history of changes: entries that are appended in the transaction of what they tell, each sealed to the last.

An entry's digest is the SHA-256 of the digest before it and of its own fields, so that nothing in the middle can be
changed, taken out or put in without all that follows telling so. The head of the chain is one row, locked last of all
before the commit: whoever writes waits there for whoever is just committing, and never the other way round.
"""

import base64
import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from plainsite.driven import driven
from plainsite.kinds import is_secret
from plainsite.ledger import Chain, Change
from plainsite.models import now
from plainsite.writes import Written

LONGEST_TEXT = 64 * 1024  # characters that are kept of a value; of a longer one a digest is
LONGEST_BINARY = 8 * 1024  # bytes
JUST_NOW = datetime.timedelta(minutes=10)  # for so long back it is looked for a transaction
OWN = "site"  # what the site's own database is called
SEALED = "number at unit who_id who address database relation record_key place action stage intent undoes before after"

changes, chain = Change.__table__, Chain.__table__
_untold: WeakKeyDictionary[Table, frozenset[str]] = WeakKeyDictionary()


class Actor(NamedTuple):
    """Who is writing, and from where; a visitor has no number and no name, nor has the command line."""

    user_id: int | None = None
    name: str = ""
    address: str = ""


class Entry(NamedTuple):
    """What is to be told of one record. `key` is as in addresses; `before` and `after` are values as they are kept."""

    action: str  # "create", "change" or "delete"
    relation: str
    key: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    database: str = OWN
    stage: str = "done"  # or "intended", "confirmed", "refused"
    intent: int | None = None
    undoes: int | None = None


def append(connection: Connection, entries: Sequence[Entry], *, actor: Actor, unit: str) -> list[int]:
    """Append entries to the chain; give their numbers.

    Takes the connection of the transaction that writes what they tell, as the last thing that it does; `unit`, what
    that transaction is known by.
    """
    number, digest = driven(connection, _HEAD).fetchone()
    at = now()
    rows = []
    for entry in entries:
        number += 1
        row = _row(entry, number, at, unit, actor)
        row["previous"] = digest
        row["digest"] = digest = seal(row)
        rows.append(row)
    driven(connection, _APPEND, *rows)
    driven(connection, _MOVE, {"last": number, "sealed": digest})
    return [row["number"] for row in rows]


def was_written(connection: Connection, unit: str) -> bool:
    """Tell whether a transaction was committed just now, by what it is known by; wait for one still under way."""
    wait(connection)
    return connection.execute(_UNIT, {"wanted": unit, "since": now() - JUST_NOW}).first() is not None


def wait(connection: Connection) -> None:
    """Wait for whoever is just committing; the next statement sees what they have written, and nobody else goes on."""
    driven(connection, _HEAD).fetchone()


def read_anew(connection: Connection) -> None:
    """Have MariaDB look again at the triggers that keep the history: a node that has just started may misread them.

    It then refuses each entry. FLUSH needs a right that a site seldom has; REPAIR does no more to a table of InnoDB.
    """
    connection.exec_driver_sql(f"REPAIR LOCAL TABLE {Change.__tablename__}")


def seal(row: Mapping[str, Any]) -> str:
    """Give the digest of an entry: of that before it (`previous`) and of every field but the digest itself."""
    at = row["at"].isoformat(timespec="microseconds")
    fields = _spell([at if name == "at" else row[name] for name in _SEALED])
    return hashlib.sha256((row["previous"] + fields).encode()).hexdigest()


def place_of(database: str, relation: str, key: str) -> str:
    """Give what all entries about one record have in common, short enough for an index."""
    return hashlib.sha256(json.dumps([database, relation, key]).encode()).hexdigest()


def kept(values: Mapping[str, Any], *, changed: Iterable[str] = ()) -> dict[str, Any]:
    """Give values as they are kept: secrets are only said to be there, or, those `changed`, to be another one."""
    return {name: _kept(name, value, name in changed) for name, value in values.items()}


def tell(write: Written, **known: Any) -> Entry | None:
    """Tell what was written to a row: of a change, the columns that differ. None when nothing did.

    Takes what else is known of the entry, by the names of its fields.
    """
    if write.number:
        return Entry(write.action, **known, after={"rows": write.number})
    before, after = _told(write.table, write.before), _told(write.table, write.after)
    if before is not None and after is not None:
        names = [name for name in after if name not in before or _differ(before[name], after[name])]
        if not names:
            return None
        again = [name for name in names if before.get(name) is not None]
        before, after = {name: before[name] for name in names if name in before}, {name: after[name] for name in names}
        return Entry(write.action, **known, before=kept(before), after=kept(after, changed=again))
    return Entry(write.action, **known, before=before and kept(before), after=after and kept(after))


def _differ(one: Any, other: Any) -> bool:
    """Tell whether two values are not the same; what is no number at all (NaN) is the same as itself here."""
    return bool(one != other and (one == one or other == other))  # noqa: PLR0124


def _told(table: Table, values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Give the columns that are told of: what is worked out from others would say it twice."""
    if values is None:
        return None
    untold = _untold.get(table)
    if untold is None:
        worked_out = (column.name for column in table.columns if column.computed is not None or "key_of" in column.info)
        untold = _untold[table] = frozenset(worked_out)
    return {name: value for name, value in values.items() if name not in untold}


def _row(entry: Entry, number: int, at: datetime.datetime, unit: str, actor: Actor) -> dict[str, Any]:
    return {
        "number": number,
        "at": at,
        "unit": unit,
        "who_id": actor.user_id,
        "who": actor.name,
        "address": actor.address[:64],
        "database": entry.database,
        "relation": entry.relation,
        "record_key": entry.key,
        "place": place_of(entry.database, entry.relation, entry.key),
        "action": entry.action,
        "stage": entry.stage,
        "intent": entry.intent,
        "undoes": entry.undoes,
        "before": _canonical(entry.before),
        "after": _canonical(entry.after),
    }


def _canonical(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else _spell(values)


def _kept(name: str, value: Any, changed: bool) -> Any:  # noqa: FBT001
    if value is None:
        return None
    if is_secret(name):
        return {"secret": "changed" if changed else True}
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        short = len(content) <= LONGEST_BINARY
        return {"base64": base64.b64encode(content).decode()} if short else _digested(content, len(content), "bytes")
    text = value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
    return text if len(text) <= LONGEST_TEXT else _digested(text.encode("utf-8", "surrogatepass"), len(text), "text")


def _digested(content: bytes, length: int, kind: str) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "length": length, "kind": kind}


_spell = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_SEALED = tuple(sorted(SEALED.split()))
_HEAD = select(chain.c.number, chain.c.digest).where(chain.c.id == 1).with_for_update()
_UNIT = (
    select(changes.c.number).where(changes.c.at > bindparam("since"), changes.c.unit == bindparam("wanted")).limit(1)
)
_APPEND = insert(Change)
_MOVE = update(Chain).where(chain.c.id == 1).values(number=bindparam("last"), digest=bindparam("sealed"))
