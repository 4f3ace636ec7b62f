"""Indexes for what the sweeps of files look for."""

from alembic import op

revision = "0016"
down_revision = "0015"

TABLES = ("attachment", "story_file")


def upgrade():
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_state"), table, ["state"])


def downgrade():
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_state"), table)
