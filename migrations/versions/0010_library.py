"""The last change to the library. The database itself notes it, whoever makes it.

Each commit that changes what readers can see gives the library a new key. On PostgreSQL that is
the last thing that a transaction does, so that none waits for another long.
A later migration that writes one of these tables anew (on SQLite) has to make its triggers again.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

PARTS = ("story_consent", "story_file", "story_topic", "story_version")
EVENTS = ("INSERT", "UPDATE", "DELETE")
NEW_KEY = """
    INSERT INTO library_change (id, key) VALUES (1, {})
    ON CONFLICT (id) DO UPDATE SET key = excluded.key;
"""
IS_PUBLIC = "EXISTS (SELECT 1 FROM story WHERE id = {} AND state = 'published')"


def upgrade():
    op.create_table(
        "library_change",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_change")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in sqlite_triggers() if is_sqlite else postgres_triggers():
        op.execute(statement)
    some = "EXISTS (SELECT 1 FROM story WHERE state = 'published')"
    op.execute(f"INSERT INTO library_change SELECT 1, '{uuid.uuid4().hex}' WHERE {some}")


def sqlite_triggers():
    key = NEW_KEY.format("lower(hex(randomblob(16)))")
    for table in ("story", *PARTS):
        for event in EVENTS:
            rows = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}[event]
            states = ", ".join(f"{row}.state" for row in rows)
            is_public = IS_PUBLIC.format(f"{rows[-1]}.story_id")
            when = f"'published' IN ({states})" if table == "story" else is_public
            name = f"{table}_{event.lower()}_changes_library"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN {key} END"


def postgres_triggers():
    key = NEW_KEY.format("gen_random_uuid()")
    is_public = IS_PUBLIC.format("COALESCE(NEW.story_id, OLD.story_id)")
    conditions = {"story_changes_library": "'published' IN (OLD.state, NEW.state)"}
    conditions["part_changes_library"] = is_public
    for name, condition in conditions.items():
        yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF {condition} THEN {key} END IF; RETURN NULL; END $$"""
    for table in ("story", *PARTS):
        function = f"{'story' if table == 'story' else 'part'}_changes_library"
        yield f"""CREATE CONSTRAINT TRIGGER {table}_changes_library
            AFTER {" OR ".join(EVENTS)} ON {table} DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION {function}()"""


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for table in ("story", *PARTS):
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_{event.lower()}_changes_library")
    else:
        for name in ("story_changes_library", "part_changes_library"):
            op.execute(f"DROP FUNCTION {name} CASCADE")
    op.drop_table("library_change")
