"""The ledger's entries, which triggers write, and indexes for what is done each night."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OPEN = "('queued', 'waiting', 'sending', 'failed', 'uncertain')"
# SQLite makes a table of what stands behind IN, each time that a trigger runs.
HAS_ENDED = (
    "({row}.state <> 'queued' AND {row}.state <> 'waiting' AND {row}.state <> 'sending'"
    " AND {row}.state <> 'failed' AND {row}.state <> 'uncertain')"
)
IS_OVER, WAS_OVER = HAS_ENDED.format(row="NEW"), HAS_ENDED.format(row="OLD")
ENTRY = "INSERT INTO ledger_entry (account, number)"
SAVED = f"{ENTRY} VALUES ('saved', 1);"
COME, GONE = (
    f"{ENTRY} SELECT NEW.state, 1 WHERE {IS_OVER};",
    f"{ENTRY} SELECT OLD.state, -1 WHERE {WAS_OVER};",
)
CHANGED = f"OLD.state <> NEW.state AND ({WAS_OVER} OR {IS_OVER})"
SO_FAR = """INSERT INTO ledger_entry (account, number) SELECT state, count(*) FROM outgoing
    GROUP BY state UNION ALL SELECT 'saved', count(*) FROM outgoing HAVING count(*) > 0"""
NOT_ENDED = f"DELETE FROM ledger_entry WHERE account IN {OPEN}"  # noqa: S608 - our own words
# Indexes of a part: their columns, and which rows they have.
FINISHED = (["finished_at"], "finished_at IS NOT NULL AND address_key <> ''")
STATE = (["state", "unsure_since"], f"state IN {OPEN}")
PARTS = {"ix_outgoing_state": STATE, "ix_outgoing_finished": FINISHED}
WHOLE = {"event": ["received_at"], "subscriber": ["state", "changed_at"]}


def upgrade():
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.execute(SO_FAR)
    op.execute(NOT_ENDED)
    if op.get_bind().dialect.name == "sqlite":
        _count_on_sqlite()
    else:
        _count_on_postgresql()
    op.drop_index("ix_outgoing_state", "outgoing")
    for name, (columns, part) in PARTS.items():
        where = sa.text(part)
        op.create_index(name, "outgoing", columns, sqlite_where=where, postgresql_where=where)
    for table, columns in WHOLE.items():
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def _count_on_sqlite():
    op.execute(
        f"CREATE TRIGGER outgoing_is_counted AFTER INSERT ON outgoing BEGIN {SAVED} {COME} END"
    )
    op.execute(
        "CREATE TRIGGER outgoing_is_counted_anew AFTER UPDATE OF state ON outgoing"
        f" WHEN {CHANGED} BEGIN {GONE} {COME} END"
    )


def _count_on_postgresql():
    op.execute(
        "CREATE FUNCTION outgoing_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP = 'INSERT' THEN {SAVED} ELSE {GONE} END IF; {COME} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER outgoing_is_counted AFTER INSERT ON outgoing"
        " FOR EACH ROW EXECUTE FUNCTION outgoing_is_counted()"
    )
    op.execute(
        "CREATE TRIGGER outgoing_is_counted_anew AFTER UPDATE OF state ON outgoing"
        f" FOR EACH ROW WHEN ({CHANGED}) EXECUTE FUNCTION outgoing_is_counted()"
    )


def downgrade():
    for table, columns in WHOLE.items():
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    for name in PARTS:
        op.drop_index(name, "outgoing")
    op.create_index("ix_outgoing_state", "outgoing", ["state"])
    on_table = "" if op.get_bind().dialect.name == "sqlite" else " ON outgoing"
    for trigger in ("outgoing_is_counted", "outgoing_is_counted_anew"):
        op.execute(f"DROP TRIGGER {trigger}{on_table}")
    if on_table:
        op.execute("DROP FUNCTION outgoing_is_counted")
    op.drop_table("ledger_entry")
