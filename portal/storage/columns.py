"""The columns in which rows name files: by their types, so that none is forgotten."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, Row, Table, Text, TypeDecorator, select

from portal.extensions import Base, db, read_only

PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
"""What a place looks like; a column may hold something else for a while, such as a web address."""
AT_ONCE = 1000  # rows


class Place(TypeDecorator[str]):
    """Where the storage has a file; or nothing, or what is no place yet."""

    impl = Text
    cache_ok = True


class Places(TypeDecorator[Any]):
    """Where it has several: a list of places, or a dict with places for values."""

    impl = JSON
    cache_ok = True


def columns() -> dict[Table, list[Column[Any]]]:
    """Every column that names files, by its table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if mine := [one for one in table.columns if isinstance(one.type, Place | Places)]:
            found[table] = mine
    return found


def named() -> Iterator[tuple[str, str]]:
    """Each place that a row names, with that row's table and number; no transaction stays open."""
    for table, some in columns().items():
        (key,) = table.primary_key.columns
        last = 0
        while rows := _rows(table, key, some, last):
            last = rows[-1][0]
            for row in rows:
                for place in _places(row[1:]):
                    yield place, f"{table.name} {row[0]}"


def _rows(table: Table, key: Any, some: list[Column[Any]], last: int) -> list[Row[Any]]:
    read_only()
    query = select(key, *some).select_from(table).where(key > last).order_by(key).limit(AT_ONCE)
    rows = db.session.execute(query).all()
    db.session.rollback()
    return list(rows)


def _places(cells: Any) -> Iterator[str]:
    for cell in cells:
        several = cell.values() if isinstance(cell, dict) else cell
        for place in [cell] if isinstance(cell, str) else several or ():
            if PLACE.fullmatch(place):
                yield place
