"""Clean copies of files: what readers get, without the hidden details that came with a file.

What was approved before has none yet: it is given out again once the worker has made one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

COLUMNS = {
    "public_place": (sa.Text(), "''"),
    "public_size": (sa.BigInteger(), "0"),
    "public_digest": (sa.Text(), "''"),
    "withheld": (sa.Text(), "''"),
    "seconds": (sa.Double(), "0"),
}


def upgrade():
    for name, (kind, usual) in COLUMNS.items():
        column = sa.Column(name, kind, nullable=False, server_default=sa.text(usual))
        op.add_column("story_file", column)


def downgrade():
    for name in reversed(COLUMNS):
        op.drop_column("story_file", name)
