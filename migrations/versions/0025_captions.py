"""Captions of a version that is sound or film. They never change, as all else of it (0024)."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

NAME = "story_version_captions_are_final"
WHY = "another form of a story never changes"


def upgrade():
    column = sa.Column("captions", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("story_version", column)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"""CREATE TRIGGER {NAME} BEFORE UPDATE ON story_version
            WHEN OLD.captions IS NOT NEW.captions
            BEGIN SELECT RAISE(ABORT, '{WHY}'); END"""
        )
        return
    op.execute(
        f"""CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF OLD.captions IS DISTINCT FROM NEW.captions THEN
                RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$"""
    )
    op.execute(
        f"""CREATE TRIGGER {NAME} BEFORE UPDATE ON story_version
        FOR EACH ROW EXECUTE FUNCTION {NAME}()"""
    )


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {NAME}")
    else:
        op.execute(f"DROP FUNCTION {NAME} CASCADE")
    op.drop_column("story_version", "captions")
