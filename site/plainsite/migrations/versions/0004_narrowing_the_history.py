"""Indexes for each way in which the log is narrowed, so that none reads all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the indexes here."""
    # SQLite knows not how many entries an index finds. Of two that serve as well it takes the one that was made last:
    # so those come first here that find most.
    op.create_index("ix_changes_database", "changes", ["database", "number"])
    op.create_index("ix_changes_action", "changes", ["action", "number"])
    op.create_index("ix_changes_relation_anywhere", "changes", ["relation", "number"])
    rare = sa.text("stage = 'intended' OR stage = 'refused'")
    op.create_index("ix_changes_stage", "changes", ["stage", "number"], sqlite_where=rare, postgresql_where=rare)
    for name, columns in (("ix_changes_at", ["at", "number"]), ("ix_changes_who", ["who", "number"])):
        op.drop_index(name, "changes")
        op.create_index(name, "changes", columns)


def downgrade() -> None:
    """Take the indexes back."""
    for name in ("action", "at", "database", "relation_anywhere", "stage"):
        op.drop_index(f"ix_changes_{name}", "changes")
    op.create_index("ix_changes_at", "changes", ["at"])
