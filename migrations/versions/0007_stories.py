"""Stories. The database itself lets nothing be published that was not said yes to as it is.

Texts, consents and approvals never change. A later migration that writes one
of these tables anew (on SQLite) has to make its triggers again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

STATES = (
    *("draft", "submitted", "editing", "with_storyteller", "approved"),
    *("published", "withdrawn", "declined"),
)
TELLINGS = ("write", "record", "upload", "link", "call")
LEVELS = ("beginner", "intermediate", "advanced")
FILE_KINDS = ("picture", "sound", "film", "document")
FILE_STATES = ("coming", "checking", "kept", "refused")
VERSION_KINDS = ("easy-read", "audio", "bsl", "language")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    *("story_use", "story_topic", "story_version", "story_file", "story_consent"),
    *("approval", "revision", "story"),
)
PUBLISHED_REVISION = ["fk_story_published_revision_id_revision", "story", "revision"]

APPROVED = """
    SELECT 1 FROM approval JOIN revision ON revision.id = approval.revision_id
    WHERE approval.story_id = NEW.id AND revision.story_id = NEW.id
    AND revision.id = NEW.published_revision_id AND approval.digest = revision.digest
    AND approval.taken_back_at IS NULL
    AND revision.id = (SELECT max(id) FROM revision WHERE story_id = NEW.id)
"""
FITS = """
    SELECT 1 FROM revision JOIN story ON story.id = revision.story_id
    WHERE revision.id = NEW.revision_id AND story.id = NEW.story_id
    AND revision.digest = NEW.digest AND story.state NOT IN ('draft', 'withdrawn', 'declined')
"""
IN_USE = """
    SELECT 1 FROM story
    WHERE id = OLD.story_id AND published_revision_id = OLD.revision_id
