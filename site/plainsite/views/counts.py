"""How many records a table's page is about, in words that cost little."""

from sqlalchemy.exc import SQLAlchemyError

from plainsite.services import counting, records
from plainsite.services.queries import Query
from plainsite.views import figures, tables


def counted(place: tables.Place, query: Query, listed: records.Listed) -> tuple[int | None, str]:
    """Give how many records there are, where that is known exactly, and say it."""
    narrowed, whole = bool(query.filters or query.words), listed.before is None and listed.after is None
    known = None if narrowed or whole else figures.remembered(place.reflection, place.relation)
    if known is not None and known.far:
        return None, f"{_more(known.guess)} records"
    number = len(listed.rows) if whole else _number(place, query)
    if number is None:
        return None, "More records than could be counted in time"
    if number > records.COUNTED_UP_TO:
        guess = None if narrowed else figures.many(place.database, place.reflection, place.relation).guess
        return None, f"{_more(guess)} records"
    if not narrowed:
        figures.learn(place.reflection, place.relation, number)
        return number, _records(number)
    size = figures.beside(place.database, place.reflection).get(place.relation.name, "")
    is_told = size not in {"", *figures.MADE_ELSEWHERE.values()}
    return number, f"{number:,} of {_in_full(size)} records" if is_told else f"{_records(number)} found"


def _number(place: tables.Place, query: Query) -> int | None:
    try:
        if not (query.filters or query.words) and figures.is_small(place.reflection, place.relation):
            return counting.count_few(place.session, place.relation)
        return records.count(place.session, place.relation, query)
    except SQLAlchemyError:
        place.database.remove()
        return None


def _more(guess: int | None) -> str:
    words = f"more than {records.COUNTED_UP_TO:,}" if guess is None else figures.about(guess)
    return words[0].upper() + words[1:]


def _records(number: int) -> str:
    return f"{number:,} {'record' if number == 1 else 'records'}"


def _in_full(size: str) -> str:
    """Say in words what stands short beside the page."""
    if size.endswith("+"):
        return f"more than {size[:-1]}"
    return size.replace("~", "about ").replace(" M", " million")
