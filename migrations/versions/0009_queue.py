"""The outbox is the queue: how urgent a row is, and the indexes that find the next one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

PARTS = {
    "ix_outgoing_to_do": (["urgency", "due_at", "id"], "state IN ('queued', 'waiting')"),
    "ix_outgoing_unfinished": (["address_key", "id"], "state IN ('queued', 'waiting', 'sending')"),
    "ix_outgoing_sending": (["claimed_until"], "state IN ('sending')"),
}


def upgrade():
    op.add_column(
        "outgoing", sa.Column("urgency", sa.Integer, nullable=False, server_default=sa.text("1"))
    )
    op.execute(
        "UPDATE outgoing SET urgency = CASE WHEN action = 'alert' THEN 0"
        " WHEN name LIKE 'team_%' THEN 0 WHEN action = 'email' THEN 1 ELSE 3 END"
        " WHERE state IN ('queued', 'waiting', 'sending')"
    )
    op.drop_index("ix_outgoing_state_due_at", "outgoing")
    op.create_index("ix_outgoing_state", "outgoing", ["state"])
    for name, (columns, part) in PARTS.items():
        where = sa.text(part)
        op.create_index(name, "outgoing", columns, sqlite_where=where, postgresql_where=where)


def downgrade():
    for name in ("ix_outgoing_state", *PARTS):
        op.drop_index(name, "outgoing")
    op.create_index("ix_outgoing_state_due_at", "outgoing", ["state", "due_at"])
    op.drop_column("outgoing", "urgency")
