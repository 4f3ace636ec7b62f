"""How often something has happened, for a monitoring program."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade():
    op.create_table(
        "counted_sum",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name=op.f("pk_counted_sum")),
    )


def downgrade():
    op.drop_table("counted_sum")
