"""What the team was told of, and of what it is to be told together with what came elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

UNTOLD = sa.text("untold_at IS NOT NULL")


def upgrade():
    for name in ("told_at", "untold_at"):
        op.add_column("conversation", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("conversation", sa.Column("notice_id", sa.Integer))
    op.create_index(
        "ix_conversation_untold",
        "conversation",
        ["folder"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )


def downgrade():
    op.drop_index("ix_conversation_untold", "conversation")
    for name in ("notice_id", "untold_at", "told_at"):
        op.drop_column("conversation", name)
