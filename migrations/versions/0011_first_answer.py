"""How soon we answered, as the worker counted it last."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade():
    op.create_table(
        "first_answer",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("median_days", sa.Double, nullable=False),
        sa.Column("within_promise", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_answer")),
    )


def downgrade():
    op.drop_table("first_answer")