"""
SAME = ("id", "story_id", "revision_id", "digest", "wording", "at")


def words(column, *, nullable=False):
    return sa.Column(column, sa.String(20), nullable=nullable)


def text(name, *, nullable=False):
    return sa.Column(name, sa.Text, nullable=nullable)


def moment(name, *, nullable=True):
    return sa.Column(name, MOMENT, nullable=nullable)


def number(name, *, nullable=False):
    return sa.Column(name, sa.Integer, nullable=nullable)


def large(name):
    return sa.Column(name, sa.BigInteger, nullable=False)


def yes_no(name):
    return sa.Column(name, sa.Boolean, nullable=False)


def json(name):
    return sa.Column(name, sa.JSON, nullable=False)


def key(table, *columns):
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def to(table, column, target):
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def only(table, column, allowed):
    return sa.CheckConstraint(f"{column} IN {allowed}", name=op.f(f"ck_{table}_{column}"))


def unique(table, *columns):
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def index(table, *columns):
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade():
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    make_story(is_sqlite=is_sqlite)
    make_texts()
    make_files()
    make_rest()
    for statement in sqlite_triggers() if is_sqlite else postgres_triggers():
        op.execute(statement)


def make_story(*, is_sqlite):
    published = [to("story", "published_revision_id", "revision")] if is_sqlite else []
    op.create_table(
        "story",
        *(number("id"), text("key"), text("phrase", nullable=True)),
        *(number("conversation_id", nullable=True), words("state"), words("telling")),
        *(text("language"), text("title"), text("text"), json("answers"), text("name")),
        *(text("email"), text("email_key"), text("phone"), text("phone_key")),
        *(yes_no("others"), yes_no("urgent"), text("slug", nullable=True)),
        *(words("level", nullable=True), text("level_reason")),
        *(words("shown_level", nullable=True), number("minutes")),
        *(text("search"), yes_no("is_sample")),
        *(number("published_revision_id", nullable=True), moment("published_at")),
        *(moment("unlisted_at"), moment("withdrawn_at")),
        *(moment("created_at", nullable=False), moment("changed_at", nullable=False)),
        *(yes_no("wants_reminder"), number("reminders"), moment("reminded_at")),
        *(moment("asked_at"), moment("rested_at"), moment("confirmed_at")),
        *(number("checks"), moment("checked_at"), number("version")),
        key("story", "id"),
        *(unique("story", column) for column in ("key", "phrase", "conversation_id", "slug")),
        to("story", "conversation_id", "conversation"),
        *published,
        *(only("story", "state", STATES), only("story", "telling", TELLINGS)),
        *(only("story", "level", LEVELS), only("story", "shown_level", LEVELS)),
        sa.CheckConstraint(
            "(state = 'published') = (published_revision_id IS NOT NULL)",
            name=op.f("ck_story_published_has_revision"),
        ),
    )
    for columns in (
        ("state", "published_at", "id"),
        ("state", "changed_at"),
        ("email_key",),
        ("phone_key",),
    ):
        index("story", *columns)


def make_texts():
    op.create_table(
        "revision",
        *(number("id"), number("story_id"), number("number"), number("author_id", nullable=True)),
        *(text("title"), text("summary"), text("text"), text("name"), json("topics")),
        *(json("pictures"), text("language"), text("reason"), json("reasons"), text("digest")),
        moment("created_at", nullable=False),
        key("revision", "id"),
        unique("revision", "story_id", "number"),
        *(to("revision", "story_id", "story"), to("revision", "author_id", "member")),
        sqlite_autoincrement=True,
    )
    index("revision", "story_id")
    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key(*PUBLISHED_REVISION, ["published_revision_id"], ["id"])
    op.create_table(
        "approval",
        *(number("id"), number("story_id"), number("revision_id"), text("digest")),
        *(text("wording"), moment("at", nullable=False), moment("taken_back_at")),
        key("approval", "id"),
        *(to("approval", "story_id", "story"), to("approval", "revision_id", "revision")),
    )
    index("approval", "story_id")
    index("approval", "revision_id")
    op.create_table(
        "story_consent",
        *(number("id"), number("story_id"), text("purpose"), yes_no("given"), text("value")),
        *(text("wording"), text("channel"), moment("at", nullable=False)),
        key("story_consent", "id"),
        to("story_consent", "story_id", "story"),
    )
    index("story_consent", "story_id")


def make_files():
    op.create_table(
        "story_file",
        *(number("id"), text("key"), number("story_id"), text("name")),
        *(words("kind", nullable=True), text("content_type"), large("size")),
        *(large("received"), json("parts"), text("digest"), words("state"), text("place")),
        *(json("widths"), number("width"), number("height"), text("alt"), text("transcript")),
        *(yes_no("is_decoration"), text("reason"), moment("created_at", nullable=False)),
        moment("changed_at", nullable=False),
        key("story_file", "id"),
        unique("story_file", "key"),
        to("story_file", "story_id", "story"),
        *(only("story_file", "kind", FILE_KINDS), only("story_file", "state", FILE_STATES)),
    )
    index("story_file", "story_id")


def make_rest():
    op.create_table(
        "story_version",
        *(number("id"), number("story_id"), number("revision_id"), words("kind")),
        *(text("language"), text("title"), text("text"), text("link")),
        *(number("file_id", nullable=True), number("author_id", nullable=True), text("digest")),
        *(text("approved_digest", nullable=True), moment("approved_at"), moment("removed_at")),
        moment("created_at", nullable=False),
        key("story_version", "id"),
        *(to("story_version", "story_id", "story"), to("story_version", "author_id", "member")),
        to("story_version", "revision_id", "revision"),
        to("story_version", "file_id", "story_file"),
        only("story_version", "kind", VERSION_KINDS),
        sa.CheckConstraint(
            "approved_digest IS NULL OR approved_digest = digest",
            name=op.f("ck_story_version_approved_as_it_is"),
        ),
    )
    index("story_version", "story_id")
    op.create_table(
        "story_topic",
        *(text("topic"), number("story_id")),
        key("story_topic", "topic", "story_id"),
        to("story_topic", "story_id", "story"),
    )
    index("story_topic", "story_id")
    op.create_table(
        "story_use",
        *(number("id"), number("story_id"), text("text"), number("author_id", nullable=True)),
        moment("at", nullable=False),
        key("story_use", "id"),
        *(to("story_use", "story_id", "story"), to("story_use", "author_id", "member")),
    )
    index("story_use", "story_id")


def sqlite_triggers():
    """What SQLite refuses, and in which words."""
    changed = (
        "OLD.state <> 'published' OR OLD.published_revision_id IS NOT NEW.published_revision_id"
    )
    same = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in SAME)
    rules = [
        ("revision_is_final", "UPDATE ON revision", "", "a text never changes"),
        ("story_consent_is_final", "UPDATE ON story_consent", "", "consent is only ever added"),
        (
            "approval_is_final",
            "UPDATE ON approval",
            f"WHEN {same} OR OLD.taken_back_at IS NOT NULL OR EXISTS ({IN_USE})",
            "a yes can only be taken back, and not while its text is public",
        ),
        (
            "approval_in_use",
            "DELETE ON approval",
            f"WHEN EXISTS ({IN_USE})",
            "the text of this yes is public",
        ),
        (
            "approval_fits",
            "INSERT ON approval",
            f"WHEN NOT EXISTS ({FITS})",
            "that is not a text of this story",
        ),
        (
            "story_update_needs_approval",
            "UPDATE ON story",
            f"WHEN NEW.state = 'published' AND ({changed}) AND NOT EXISTS ({APPROVED})",
            "nobody said yes to this text",
        ),
        (
            "story_insert_needs_approval",
            "INSERT ON story",
            "WHEN NEW.state = 'published'",
            "nobody said yes to this text",
        ),
    ]
    for name, event, when, why in rules:
        yield f"CREATE TRIGGER {name} BEFORE {event} {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"


def postgres_triggers():
    """The same for PostgreSQL, where a story's row also makes its writers wait for each other."""
    lock = "PERFORM 1 FROM story WHERE id = NEW.story_id FOR UPDATE;"
    same = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in SAME)
    refuse = "RAISE EXCEPTION '{}' USING ERRCODE = 'integrity_constraint_violation'"
    bodies = {
        "revision_is_final": refuse.format("a text never changes") + ";",
        "revision_waits": f"{lock} RETURN NEW;",
        "story_consent_is_final": refuse.format("consent is only ever added") + ";",
        "approval_is_final": f"""
            {lock}
            IF {same} OR OLD.taken_back_at IS NOT NULL OR EXISTS ({IN_USE}) THEN
                {refuse.format("a yes can only be taken back, and not while its text is public")};
            END IF;
            RETURN NEW;""",
        "approval_in_use": f"""
            IF EXISTS ({IN_USE}) THEN {refuse.format("the text of this yes is public")}; END IF;
            RETURN OLD;""",
        "approval_fits": f"""
            {lock}
            IF NOT EXISTS ({FITS}) THEN
                {refuse.format("that is not a text of this story")};
            END IF;
            RETURN NEW;""",
        "story_needs_approval": f"""
            IF NEW.state = 'published' AND (
                TG_OP = 'INSERT' OR OLD.state <> 'published'
                OR OLD.published_revision_id IS DISTINCT FROM NEW.published_revision_id
            ) AND NOT EXISTS ({APPROVED}) THEN
                {refuse.format("nobody said yes to this text")};
            END IF;
            RETURN NEW;""",
    }
    for name, body in bodies.items():
        yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    for name, event in (
        ("revision_is_final", "UPDATE ON revision"),
        ("revision_waits", "INSERT ON revision"),
        ("story_consent_is_final", "UPDATE ON story_consent"),
        ("approval_is_final", "UPDATE ON approval"),
        ("approval_in_use", "DELETE ON approval"),
        ("approval_fits", "INSERT ON approval"),
        ("story_needs_approval", "INSERT OR UPDATE ON story"),
    ):
        yield f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"


def downgrade():
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.drop_constraint(PUBLISHED_REVISION[0], "story", type_="foreignkey")
    else:
        op.execute("UPDATE story SET state = 'withdrawn', published_revision_id = NULL")
    for table in TABLES:
        op.drop_table(table)
    if not is_sqlite:
        for name in (
            *("revision_is_final", "revision_waits", "story_consent_is_final"),
            *("approval_is_final", "approval_in_use", "approval_fits", "story_needs_approval"),
        ):
            op.execute(f"DROP FUNCTION {name}")
