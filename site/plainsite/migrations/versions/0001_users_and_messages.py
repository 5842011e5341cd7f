"""Users, messages, sign-ins and invitations, with a full-text index that the database keeps in step."""

import sqlalchemy as sa
from alembic import op

from plainsite.portable import AS_IS, NUMBERED, characters, key, moment, writing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# On SQLite an external-content table (sqlite.org/fts5, section 4.4.3): the words are indexed, the text is not kept
# twice. So are the first three letters of words, from which a search finds beginnings.
SEARCH_ON_SQLITE = (
    """CREATE VIRTUAL TABLE messages_search USING fts5(
         body, content='messages', content_rowid='id', prefix='3',
         tokenize="unicode61 remove_diacritics 2")""",
    """CREATE TRIGGER messages_search_added AFTER INSERT ON messages BEGIN
         INSERT INTO messages_search (rowid, body) VALUES (new.id, new.body);
       END""",
    """CREATE TRIGGER messages_search_deleted AFTER DELETE ON messages BEGIN
         INSERT INTO messages_search (messages_search, rowid, body) VALUES ('delete', old.id, old.body);
       END""",
    """CREATE TRIGGER messages_search_changed AFTER UPDATE OF body ON messages BEGIN
         INSERT INTO messages_search (messages_search, rowid, body) VALUES ('delete', old.id, old.body);
         INSERT INTO messages_search (rowid, body) VALUES (new.id, new.body);
       END""",
)

# The servers keep the words in a column that they compute themselves, without capitals and marks, and cut where an
# index's own limit for a word would refuse or lose it. PostgreSQL's own parser would keep some as parts of an address.
SEARCH_ON_POSTGRESQL = (
    r"""ALTER TABLE messages ADD COLUMN search tsvector GENERATED ALWAYS AS (
          array_to_tsvector(array_remove(string_to_array(regexp_replace(regexp_replace(
            translate(lower(regexp_replace(normalize(body, NFD), '[\u0300-\u036f]', '', 'g') COLLATE "LETTERS"),
              chr(962), chr(963)),
            '[^[:alnum:]]+', ' ', 'g'), '([[:alnum:]]{255})[[:alnum:]]+', '\1', 'g'), ' '), ''))) STORED""",
    "CREATE INDEX messages_search ON messages USING gin (search)",
)
# MariaDB's index leaves words of less than three signs out, and those of its own list: "__" before each makes it none
# of them. Its collation takes capitals and marks for the plain letter; letters beyond U+FFFF it takes for none at all.
SEARCH_ON_MARIADB = (
    r"""ALTER TABLE messages
          ADD COLUMN search MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci GENERATED ALWAYS AS (
            REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(body, '[\\x{0300}-\\x{036f}]+', ''),
              '([^\\p{L}\\p{Nd}]|[\\x{10000}-\\x{10ffff}])+', ' '), '([^ ]{1,80})[^ ]*', '__\\1')) STORED INVISIBLE,
          ADD FULLTEXT INDEX messages_search (search)""",
)
# What PostgreSQL is to know letters by, the best last: a database of the language "C" knows no others than ASCII's.
LETTERS = "SELECT collname FROM pg_collation WHERE collname IN ('C.UTF-8', 'pg_c_utf8', 'und-x-icu') ORDER BY 1"
SEARCH = {
    "sqlite": SEARCH_ON_SQLITE,
    "postgresql": SEARCH_ON_POSTGRESQL,
    "mariadb": SEARCH_ON_MARIADB,
    "mysql": SEARCH_ON_MARIADB,
}


def upgrade() -> None:
    """Bring the tables here."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("name_key", key(400), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", key(400), nullable=False),
        sa.Column("role", sa.String(length=10), server_default="member", nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("closed_at", moment(), nullable=True),
        sa.CheckConstraint("role IN ('member', 'admin')", name=op.f("ck_users_role_known")),
        sa.CheckConstraint(characters("email", 254), name=op.f("ck_users_email_length")),
        sa.CheckConstraint(characters("name", 50), name=op.f("ck_users_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("name_key", name=op.f("uq_users_name_key")),
        **NUMBERED,
    )
    op.create_index("ix_users_role", "users", ["role"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", moment(), nullable=False),
        sa.CheckConstraint("purpose IN ('password', 'admin')", name=op.f("ck_invitations_purpose_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        **AS_IS,
    )
    op.create_index("ix_invitations_user_id", "invitations", ["user_id"])

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", writing(50_000), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("edited_at", moment(), nullable=True),
        sa.Column("import_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(characters("body", 50_000), name=op.f("ck_messages_body_length")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_messages_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("import_key", name=op.f("uq_messages_import_key")),
        **NUMBERED,
    )
    op.create_index("ix_messages_newest", "messages", ["created_at", "id"])
    op.create_index("ix_messages_of_author", "messages", ["author_id", "created_at", "id"])

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("seen_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
        **AS_IS,
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id"])

    connection = op.get_bind()
    engine = connection.dialect.name
    letters = [*connection.exec_driver_sql(LETTERS).scalars()] if engine == "postgresql" else []
    for statement in SEARCH[engine]:
        connection.exec_driver_sql(statement.replace("LETTERS", letters[-1] if letters else "default"))


def downgrade() -> None:
    """Take the tables back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE messages_search")
    op.drop_table("sign_ins")
    op.drop_table("messages")
    op.drop_table("invitations")
    op.drop_table("users")
