"""Imports, exports and comparisons of the newsletter's list, and what of them is to be read."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

EMPTY = sa.text("''")
MOMENT = sa.DateTime(timezone=True)
KINDS = ("import", "sync", "export")
STATES = ("choosing", "trying", "tried", "going", "done", "stopped")


def _one_of(words, name):
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade():
    op.create_table(
        "list_job",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", _one_of(KINDS, "kind"), nullable=False),
        sa.Column("state", _one_of(STATES, "state"), nullable=False),
        sa.Column("member_id", sa.Integer),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("name", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("place", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("read_as", sa.JSON, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("held_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_list_job"),
    )
    op.create_index("ix_list_job_state", "list_job", ["state"])
    op.create_table(
        "job_line",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_line"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["list_job.id"], name="fk_job_line_job_id_list_job", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_job_line_email_key", "job_line", ["email_key"])
    op.create_index("ix_job_line_job_id_outcome_id", "job_line", ["job_id", "outcome", "id"])


def downgrade():
    op.drop_table("job_line")
    op.drop_table("list_job")
