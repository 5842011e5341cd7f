"""What Alembic runs: on the connection that it is given, with the tables of the models."""

from alembic import context

from plainsite.models import Base


def ours(name: str | None, kind: str, _: object) -> bool:
    """Leave the full-text index and its own tables out of the comparison: no model describes them."""
    return not (kind == "table" and (name or "").startswith("messages_search"))


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
