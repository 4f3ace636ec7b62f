"""What the team does with the newsletter's list: who took a yes, what people are found by.

A held sign-up is kept for a little after a person decided about it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

AT_ONCE = 5000
EMPTY = sa.text("''")
MOMENT = sa.DateTime(timezone=True)
COLUMNS = {
    "subscriber": [("search", sa.Text(), EMPTY)],
    "consent": [
        ("noted_at", MOMENT, None),
        ("member_id", sa.Integer(), None),
        ("evidence", sa.Text(), EMPTY),
    ],
    "held_signup": [("decided_at", MOMENT, None), ("mail_id", sa.Integer(), None)],
    "erasure": [("way", sa.Text(), EMPTY), ("member_id", sa.Integer(), None)],
}


def upgrade():
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            new = sa.Column(name, kind, nullable=default is None, server_default=default)
            op.add_column(table, new)
    op.create_table(
        "list_change",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_list_change"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name="fk_list_change_subscriber_id_subscriber",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_list_change_subscriber_id", "list_change", ["subscriber_id"])
    _let_people_be_found()


def _let_people_be_found():
    names = ("id", "email", "email_key", "name", "search")
    table, last = sa.table("subscriber", *map(sa.column, names)), 0
    query = sa.select(table).order_by(table.c.id).limit(AT_ONCE)
    put = sa.update(table).where(table.c.id == sa.bindparam("row"))
    put = put.values(search=sa.bindparam("words"))
    fold = op.get_context().opts["script"].get_revision("0020").module.fold
    while rows := op.get_bind().execute(query.where(table.c.id > last)).all():
        words = [{"row": row.id, "words": _searched(row, fold)} for row in rows]
        op.get_bind().execute(put, words)
        last = rows[-1].id


def _searched(row, fold):
    return " ".join(dict.fromkeys(fold(f"{row.email} {row.email_key} {row.name}").split()))


def downgrade():
    op.execute("DELETE FROM held_signup WHERE decided_at IS NOT NULL")
    op.drop_table("list_change")
    for table, columns in COLUMNS.items():
        for name, *_ in columns:
            op.drop_column(table, name)
