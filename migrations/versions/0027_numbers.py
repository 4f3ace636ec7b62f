"""A conversation is found by its number too, in whichever form that was typed: by E.164."""

import phonenumbers
import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

AT_ONCE = 5000


def upgrade():
    column = sa.Column("phone_key", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("conversation", column)
    table = sa.table("conversation", *map(sa.column, ("id", "phone", "phone_key")))
    query = sa.select(table.c.id, table.c.phone).where(table.c.phone != "").order_by(table.c.id)
    put = sa.update(table).where(table.c.id == sa.bindparam("row"))
    put, last = put.values(phone_key=sa.bindparam("found")), 0
    while rows := op.get_bind().execute(query.where(table.c.id > last).limit(AT_ONCE)).all():
        found = [{"row": row.id, "found": _key(row.phone)} for row in rows]
        op.get_bind().execute(put, found)
        last = rows[-1].id
    op.create_index("ix_conversation_phone_key", "conversation", ["phone_key"])


def downgrade():
    op.drop_index("ix_conversation_phone_key", "conversation")
    op.drop_column("conversation", "phone_key")


def _key(text):
    """What a number is compared by since 0019; what is none, by its digits."""
    found = op.get_context().opts["script"].get_revision("0019").module._number(text)
    if found is None:
        return "".join(mark for mark in text if mark.isdecimal())
    return phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
