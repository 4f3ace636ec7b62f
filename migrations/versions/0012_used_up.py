"""A provider may rest because what our plan with it allows is used up."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade():
    op.add_column(
        "pause", sa.Column("used_up", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("pause", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("pause", "renewed_at")
    op.drop_column("pause", "used_up")
