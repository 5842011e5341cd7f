"""What is worked out once about the tables of a database, and forgotten when they are looked at again."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

from plainsite.reflection import Relation

MOST = 128  # answers that are kept of one function, for one database

Given = ParamSpec("Given")
Made = TypeVar("Made")


def kept(relation: Relation, make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Give a function of a module as it remembers its answers about one reflection.

    Takes any relation of that reflection: the answers are held by what holds its tables, and by nothing else.
    """
    held = relation.table.metadata.info
    found = held.get(make)
    if found is None:  # two threads may both come here: one of the two is kept
        found = held.setdefault(make, lru_cache(MOST)(make))
    return cast("Callable[Given, Made]", found)
