"""A held sign-up is found by its address, in whichever form that was written, and by its age."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

AT_ONCE = 5000


def upgrade():
    column = sa.Column("email_key", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("held_signup", column)
    table = sa.table("held_signup", *map(sa.column, ("id", "email", "email_key")))
    query = sa.select(table.c.id, table.c.email).order_by(table.c.id).limit(AT_ONCE)
    put = sa.update(table).where(table.c.id == sa.bindparam("row"))
    put, last = put.values(email_key=sa.bindparam("key")), 0
    former = op.get_context().opts["script"].get_revision("0014").module
    while rows := op.get_bind().execute(query.where(table.c.id > last)).all():
        op.get_bind().execute(put, [{"row": row, "key": _key(it, former)} for row, it in rows])
        last = rows[-1].id
    for name in ("email_key", "created_at"):
        op.create_index(f"ix_held_signup_{name}", "held_signup", [name])


def downgrade():
    for name in ("email_key", "created_at"):
        op.drop_index(f"ix_held_signup_{name}", "held_signup")
    op.drop_column("held_signup", "email_key")


def _key(address, former):
    """What an address is compared by since 0014."""
    return unicodedata.normalize("NFC", former._in_form(address, former._ascii).lower())
