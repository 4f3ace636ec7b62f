"""A deadline that could not be read for sure is kept as it was typed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade():
    words = sa.Column("deadline_words", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("conversation", words)


def downgrade():
    op.drop_column("conversation", "deadline_words")
