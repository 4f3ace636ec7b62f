"""Where a story is used, by which way; the database refuses what its teller does not allow.

What was noted before says no way, and stays as it is. Nothing is put up on this site either
without the consent to that. A later migration that writes one of these tables anew (on SQLite)
has to make its triggers again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

CHANNELS = ("site", "newsletter", "social", "funders", "press")
OUTCOMES = ("gone", "stays")
EMPTY = {"nullable": False, "server_default": sa.text("''")}
MOMENT = sa.DateTime(timezone=True)
COLUMNS = ("channel", "key", "link", "cleared_at", "cleared_by_id", "outcome_words", "outcome")
CLEARED_BY = "fk_story_use_cleared_by_id_member"
CLEARED = "(outcome IS NULL) = (cleared_at IS NULL)"


def stands(purpose, story):
    """Whether the last word of the story's teller on it is yes."""
    return f"""EXISTS (
        SELECT 1 FROM story_consent WHERE story_id = {story} AND given AND id = (
            SELECT max(id) FROM story_consent WHERE story_id = {story} AND purpose = {purpose}
        )
    )"""  # noqa: S608 - our own words


PURPOSE = "CASE NEW.channel WHEN 'site' THEN 'publish' ELSE NEW.channel END"
MAY_BE_USED = f"""NEW.channel IS NOT NULL AND {stands(PURPOSE, "NEW.story_id")} AND EXISTS (
    SELECT 1 FROM story WHERE story.id = NEW.story_id
    AND state NOT IN ('draft', 'withdrawn', 'declined')
    AND (NOT young OR EXISTS (
        SELECT 1 FROM approval WHERE approval.story_id = story.id
        AND giver = 'guardian' AND taken_back_at IS NULL
    ))
)"""  # noqa: S608 - our own words
MAY_BE_PUBLISHED = stands("'publish'", "NEW.id")
PUT_UP = """NEW.state = 'published' AND (OLD.state <> 'published'
    OR OLD.published_revision_id IS DISTINCT FROM NEW.published_revision_id)"""
MOVED = " OR ".join(
    f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in ("id", "story_id", "channel", "key")
)
SAME_ROW = """id = NEW.id
    OR (story_id = NEW.story_id AND channel = NEW.channel AND key = NEW.key)"""
THERE = f"EXISTS (SELECT 1 FROM story_use WHERE {SAME_ROW})"  # noqa: S608 - our own words
# The name of each rule, before which deed, when it refuses, and why.
RULES = (
    (
        "story_use_is_allowed",
        "INSERT ON story_use",
        f"NOT ({MAY_BE_USED})",
        "its teller does not allow this use",
    ),
    ("story_use_stays", "UPDATE ON story_use", MOVED, "a use is of one story and one way"),
    (
        "story_update_is_allowed",
        "UPDATE ON story",
        f"{PUT_UP} AND NOT {MAY_BE_PUBLISHED}",
        "its teller does not allow us to publish it",
    ),
)
IS_THERE = ("story_use_is_there", "INSERT ON story_use", THERE, "there is such a row already")
LOCK = "PERFORM 1 FROM story WHERE id = NEW.story_id FOR UPDATE;"


def upgrade():
    with op.batch_alter_table("story_use") as table:
        for name, words in (("channel", CHANNELS), ("outcome", OUTCOMES)):
            table.add_column(sa.Column(name, sa.String(20)))
            table.create_check_constraint(op.f(f"ck_story_use_{name}"), f"{name} IN {words}")
        table.add_column(sa.Column("key", sa.Text))
        for name in ("link", "outcome_words"):
            table.add_column(sa.Column(name, sa.Text, **EMPTY))
        table.add_column(sa.Column("cleared_at", MOMENT))
        table.add_column(sa.Column("cleared_by_id", sa.Integer))
        table.create_foreign_key(op.f(CLEARED_BY), "member", ["cleared_by_id"], ["id"])
        table.create_check_constraint(op.f("ck_story_use_cleared_with_outcome"), CLEARED)
    columns = ["story_id", "channel", "key"]
    op.create_index("ix_story_use_story_id_channel_key", "story_use", columns, unique=True)
    for statement in rules():
        op.execute(statement)


def downgrade():
    for name, *_ in rules_here():
        if is_sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name} CASCADE")
    op.drop_index("ix_story_use_story_id_channel_key", "story_use")
    with op.batch_alter_table("story_use") as table:
        for name in ("cleared_with_outcome", "outcome", "channel"):
            table.drop_constraint(op.f(f"ck_story_use_{name}"), type_="check")
        table.drop_constraint(op.f(CLEARED_BY), type_="foreignkey")
        for name in COLUMNS:
            table.drop_column(name)


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def rules_here():
    """REPLACE, which tells no trigger of what it deletes, is SQLite's alone."""
    return (*RULES, IS_THERE) if is_sqlite() else RULES


def rules():
    """The statements that make the rules."""
    for name, event, condition, why in rules_here():
        if is_sqlite():
            when = condition.replace("IS DISTINCT FROM", "IS NOT")
            refuse = f"SELECT RAISE(ABORT, '{why}')"
            yield f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} BEGIN {refuse}; END"
            continue
        lock = LOCK if event == "INSERT ON story_use" else ""
        yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {lock}
            IF {condition} THEN
                RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$"""
        yield f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
