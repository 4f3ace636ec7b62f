"""Alerts to the team leave through the outbox too: one more action."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BEFORE = ("email", "upsert", "unsubscribe", "erase")
NAME = "ck_outgoing_action"


def upgrade():
    _allow((*BEFORE, "alert"))


def downgrade():
    # Rows cannot be deleted. As cancelled mails nobody sends them, and the ledger balances.
    op.execute(
        "UPDATE outgoing SET action = 'email', payload = '{}', state = 'cancelled', "
        "finished_at = COALESCE(finished_at, due_at) WHERE action = 'alert'"
    )
    _allow(BEFORE)


def _allow(actions):
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "outgoing")
        op.create_check_constraint(op.f(NAME), "outgoing", f"action IN {actions}")
        return
    # SQLite writes the table anew, and its trigger goes with the old one.
    trigger = sa.text("SELECT sql FROM sqlite_master WHERE name = 'outgoing_is_kept'")
    guard = op.get_bind().scalar(trigger)
    keep_counting = {"sqlite_autoincrement": True}
    with op.batch_alter_table("outgoing", recreate="always", table_kwargs=keep_counting) as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), f"action IN {actions}")
    op.execute(guard)
