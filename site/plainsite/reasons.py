"""Why a write was not done, in columns: what every floor of the house can say and hear."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One broken rule.

    rule: "taken", "missing", "unknown" (no such parent), "in_use", "too_long", "check", "invalid" (no value of the
    column's type), "out_of_range", "read_only", "said" (by a trigger), or a service's own word.
    columns: the columns concerned, as a form knows them; empty when the rule is about the record as a whole.
    limit: of "too_long", the most characters where known; count and table: of "in_use", how many rows (at most 1,000
    are counted) of which table; constraint: the name of a broken check; words: of "said", what the trigger says, of
    "in_use" the columns that refer.
    """

    rule: str
    columns: tuple[str, ...] = ()
    limit: int | None = None
    count: int | None = None
    table: str | None = None
    constraint: str | None = None
    words: str | None = None


class Refused(Exception):  # noqa: N818 - it is not an error: the database did its work
    """A write that was not done, and why."""

    def __init__(self, *reasons: Reason) -> None:
        """Take one reason or more; say them in the order in which a form shows them."""
        super().__init__(*reasons)
        self.reasons = reasons


class Changed(Refused):
    """An edit that was not done, because somebody else changed the same columns since they were looked at."""

    def __init__(self, *columns: str) -> None:
        """Take the columns."""
        super().__init__(Reason("changed", columns))
