"""Who said yes, and how: the storyteller or a guardian, on our pages or read out by the team.

All that the database itself demands of a yes is here; it takes the place of what 0007 had. Where
the storyteller is under 18, a text needs their guardian's yes as well before it is published.
A story that is public already stays so: its page tells the team that the guardian was not asked.
On SQLite, REPLACE deletes rows and tells no trigger: it is refused as a second row.
A later migration that writes one of these tables anew (on SQLite) has to make its triggers again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

GIVERS = ("storyteller", "guardian")
WAYS = ("web", "phone", "relay", "video", "in_person")
MOMENT = sa.DateTime(timezone=True)
# Columns with a text that may be empty, which rows that are there already need.
EMPTY = {"nullable": False, "server_default": sa.text("''")}
REACH = ("guardian_name", "guardian_email", "guardian_phone")
VERSION = ("guardian_digest", "guardian_at")
APPROVAL = ("giver", "way", "note", "said_at", "noted_by_id", "message_id")
AGREED = "guardian_digest IS NULL OR guardian_digest = digest"
# What somebody of the team has noted is bound to who, when, and the message that tells of it.
NOTED = " AND ".join(f"(way = 'web') = ({one} IS NULL)" for one in APPROVAL[3:])


def changes(*columns):
    return " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in columns)


def has_yes(giver):
    return f"""EXISTS (
        SELECT 1 FROM approval JOIN revision ON revision.id = approval.revision_id
        WHERE approval.story_id = NEW.id AND revision.story_id = NEW.id
        AND revision.id = NEW.published_revision_id AND approval.digest = revision.digest
        AND approval.giver = '{giver}' AND approval.taken_back_at IS NULL
        AND revision.id = (SELECT max(id) FROM revision WHERE story_id = NEW.id)
    )"""  # noqa: S608 - our own words


# A guardian says yes to what the storyteller said yes to. What the team notes was asked before, is
# about the newest text, was said after that was written, and is told to the storyteller.
FITS = """
    SELECT 1 FROM revision JOIN story ON story.id = revision.story_id
    WHERE revision.id = NEW.revision_id AND story.id = NEW.story_id
    AND revision.digest = NEW.digest AND story.state NOT IN ('draft', 'withdrawn', 'declined')
    AND (NEW.giver <> 'guardian' OR story.young AND EXISTS (
        SELECT 1 FROM approval WHERE revision_id = NEW.revision_id
        AND giver = 'storyteller' AND taken_back_at IS NULL
    ))
    AND (NEW.way = 'web' OR NEW.giver = 'guardian' OR story.asked_at IS NOT NULL)
    AND (NEW.way = 'web' OR (
        NEW.said_at BETWEEN revision.created_at AND NEW.at
        AND revision.id = (SELECT max(id) FROM revision WHERE story_id = NEW.story_id)
        AND EXISTS (
            SELECT 1 FROM message WHERE message.id = NEW.message_id
            AND message.conversation_id = story.conversation_id
            AND message.direction = 'outgoing' AND message.author_id = NEW.noted_by_id
        )
    ))
"""
IN_USE = """
    SELECT 1 FROM story
    WHERE id = OLD.story_id AND published_revision_id = OLD.revision_id
