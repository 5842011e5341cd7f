"""Which columns of a table are shown, and in which order: a form without script, whose answer is an address."""

from werkzeug.datastructures import MultiDict

from plainsite.reflection import Relation
from plainsite.services.queries import Query, visible


def offered(relation: Relation, query: Query) -> list[tuple[str, bool]]:
    """Give every column that may be shown, those that are first and in their order, and whether each is."""
    names = [str(column.name) for column in visible(relation)]
    chosen = [name for name in query.columns if name in names] or names
    return [(name, True) for name in chosen] + [(name, False) for name in names if name not in chosen]


def chosen(relation: Relation, given: MultiDict[str, str]) -> tuple[str, ...]:
    """Read the form: the columns ticked, by the numbers typed beside them; nothing when that is the usual state."""
    wanted = set(given.getlist("show"))
    rows = list(zip(given.getlist("of"), given.getlist("place"), strict=False))
    places = {name: (_number(place, number), number) for number, (name, place) in enumerate(rows, 1)}
    found = sorted((name for name in places if name in wanted), key=lambda name: places[name])
    usual = [column.name for column in visible(relation)]
    return () if found == usual else tuple(found)


def _number(typed: str, otherwise: int) -> int:
    """Read a place, doubled: one that was moved goes before the one that had its number."""
    try:
        number = int(typed)
    except ValueError:
        return 2 * otherwise
    return 2 * number + (number > otherwise) - (number < otherwise)
