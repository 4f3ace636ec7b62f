"""What waits and is owned by somebody who has left, or only reads, is nobody's from now on."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

GONE = "SELECT id FROM member WHERE NOT active OR role = 'reader'"
THEIRS = f"folder <> 'closed' AND owner_id IN ({GONE})"


def upgrade():
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    before = "CAST(owner_id AS TEXT)" if is_sqlite else "to_json(owner_id)"
    noted = sa.text(
        "INSERT INTO change (conversation_id, what, before, at) "  # noqa: S608 - words of ours
        f"SELECT id, 'owner_id', {before}, :at FROM conversation WHERE {THEIRS}"
    )
    at = sa.bindparam("at", datetime.now(UTC), sa.DateTime(timezone=True))
    connection.execute(noted.bindparams(at))
    op.execute(
        f"UPDATE conversation SET owner_id = NULL, version = version + 1 WHERE {THEIRS}"  # noqa: S608
    )


def downgrade():
    """Nobody knows who would own them today."""
