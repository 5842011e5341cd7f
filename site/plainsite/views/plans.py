"""What all pages of one list have in common, worked out and drawn once; what a page has of its own is put into it."""

from typing import Any, NamedTuple
from urllib.parse import quote_plus

from flask import current_app, request
from jinja2 import Template
from markupsafe import Markup
from sqlalchemy import Column

from plainsite.services.listing import Listed, shown
from plainsite.services.naming import is_name, label_column
from plainsite.services.plans import kept
from plainsite.services.queries import Query, searched, sortable
from plainsite.services.references import links_of
from plainsite.views import cells, columns, filters, tables
from plainsite.views.context import is_beyond
from plainsite.views.drawing import ON_CARD, Rows


class Plan(NamedTuple):
    """A list, as an address asks for it: addresses, and what its pages are made of, drawn."""

    asking: str  # the list's own address
    choosing: str  # where the chosen records go: to be deleted, or only to a file
    exporting: str  # what is asked, as other addresses add it to theirs
    headings: Markup
    offers: Markup  # what can be done with it, choosing its columns among them
    narrowing: Markup
    rows: Rows

    def turns(self, place: tables.Place, listed: Listed) -> dict[str, str | None]:
        """Give the addresses of the pages around this one, and of this one with all its rows chosen."""
        to = self.asking + ("&" if self.exporting else "?")
        given = request.args
        here = (f"{name}={quote_plus(given[name])}&" for name in ("before", "after", "at") if given.get(name))
        return {
            "picking": f"{to}{''.join(here)}picked=1",
            "newest": self.asking if listed.before or is_beyond(listed.rows) else None,
            "newer": f"{to}before={_quoted(listed.before)}" if listed.before else None,
            "older": f"{to}after={_quoted(listed.after)}" if listed.after else None,
            "oldest": f"{to}at=last" if place.relation.place and listed.after else None,
        }


def plan_of(place: tables.Place, query: Query) -> Plan:
    """Give the plan of a list. It is drawn anew where the site is mounted elsewhere, or a template has changed."""
    templates = current_app.jinja_env.get_template
    drawn_by = templates("macros/forms.html"), templates("data/narrowing.html"), templates("data/offers.html")
    return kept(place.relation, _plan)(*drawn_by, request.script_root, place, query)


def narrowing(place: tables.Place, query: Query) -> dict[str, Any]:
    """Give what the forms that narrow a table are made of."""
    return {
        "chips": _chips(place, query),
        "searched": [column.name for column in searched(place.relation)],
        "offered": filters.offered(place.relation),
        "pairs": tables.pairs_of(query),
    }


def _plan(macros: Template, narrow: Template, offers: Template, _root: str, place: tables.Place, query: Query) -> Plan:
    forms: Any = macros.module
    asked = shown(place.relation, query)
    address, pairs = place.address, tables.pairs_of(query)
    asking = tables.with_query(address, query)
    parents = {each.columns[0].name: each.parent for each in links_of(place.reflection, place.relation)}
    links = {n: tables.page_of(place.database, parents[c.name]) for n, c in enumerate(asked) if c.name in parents}
    context = {"place": place, "query": query, "typed": filters.BLANK, **narrowing(place, query)}
    exporting, chooser = (
        asking.removeprefix(address),
        forms.columns(address, columns.offered(place.relation, query), pairs),
    )
    return Plan(
        asking=asking,
        choosing=tables.with_query(f"{address}{'+delete' if place.editable else '+export.csv'}", query),
        exporting=exporting,
        headings=forms.headings(_headings(place, query, asked)),
        offers=Markup(offers.render(place=place, asked=exporting, chooser=chooser)),  # noqa: S704 - drawn by a template
        narrowing=Markup(narrow.render(context)),  # noqa: S704 - this too
        rows=Rows(forms, asked, address, links, _on_card(place, query, asked)),
    )


def _on_card(place: tables.Place, query: Query, asked: list[Column[Any]]) -> set[int]:
    """Give the columns that a phone shows: what rows are called and sorted by, and then those that come first."""
    called, wanted = label_column(place.relation), {query.sort}
    if called is not None and is_name(called) and not query.columns:
        wanted.add(called.name)
    numbers = sorted(range(len(asked)), key=lambda number: (number > 0 and asked[number].name not in wanted, number))
    return set(numbers[:ON_CARD])


def _quoted(cursor: str) -> str:
    """Write a cursor for an address: of what `encode` writes, only letters of other scripts have to be quoted."""
    return cursor if cursor.isascii() else quote_plus(cursor)


def _headings(place: tables.Place, query: Query, asked: list[Column[Any]]) -> list[tuple[str, str, str | None, str]]:
    """Give each column's name, class, the address that sorts by it, and how it is sorted now."""
    found = []
    for column, (name, look) in zip(asked, cells.headings(asked), strict=True):
        now = ("descending" if query.descending else "ascending") if query.sort == name else ""
        turned = Query(query.columns, query.filters, query.words, name, now == "ascending")
        address = tables.with_query(place.address, turned) if sortable(column) else None
        found.append((name, look, address, now))
    return found


def _chips(place: tables.Place, query: Query) -> list[tuple[str, str]]:
    """Give each filter in words, and the address without it."""
    found = []
    for each in query.filters:
        words = f"{each.column} {each.operator} {each.value}".strip()
        found.append((words, tables.with_query(place.address, filters.without(query, each))))
    return found
