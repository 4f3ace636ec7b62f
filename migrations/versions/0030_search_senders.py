"""Search: who wrote is known apart from what they wrote, and the words that there are."""

from alembic import op

revision = "0030"
down_revision = "0029"

LINES = {
    "sqlite": "coalesce((SELECT group_concat({0}, char(10)) FROM {1}), '')",
    "postgresql": "coalesce((SELECT string_agg({0}, E'\\n') FROM {1}), '')",
}
TAGS = "name", "conversation_tag WHERE conversation_id = c.id"
SENDERS = (
    "sender",
    (
        "(SELECT DISTINCT sender FROM message "
        "WHERE conversation_id = c.id AND direction = 'incoming' "
        "AND sender NOT IN (c.name, c.email)) AS senders"
    ),
)
# 100,000 letters of the newest messages are kept, as a tsvector has 1 MB at most.
TEXTS = {
    "sqlite": """
        coalesce((SELECT {lines} FROM (
            SELECT text, quoted FROM message WHERE conversation_id = c.id ORDER BY id DESC
        )), '')
    """,
    "postgresql": """
        coalesce((SELECT {lines} FROM message AS m WHERE conversation_id = c.id), '')
    """,
}
VIEW = """
    CREATE VIEW search_source AS
    SELECT c.id AS id,
           c.subject || {br} || c.outlet || {br} || {tags} || {br} || c.reference AS head,
           c.name || {br} || c.helper || {br} || c.email || {br} || c.phone || {br} || {senders}
           AS sender,
           substr(c.needs || {texts}, 1, 100000) AS text,
           replace(c.phone, ' ', '') || {br} || replace(c.reference, '-', '') AS compact
    FROM conversation AS c
"""
COLUMNS = "head, sender, text, compact"
TALK = "id, subject, outlet, reference, name, helper, email, phone, needs"
MESSAGE = "text, quoted, sender, direction, conversation_id"

SQLITE_TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN
    DELETE FROM search WHERE rowid IN ({ids});
    INSERT INTO search (rowid, head, sender, text, compact)
    SELECT id, head, sender, text, compact FROM search_source WHERE id IN ({ids});
