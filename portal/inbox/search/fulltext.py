"""Full-text search as SQLite (FTS5) and PostgreSQL do it. The tables are made by migration 0006.

Both find whole words, whatever their accents, and forms of the same English
word. No query here goes through all matches of a word that is common.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, TextClause, bindparam, exists, func, select, text
from sqlalchemy.orm import Session, scoped_session

from portal.inbox.models import Conversation
from portal.inbox.search.question import Term, Way, letter_of_word
from portal.letters import normal_form

Terms = Sequence[Term]
Conditions = Sequence[ColumnElement[bool]]
Marked = tuple[int, str, str, str]
"""An id, and the head, the senders and the text of its conversation with marks in them."""

OPEN, CLOSE = "\x02", "\x03"
TABLES = re.compile(r"search(_\w+)?")
SENDERS = "{sender compact} : "  # where FTS5 looks for who wrote
BY = "xfromx"  # what stands before the words of who wrote, in PostgreSQL's index
LAST, LAST_LETTER = 2**62, "\U0010ffff"


class Words(ABC):
    """What a database can tell about the words in conversations."""

    AMONG: TextClause
    RANKS: TextClause
    TEXTS = text(
        "SELECT head, sender, substr(text, 1, 20000), compact FROM search_source WHERE id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))

    def __init__(self, session: Any) -> None:
        self.session = session

    @abstractmethod
    def newest(self, terms: Terms, most: int, end: int | None = None) -> list[int]:
        """The newest conversations with all terms, newest first; with `end`, of those before it."""

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
    def beginning(self, start: str, most: int, *, is_sender: bool) -> list[int]:
        """Conversations that have words whose stems begin so, one for each of the first stems."""

    @abstractmethod
    def known(self, words: set[str], *, is_sender: bool) -> set[str]:
        """Those of the words that some conversation has in any form; or some sender has."""

    def texts(self, ids: Sequence[int]) -> list[str]:
        """The words of these conversations, as `fold` leaves them, between spaces."""
        rows = self.session.execute(self.TEXTS, {"ids": ids})
        return ["".join(map(letter_of_word, fold(" ".join(row)))) for row in rows]

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

    NEWEST = text(
        "SELECT rowid FROM search WHERE search MATCH :q AND rowid < :end "
        "ORDER BY rowid DESC LIMIT :most"
    )
    AMONG = text(
        "SELECT search.rowid FROM json_each(:ids) CROSS JOIN search "
        "WHERE search.rowid = value AND search MATCH :q"
    )
    # bm25() would count the word in the whole inbox. The marks in the head are the row's own.
    RANKS = text(
        "SELECT search.rowid, length(highlight(search, 0, '', '*')) - length(head)"
        "  + length(highlight(search, 1, '', '*')) - length(sender) "
        "FROM json_each(:ids) CROSS JOIN search WHERE search.rowid = value AND search MATCH :q"
    )
    MARKED = text(
        "SELECT search.rowid, highlight(search, 0, :open, :close), "
        "highlight(search, 1, :open, :close), highlight(search, 2, :open, :close) "
        "FROM json_each(:ids) CROSS JOIN search WHERE search.rowid = value AND search MATCH :q"
    )
    # From each stem to the next; its conversations would be gone through otherwise.
    BEGINNING = text(
        "WITH RECURSIVE stems (stem) AS ("
        " SELECT (SELECT term FROM search_vocabulary WHERE term >= :start LIMIT 1)"
        " UNION ALL SELECT"
        " (SELECT term FROM search_vocabulary WHERE term >= stem || char(1) LIMIT 1)"
        " FROM stems WHERE stem < :end"
        ") SELECT (SELECT doc FROM search_vocabulary WHERE term = stem LIMIT 1) "
        "FROM stems WHERE stem < :end LIMIT :most"
    )
    KNOWN = text(
        "SELECT value FROM json_each(:words) "
        "WHERE EXISTS (SELECT 1 FROM search WHERE search MATCH :where || '\"' || value || '\"')"
    )

    def newest(self, terms: Terms, most: int, end: int | None = None) -> list[int]:
        values = {"q": _phrases(terms), "most": most, "end": LAST if end is None else end}
        return list(self.session.scalars(self.NEWEST, values))

    def beginning(self, start: str, most: int, *, is_sender: bool) -> list[int]:
        """The list of stems does not know where they stand; the search itself does."""
        values = {"start": start, "end": start + LAST_LETTER, "most": most}
        return list(self.session.scalars(self.BEGINNING, values))

    def known(self, words: set[str], *, is_sender: bool) -> set[str]:
        values = {"words": json.dumps([*words]), "where": SENDERS if is_sender else ""}
        return set(self.session.scalars(self.KNOWN, values))

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
    return " AND ".join(
        f"{SENDERS if term.is_sender else ''}("
        + " OR ".join(f'"{" ".join(parts)}"' for parts in term.ways)
        + ")"
        for term in terms
    )


class _Postgres(Words):
    """A tsvector for each conversation. It also says in which blocks of numbers that one is."""

    LAST = text("SELECT max(conversation_id) FROM search")
    NEWEST = text(
        "SELECT conversation_id FROM search "
        "WHERE words @@ (to_tsquery('search_english', :q) && CAST(:blocks AS tsquery)) "
        "AND conversation_id < :end ORDER BY conversation_id DESC LIMIT :most"
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
        "SELECT id, head, sender, left(text, 20000) "
        "FROM search_source JOIN search ON conversation_id = id "
        "WHERE id = ANY (:ids) AND words @@ to_tsquery('search_english', :q)"
    )
    HITS = text(
        "SELECT word FROM unnest(CAST(:words AS text[])) AS word "
        "WHERE to_tsvector('search_english', search_fold(word)) @@ to_tsquery('search_english', :q)"
    )
    BEGINNING = text(
        "WITH RECURSIVE stems (stem) AS ("
        " SELECT min(word) FROM search_word WHERE word >= :start"
        " UNION ALL SELECT (SELECT min(word) FROM search_word WHERE word > stem)"
        " FROM stems WHERE stem < :end"
        ") SELECT (SELECT conversation_id FROM search_word WHERE word = stem LIMIT 1) "
        "FROM stems WHERE stem < :end LIMIT :most"
    )
    KNOWN = text(
        "SELECT one FROM unnest(CAST(:words AS text[])) AS one WHERE EXISTS "
        "(SELECT FROM search_word WHERE word = (ts_lexize('search_stem', :by || one))[1])"
    )
    BLOCKS = 12, 15, 18  # so many low bits of a number are the same in a block: 4,096 and so on
    WORD = re.compile(r"[^\s!-/:-@\[-`{-~]+")

    def newest(self, terms: Terms, most: int, end: int | None = None) -> list[int]:
        """The index cannot be read backwards: look in the newest blocks, then in larger ones."""
        last = (self.session.scalar(self.LAST) or 0) if end is None else end - 1
        ids: list[int] = []
        for bits in self.BLOCKS:
            block = last >> bits
            values = {"q": _query(terms), "most": most, "end": last + 1}
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
        parts = {(part,) for term in terms for way in term.ways for part in way}
        any_of = _query([Term(tuple(parts))])
        hits = set(self.session.scalars(self.HITS, {"words": list(words), "q": any_of}))

        def mark(found: re.Match[str]) -> str:
            return f"{OPEN}{found[0]}{CLOSE}" if found[0] in hits else found[0]

        return [(one, *(self.WORD.sub(mark, part) for part in parts)) for one, *parts in rows]

    def beginning(self, start: str, most: int, *, is_sender: bool) -> list[int]:
        start = BY * is_sender + start
        values = {"start": start, "end": start + LAST_LETTER, "most": most}
        return list(self.session.scalars(self.BEGINNING, values))

    def known(self, words: set[str], *, is_sender: bool) -> set[str]:
        values = {"words": [*words], "by": BY * is_sender}
        return set(self.session.scalars(self.KNOWN, values))

    def _rows(self, query: TextClause, terms: Terms, ids: Sequence[int]) -> Any:
        return self.session.execute(query, {"q": _query(terms), "ids": list(ids)}).all()


def _query(terms: Terms) -> str:
    """The terms in the language of to_tsquery(). They have no character that means something."""
    words = (
        " | ".join(filter(None, (_phrase(way, BY * term.is_sender) for way in term.ways)))
        for term in terms
    )
    return " & ".join(f"({word})" for word in words if word)


def _phrase(way: Way, before: str) -> str:
    """A way to write a word, with what stands before its parts in the index."""
    phrase = " <-> ".join(f"{before}{part}" for part in map(_bare, way) if part)
    return phrase and f"({phrase})"


def fold(words: str) -> str:
    """Small letters without accents, as both databases compare them."""
    return _bare(words.lower())


def _bare(words: str) -> str:
    """Words without accents, as search_fold() in the database makes them."""
    letters = normal_form("NFD", words)
    plain = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return normal_form("NFC", plain)
