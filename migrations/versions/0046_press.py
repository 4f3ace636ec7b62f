"""What storytellers were asked about journalists; the database asks for the consent to ask.

Nobody under 18 is asked. A yes counts only while they may be asked at all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

ANSWERS = ("yes", "no", "talk", "ended")
MOMENT = sa.DateTime(timezone=True)
MAY_BE_ASKED = """EXISTS (
    SELECT 1 FROM story WHERE story.id = NEW.story_id AND NOT young
    AND state NOT IN ('draft', 'withdrawn', 'declined')
) AND EXISTS (
    SELECT 1 FROM story_consent WHERE story_id = NEW.story_id AND given AND id = (
        SELECT max(id) FROM story_consent WHERE story_id = NEW.story_id AND purpose = 'press'
    )
)"""
OF_PRESS = "EXISTS (SELECT 1 FROM conversation WHERE id = NEW.enquiry_id AND kind = 'press')"
SAME = ("id", "story_id", "enquiry_id", "words", "asked_by_id", "asked_at")
MOVED = " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in SAME)
THERE = """EXISTS (SELECT 1 FROM press_question WHERE id = NEW.id
    OR (story_id = NEW.story_id AND enquiry_id = NEW.enquiry_id))"""
# The name of each rule, before which deed, when it refuses, and why.
RULES = (
    (
        "press_question_is_allowed",
        "INSERT",
        f"NOT ({MAY_BE_ASKED} AND {OF_PRESS})",
        "its teller must not be asked about that",
    ),
    ("press_question_is_final", "UPDATE", MOVED, "what was asked never changes"),
    (
        "press_answer_is_allowed",
        "UPDATE",
        f"""(NEW.answer = 'yes' AND OLD.answer IS DISTINCT FROM 'yes' AND NOT ({MAY_BE_ASKED}))
        OR (OLD.answer = 'ended' AND NEW.answer IS DISTINCT FROM 'ended')""",
        "its teller must not be asked any more",
    ),
)
IS_THERE = ("press_question_is_there", "INSERT", THERE, "there is such a row already")
LOCK = "PERFORM 1 FROM story WHERE id = NEW.story_id FOR UPDATE;"


def upgrade():
    op.create_table(
        "press_question",
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("id", "story_id", "enquiry_id")),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("asked_by_id", sa.Integer, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer", sa.String(20)),
        sa.Column("answered_at", MOMENT),
        sa.Column("noted_by_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_press_question")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_press_question_{column}_{table}")
            )
            for column, table in (
                *(("story_id", "story"), ("enquiry_id", "conversation")),
                *(("asked_by_id", "member"), ("noted_by_id", "member")),
            )
        ),
        sa.UniqueConstraint(
            "story_id", "enquiry_id", name=op.f("uq_press_question_story_id_enquiry_id")
        ),
        sa.CheckConstraint(f"answer IN {ANSWERS}", name=op.f("ck_press_question_answer")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_press_question_answered_at_a_time"),
        ),
    )
    op.create_index("ix_press_question_enquiry_id", "press_question", ["enquiry_id"])
    for statement in rules():
        op.execute(statement)


def downgrade():
    op.drop_table("press_question")
    for name, *_ in () if is_sqlite() else RULES:
        op.execute(f"DROP FUNCTION {name}")


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def rules():
    """The statements that make the rules. REPLACE, which tells no trigger, is SQLite's alone."""
    for name, deed, condition, why in (*RULES, IS_THERE) if is_sqlite() else RULES:
        event = f"{deed} ON press_question"
        if is_sqlite():
            when = condition.replace("IS DISTINCT FROM", "IS NOT")
            refuse = f"SELECT RAISE(ABORT, '{why}')"
            yield f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} BEGIN {refuse}; END"
            continue
        yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {LOCK}
            IF {condition} THEN
                RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$"""
        yield f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
