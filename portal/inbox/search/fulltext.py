"""Full-text search as SQLite (FTS5) and PostgreSQL do it. The tables are made by migration 0006.

Both find whole words, whatever their accents, and forms of the same English
word. No query here goes through all matches of a word that is common.
"""

import json
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, TextClause, exists, func, select, text
from sqlalchemy.orm import Session, scoped_session

from portal.inbox.models import Conversation

Terms = list[list[list[str]]]
"""Words that must all be there, each in one of the ways to write it.

One with several parts is found where these follow each other.
"""
Conditions = Sequence[ColumnElement[bool]]
Marked = tuple[int, str, str]
"""An id, and the head and the text of its conversation with marks around what was found."""

OPEN, CLOSE = "\x02", "\x03"
TABLES = re.compile(r"search(_\w+)?")


class Words(ABC):
    """What a database can tell about the words in conversations."""

    AMONG: TextClause
    RANKS: TextClause

    def __init__(self, session: Any) -> None:
        self.session = session

    @abstractmethod
    def newest(self, terms: Terms, most: int) -> list[int]:
        """The newest conversations with all terms, newest first."""

    def among(self, terms: Terms, ids: Sequence[int]) -> list[int]:
        """Those of `ids` that have all terms."""
        return [row[0] for row in self._rows(self.AMONG, terms, ids)]

    @abstractmethod
    def fitting(self, ids: Iterable[int], wanted: Conditions) -> Iterable[int]:
        """Those of `ids` for which every condition holds."""

    def ranks(self, terms: Terms, ids: Sequence[int]) -> list[tuple[int, float]]:
        """How well each of `ids` fits, told from that conversation alone."""
        return [(row[0], row[1]) for row in self._rows(self.RANKS, terms, ids)]

    @abstractmethod
    def marked(self, terms: Terms, ids: Sequence[int]) -> list[Marked]:
        """The words of those of `ids` that have all terms."""

    @abstractmethod
    def _rows(self, query: TextClause, terms: Terms, ids: Sequence[int]) -> Any:
        """What a query finds that asks for terms among these ids."""


def of(session: scoped_session[Any] | Session) -> Words:
    """The words in the database of this session."""
    kind = _Sqlite if session.get_bind().dialect.name == "sqlite" else _Postgres
    return kind(session)


def has_model(name: str | None, kind: str, _parents: object) -> bool:
    """For Alembic: whether a table has a model. Search's tables are SQL alone."""
    return kind != "table" or not TABLES.fullmatch(name or "")


class _Sqlite(Words):
    """FTS5. Asked for one row and for rows by descending number it reads no more than it must."""

    NEWEST = text("SELECT rowid FROM search WHERE search MATCH :q ORDER BY rowid DESC LIMIT :most")
    AMONG = text(
        "SELECT search.rowid FROM json_each(:ids) CROSS JOIN search "
        "WHERE search.rowid = value AND search MATCH :q"
    )
    # bm25() would count the word in the whole inbox. The marks in the head are the row's own.
    RANKS = text(
        "SELECT search.rowid, length(highlight(search, 0, '', '*')) - length(head) "
        "FROM json_each(:ids) CROSS JOIN search WHERE search.rowid = value AND search MATCH :q"
    )
    MARKED = text(
        "SELECT search.rowid, "
        "highlight(search, 0, :open, :close), highlight(search, 1, :open, :close) "
        "FROM json_each(:ids) CROSS JOIN search WHERE search.rowid = value AND search MATCH :q"
    )

    def newest(self, terms: Terms, most: int) -> list[int]:
        return list(self.session.scalars(self.NEWEST, {"q": _phrases(terms), "most": most}))

    def fitting(self, ids: Iterable[int], wanted: Conditions) -> Iterable[int]:
        """Each is looked up: asked for all at once, SQLite would go through a whole folder."""
        one = func.json_each(json.dumps(list(ids))).table_valued("value").c.value
        fits = exists(1).where(Conversation.id == one, *wanted)
        return list(self.session.scalars(select(one).where(fits)))

    def marked(self, terms: Terms, ids: Sequence[int]) -> list[Marked]:
        return [tuple(row) for row in self._rows(self.MARKED, terms, ids, open=OPEN, close=CLOSE)]

    def _rows(self, query: TextClause, terms: Terms, ids: Sequence[int], **more: str) -> Any:
        values = {"q": _phrases(terms), "ids": json.dumps(list(ids)), **more}
        return self.session.execute(query, values).all()


