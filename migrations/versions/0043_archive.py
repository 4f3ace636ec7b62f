"""Issues that the team took out of the archive; a change of one gives the library a new key."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

COLUMNS = ("state", "hidden_at", "slug")
CHANGED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COLUMNS)
NAME = "issue_changes_library"


def upgrade():
    op.add_column("issue", sa.Column("hidden_at", sa.DateTime(timezone=True)))
    first = op.get_context().opts["script"].get_revision("0010").module
    if is_sqlite():
        key = first.NEW_KEY.format("lower(hex(randomblob(16)))")
        changed = CHANGED.replace("IS DISTINCT FROM", "IS NOT")
        op.execute(f"CREATE TRIGGER {NAME} AFTER UPDATE ON issue WHEN {changed} BEGIN {key} END")
        return
    key = first.NEW_KEY.format("gen_random_uuid()")
    op.execute(f"""CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {CHANGED} THEN {key} END IF; RETURN NULL; END $$""")
    op.execute(f"""CREATE CONSTRAINT TRIGGER {NAME} AFTER UPDATE ON issue
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {NAME}()""")


def downgrade():
    op.execute(f"DROP TRIGGER {NAME}" if is_sqlite() else f"DROP FUNCTION {NAME} CASCADE")
    op.drop_column("issue", "hidden_at")


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"
