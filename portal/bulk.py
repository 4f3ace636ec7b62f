"""PostgreSQL without what watches each row, while very many come in together: in one transaction.

Only the tables' owner may do this, which whoever migrates is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

FOREIGN_KEYS = """
    SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema
    AND tablename = ANY (%s) AND indexname LIKE 'ix_%%'"""


@contextmanager
def unwatched(cursor: Any, tables: Sequence[str]) -> Iterator[None]:
    """Take away indexes, foreign keys and triggers, which are made anew in the end.

    A foreign key that does not hold then raises what psycopg raises.
    """
    away = [
        (
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
        )
        for table, name, definition in cursor.execute(FOREIGN_KEYS, [list(tables)])
    ]
    found = cursor.execute(INDEXES, [list(tables)])
    away += [(f"DROP INDEX {name}", definition) for name, definition in found]
    for drop, _ in away:
        cursor.execute(drop)
    _triggers(cursor, tables, "DISABLE")
    yield
    for _, make in away[::-1]:
        cursor.execute(make)
    _triggers(cursor, tables, "ENABLE")


def _triggers(cursor: Any, tables: Sequence[str], what: str) -> None:
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} {what} TRIGGER USER")
