"""What a member chooses for themselves. Single letters as shortcuts are asked for from now on.

Who is there already keeps what they have. SQLite cannot let a column be NULL that could not, so
a new one takes the place of the former.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

CHOICES = {"announces": sa.true(), "told_of_items": sa.true(), "dense": sa.false()}
FORMER = sa.column("shortcuts", sa.Boolean)


def upgrade():
    seconds = sa.Column("undo_seconds", sa.Integer(), nullable=False, server_default=sa.text("30"))
    op.add_column("member", seconds)
    for name, usual in CHOICES.items():
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=usual)
        op.add_column("member", column)
    replace(sa.Column("chosen", sa.Boolean()), FORMER)


def downgrade():
    off = sa.Column("chosen", sa.Boolean(), nullable=False, server_default=sa.false())
    replace(off, sa.func.coalesce(FORMER, sa.false()))
    for name in ("undo_seconds", *CHOICES):
        op.drop_column("member", name)


def replace(column, value):
    """Let a new column be `shortcuts`, with a value that is made of the former."""
    op.add_column("member", column)
    op.execute(sa.table("member", sa.column("chosen")).update().values(chosen=value))
    op.drop_column("member", "shortcuts")
    op.execute("ALTER TABLE member RENAME COLUMN chosen TO shortcuts")
