"""Search: what a mail quotes is folded away, and found all the same, after all that was said."""

from alembic import op

revision = "0015"
down_revision = "0014"

VIEW = {
    "sqlite": """
    CREATE VIEW search_source AS
    SELECT c.id AS id,
           c.subject || char(10) || c.name || char(10) || c.email || char(10) || c.phone
           || char(10) || c.outlet || char(10) || coalesce((
               SELECT group_concat(name, char(10))
               FROM conversation_tag WHERE conversation_id = c.id
           ), '') || char(10) || c.reference || char(10) || replace(c.phone, ' ', '')
           || char(10) || replace(c.reference, '-', '') AS head,
           substr(coalesce((
               SELECT {words} FROM (
                   SELECT text, quoted FROM message WHERE conversation_id = c.id ORDER BY id DESC
               )
           ), ''), 1, 100000) AS text
    FROM conversation AS c
""",
    "postgresql": """
    CREATE OR REPLACE VIEW search_source AS
    SELECT c.id,
           concat_ws(
               E'\\n', c.subject, c.name, c.email, c.phone, c.outlet, (
                   SELECT string_agg(name, E'\\n')
                   FROM conversation_tag WHERE conversation_id = c.id
               ), c.reference, replace(c.phone, ' ', ''), replace(c.reference, '-', '')
           ) AS head,
           left(coalesce((
               SELECT {words} FROM message AS m WHERE conversation_id = c.id
           ), ''), 100000) AS text
    FROM conversation AS c
""",
}
# Lines of columns, newest first, for each database.
COLUMN = {
    "sqlite": "group_concat(nullif({0}, ''), char(10))",
    "postgresql": "string_agg(nullif({0}, ''), E'\\n' ORDER BY m.id DESC)",
}
BREAK = {"sqlite": "char(10)", "postgresql": "E'\\n'"}
TRIGGER = {
    "sqlite": """
        CREATE TRIGGER search_message_update AFTER UPDATE OF {columns} ON message BEGIN
            DELETE FROM search WHERE rowid IN (OLD.conversation_id, NEW.conversation_id);
            INSERT INTO search (rowid, head, text) SELECT id, head, text FROM search_source
            WHERE id IN (OLD.conversation_id, NEW.conversation_id);
        END
    """,
    "postgresql": """
        CREATE TRIGGER search_message AFTER INSERT OR DELETE OR UPDATE OF {columns} ON message
        FOR EACH ROW EXECUTE FUNCTION search_part()
    """,
}
# The rows of conversations in which a mail quotes something are written anew.
AGAIN = {
    "sqlite": """
        INSERT OR REPLACE INTO search (rowid, head, text)
        SELECT id, head, text FROM search_source
        WHERE id IN (SELECT conversation_id FROM message WHERE quoted <> '')
    """,
    "postgresql": """
        SELECT search_refresh(ARRAY(
            SELECT DISTINCT conversation_id FROM message WHERE quoted <> ''
        ))
    """,
}


def upgrade():
    _search("text", "quoted")


def downgrade():
    _search("text")


def _search(*columns):
    """Search these columns of messages."""
    database = op.get_bind().dialect.name
    lines = (
        f"coalesce({BREAK[database]} || {COLUMN[database].format(one)}, '')" for one in columns
    )
    words = f"substr({' || '.join(lines)}, 2)"
    if database == "sqlite":
        op.execute("DROP TRIGGER search_message_update")
        op.execute("DROP VIEW search_source")
    else:
        op.execute("DROP TRIGGER search_message ON message")
    op.execute(VIEW[database].format(words=words))
    op.execute(AGAIN[database])
    op.execute(TRIGGER[database].format(columns=", ".join((*columns, "conversation_id"))))
