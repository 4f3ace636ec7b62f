"""Files of answers that are being written and of saved replies; who else gets an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

OWNERS = ("conversation", "saved_reply")
ONE_OWNER = " + ".join(
    f"(CASE WHEN {name}_id IS NULL THEN 0 ELSE 1 END)" for name in ("message", *OWNERS)
)


def upgrade():
    with op.batch_alter_table("attachment") as table:
        table.alter_column("message_id", existing_type=sa.Integer(), nullable=True)
        for name in OWNERS:
            table.add_column(sa.Column(f"{name}_id", sa.Integer()))
            key = f"fk_attachment_{name}_id_{name}"
            table.create_foreign_key(key, name, [f"{name}_id"], ["id"])
            table.create_index(f"ix_attachment_{name}_id", [f"{name}_id"])
        table.add_column(text("alt"))
        table.create_check_constraint(op.f("ck_attachment_one_owner"), f"{ONE_OWNER} = 1")
    with op.batch_alter_table("sending") as table:
        table.add_column(sa.Column("copy_of_id", sa.Integer()))
        key = "fk_sending_copy_of_id_message"
        table.create_foreign_key(key, "message", ["copy_of_id"], ["id"])
        table.create_index("ix_sending_copy_of_id", ["copy_of_id"])
    for name in ("message", "draft"):
        op.add_column(name, text("also_to"))


def text(name):
    """A column that holds nothing at first."""
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def downgrade():
    """What belongs to no message is forgotten. Its file stays, which does no harm."""
    for name in ("draft", "message"):
        op.drop_column(name, "also_to")
    op.execute("DELETE FROM sending WHERE copy_of_id IS NOT NULL")
    with op.batch_alter_table("sending") as table:
        table.drop_index("ix_sending_copy_of_id")
        table.drop_constraint("fk_sending_copy_of_id_message", type_="foreignkey")
        table.drop_column("copy_of_id")
    op.execute("DELETE FROM attachment WHERE message_id IS NULL")
    with op.batch_alter_table("attachment") as table:
        table.drop_constraint(op.f("ck_attachment_one_owner"), type_="check")
        for name in OWNERS:
            table.drop_index(f"ix_attachment_{name}_id")
            table.drop_constraint(f"fk_attachment_{name}_id_{name}", type_="foreignkey")
            table.drop_column(f"{name}_id")
        table.drop_column("alt")
        table.alter_column("message_id", existing_type=sa.Integer(), nullable=False)
