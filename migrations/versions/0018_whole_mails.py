"""Whole mails: kept in the storage, where the database has their place."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade():
    with op.batch_alter_table("original") as batch:
        batch.add_column(sa.Column("place", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("original") as batch:
        batch.alter_column("place", server_default=None)
        batch.alter_column("size", server_default=None)


def downgrade():
    with op.batch_alter_table("original") as batch:
        batch.drop_column("size")
        batch.drop_column("place")
