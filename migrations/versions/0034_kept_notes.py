"""A note is kept while it is written, for its writer alone."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade():
    op.create_table(
        "note_draft",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name="pk_note_draft"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_note_draft_conversation_id_conversation",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_note_draft_member_id_member"
        ),
    )


def downgrade():
    op.drop_table("note_draft")
