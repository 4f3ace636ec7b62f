"""Newsletter issues, who gets them, and the batches in which they leave.

What the database demands of an issue is here: a second person's yes to exactly its digest, a
standing newsletter consent and the published text of each story, no change after the yes, one copy
for a person. Where a consent ends, or another text or none is public, it shuts the open batches.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

MOMENT = sa.DateTime(timezone=True)
BEFORE = ("email", "upsert", "unsubscribe", "erase", "alert")
AFTER = (*BEFORE, "campaign")
CHECK = "ck_outgoing_action"
STATES = ("draft", "approved", "scheduled", "sending", "sent", "stopped", "failed", "uncertain")
EDITION_STATES = ("waiting", "sending", "sent", "stopped", "failed", "uncertain")
ROW_STATES = (
    *("queued", "sending", "waiting", "accepted", "delivered"),
    *("bounced", "complained", "failed", "uncertain", "cancelled"),
)
IN_BATCH = sa.text("batch_id IS NOT NULL")
NEW_TABLES = ("recipient", "edition", "issue_approval", "issue_part", "issue", "batch")


def changes(*columns):
    return "(" + " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in columns) + ")"


def stands(issue_id):
    return f"""NOT EXISTS (
        SELECT 1 FROM issue_part LEFT JOIN story ON story.id = issue_part.story_id
        WHERE issue_part.issue_id = {issue_id} AND issue_part.kind = 'story' AND (
            story.id IS NULL OR story.state <> 'published'
            OR story.published_revision_id IS DISTINCT FROM issue_part.revision_id
            OR NOT COALESCE((
                SELECT given FROM story_consent
                WHERE story_id = story.id AND purpose = 'newsletter' ORDER BY id DESC LIMIT 1
            ), false)
        )
    )"""  # noqa: S608 - our own words


AGREED = """EXISTS (
    SELECT 1 FROM issue_approval
    WHERE issue_id = NEW.id AND digest = NEW.digest AND voided_at IS NULL
)"""
WORDS = (
    f"({changes('subject', 'preview', 'opening')}"
    " OR CAST(OLD.topics AS TEXT) <> CAST(NEW.topics AS TEXT))"
)
WHEN_DRAFT = "EXISTS (SELECT 1 FROM issue WHERE id = {row}.issue_id AND state <> 'draft')"
ERASED = """(OLD.id = NEW.id AND OLD.issue_id = NEW.issue_id AND OLD.text = NEW.text
    AND OLD.position = NEW.position AND OLD.kind = NEW.kind
    AND (NEW.story_id IS NULL OR OLD.story_id = NEW.story_id)
    AND (NEW.revision_id IS NULL OR OLD.revision_id = NEW.revision_id))"""
SAME_YES = ("id", "issue_id", "digest", "wording", "asked_by_id", "member_id", "alone", "at")
SAME_EDITION = ("id", "issue_id", "format", "subject", "html", "text", "batch_id")
# The name of each rule, before which deed, when it refuses, and why.
RULES = (
    (
        "issue_needs_yes",
        "UPDATE ON issue",
        f"""NEW.state IN ('approved', 'scheduled', 'sending') AND {changes("state", "digest")}
        AND NOT ({AGREED} AND {stands("NEW.id")})""",
        "nobody may send this issue",
    ),
    (
        "issue_begins_as_draft",
        "INSERT ON issue",
        "NEW.state <> 'draft'",
        "an issue begins as a draft",
    ),
    (
        "issue_is_final",
        "UPDATE ON issue",
        f"""(OLD.state <> 'draft' AND {WORDS})
        OR (NEW.state IN ('draft', 'approved', 'scheduled')
            AND OLD.state NOT IN ('draft', 'approved', 'scheduled'))""",
        "an issue that was agreed to does not change",
    ),
    (
        "issue_stays",
        "DELETE ON issue",
        "OLD.state <> 'draft'",
        "only a draft is deleted",
    ),
    *(
        (
            f"issue_part_is_final_{deed.lower()}",
            f"{deed} ON issue_part",
            f"{WHEN_DRAFT.format(row=row)}{more}",
            "an issue that was agreed to does not change",
        )
        for deed, row, more in (
            ("INSERT", "NEW", ""),
            ("UPDATE", "OLD", f" AND NOT {ERASED}"),
            ("DELETE", "OLD", ""),
        )
    ),
    (
        "issue_approval_is_final",
        "UPDATE ON issue_approval",
        f"{changes(*SAME_YES)} OR OLD.voided_at IS NOT NULL",
        "a yes can only be voided",
    ),
    (
        "edition_is_final",
        "UPDATE ON edition",
        changes(*SAME_EDITION),
        "what was agreed to does not change",
    ),
    ("batch_begins_shut", "INSERT ON batch", "NEW.is_open", "a batch begins shut"),
    (
        "batch_opens_when_agreed",
        "UPDATE ON batch",
        f"""NEW.is_open AND NOT OLD.is_open AND NOT EXISTS (
            SELECT 1 FROM edition JOIN issue ON issue.id = edition.issue_id
            WHERE edition.batch_id = NEW.id AND issue.state = 'sending' AND {stands("issue.id")}
        )""",  # noqa: S608 - our own words
        "a story of this issue may not be in it",
    ),
    (
        "outgoing_goes_with_batch",
        "UPDATE ON outgoing",
        """NEW.batch_id IS NOT NULL AND NEW.state = 'sending' AND OLD.state <> 'sending'
        AND NOT EXISTS (SELECT 1 FROM batch WHERE id = NEW.batch_id AND is_open)""",
        "its batch is shut",
    ),
)
# Shuts the open batches of each issue with this story, whoever ends its consent.
SHUT = """UPDATE batch SET is_open = false WHERE is_open AND id IN (
    SELECT edition.batch_id FROM edition JOIN issue_part ON issue_part.issue_id = edition.issue_id
    WHERE issue_part.kind = 'story' AND issue_part.story_id = {story_id}
);"""
SHUTTERS = (
    (
        "story_consent_shuts_batches",
        "INSERT ON story_consent",
        "NEW.purpose = 'newsletter' AND NOT NEW.given",
        SHUT.format(story_id="NEW.story_id"),
    ),
    (
        "story_shuts_batches",
        "UPDATE ON story",
        changes("published_revision_id"),
        SHUT.format(story_id="NEW.id"),
    ),
    (
        "story_gone_shuts_batches",
        "DELETE ON story",
        "OLD.state = 'published'",
        SHUT.format(story_id="OLD.id"),
    ),
)
# On PostgreSQL who sends an issue, and who ends a consent, wait for each other.
LOCKS = {
    "issue_needs_yes": "PERFORM 1 FROM story WHERE id IN"
    " (SELECT story_id FROM issue_part WHERE issue_id = NEW.id) ORDER BY id FOR SHARE;",
    "story_consent_shuts_batches": "PERFORM 1 FROM story WHERE id = NEW.story_id FOR UPDATE;",
}


def upgrade():
    op.create_table(
        "batch",
        *_id("batch"),
        sa.Column("is_open", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    _allow(BEFORE, AFTER)
    op.add_column("outgoing", sa.Column("batch_id", sa.Integer))
    where = {"sqlite_where": IN_BATCH, "postgresql_where": IN_BATCH}
    op.create_index("ix_outgoing_batch", "outgoing", ["batch_id", "state"], **where)
    _create_issue()
    _create_parts()
    _create_editions()
    for statement in rules():
        op.execute(statement)


def downgrade():
    drop(rules())
    # Rows cannot be deleted. As cancelled mails nobody sends them, and the ledger balances.
    op.execute(
        "UPDATE outgoing SET action = 'email', payload = '{}', state = 'cancelled', "
        "finished_at = COALESCE(finished_at, due_at) WHERE action = 'campaign'"
    )
    op.drop_index("ix_outgoing_batch", "outgoing")
    op.drop_column("outgoing", "batch_id")
    _allow(AFTER, BEFORE)
    for table in NEW_TABLES:
        op.drop_table(table)


def _allow(former, actions):
    if is_sqlite():
        _rewrite(f"action IN {former}", f"action IN {actions}")
    else:
        op.drop_constraint(op.f(CHECK), "outgoing")
        op.create_check_constraint(op.f(CHECK), "outgoing", f"action IN {actions}")


def _rewrite(former, rule):
    """Put a rule into the table's text, as 0033 does: else SQLite would copy the whole outbox."""
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :former, :rule) "
            "WHERE type = 'table' AND name = 'outgoing' AND instr(sql, :former) > 0"
        ),
        {"former": former, "rule": rule},
    )
    assert changed.rowcount == 1, f"{former} is not in it"  # noqa: S101
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def _create_issue():
    op.create_table(
        "issue",
        *_id("issue"),
        _state("issue", STATES),
        sa.Column("slug", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("subject", "preview", "opening")),
        sa.Column("topics", sa.JSON, nullable=False),
        *(_empty(name) for name in ("digest", "asked_digest", "why")),
        sa.Column("author_id", sa.Integer),
        sa.Column("asked_by_id", sa.Integer),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("created_at", "changed_at")),
        *(sa.Column(f"{name}_at", MOMENT) for name in ("asked", "send", "started", "finished")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("slug", name=op.f("uq_issue_slug")),
        _to("issue", "author_id", "member"),
        _to("issue", "asked_by_id", "member"),
    )
    op.create_index("ix_issue_state_send_at", "issue", ["state", "send_at"])
    op.create_index("ix_issue_started_at", "issue", ["started_at"])


