"""Who has an issue open, and who changed it last."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "issue_presence",
        sa.Column("issue_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("wrote_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["issue.id"],
            name=op.f("fk_issue_presence_issue_id_issue"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_issue_presence_member_id_member")
        ),
        sa.PrimaryKeyConstraint("issue_id", "member_id", name=op.f("pk_issue_presence")),
    )
    op.add_column("issue", sa.Column("changed_by_id", sa.Integer))


def downgrade():
    op.drop_column("issue", "changed_by_id")
    op.drop_table("issue_presence")
