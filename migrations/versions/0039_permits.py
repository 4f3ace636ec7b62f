"""So many mails an hour go to addresses that anybody may have typed: each needs a permit."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade():
    op.create_table(
        "permit",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_permit")),
    )
    op.create_index(op.f("ix_permit_used_at"), "permit", ["used_at"])


def downgrade():
    op.drop_table("permit")
    op.execute("UPDATE outgoing SET urgency = 1 WHERE urgency = 5")
