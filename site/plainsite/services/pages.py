"""A page of a list: some rows in order, and where the pages beside it begin."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select

from plainsite.driven import driven

Record = Row[*tuple[Any, ...]]  # a row of any columns

NEWER, OLDER = "newer", "older"  # the two ways to turn: against the list's order, and along it


class Page(NamedTuple):
    """Rows in the list's order; `before` and `after` are the cursors of the pages on either side, None at an end."""

    rows: Sequence[Any]
    before: str | None = None
    after: str | None = None


def fetch(  # noqa: PLR0913 - one page is just these facts
    connection: Connection,
    statement: Select[Any],
    values: dict[str, Any],
    *,
    size: int,
    backward: bool,
    inner: bool,
    cursor: Callable[[Any], str],
    made: Callable[[Sequence[Any]], Any] | None = None,
) -> Page:
    """Fetch a page with one row more than it shows, which tells whether there is another behind it.

    `statement` is already ordered and limited by the bound value `limit`; `backward` tells that it runs against the
    list's order; `inner`, that there is a page where it started from; `cursor` names a row's place in the order. `made`
    makes a row of its values where these are taken as the driver gives them, which costs less (see `driven`).
    """
    asked = {**values, "limit": size + 1}
    if made is None:
        rows: list[Any] = list(connection.execute(statement, asked).all())
    else:
        rows = [*map(made, driven(connection, statement, asked).fetchall())]
    more = len(rows) > size
    del rows[size:]
    if backward:
        rows.reverse()
    before, after = (more, inner) if backward else (inner, more)
    return Page(
        rows,
        before=cursor(rows[0]) if rows and before else None,
        after=cursor(rows[-1]) if rows and after else None,
    )
