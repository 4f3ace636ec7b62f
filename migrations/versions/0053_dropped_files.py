"""Files that no row names any more, until they are gone from UPLOADS_URL too."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade():
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "dropped_file",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("dropped_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dropped_file")),
    )
    op.create_index(op.f("ix_dropped_file_due_at"), "dropped_file", ["due_at"])


def downgrade():
    op.drop_table("dropped_file")
