"""A mail is found by where it came from, in whichever form the address was written."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

AT_ONCE = 5000


def upgrade():
    column = sa.Column("address_key", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("original", column)
    table = sa.table("original", *map(sa.column, ("message_id", "address", "address_key")))
    query = sa.select(table.c.message_id, table.c.address).where(table.c.address != "")
    query = query.order_by(table.c.message_id)
    put = sa.update(table).where(table.c.message_id == sa.bindparam("row"))
    put, last = put.values(address_key=sa.bindparam("key")), 0
    former = op.get_context().opts["script"].get_revision("0014").module
    while rows := _some(query.where(table.c.message_id > last)):
        op.get_bind().execute(put, [{"row": row, "key": _key(it, former)} for row, it in rows])
        last = rows[-1].message_id
    op.create_index("ix_original_address_key", "original", ["address_key"])


def downgrade():
    op.drop_index("ix_original_address_key", "original")
    op.drop_column("original", "address_key")


def _some(query):
    return op.get_bind().execute(query.limit(AT_ONCE)).all()


def _key(address, former):
    """What an address is compared by since 0014."""
    return unicodedata.normalize("NFC", former._in_form(address, former._ascii).lower())
