"""Files that no row names, though nobody dropped them: since when that is known."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade():
    op.create_table(
        "orphan_file",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orphan_file")),
        sa.UniqueConstraint("place", name=op.f("uq_orphan_file_place")),
    )


def downgrade():
    op.drop_table("orphan_file")
