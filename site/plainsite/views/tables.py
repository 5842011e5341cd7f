"""What all pages of data share: which database, which table, which record an address means, and what it asks for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from plainsite.databases import Attached
from plainsite.reflection import Reflection, Relation
from plainsite.services import references
from plainsite.services.cursors import decode, encode
from plainsite.services.plans import kept
from plainsite.services.queries import Filter, Query

TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}


@dataclass(frozen=True)
class Place:
    """A table of a database, and the session to ask it with."""

    database: Attached
    reflection: Reflection
    relation: Relation

    @property
    def session(self) -> Session:
        """Give this request's session on the database."""
        return self.database.session()

    @cached_property
    def address(self) -> str:
        """Give the address of the table's page."""
        return page_of(self.database, self.relation)

    @property
    def editable(self) -> bool:
        """Tell whether records may be changed here."""
        return self.database.writable and self.relation.record is not None

    @property
    def locked(self) -> str | None:
        """Say why nothing can be changed here, in words that follow "because"."""
        if self.database.name == "site":
            return "the site's own records have pages of their own, which keep more rules than the tables do"
        return self.relation.locked or (None if self.database.writable else "the database was attached read-only")


def title_of(database: Attached) -> str:
    """Give the name of a database's engine; which of two speaks MySQL's language is known once it was connected to."""
    dialect: Any = database.engine.dialect
    return "MariaDB" if dialect.name == "mysql" and dialect.is_mariadb else TITLES[dialect.name]


def databases() -> dict[str, Attached]:
    """Give the databases there are."""
    found: dict[str, Attached] = current_app.extensions["plainsite.databases"]
    return found


def database_called(name: str) -> Attached:
    """Give the database of an address."""
    return databases().get(name) or abort(404)


def place_of(name: str, table: str) -> Place:
    """Give the table of an address."""
    database = database_called(name)
    reflection = database.catalog.read()
    relation = by_address(reflection).get(table) or abort(404)
    return Place(database, reflection, relation)


def changeable(name: str, table: str) -> Place:
    """Give the table of an address, where its records may be changed; else that is forbidden."""
    place = place_of(name, table)
    if not place.editable or place.locked:
        abort(403)
    return place


def address_of(relation: Relation) -> str:
    """Give the part of an address that means a relation."""
    table = relation.table
    return encode([table.schema, table.name] if table.schema else [table.name])


def page_of(database: Attached, relation: Relation) -> str:
    """Give the address of a relation's page."""
    return kept(relation, _page)(request.script_root, database.name, relation)


def _page(_root: str, name: str, relation: Relation) -> str:
    return url_for("data.table", name=name, table=address_of(relation))


def key_of(text: str) -> list[Any]:
    """Read a record's key from an address."""
    try:
        return decode(text)
    except ValueError:
        abort(404)


def asked(given: MultiDict[str, str]) -> Query:
    """Read what an address asks of a table."""
    triples = zip(given.getlist("column"), given.getlist("op"), given.getlist("value"), strict=False)
    return Query(
        columns=tuple(given.getlist("show")),
        filters=tuple(Filter(*triple) for triple in triples if triple[0] and triple[1]),
        words=given.get("words", "").strip(),
        sort=given.get("sort") or None,
        descending=bool(given.get("down")),
    )


def pairs_of(query: Query) -> list[tuple[str, str]]:
    """Write what a query asks as an address does; the pages of a list keep it."""
    pairs = [("words", query.words)] if query.words else []
    for each in query.filters:
        pairs += [("column", each.column), ("op", each.operator), ("value", each.value)]
    pairs += [("show", name) for name in query.columns]
    pairs += [("sort", query.sort)] if query.sort else []
    return pairs + ([("down", "1")] if query.descending else [])


def with_query(address: str, query: Query, **more: str | None) -> str:
    """Give an address that asks a query."""
    pairs = pairs_of(query) + [(name, value) for name, value in more.items() if value]
    return f"{address}?{urlencode(pairs)}" if pairs else address


def paging() -> dict[str, Any]:
    """Read which page of a table is asked for."""
    given = request.args
    return {
        "before": given.get("before") or None,
        "after": given.get("after") or None,
        "last": given.get("at") == "last",
        "size": current_app.config["PAGE_SIZE"],
    }


def labels_of(place: Place, reference: references.Reference, value: Any) -> str:
    """Give the label of a row that one column refers to; empty where it has none, or nobody here may read it."""
    try:
        return references.labels(place.session, reference, [value]).get(value, "")
    except DBAPIError:
        place.database.remove()  # PostgreSQL answers nothing more in that transaction
        return ""


def by_address(reflection: Reflection) -> dict[str, Relation]:
    """Give the relations of a database by the part of an address that means each."""
    some = next(iter(reflection.relations.values()), None)
    return kept(some, _by_address)(reflection) if some is not None else {}


def _by_address(reflection: Reflection) -> dict[str, Relation]:
    return {address_of(each): each for each in reflection.relations.values()}
