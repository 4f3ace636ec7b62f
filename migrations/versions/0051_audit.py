"""What the team did. The database lets nobody change an entry, or delete it within a year.

A row that takes another's place is refused too: on SQLite REPLACE tells no trigger.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

INDEXED = ("at", "member_id", "deed", "of")
ADDED = "the audit is only ever added to"
# The name of each rule, before which deed, and when it refuses: on SQLite, and on PostgreSQL.
RULES = (
    ("audit_is_final", "UPDATE", "1", "true"),
    (
        "audit_is_kept",
        "DELETE",
        "julianday('now') - julianday(OLD.at) < 365",
        "OLD.at > now() - interval '365 days'",
    ),
)
IS_THERE = (
    "audit_is_new",
    "INSERT",
    "EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)",
    "false",
)


def upgrade():
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Integer),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("deed", "of", "why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for name in INDEXED:
        op.create_index(f"ix_audit_entry_{name}", "audit_entry", [name])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, deed, here, there in (*RULES, IS_THERE) if is_sqlite else RULES:
        event = f"{deed} ON audit_entry"
        if is_sqlite:
            refuse = f"SELECT RAISE(ABORT, '{ADDED}')"
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} WHEN {here} BEGIN {refuse}; END")
            continue
        op.execute(f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF {there} THEN
                RAISE EXCEPTION '{ADDED}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        END $$""")
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade():
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name != "sqlite":
        for name, *_ in RULES:
            op.execute(f"DROP FUNCTION {name}")
