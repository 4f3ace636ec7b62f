"""Search: one row of words for each conversation, which the database itself keeps current.

On SQLite `search` is an FTS5 table, on PostgreSQL a tsvector with a GIN index.
A later migration that writes one of the three tables anew (on SQLite) has to
remove what is made here first, and make it again.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

FIELDS = "subject, name, email, phone, outlet, reference"
PARTS = ("message", "conversation_tag")

# What people type without its spaces or its hyphen is found too. 100,000 letters of the
# newest messages are kept: a tsvector has 1 MB at most.
SQLITE = (
    """
    CREATE VIEW search_source AS
    SELECT c.id AS id,
           c.subject || char(10) || c.name || char(10) || c.email || char(10) || c.phone
           || char(10) || c.outlet || char(10) || coalesce((
               SELECT group_concat(name, char(10))
               FROM conversation_tag WHERE conversation_id = c.id
           ), '') || char(10) || c.reference || char(10) || replace(c.phone, ' ', '')
           || char(10) || replace(c.reference, '-', '') AS head,
           substr(coalesce((
               SELECT group_concat(text, char(10)) FROM (
                   SELECT text FROM message WHERE conversation_id = c.id ORDER BY id DESC
               )
           ), ''), 1, 100000) AS text
    FROM conversation AS c
    """,
    """
    CREATE VIRTUAL TABLE search USING fts5(
        head, text, tokenize = 'porter unicode61 remove_diacritics 2', columnsize = 0
    )
    """,
    "INSERT INTO search (rowid, head, text) SELECT id, head, text FROM search_source",
)
TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN
    DELETE FROM search WHERE rowid IN ({ids});
    INSERT INTO search (rowid, head, text)
    SELECT id, head, text FROM search_source WHERE id IN ({ids});
END
"""

POSTGRES = (
    "CREATE TEXT SEARCH DICTIONARY search_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION search_english (COPY = simple)",
    # The dictionary has no stop words: Will and May are names.
    """
    ALTER TEXT SEARCH CONFIGURATION search_english
    ALTER MAPPING FOR asciiword, word, numword WITH search_stem
    """,
    # Letters without their accents, and no punctuation, of which the parser makes
    # addresses, paths and tags that nobody looks for as a whole.
    r"""
    CREATE FUNCTION search_fold(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT regexp_replace(
            CASE WHEN octet_length(words) = length(words) THEN words
            ELSE normalize(regexp_replace(normalize(words, NFD), '[\u0300-\u036f]', '', 'g'), NFC)
            END,
            '[!-/:-@\[-`{-~]', ' ', 'g'
        )
    $$
    """,
    # Words such as "#12:7" say in which block of 2^12 numbers a conversation is. They let
    # the index find the newest of very many; nothing that people write becomes such a word.
    """
    CREATE FUNCTION search_words(id integer, head text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector('search_english', search_fold(head)), 'A')
            || setweight(to_tsvector('search_english', search_fold(body)), 'D')
            || array_to_tsvector(
                ARRAY['#12:' || (id >> 12), '#15:' || (id >> 15), '#18:' || (id >> 18)]
            )
    $$
    """,
    """
    CREATE VIEW search_source AS
    SELECT c.id,
           concat_ws(
               E'\\n', c.subject, c.name, c.email, c.phone, c.outlet, (
                   SELECT string_agg(name, E'\\n')
                   FROM conversation_tag WHERE conversation_id = c.id
               ), c.reference, replace(c.phone, ' ', ''), replace(c.reference, '-', '')
           ) AS head,
           left(coalesce((
               SELECT string_agg(text, E'\\n' ORDER BY m.id DESC)
               FROM message AS m WHERE conversation_id = c.id
           ), ''), 100000) AS text
    FROM conversation AS c
    """,
    """
    CREATE TABLE search (
        conversation_id integer CONSTRAINT pk_search PRIMARY KEY
            CONSTRAINT fk_search_conversation_id_conversation
            REFERENCES conversation ON DELETE CASCADE ON UPDATE CASCADE,
        words tsvector NOT NULL
    )
    """,
    "INSERT INTO search SELECT id, search_words(id, head, text) FROM search_source",
    # Without a list of pending words, which every search would have to go through.
    "CREATE INDEX ix_search_words ON search USING gin (words) WITH (fastupdate = off)",
    # The lock lets each writer see what the one before it has added.
    """
    CREATE FUNCTION search_refresh(ids integer[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM conversation WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        INSERT INTO search
        SELECT id, search_words(id, head, text) FROM search_source WHERE id = ANY (ids)
        ON CONFLICT (conversation_id) DO UPDATE SET words = EXCLUDED.words;
    END $$
    """,
    """
    CREATE FUNCTION search_conversation() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM search_refresh(ARRAY[NEW.id]); RETURN NULL; END $$
    """,
    """
    CREATE FUNCTION search_part() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM search_refresh(ARRAY[OLD.conversation_id, NEW.conversation_id]);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER search_conversation
    AFTER INSERT OR UPDATE OF id, subject, name, email, phone, outlet, reference ON conversation
    FOR EACH ROW EXECUTE FUNCTION search_conversation()
    """,
    """
    CREATE TRIGGER search_message
    AFTER INSERT OR DELETE OR UPDATE OF text, conversation_id ON message
    FOR EACH ROW EXECUTE FUNCTION search_part()
    """,
    """
    CREATE TRIGGER search_conversation_tag
    AFTER INSERT OR DELETE OR UPDATE ON conversation_tag
    FOR EACH ROW EXECUTE FUNCTION search_part()
    """,
)


def upgrade():
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    statements = (*SQLITE, *sqlite_triggers().values()) if is_sqlite else POSTGRES
    for statement in statements:
        op.execute(statement)


def sqlite_triggers():
    """The name of each trigger, and what makes it."""
    triggers = {}
    for table in ("conversation", *PARTS):
        column = "id" if table == "conversation" else "conversation_id"
        changes = {
            "conversation": f"UPDATE OF id, {FIELDS}",
            "message": "UPDATE OF text, conversation_id",
        }
        for event in ("INSERT", changes.get(table, "UPDATE"), "DELETE"):
            kind = event.split()[0]
            rows = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}[kind]
            ids = ", ".join(f"{row}.{column}" for row in rows)
            name = f"search_{table}_{kind.lower()}"
            triggers[name] = TRIGGER.format(name=name, event=event, table=table, ids=ids)
    return triggers


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for name in sqlite_triggers():
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE search")
        op.execute("DROP VIEW search_source")
        return
    for table in ("conversation", *PARTS):
        op.execute(f"DROP TRIGGER search_{table} ON {table}")
    op.execute("DROP TABLE search")
    op.execute("DROP VIEW search_source")
    for function in ("part", "conversation", "refresh", "words", "fold"):
        op.execute(f"DROP FUNCTION search_{function}")
    op.execute("DROP TEXT SEARCH CONFIGURATION search_english")
    op.execute("DROP TEXT SEARCH DICTIONARY search_stem")
