"""The history of changes, the head of its chain, and the forms that were sent."""

import sqlalchemy as sa
from alembic import op

from plainsite.portable import AS_IS, endless, moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NO_DIGEST = "0" * 64
KEPT = "entries of the history are never changed, and go only by pruning"
# The database itself keeps entries as they are: only what the head says is pruned may go.
STILL_KEPT = "OLD.number > coalesce((SELECT pruned_number FROM chain WHERE id = 1), 0)"
ON_MARIADB = (
    f"""CREATE TRIGGER changes_not_changed BEFORE UPDATE ON changes FOR EACH ROW
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{KEPT}'""",  # noqa: S608
    f"""CREATE TRIGGER changes_not_deleted BEFORE DELETE ON changes FOR EACH ROW BEGIN
          IF {STILL_KEPT} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{KEPT}'; END IF;
        END""",
)
GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER changes_not_changed BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
        f"""CREATE TRIGGER changes_not_deleted BEFORE DELETE ON changes WHEN {STILL_KEPT}
            BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION changes_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF TG_OP = 'DELETE' THEN
                IF NOT {STILL_KEPT} THEN RETURN OLD; END IF;
              END IF;
              RAISE EXCEPTION '{KEPT}';
            END $$""",
        """CREATE TRIGGER changes_kept BEFORE UPDATE OR DELETE ON changes
           FOR EACH ROW EXECUTE FUNCTION changes_kept()""",
        "CREATE TRIGGER changes_not_emptied BEFORE TRUNCATE ON changes EXECUTE FUNCTION changes_kept()",
    ),
    "mysql": ON_MARIADB,
    "mariadb": ON_MARIADB,
}


def upgrade() -> None:
    """Bring the tables here."""
    op.create_table(
        "changes",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("who_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=50), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("database", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=600), nullable=False),
        sa.Column("record_key", endless(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("intent", NUMBER, nullable=True),
        sa.Column("undoes", NUMBER, nullable=True),
        sa.Column("before", endless(), nullable=True),
        sa.Column("after", endless(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("action IN ('create', 'change', 'delete')", name=op.f("ck_changes_action_known")),
        sa.CheckConstraint(
            "stage IN ('done', 'intended', 'confirmed', 'refused')", name=op.f("ck_changes_stage_known")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changes")),
        **AS_IS,
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    an_end = sa.text("intent IS NOT NULL")
    op.create_index("ix_changes_intent", "changes", ["intent"], sqlite_where=an_end, postgresql_where=an_end)
    op.create_index("ix_changes_place", "changes", ["place", "number"])
    op.create_index("ix_changes_relation", "changes", ["database", "relation", "number"])
    op.create_index("ix_changes_who", "changes", ["who", "number"])

    chain = op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("pruned_number", NUMBER, nullable=False),
        sa.Column("pruned_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_chain_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        **AS_IS,
    )
    op.bulk_insert(chain, [{"id": 1, "number": 0, "digest": NO_DIGEST, "pruned_number": 0, "pruned_digest": NO_DIGEST}])

    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("who_id", sa.Integer(), nullable=True),
        sa.Column("session", sa.String(length=64), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("database", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=600), nullable=True),
        sa.Column("record_key", endless(), nullable=True),
        sa.Column("number", NUMBER, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('claimed', 'done')", name=op.f("ck_submissions_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        **AS_IS,
    )
    op.create_index("ix_submissions_at", "submissions", ["at"])

    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("submissions")
    op.drop_table("changes")
    op.drop_table("chain")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION changes_kept()")
