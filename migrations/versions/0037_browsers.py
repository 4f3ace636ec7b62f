"""Sessions are rows, so that they can be ended; whoever was signed in signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "browser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("began_at", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_browser"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_browser_member_id_member"),
        sa.UniqueConstraint("key", name="uq_browser_key"),
    )
    op.create_index("ix_browser_member_id", "browser", ["member_id"])
    op.create_index("ix_browser_known_by", "browser", ["known_by"])


def downgrade():
    op.drop_table("browser")
