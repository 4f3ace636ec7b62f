"""Where a mail came from, and where it asks for answers if that is elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

NAMES = ("address", "reply_to")


def upgrade():
    for name in NAMES:
        op.add_column(
            "original", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))
        )


def downgrade():
    for name in NAMES:
        op.drop_column("original", name)
