"""What providers tell us, and which of them rest."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KINDS = (
    *("queued", "sent", "delivered", "deferred", "bounced", "soft-bounced"),
    *("rejected", "complained", "unsubscribed", "inbound", "unknown"),
)
MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_index(op.f("ix_outgoing_message_id"), "outgoing", ["message_id"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_key", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("original", sa.JSON, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("outgoing_id", sa.Integer),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_event_provider_event_id")),
        sa.ForeignKeyConstraint(
            ["outgoing_id"], ["outgoing.id"], name=op.f("fk_event_outgoing_id_outgoing")
        ),
    )
    op.create_index(op.f("ix_event_outgoing_id"), "event", ["outgoing_id"])
    op.create_index(op.f("ix_event_address_key_at"), "event", ["address_key", "at"])
    op.create_index(op.f("ix_event_applied_at_due_at"), "event", ["applied_at", "due_at"])
    op.create_table(
        "pause",
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_pause")),
    )


def downgrade():
    op.drop_table("pause")
    op.drop_table("event")
    op.drop_index(op.f("ix_outgoing_message_id"), "outgoing")