"""
SAME_YES = ("id", "story_id", "revision_id", "digest", "wording", "at", *APPROVAL)
SAME_VERSION = (
    *("id", "story_id", "revision_id", "kind", "language", "title", "text", "link", "file_id"),
    *("author_id", "digest", "created_at"),
)
# The name of each rule, before which deed, when it refuses (always without one), and why.
RULES = (
    ("revision_is_final", "UPDATE ON revision", "", "a text never changes"),
    (
        "revision_in_use",
        "DELETE ON revision",
        "EXISTS (SELECT 1 FROM approval WHERE revision_id = OLD.id)",
        "somebody said yes to this text",
    ),
    ("story_consent_is_final", "UPDATE ON story_consent", "", "consent is only ever added"),
    (
        "approval_is_final",
        "UPDATE ON approval",
        f"{changes(*SAME_YES)} OR OLD.taken_back_at IS NOT NULL OR EXISTS ({IN_USE})",
        "a yes can only be taken back, and not while its text is public",
    ),
    ("approval_in_use", "DELETE ON approval", f"EXISTS ({IN_USE})", "its text is public"),
    (
        "approval_fits",
        "INSERT ON approval",
        f"NOT EXISTS ({FITS})",
        "nobody can have said yes to that text so",
    ),
    (
        "story_update_needs_approval",
        "UPDATE ON story",
        f"""NEW.state = 'published' AND ({changes("state", "published_revision_id", "young")})
        AND NOT ({has_yes("storyteller")} AND (NOT NEW.young OR {has_yes("guardian")}))""",
        "who must say yes to this text has not",
    ),
    (
        "story_insert_needs_approval",
        "INSERT ON story",
        "NEW.state = 'published'",
        "who must say yes to this text has not",
    ),
    (
        "story_stays",
        "UPDATE ON story",
        """OLD.id <> NEW.id OR (OLD.state <> 'draft' AND (
            NEW.state = 'draft' OR (OLD.young AND NOT NEW.young)
        ))""",
        "a story that was sent is no draft again, and who was under 18 stays so",
    ),
    (
        "story_version_is_final",
        "UPDATE ON story_version",
        f"{changes(*SAME_VERSION)} OR (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)",
        "another form of a story never changes, and is not put back",
    ),
    (
        "story_version_is_new",
        "INSERT ON story_version",
        "NEW.approved_digest IS NOT NULL OR NEW.guardian_digest IS NOT NULL",
        "nobody said yes to it before it was there",
    ),
)
# On PostgreSQL who writes for a story waits for whoever else does.
WAITS = ("revision_waits", "INSERT ON revision", "false", "")
WAITING = ("revision_waits", "approval_is_final", "approval_fits")
LOCK = "PERFORM 1 FROM story WHERE id = NEW.story_id FOR UPDATE;"
# What makes a row one that is there already.
SAME_ROW = {
    "story": " OR ".join(
        f"{key} = NEW.{key}"
        for key in ("id", "key", "phrase", "conversation_id", "slug", "guardian_key")
    ),
    "revision": "id = NEW.id OR (story_id = NEW.story_id AND number = NEW.number)",
    **dict.fromkeys(("approval", "story_consent", "story_version"), "id = NEW.id"),
}


def upgrade():
    drop(former_rules())
    for name in REACH:
        op.add_column("story", sa.Column(name, sa.Text, **EMPTY))
    young = sa.Column("young", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("story", young)
    op.add_column("story", sa.Column("guardian_key", sa.Text))
    op.add_column("story", sa.Column("guardian_asked_at", MOMENT))
    op.create_index("ix_story_guardian_key", "story", ["guardian_key"], unique=True)
    agreed = sa.CheckConstraint(AGREED, name=op.f("ck_story_version_guardian_agreed_as_it_is"))
    op.add_column("story_version", sa.Column("guardian_digest", sa.Text, agreed))
    op.add_column("story_version", sa.Column("guardian_at", MOMENT))
    with op.batch_alter_table("approval") as table:
        for name, words in (("giver", GIVERS), ("way", WAYS)):
            first = sa.text(f"'{words[0]}'")
            table.add_column(sa.Column(name, sa.String(20), nullable=False, server_default=first))
            table.create_check_constraint(op.f(f"ck_approval_{name}"), f"{name} IN {words}")
        table.add_column(sa.Column("note", sa.Text, **EMPTY))
        table.add_column(sa.Column("said_at", MOMENT))
        for name, target in (("noted_by_id", "member"), ("message_id", "message")):
            table.add_column(sa.Column(name, sa.Integer))
            table.create_foreign_key(op.f(f"fk_approval_{name}_{target}"), target, [name], ["id"])
        table.create_check_constraint(op.f("ck_approval_noted_or_on_web"), NOTED)
    move_answers()
    for statement in rules():
        op.execute(statement)


def downgrade():
    drop(rules())
    with op.batch_alter_table("approval") as table:
        for name in ("giver", "way", "noted_or_on_web"):
            table.drop_constraint(op.f(f"ck_approval_{name}"), type_="check")
        for name in APPROVAL:
            table.drop_column(name)
    for name in VERSION:
        op.drop_column("story_version", name)
    move_answers_back()
    op.drop_index("ix_story_guardian_key", "story")
    for name in (*REACH, "young", "guardian_key", "guardian_asked_at"):
        op.drop_column("story", name)
    for statement in former_rules():
        op.execute(statement)


STORY = sa.table(
    "story",
    *map(sa.column, ("id", "young", "guardian_name")),
    sa.column("answers", sa.JSON),
)


def move_answers():
    """What answers hold of guardians gets columns."""
    for row in op.get_bind().execute(sa.select(STORY)).all():
        rest = dict(row.answers)
        said = {"young": rest.get("under_18") == "yes", "guardian_name": rest.pop("guardian", "")}
        if any(said.values()):
            _set(row.id, answers=rest, **said)


def move_answers_back():
    for row in op.get_bind().execute(sa.select(STORY)).all():
        if row.young or row.guardian_name:
            said = {"under_18": "yes" if row.young else "no", "guardian": row.guardian_name}
            _set(row.id, answers=row.answers | said)


def _set(story_id, **values):
    op.get_bind().execute(sa.update(STORY).where(STORY.c.id == story_id).values(values))
    if not is_sqlite():  # a table with a trigger that waits for the commit cannot be altered
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def rules():
    """The statements that make the rules."""
    if is_sqlite():
        for name, event, condition, why in (*RULES, *no_second_rows()):
            when = f"WHEN {condition}".replace("IS DISTINCT FROM", "IS NOT") if condition else ""
            refuse = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            yield f"CREATE TRIGGER {name} BEFORE {event} {when} {refuse}"
        return
    for name, event, condition, why in (*RULES, WAITS):
        lock = LOCK if name in WAITING else ""
        row = "OLD" if event.startswith("DELETE") else "NEW"
        yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {lock}
            IF {condition or "true"} THEN
                RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN {row};
        END $$"""
        yield f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"


def no_second_rows():
    for table, same in SAME_ROW.items():
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own words
        yield f"{table}_is_there", f"INSERT ON {table}", there, "there is such a row already"


def former_rules():
    """The statements that made the rules before."""
    former = op.get_context().opts["script"].get_revision("0007").module
    return list(former.sqlite_triggers() if is_sqlite() else former.postgres_triggers())


def drop(statements):
    """Take away what these statements made."""
    kind, rest = ("TRIGGER", "") if is_sqlite() else ("FUNCTION", "CASCADE")
    for _, made, name, *_rest in map(str.split, statements):
        if made == kind:
            op.execute(f"DROP {kind} {name.removesuffix('()')} {rest}")
