"""Making PostgreSQL's search of conversations that came in past its triggers."""

from typing import Any

INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_words'"


def fill(cursor: Any, first: int = 0) -> None:
    """Make the rows of the search, from the number of a conversation on, by psycopg's cursor."""
    (make,) = cursor.execute(INDEX).fetchone()
    cursor.execute("DROP INDEX ix_search_words")
    cursor.execute("ALTER TABLE search DISABLE TRIGGER USER")
    cursor.execute(
        "INSERT INTO search SELECT id, search_words(id, head, sender, text, compact) "
        "FROM search_source WHERE id >= %s",
        (first,),
    )
    cursor.execute("ALTER TABLE search ENABLE TRIGGER USER")
    cursor.execute(
        "INSERT INTO search_word SELECT one, min(conversation_id) "
        "FROM search, unnest(tsvector_to_array(words)) AS one WHERE conversation_id >= %s "
        "AND one NOT LIKE '#%%' AND NOT EXISTS (SELECT FROM search_word WHERE word = one) "
        "GROUP BY one",
        (first,),
    )
    cursor.execute(make)