def _phrases(terms: Terms) -> str:
    """The terms in the language of FTS5: each in quotes, which nothing in them can end."""
    words = (" OR ".join(f'"{" ".join(parts)}"' for parts in ways) for ways in terms)
    return " AND ".join(f"({word})" for word in words)


class _Postgres(Words):
    """A tsvector for each conversation. It also says in which blocks of numbers that one is."""

    LAST = text("SELECT max(conversation_id) FROM search")
    NEWEST = text(
        "SELECT conversation_id FROM search "
        "WHERE words @@ (to_tsquery('search_english', :q) && CAST(:blocks AS tsquery)) "
        "ORDER BY conversation_id DESC LIMIT :most"
    )
    AMONG = text(
        "SELECT conversation_id FROM search "
        "WHERE conversation_id = ANY (:ids) AND words @@ to_tsquery('search_english', :q)"
    )
    RANKS = text(
        "SELECT conversation_id, ts_rank(words, to_tsquery('search_english', :q)) "
        "FROM search WHERE conversation_id = ANY (:ids)"
    )
    SOURCE = text(
        "SELECT id, head, left(text, 20000) FROM search_source JOIN search ON conversation_id = id "
        "WHERE id = ANY (:ids) AND words @@ to_tsquery('search_english', :q)"
    )
    HITS = text(
        "SELECT word FROM unnest(CAST(:words AS text[])) AS word "
        "WHERE to_tsvector('search_english', search_fold(word)) @@ to_tsquery('search_english', :q)"
    )
    BLOCKS = 12, 15, 18  # so many low bits of a number are the same in a block: 4,096 and so on
    WORD = re.compile(r"[^\s!-/:-@\[-`{-~]+")

    def newest(self, terms: Terms, most: int) -> list[int]:
        """The index cannot be read backwards: look in the newest blocks, then in larger ones."""
        last = self.session.scalar(self.LAST) or 0
        ids: list[int] = []
        for bits in self.BLOCKS:
            block = last >> bits
            values = {"q": _query(terms), "most": most}
            values["blocks"] = f"'#{bits}:{block}' | '#{bits}:{block - 1}'"
            ids = list(self.session.scalars(self.NEWEST, values))
            if len(ids) == most or block <= 1:
                return ids
        return list(self.session.scalars(self.NEWEST, {**values, "blocks": ""}))

    def fitting(self, ids: Iterable[int], wanted: Conditions) -> Iterable[int]:
        query = select(Conversation.id).where(Conversation.id.in_(ids), *wanted)
        return list(self.session.scalars(query))

    def marked(self, terms: Terms, ids: Sequence[int]) -> list[Marked]:
        """ts_headline() knows nothing of accents; so the database is asked word by word."""
        rows = self._rows(self.SOURCE, terms, ids)
        words = {word for _, *texts in rows for one in texts for word in self.WORD.findall(one)}
        any_of = _query([[[part] for ways in terms for parts in ways for part in parts]])
        hits = set(self.session.scalars(self.HITS, {"words": list(words), "q": any_of}))

        def mark(found: re.Match[str]) -> str:
            return f"{OPEN}{found[0]}{CLOSE}" if found[0] in hits else found[0]

        return [
            (one, self.WORD.sub(mark, head), self.WORD.sub(mark, body)) for one, head, body in rows
        ]

    def _rows(self, query: TextClause, terms: Terms, ids: Sequence[int]) -> Any:
        return self.session.execute(query, {"q": _query(terms), "ids": list(ids)}).all()


def _query(terms: Terms) -> str:
    """The terms in the language of to_tsquery(). They have no character that means something."""
    words = (" | ".join(filter(None, map(_phrase, ways))) for ways in terms)
    return " & ".join(f"({word})" for word in words if word)


def _phrase(parts: list[str]) -> str:
    phrase = " <-> ".join(filter(None, map(_fold, parts)))
    return phrase and f"({phrase})"


def _fold(word: str) -> str:
    """A word without accents, as search_fold() in the database makes it."""
    letters = unicodedata.normalize("NFD", word)
    plain = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFC", plain)
