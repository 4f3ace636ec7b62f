"""What is to end of what we keep; when a conversation was erased, and when somebody left the team.

Of conversations that were erased before, and of members who were stopped before, the newest note of
it counts, and else now: nothing ends sooner for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"

HAS_WORDS = "erased_at IS NULL OR erased_at < changed_at"
MOMENT = sa.DateTime(timezone=True)
ERASED = """UPDATE conversation SET erased_at = changed_at WHERE subject = 'Erased' AND EXISTS (
    SELECT 1 FROM change WHERE change.conversation_id = conversation.id AND what = 'erased')"""


def upgrade():
    op.create_table(
        "ending",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("goes_at", MOMENT),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("member_id", sa.Integer()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", name=op.f("pk_ending")),
    )
    op.create_index(op.f("ix_ending_kind_goes_at"), "ending", ["kind", "goes_at"])
    op.add_column("conversation", sa.Column("erased_at", MOMENT))
    op.execute(ERASED)
    where = sa.text(HAS_WORDS)
    op.create_index(
        "ix_conversation_words",
        "conversation",
        ["folder", "changed_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    known = sa.text("subscriber_id IS NOT NULL")
    op.create_index(
        "ix_recipient_known",
        "recipient",
        ["edition_id"],
        sqlite_where=known,
        postgresql_where=known,
    )
    op.add_column("member", sa.Column("left_at", MOMENT))
    op.execute("UPDATE member SET left_at = CURRENT_TIMESTAMP WHERE NOT active")


def downgrade():
    op.drop_column("member", "left_at")
    op.drop_index("ix_recipient_known", "recipient")
    op.drop_index("ix_conversation_words", "conversation")
    op.drop_column("conversation", "erased_at")
    op.drop_table("ending")
