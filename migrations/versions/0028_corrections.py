"""What the team wrote down, a note or a call, can be corrected.

Of what is there already, answers on a private page cannot: some of them tell of a yes that was
noted, and look the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade():
    op.add_column("message", sa.Column("corrections", sa.Integer()))
    op.execute(
        """UPDATE message SET corrections = 0 WHERE author_id IS NOT NULL AND (direction = 'note'
        OR direction = 'outgoing' AND way IN ('phone', 'sms', 'relay', 'post'))"""
    )


def downgrade():
    op.drop_column("message", "corrections")
