"""That a backup was brought back, and which mails had left since it was made."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"


def upgrade():
    op.create_table(
        "restoration",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("backup_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keys", sa.JSON, nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restoration")),
    )
    op.create_table(
        "sent_before",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sure", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sent_before")),
    )


def downgrade():
    op.drop_table("sent_before")
    op.drop_table("restoration")