def _create_parts():
    op.create_table(
        "issue_part",
        *_id("issue_part"),
        sa.Column("issue_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("story_id", sa.Integer),
        sa.Column("revision_id", sa.Integer),
        _to("issue_part", "issue_id", "issue", ondelete="CASCADE"),
        _to("issue_part", "story_id", "story", ondelete="SET NULL"),
        _to("issue_part", "revision_id", "revision", ondelete="SET NULL"),
        sa.CheckConstraint("kind IN ('words', 'story')", name=op.f("ck_issue_part_kind")),
        sa.CheckConstraint(
            "kind = 'story' OR story_id IS NULL", name=op.f("ck_issue_part_words_have_no_story")
        ),
    )
    op.create_table(
        "issue_approval",
        *_id("issue_approval"),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("issue_id", "asked_by_id", "member_id")
        ),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "wording")),
        sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("voided_at", MOMENT),
        _to("issue_approval", "issue_id", "issue", ondelete="CASCADE"),
        _to("issue_approval", "asked_by_id", "member"),
        _to("issue_approval", "member_id", "member"),
        sa.CheckConstraint(
            "alone OR asked_by_id <> member_id", name=op.f("ck_issue_approval_second_person")
        ),
    )
    for table, column in (
        ("issue_part", "issue_id"),
        ("issue_part", "story_id"),
        ("issue_approval", "issue_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _create_editions():
    texts = ("format", "subject", "html", "text", "provider", "audience", "campaign", "why")
    op.create_table(
        "edition",
        *_id("edition"),
        sa.Column("issue_id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        _state("edition", EDITION_STATES),
        sa.Column("batch_id", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        _to("edition", "issue_id", "issue"),
        _to("edition", "batch_id", "batch"),
        sa.UniqueConstraint("batch_id", name=op.f("uq_edition_batch_id")),
        sa.UniqueConstraint("issue_id", "format", name=op.f("uq_edition_issue_id_format")),
    )
    op.create_index("ix_edition_issue_id", "edition", ["issue_id"])
    op.create_table(
        "recipient",
        *_id("recipient"),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("issue_id", "edition_id")),
        sa.Column("subscriber_id", sa.Integer),
        _state("recipient", ROW_STATES),
        _to("recipient", "issue_id", "issue"),
        _to("recipient", "edition_id", "edition"),
        _to("recipient", "subscriber_id", "subscriber", ondelete="SET NULL"),
        sa.UniqueConstraint(
            "issue_id", "subscriber_id", name=op.f("uq_recipient_issue_id_subscriber_id")
        ),
    )
    op.create_index("ix_recipient_subscriber_id", "recipient", ["subscriber_id"])
    op.create_index("ix_recipient_edition_id_state_id", "recipient", ["edition_id", "state", "id"])


def _id(table):
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))
    return sa.Column("id", sa.Integer, nullable=False), key


def _empty(name):
    return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))


