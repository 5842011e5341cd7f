"""What Alembic runs: on the connection that it is given, with the tables of the models."""

from collections.abc import Mapping
from typing import Any

from alembic import context

from plainsite.models import Base
from plainsite.portable import specify


def ours(name: str | None, kind: str, parents: Mapping[Any, Any]) -> bool:
    """Leave the full-text index, its column and its own tables out of the comparison: no model describes them."""
    column = kind == "column" and (parents["table_name"], name) == ("messages", "search")
    return not column and not (kind in {"table", "index"} and (name or "").startswith("messages_search"))


for table in Base.metadata.tables.values():
    specify(table)
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_name=ours,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
