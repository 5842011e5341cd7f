"""What rows refer to and what refers to them: labels instead of numbers, and counts of what hangs on a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, Select, String, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from plainsite.raw import Raw
from plainsite.reflection import Reflection, Relation
from plainsite.services.naming import is_name, label_column, texts_of
from plainsite.services.pages import Record
from plainsite.services.plans import kept
from plainsite.services.queries import contains, given, searched

LONGEST_LABEL = 80  # characters
COUNTED_UP_TO = 1000
MOST_CHOICES = 50


@dataclass(frozen=True, eq=False)
class Reference:
    """A foreign key: the columns that refer, in which relation, and the relation and columns referred to."""

    key: ForeignKeyConstraint
    child: Relation
    columns: tuple[Column[Any], ...]
    parent: Relation
    referred: tuple[Column[Any], ...]

    @property
    def rule(self) -> str | None:
        """What happens to the child when the parent goes, such as "CASCADE"."""
        return self.key.ondelete


def references_of(reflection: Reflection, relation: Relation) -> tuple[Reference, ...]:
    """Give the foreign keys of a relation."""
    return kept(relation, _references)(reflection).get(relation, ())


def links_of(reflection: Reflection, relation: Relation) -> tuple[Reference, ...]:
    """Give the foreign keys of one column each to a key of one column: such a value alone says which row it means."""
    return kept(relation, _links)(reflection, relation)


def references_to(reflection: Reflection, relation: Relation) -> list[Reference]:
    """Give the foreign keys that refer to a relation, its own among them."""
    return kept(relation, _referring)(reflection).get(relation, [])


def name_of(relation: Relation, row: Record) -> str:
    """Give what a whole row is called; empty where only its key tells which it is."""
    column = label_column(relation)
    name = row._mapping[column.name] if column is not None and is_name(column) else None  # noqa: SLF001
    text = "" if name is None else str(name)[:LONGEST_LABEL]
    return "" if text.isspace() else text


def label(reference: Reference) -> ColumnElement[Any] | None:
    """Give, for a statement about the rows that refer, the label of the row referred to, where it has any.

    The database looks one up for each row that it hands over; so no statement of its own is needed for them.
    """
    found = label_column(reference.parent)
    if found is None:
        return None
    parent = reference.parent.table.alias()
    same = parent.c[reference.referred[0].key] == reference.columns[0]
    one = select(_short(parent.c[found.key])).where(same).limit(1)
    return one.correlate(reference.child.table).scalar_subquery()


def labels(session: Session, reference: Reference, values: Iterable[Any]) -> dict[Any, str]:
    """Give the labels of the rows that one column refers to, by its values: one statement, however many they are."""
    wanted = {value for value in values if value is not None}
    statement = kept(reference.parent, _labelling)(reference.parent, reference.referred[0])
    if statement is None or not wanted:
        return {}
    rows = session.connection().execute(statement, {"wanted": list(wanted)}).all()
    return {value: str(text) for value, text in rows if text is not None}


def _labelling(parent: Relation, referred: Column[Any]) -> Select[Any, Any] | None:
    """Ask for the labels of a relation's rows; None where only their keys tell them apart."""
    found = label_column(parent)
    if found is None:
        return None
    wanted = bindparam("wanted", type_=Raw(), expanding=True)
    return select(referred, _short(found)).where(referred.in_(wanted))


def _short(column: Column[Any]) -> ColumnElement[Any]:
    return func.substr(cast(column, String) if isinstance(column.type, Raw) else column, 1, LONGEST_LABEL)


def _references(reflection: Reflection) -> dict[Relation, tuple[Reference, ...]]:
    """Give the foreign keys of all relations: of thousands they are looked for once, and not once for each."""
    by_table = {id(each.table): each for each in reflection.relations.values()}
    return {each: _of_one(each, by_table) for each in reflection.relations.values()}


def _referring(reflection: Reflection) -> dict[Relation, list[Reference]]:
    found: dict[Relation, list[Reference]] = {}
    for references in _references(reflection).values():
        for each in references:
            found.setdefault(each.parent, []).append(each)
    return found


def _of_one(relation: Relation, by_table: Mapping[int, Relation]) -> tuple[Reference, ...]:
    found = []
    for constraint in relation.table.foreign_key_constraints:
        pairs = [(element.parent, element.column) for element in constraint.elements]
        parent = by_table.get(id(pairs[0][1].table))
        if parent is not None:
            own, referred = zip(*pairs, strict=True)
            found.append(Reference(constraint, relation, own, parent, referred))
    order = list(relation.table.columns)
    return tuple(sorted(found, key=lambda each: order.index(each.columns[0])))


def _links(reflection: Reflection, relation: Relation) -> tuple[Reference, ...]:
    single = {
        each.columns[0].name: each
        for each in references_of(reflection, relation)
        if len(each.columns) == 1 and list(each.parent.table.primary_key.columns) == list(each.referred)
    }
    return tuple(single.values())


def hanging(session: Session, reference: Reference, row: Record) -> int:
    """Count the rows that refer to a row, up to 1,000."""
    values = [row._mapping[column.name] for column in reference.referred]  # noqa: SLF001 - a row's public mapping
    if any(value is None for value in values):
        return 0
    same = [column == given(value) for column, value in zip(reference.columns, values, strict=True)]
    some = select(1).select_from(reference.child.table).where(*same).limit(COUNTED_UP_TO).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def choices(session: Session, relation: Relation, columns: Sequence[Column[Any]], words: str) -> Sequence[Record]:
    """Find rows to refer to: the referred columns' values and the label of each, at most 50.

    `words` stand somewhere in the row's texts, or the first of them is the value referred to.
    """
    found = label_column(relation)
    if found is None:
        found = next(iter(texts_of(relation)), None)  # better than nothing for who looks for one
    shown = [*columns, *([] if found is None else [_short(found)])]
    there = [column.is_not(None) for column in columns if column.nullable]  # nothing refers to NULL
    statement = select(*shown).select_from(relation.table).where(*there).order_by(*columns).limit(MOST_CHOICES)
    for word in words.split():
        texts = [contains(column, word) for column in searched(relation)]
        statement = statement.where(or_(*texts, *(contains(column, word) for column in columns)))
    return session.connection().execute(statement).all()