def _state(table, words):
    check = sa.CheckConstraint(f"state IN {words}", name=op.f(f"ck_{table}_state"))
    return sa.Column("state", sa.String(20), check, nullable=False)


def _to(table, column, target, **options):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, **options)


def is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def rules():
    """The statements that make the rules."""
    if is_sqlite():
        for name, event, condition, why in RULES:
            yield _sqlite(name, f"BEFORE {event}", condition, f"SELECT RAISE(ABORT, '{why}');")
        for name, event, condition, deed in SHUTTERS:
            yield _sqlite(name, f"AFTER {event}", condition, deed)
        return
    for name, event, condition, why in RULES:
        refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';"
        yield from _postgresql(name, f"BEFORE {event}", condition, refuse)
    for name, event, condition, deed in SHUTTERS:
        yield from _postgresql(name, f"AFTER {event}", condition, deed)


def _sqlite(name, event, condition, deed):
    when = condition.replace("IS DISTINCT FROM", "IS NOT")
    return f"CREATE TRIGGER {name} {event} WHEN {when} BEGIN {deed} END"


def _postgresql(name, event, condition, deed):
    row = "OLD" if " DELETE " in event else "NEW"
    yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {LOCKS.get(name, "")}
        IF {condition} THEN {deed} END IF;
        RETURN {row};
    END $$"""
    yield f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()"


def drop(statements):
    """Take away what these statements made."""
    kind, rest = ("TRIGGER", "") if is_sqlite() else ("FUNCTION", "CASCADE")
    for _, made, name, *_rest in map(str.split, statements):
        if made == kind:
            op.execute(f"DROP {kind} {name.removesuffix('()')} {rest}")