END
"""
SQLITE = (
    """
    CREATE VIRTUAL TABLE search USING fts5(
        head, sender, text, compact,
        tokenize = 'porter unicode61 remove_diacritics 2', columnsize = 0
    )
    """,
    "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search, instance)",
    "INSERT INTO search (rowid, head, sender, text, compact) SELECT * FROM search_source",
    # In one part, which is read in half the time.
    "INSERT INTO search (search) VALUES ('optimize')",
)

POSTGRES = (
    r"""
    CREATE FUNCTION search_words(id integer, head text, sender text, body text, compact text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector('search_english', search_fold(head)), 'A')
            || setweight(to_tsvector('search_english', search_fold(sender)), 'B')
            || setweight(to_tsvector('search_english', search_fold(compact)), 'C')
            || setweight(to_tsvector('search_english', search_fold(body)), 'D')
            || to_tsvector('search_english', regexp_replace(
                search_fold(sender || ' ' || compact), '\S+', 'xfromx\&', 'g'
            ))
            || array_to_tsvector(
                ARRAY['#12:' || (id >> 12), '#15:' || (id >> 15), '#18:' || (id >> 18)]
            )
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_refresh(ids integer[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM conversation WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        INSERT INTO search
        SELECT id, search_words(id, head, sender, text, compact)
        FROM search_source WHERE id = ANY (ids)
        ON CONFLICT (conversation_id) DO UPDATE SET words = EXCLUDED.words;
    END $$
    """,
    # Each word, and one conversation that has it. Nothing here is unique, so nobody ever
    # waits for somebody else's word: two who bring the same new one leave two rows.
    'CREATE TABLE search_word (word text COLLATE "C" NOT NULL, conversation_id integer NOT NULL)',
    """
    CREATE FUNCTION search_learn() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE lost text;
    BEGIN
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO search_word
            SELECT one, NEW.conversation_id FROM unnest(tsvector_to_array(NEW.words)) AS one
            WHERE one NOT LIKE '#%' AND NOT EXISTS (SELECT FROM search_word WHERE word = one);
        END IF;
        IF TG_OP <> 'INSERT' THEN
            FOR lost IN
                DELETE FROM search_word WHERE conversation_id = OLD.conversation_id
                AND (TG_OP = 'DELETE' OR word <> ALL (tsvector_to_array(NEW.words)))
                RETURNING word
            LOOP
                EXECUTE format(
                    'INSERT INTO search_word SELECT %L, conversation_id FROM search '
                    'WHERE words @@ %L AND conversation_id <> %s LIMIT 1',
                    lost, quote_literal(lost), OLD.conversation_id
                );
            END LOOP;
        END IF;
        RETURN NULL;
    END $$
    """,
    # Written anew: to change each row would change the index a million times.
    "TRUNCATE search",
    "DROP INDEX ix_search_words",
    """
    INSERT INTO search
    SELECT id, search_words(id, head, sender, text, compact) FROM search_source
    """,
    "CREATE INDEX ix_search_words ON search USING gin (words) WITH (fastupdate = off)",
    (
        "INSERT INTO search_word SELECT one, min(conversation_id) "
        "FROM search, unnest(tsvector_to_array(words)) AS one WHERE one NOT LIKE '#%' GROUP BY one"
    ),
    "CREATE INDEX ix_search_word_word ON search_word (word)",
    "CREATE INDEX ix_search_word_conversation_id ON search_word (conversation_id)",
    """
    CREATE TRIGGER search_learn AFTER INSERT OR DELETE OR UPDATE OF words ON search
    FOR EACH ROW EXECUTE FUNCTION search_learn()
    """,
    f"""
    CREATE TRIGGER search_conversation AFTER INSERT OR UPDATE OF {TALK} ON conversation
    FOR EACH ROW EXECUTE FUNCTION search_conversation()
    """,
    f"""
    CREATE TRIGGER search_message AFTER INSERT OR DELETE OR UPDATE OF {MESSAGE} ON message
    FOR EACH ROW EXECUTE FUNCTION search_part()
    """,
)


def upgrade():
    database, former = op.get_bind().dialect.name, _former("0015")
    texts = "".join(
        f" || coalesce({former.BREAK[database]} || {former.COLUMN[database].format(one)}, '')"
        for one in ("text", "quoted")
    )
    lines = LINES[database]
    view = VIEW.format(
        br=former.BREAK[database],
        tags=lines.format(*TAGS),
        senders=lines.format(*SENDERS),
        texts=TEXTS[database].format(lines=texts.removeprefix(" || ")),
    )
    if database == "sqlite":
        _former("0006").downgrade()
        statements = (view, *SQLITE, *_sqlite_triggers())
    else:
        op.execute("DROP TRIGGER search_conversation ON conversation")
        op.execute("DROP TRIGGER search_message ON message")
        op.execute("DROP VIEW search_source")
        op.execute("DROP FUNCTION search_words")
        statements = (view, *POSTGRES)
    for statement in statements:
        op.execute(statement)


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_vocabulary")
    else:
        op.execute("DROP TABLE search_word")
        op.execute("DROP TRIGGER search_learn ON search")
        op.execute("DROP FUNCTION search_learn")
    _former("0006").downgrade()
    _former("0006").upgrade()
    _former("0015").upgrade()


def _former(revision_id):
    return op.get_context().opts["script"].get_revision(revision_id).module


def _sqlite_triggers():
    for table, columns in (("conversation", TALK), ("message", MESSAGE), ("conversation_tag", "")):
        column = "id" if table == "conversation" else "conversation_id"
        update = f"UPDATE OF {columns}" if columns else "UPDATE"
        for event, rows in (("INSERT", ["NEW"]), (update, ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            ids = ", ".join(f"{row}.{column}" for row in rows)
            name = f"search_{table}_{event.split()[0].lower()}"
            yield SQLITE_TRIGGER.format(name=name, event=event, table=table, ids=ids)
