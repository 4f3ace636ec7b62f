"""The inbox: conversations, their messages, and who did what. What was done is only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KINDS = ("message", "press", "story")
STATES = ("new", "open", "waiting", "closed", "held", "spam")
DIRECTIONS = ("incoming", "outgoing", "note")
WAYS = ("web", "email", "phone", "sms", "relay", "bsl", "post", "helper")
KEEPINGS = ("fetching", "kept", "refused")
FOLDER = (
    "CASE WHEN merged_into_id IS NOT NULL THEN 'merged' "
    "WHEN state IN ('new', 'open') THEN 'active' ELSE state END"
)
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    *("saved_reply", "presence", "draft", "change", "sending", "attachment", "original"),
    *("message", "conversation_tag", "conversation"),
)


def words(column):
    return sa.Column(column, sa.String(20), nullable=False)


def text(name, *, nullable=False):
    return sa.Column(name, sa.Text, nullable=nullable)


def moment(name, *, nullable=True):
    return sa.Column(name, MOMENT, nullable=nullable)


def number(name, *, nullable=False):
    return sa.Column(name, sa.Integer, nullable=nullable)


def key(table, *columns):
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def to(table, column, target):
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def only(table, column, allowed):
    return sa.CheckConstraint(f"{column} IN {allowed}", name=op.f(f"ck_{table}_{column}"))


def unique(table, column):
    return sa.UniqueConstraint(column, name=f"uq_{table}_{column}")


def index(table, *columns):
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade():
    _conversations()
    _messages()
    _work()
    op.create_index("ix_consent_at", "consent", ["at"])  # the dashboard counts sign-ups by week
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER change_is_final BEFORE UPDATE ON change "
            "BEGIN SELECT RAISE(ABORT, 'history is only ever added'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION change_is_final() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'history is only ever added'; END $$"
        )
        op.execute(
            "CREATE TRIGGER change_is_final BEFORE UPDATE ON change "
            "FOR EACH ROW EXECUTE FUNCTION change_is_final()"
        )


def _conversations():
    name = "conversation"
    op.create_table(
        name,
        number("id"),
        text("key"),
        text("reference"),
        text("submission", nullable=True),
        words("kind"),
        text("about"),
        words("state"),
        sa.Column("folder", sa.Text, sa.Computed(FOLDER, persisted=True), nullable=False),
        *map(text, ("subject", "name", "email", "email_key", "phone", "postal")),
        words("reply_by"),
        *map(text, ("helper", "needs", "outlet")),
        moment("deadline_at"),
        number("rank"),
        moment("due_at", nullable=False),
        moment("snoozed_until"),
        number("owner_id", nullable=True),
        text("trouble"),
        number("merged_into_id", nullable=True),
        text("doubts"),
        moment("created_at", nullable=False),
        moment("changed_at", nullable=False),
        *map(moment, ("opened_at", "answered_at", "alerted_at")),
        number("version"),
        key(name, "id"),
        *(unique(name, column) for column in ("key", "reference", "submission")),
        only(name, "kind", KINDS),
        only(name, "state", STATES),
        only(name, "reply_by", WAYS),
        to(name, "owner_id", "member"),
        to(name, "merged_into_id", "conversation"),
    )
    for columns in (
        ("email_key",),
        ("merged_into_id",),
        ("folder", "rank", "due_at", "id"),
        ("folder", "changed_at", "id"),
        ("kind", "folder", "rank", "due_at", "id"),
        ("owner_id", "folder", "rank", "due_at", "id"),
        ("changed_at", "id"),
        ("answered_at",),
        ("created_at",),
        ("folder", "created_at"),
        ("folder", "snoozed_until"),
    ):
        index(name, *columns)
    troubled = sa.text("trouble <> ''")
    op.create_index(
        "ix_conversation_trouble",
        name,
        ["folder"],
        sqlite_where=troubled,
        postgresql_where=troubled,
    )
    name = "conversation_tag"
    op.create_table(
        name,
        text("name"),
        number("conversation_id"),
        key(name, "name", "conversation_id"),
        to(name, "conversation_id", "conversation"),
    )
    index(name, "conversation_id")


def _messages():
    name = "message"
    op.create_table(
        name,
        number("id"),
        number("conversation_id"),
        words("direction"),
        words("way"),
        number("author_id", nullable=True),
        *map(text, ("sender", "text", "quoted", "reason")),
        text("mail_id", nullable=True),
        sa.Column("automatic", sa.Boolean, nullable=False),
        moment("created_at", nullable=False),
        moment("taken_back_at"),
        key(name, "id"),
        unique(name, "mail_id"),
        only(name, "direction", DIRECTIONS),
        only(name, "way", WAYS),
        to(name, "conversation_id", "conversation"),
        to(name, "author_id", "member"),
        sqlite_autoincrement=True,
    )
    index(name, "conversation_id")
    name = "original"
    op.create_table(
        name,
        number("message_id"),
        sa.Column("content", sa.JSON, nullable=False),
        key(name, "message_id"),
        to(name, "message_id", "message"),
    )
    name = "attachment"
    op.create_table(
        name,
        number("id"),
        number("message_id"),
        *map(text, ("name", "content_type")),
        number("size"),
        words("state"),
        *map(text, ("place", "reason")),
        key(name, "id"),
        only(name, "state", KEEPINGS),
        to(name, "message_id", "message"),
    )
    index(name, "message_id")
    name = "sending"
    op.create_table(
        name,
        number("outgoing_id"),
        number("conversation_id"),
        number("message_id", nullable=True),
        key(name, "outgoing_id"),
        to(name, "outgoing_id", "outgoing"),
        to(name, "conversation_id", "conversation"),
        to(name, "message_id", "message"),
    )
    index(name, "conversation_id")
    index(name, "message_id")


def _work():
    name = "change"
    op.create_table(
        name,
        number("id"),
        number("conversation_id", nullable=True),
        number("member_id", nullable=True),
        text("what"),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        text("batch", nullable=True),
        moment("at", nullable=False),
        key(name, "id"),
        to(name, "conversation_id", "conversation"),
        to(name, "member_id", "member"),
        sqlite_autoincrement=True,
    )
    index(name, "batch")
    index(name, "conversation_id", "id")
    name = "draft"
    op.create_table(
        name,
        number("conversation_id"),
        text("text"),
        number("member_id"),
        moment("saved_at", nullable=False),
        number("version"),
        key(name, "conversation_id"),
        to(name, "conversation_id", "conversation"),
        to(name, "member_id", "member"),
    )
    name = "presence"
    op.create_table(
        name,
        number("conversation_id"),
        number("member_id"),
        moment("seen_at", nullable=False),
        moment("wrote_at"),
        key(name, "conversation_id", "member_id"),
        to(name, "conversation_id", "conversation"),
        to(name, "member_id", "member"),
    )
    name = "saved_reply"
    op.create_table(
        name,
        number("id"),
        *map(text, ("title", "text")),
        number("version"),
        key(name, "id"),
        unique(name, "title"),
    )


def downgrade():
    op.drop_index("ix_consent_at", "consent")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION change_is_final")
