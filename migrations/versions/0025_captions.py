"""Captions of a version that is sound or film. They never change, as all else of it.

The rule takes the place of what 0024 had: with captions, and so that a version can go with its
file. On SQLite the table keeps its other triggers, because nothing writes it anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

NAME = "story_version_is_final"
FINAL = (
    *("id", "story_id", "revision_id", "kind", "language", "title", "text", "captions", "link"),
    *("author_id", "digest", "created_at"),
)
CHANGES = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FINAL)
CONDITION = f"""{CHANGES} OR (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)
    OR (OLD.file_id IS DISTINCT FROM NEW.file_id
        AND (NEW.file_id IS NOT NULL OR NEW.removed_at IS NULL))"""
WHY = "another form of a story never changes, and is not put back"


def upgrade():
    column = sa.Column("captions", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("story_version", column)
    put(CONDITION)


def downgrade():
    former = op.get_context().opts["script"].get_revision("0024").module
    (condition,) = (rule[2] for rule in former.RULES if rule[0] == NAME)
    put(condition)
    op.drop_column("story_version", "captions")


def put(condition):
    """Let the rule refuse what this says."""
    if op.get_bind().dialect.name == "sqlite":
        condition = condition.replace("IS DISTINCT FROM", "IS NOT")
        op.execute(f"DROP TRIGGER {NAME}")
        op.execute(
            f"""CREATE TRIGGER {NAME} BEFORE UPDATE ON story_version WHEN {condition}
            BEGIN SELECT RAISE(ABORT, '{WHY}'); END"""
        )
    else:
        op.execute(
            f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {condition} THEN
                    RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END $$"""
        )
