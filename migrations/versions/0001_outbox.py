"""The outbox: one row for each thing that must leave the portal. No row can be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ACTIONS = ("email", "upsert", "unsubscribe", "erase")
STATES = (
    *("queued", "sending", "waiting", "accepted", "delivered", "bounced", "complained"),
    *("failed", "uncertain", "cancelled"),
)


def upgrade():
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("unsure_since", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing"),
        sa.UniqueConstraint("key", name="uq_outgoing_key"),
        sa.CheckConstraint(f"action IN {ACTIONS}", name=op.f("ck_outgoing_action")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_outgoing_state")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outgoing_state_due_at", "outgoing", ["state", "due_at"])
    op.create_index("ix_outgoing_address_key_id", "outgoing", ["address_key", "id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER outgoing_is_kept BEFORE DELETE ON outgoing "
            "BEGIN SELECT RAISE(ABORT, 'outbox rows are never deleted'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION outgoing_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'outbox rows are never deleted'; END $$"
        )
        op.execute(
            "CREATE TRIGGER outgoing_is_kept BEFORE DELETE ON outgoing "
            "FOR EACH ROW EXECUTE FUNCTION outgoing_is_kept()"
        )


def downgrade():
    op.drop_table("outgoing")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION outgoing_is_kept")
