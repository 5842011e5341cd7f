"""Saved queries: statements that read attached databases, each under a name."""

import sqlalchemy as sa
from alembic import op

from plainsite.portable import NUMBERED, characters, key, moment, writing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables here."""
    op.create_table(
        "queries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("database", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", key(400), nullable=False),
        sa.Column("statement", writing(50_000), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("changed_at", moment(), nullable=False),
        sa.CheckConstraint(characters("name", 100), name=op.f("ck_queries_name_length")),
        sa.CheckConstraint(characters("statement", 50_000), name=op.f("ck_queries_statement_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
        sa.UniqueConstraint("database", "name_key", name=op.f("uq_queries_database_name_key")),
        **NUMBERED,
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("queries")
