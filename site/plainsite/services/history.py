"""The history: list its entries by pages, find one, and who changed a record last."""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, literal_column, null, or_, select
from sqlalchemy.orm import Session, aliased

from plainsite.history import OWN, kept, place_of
from plainsite.ledger import Change
from plainsite.models import now
from plainsite.services.pages import Page, Record, fetch

UNCERTAIN_AFTER = datetime.timedelta(minutes=1)  # an intent that has no end by then will have none by itself
SHORT = 2_000  # characters of values that a list reads; of longer ones it does not name the columns
WRITTEN, UNCERTAIN, REFUSED = "", "uncertain", "refused"  # which entries are asked for

changes = Change.__table__
_ending = aliased(Change.__table__)


class Asked(NamedTuple):
    """What a list of entries is narrowed to; empty is all. `since` and `until` are days, both included."""

    who: str = ""
    database: str = ""
    relation: str = ""
    key: str | None = None
    action: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    which: str = WRITTEN


def find_page(  # noqa: PLR0913 - a page is just these facts
    session: Session,
    asked: Asked,
    *,
    before: str | None = None,
    after: str | None = None,
    last: bool = False,
    size: int = 50,
) -> Page:
    """List entries, newest first.

    Gives number, at, who_id, who, address, database, relation, record_key, action, stage, undoes and `values`: what it
    changed, as JSON, or None where that is long. What was intended is listed where it has no end: its end is an entry.
    `after` and `before` are the cursors of a Page; one that is none raises ValueError.
    """
    number = changes.c.number
    place, backward = after or before or None, last or (before is not None and after is None)
    statement = select(*_LISTED).where(*_conditions(asked))
    if days := _days(asked):
        first, final = session.connection().execute(select(_FIRST, _FINAL).where(*days)).one()
        statement = statement.where(number.between(first, final) if first is not None else false(), *days)
    values = {"now": now() - UNCERTAIN_AFTER}
    if place is not None:
        here = _number(place)
        statement = statement.where(number > here if backward else number < here)
    statement = statement.order_by(number if backward else number.desc()).limit(bindparam("limit"))
    return fetch(
        session.connection(),
        statement,
        values if asked.which == UNCERTAIN else {},
        size=size,
        backward=backward,
        inner=place is not None,
        cursor=lambda row: str(row.number),
    )


def find(session: Session, number: int) -> Record | None:
    """Find an entry: every column; None when there is none, or it was pruned."""
    return session.connection().execute(select(changes).where(changes.c.number == number)).first()


def ending(session: Session, number: int) -> Record | None:
    """Find how something ended that was intended: number, at, stage; None when that is not known.

    Where somebody said so too early, the last word is that of whoever wrote it.
    """
    found = select(changes.c.number, changes.c.at, changes.c.stage).where(changes.c.intent == number)
    return session.connection().execute(found.order_by(changes.c.number.desc())).first()


def last_change(session: Session, database: str, relation: str, key: str, columns: Iterable[str] = ()) -> Record | None:
    """Find who wrote to a record last, of some columns where any are named: number, at, who_id, who, action, undoes.

    Looks at the last hundred entries of the record. None when the history tells of nobody.
    """
    wanted = set(columns)
    rows = session.connection().execute(_OF_RECORD, {"place": place_of(database, relation, key)})
    return next((row for row in rows if not wanted or wanted & _named(row.before, row.after)), None)


def values_of(text: str | None) -> dict[str, Any] | None:
    """Read values as the history keeps them; None where there are none."""
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def differing(row: Mapping[str, Any], told: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Give the columns in which a row is not what the history tells. Of a secret is known only whether there is one."""
    present = kept(row)
    return [name for name in names if not _same(present.get(name), told.get(name))]


def is_complete(value: Any) -> bool:
    """Tell whether the history keeps a value itself, and not only that there was one."""
    return not isinstance(value, dict) or "base64" in value


def _number(cursor: str) -> int:
    """Read a cursor; raise ValueError for a text that is none."""
    if not (cursor.isdecimal() and cursor.isascii() and int(cursor) < 2**63):
        raise ValueError(cursor)
    return int(cursor)


def _same(present: Any, told: Any) -> bool:
    if isinstance(present, dict) and isinstance(told, dict) and "secret" in present and "secret" in told:
        return True
    return type(present) is type(told) and bool(present == told or (present != present and told != told))  # noqa: PLR0124


def _named(*texts: str | None) -> set[str]:
    return {name for text in texts if text is not None for name in json.loads(text)}


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    given = {"who": asked.who, "action": asked.action}
    if asked.key is None:
        given |= {"database": asked.database, "relation": asked.relation}
    found = [changes.c[name] == value for name, value in given.items() if value]
    if asked.key is not None:
        found.append(changes.c.place == place_of(asked.database or OWN, asked.relation, asked.key))
    return [*found, *_which(asked.which)]


def _days(asked: Asked) -> list[ColumnElement[bool]]:
    found = []
    if asked.since:
        found.append(changes.c.at >= datetime.datetime.combine(asked.since, datetime.time()))
    if asked.until and asked.until < datetime.date.max:
        next_day = asked.until + datetime.timedelta(days=1)
        found.append(changes.c.at < datetime.datetime.combine(next_day, datetime.time()))
    return found


def _which(which: str) -> Sequence[ColumnElement[bool]]:
    if which == REFUSED:
        return [changes.c.stage == literal_column("'refused'")]
    if which == UNCERTAIN:
        return [_OPEN, changes.c.at < bindparam("now")]
    return [or_(changes.c.stage.in_(("done", "confirmed")), and_(_INTENDED, _END.is_(None)))]


# Words of ours stand in the statement itself: an engine takes an index of some stages for these only.
_INTENDED = changes.c.stage == literal_column("'intended'")
_ends = select(_ending.c.number).where(_ending.c.intent == changes.c.number)
_OPEN = and_(_INTENDED, ~_ends.exists())
_END = _ends.limit(1).scalar_subquery()  # for EXISTS, beside an "or", PostgreSQL would first read all ends there are
_FIRST, _FINAL = func.min(changes.c.number + 0), func.max(changes.c.number + 0)  # or PostgreSQL goes by the number
_VALUES = func.coalesce(changes.c.after, changes.c.before)
_LISTED = (
    changes.c.number,
    changes.c.at,
    changes.c.who_id,
    changes.c.who,
    changes.c.address,
    changes.c.database,
    changes.c.relation,
    changes.c.record_key,
    changes.c.action,
    changes.c.stage,
    changes.c.undoes,
    case((func.char_length(_VALUES) <= SHORT, _VALUES), else_=null()).label("values"),
)
_OF_RECORD = (
    select(
        changes.c.number,
        changes.c.at,
        changes.c.who_id,
        changes.c.who,
        changes.c.action,
        changes.c.undoes,
        changes.c.before,
        changes.c.after,
    )
    .where(changes.c.place == bindparam("place"), changes.c.stage.in_(("done", "confirmed")))
    .order_by(changes.c.number.desc())
    .limit(100)
)
