"""Deleting many records at once: all that match, or none."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plainsite.reasons import Reason, Refused
from plainsite.recording import note
from plainsite.reflection import Relation
from plainsite.services import going
from plainsite.services.queries import Query, conditions
from plainsite.transactions import transaction
from plainsite.writes import deletion

MOST = 10_000  # records that one call deletes


@transaction
def delete_matching(session: Session, relation: Relation, query: Query, number: int) -> int:
    """Delete all records that match a query; give how many they were.

    `number` is how many they are to be, at most 10,000. Raises Refused, and deletes nothing, when they are not that
    many any more ("changed", with `count` as they are now) or when the database refuses one of them; ValueError for
    a column or an operator that there is not.
    """
    if relation.record is None or number > MOST:
        raise Refused(Reason("read_only"))
    connection, table, wanted = session.connection(), relation.table, conditions(relation, query)
    rows = connection.execute(select(*table.columns).where(*wanted).limit(MOST + 1).with_for_update()).all()
    hanging = going.hanging_on(session, table, [row._asdict() for row in rows])
    gone: int = connection.execute(delete(table).where(*wanted)).rowcount
    if len(rows) != number or gone > number:  # one may have come between the two statements, and not be told of
        raise Refused(Reason("changed", count=max(gone, len(rows))))
    if gone < number and connection.execute(select(1).select_from(table).where(*wanted).limit(1)).first():
        raise Refused(Reason("ignored"))  # else they went with others of them before their turn came
    note(session, *(deletion(table, row) for row in rows))
    going.tell(session, hanging)
    return number
