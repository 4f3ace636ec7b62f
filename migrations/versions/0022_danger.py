"""Where somebody may be in danger, and who is under 18: kept with the conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

RARE = {"danger": "danger_at IS NOT NULL", "young": "young"}
# What was urgent because of its story alone; how it is told that somebody is under 18.
URGENT = """
    UPDATE conversation SET danger_at = created_at WHERE id IN (
        SELECT conversation_id FROM story WHERE urgent AND state NOT IN ('withdrawn', 'declined')
    )
"""
YOUNG = """
    UPDATE conversation SET young = true WHERE id IN (
        SELECT conversation_id FROM story WHERE {under_18} = 'yes'
    )
"""
UNDER_18 = {
    "sqlite": "json_extract(answers, '$.under_18')",
    "postgresql": "answers ->> 'under_18'",
}


def upgrade():
    op.add_column("conversation", sa.Column("danger_at", sa.DateTime(timezone=True)))
    op.add_column(
        "conversation", sa.Column("young", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(URGENT)
    op.execute(YOUNG.format(under_18=UNDER_18[op.get_bind().dialect.name]))
    for name, condition in RARE.items():
        where = sa.text(condition)
        op.create_index(
            f"ix_conversation_{name}",
            "conversation",
            ["folder"],
            sqlite_where=where,
            postgresql_where=where,
        )
    op.drop_column("story", "urgent")


def downgrade():
    op.add_column(
        "story", sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE story SET urgent = true WHERE conversation_id IN "
        "(SELECT id FROM conversation WHERE danger_at IS NOT NULL)"
    )
    for name in RARE:
        op.drop_index(f"ix_conversation_{name}", "conversation")
    op.drop_column("conversation", "young")
    op.drop_column("conversation", "danger_at")
