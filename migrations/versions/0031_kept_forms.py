"""What a member sent when their session was over."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade():
    op.create_table(
        "kept_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_form"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_kept_form_member_id_member"),
    )
    op.create_index("ix_kept_form_member_id", "kept_form", ["member_id"])


def downgrade():
    op.drop_table("kept_form")
