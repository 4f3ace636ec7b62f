"""Which addresses for alerts were told that no worker lives."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade():
    op.create_table(
        "silence_told",
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_silence_told")),
    )


def downgrade():
    op.drop_table("silence_told")
