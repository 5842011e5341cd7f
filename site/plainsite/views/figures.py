"""How large databases and tables are, in words; no page waits long for it, and what would take longer is left out."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Column

from plainsite.databases import Attached
from plainsite.models import Base
from plainsite.recording import TOLD
from plainsite.reflection import Reflection, Relation
from plainsite.services import records, statistics
from plainsite.tablenames import A_FOREIGN, A_VIEW
from plainsite.views import charts
from plainsite.views.patience import Patience

KEPT_FOR = 60  # seconds for which the sizes beside a page stay as they are
BESIDE, BOARD = 0.15, 1.0  # seconds that a page waits for the sizes beside it, and for a dashboard's figures
FAR = 2 * records.COUNTED_UP_TO  # rows: a table of more is not soon one that can be counted
MOST_CHARTS = 4  # of one database
MILLION = 1_000_000
MADE_ELSEWHERE = {A_VIEW: "view", A_FOREIGN: "foreign"}  # whose rows nobody counts unasked: it may take long
OWN = "site"
PEOPLES = {table.name for table in Base.metadata.tables.values() if TOLD in table.info}  # not what the site is run by


class Many(NamedTuple):
    """Of a table with too many rows to count: whether it has far too many, and how many it is thought to have."""

    far: bool
    guess: int | None


@dataclass
class Sizes:
    """How many rows tables have, in words, by the relation's name; and when they were counted."""

    words: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    many: dict[str, Many] = field(default_factory=dict)  # what is known of those with too many to count
    counted_at: float = 0.0


_known: WeakKeyDictionary[Reflection, Sizes] = WeakKeyDictionary()
_lock = Lock()


def beside(database: Attached, reflection: Reflection) -> dict[str, str]:
    """Give the sizes of a database's tables as they are shown beside its pages: a minute old at most."""
    with _lock:
        known = _known.get(reflection)
        if known is not None and time.monotonic() - known.counted_at < KEPT_FOR:
            return known.words
        # Whoever comes meanwhile sees the old ones instead of counting too.
        _known[reflection] = Sizes({} if known is None else known.words, counted_at=time.monotonic())
    return sizes(database, reflection, Patience(BESIDE)).words


def sizes(database: Attached, reflection: Reflection, patience: Patience) -> Sizes:
    """Count the rows of each table while there is time: up to 10,000; beyond that the engine's statistics say."""
    guesses = patience.ask(database, lambda: statistics.estimates(database.session())) or {}
    found = Sizes(counted_at=time.monotonic())
    for relation in reflection.relations.values():
        if (made := MADE_ELSEWHERE.get(relation.locked or "")) is not None:
            found.words[relation.name] = made
            continue
        guess = statistics.estimated(relation, guesses)
        if guess is None or guess <= records.COUNTED_UP_TO:
            number = patience.ask(database, partial(_count, database, relation))
            if number is not None and number <= records.COUNTED_UP_TO:
                found.numbers[relation.name] = number
        else:
            number = guess
        if number is not None:
            found.words[relation.name] = short(number, guess)
    with _lock:
        _known[reflection] = found
    return found


def _count(database: Attached, relation: Relation) -> int:
    return records.count(database.session(), relation)


def learn(reflection: Reflection, relation: Relation, number: int) -> None:
    """Take down how many rows a table has, because a page has just asked that of the database."""
    with _lock:
        if (known := _known.get(reflection)) is not None:
            known.words[relation.name] = short(number, None)


def remembered(reflection: Reflection, relation: Relation) -> Many | None:
    """Give what is known of a table that has too many rows to count: for a minute, as the sizes beside a page are."""
    known = _fresh(reflection)
    return None if known is None else known.many.get(relation.name)


def _fresh(reflection: Reflection) -> Sizes | None:
    with _lock:
        known = _known.get(reflection)
    return known if known is not None and time.monotonic() - known.counted_at < KEPT_FOR else None


def is_small(reflection: Reflection, relation: Relation) -> bool:
    """Tell whether a table had few enough rows to count within the last minute."""
    known = _fresh(reflection)
    return known is not None and relation.name in known.numbers


def many(database: Attached, reflection: Reflection, relation: Relation) -> Many:
    """Look at a table that has too many rows to count, and take down what there is to know."""
    if (known := remembered(reflection, relation)) is not None:
        return known
    any_beyond = partial(records.any_beyond, database.session(), relation, FAR)
    found = Many(bool(Patience(BESIDE).ask(database, any_beyond)), estimate(database, relation))
    with _lock:
        if (sizes := _known.get(reflection)) is not None:
            sizes.many[relation.name] = found
            sizes.words[relation.name] = short(records.COUNTED_UP_TO + 1, found.guess)
    return found


def estimate(database: Attached, relation: Relation) -> int | None:
    """Give how many rows a table is thought to have, where that is beyond what is counted."""
    guesses = Patience(BESIDE).ask(database, lambda: statistics.estimates(database.session())) or {}
    guess = statistics.estimated(relation, guesses)
    return guess if guess is not None and guess > records.COUNTED_UP_TO else None


class Board(NamedTuple):
    """What a dashboard shows of a database: its tables' sizes, charts, and whether there was no time for the rest."""

    words: dict[str, str]
    charts: list[tuple[str, charts.Chart]]  # with the table's name
    left_out: bool


def board(database: Attached, reflection: Reflection, patience: Patience) -> Board:
    """Give the figures of one database while there is time."""
    counted = sizes(database, reflection, patience)
    found: list[tuple[str, charts.Chart]] = []
    for relation in reflection.relations.values():
        if database.name == OWN and relation.name not in PEOPLES:
            continue
        column = statistics.days_column(relation, counted.numbers.get(relation.name))
        if column is None or len(found) == MOST_CHARTS:
            continue
        days = patience.ask(database, partial(_days, database, relation, column))
        if days is not None and days.counts is not None:
            found.append((relation.name, charts.chart(days)))
    return Board(counted.words, found, patience.ran_out)


def short(number: int, guess: int | None) -> str:
    """Say a number of rows in little room; `guess` is what to say where they were too many to count."""
    if number <= records.COUNTED_UP_TO:
        return f"{number:,}"
    if guess is None or guess <= records.COUNTED_UP_TO:
        return f"{records.COUNTED_UP_TO:,}+"
    return f"~{guess / MILLION:.1f} M" if guess >= MILLION else f"~{round(guess, -3):,}"


def about(guess: int) -> str:
    """Say a number that is only thought to be right."""
    return f"about {guess / MILLION:.1f} million" if guess >= MILLION else f"about {round(guess, -3):,}"


def _days(database: Attached, relation: Relation, column: Column[Any]) -> statistics.Days | None:
    return statistics.by_day(database.session(), relation, column, datetime.now(UTC).date())
