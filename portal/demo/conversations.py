"""Made-up conversations, as rows for the database. The same seed makes the same ones."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import exp
from random import Random
from typing import Any

from portal.addresses import address_key
from portal.demo.words import words
from portal.inbox.intake import LETTERS
from portal.inbox.models import ConversationState, Direction, Kind, Rank
from portal.letters import normal_form
from portal.ways import BY_PHONE, Way

COLUMNS = {
    "conversation": (
        *("id", "key", "reference", "kind", "about", "state", "subject", "name", "email"),
        *("email_key", "phone", "phone_key", "postal", "reply_by", "helper", "needs"),
        *("outlet", "deadline_at"),
        *("rank", "due_at", "snoozed_until", "owner_id", "trouble", "merged_into_id", "doubts"),
        *("created_at", "changed_at", "opened_at", "answered_at", "alerted_at", "version"),
    ),
    "message": (
        *("conversation_id", "direction", "way", "author_id", "sender", "text", "quoted"),
        *("reason", "automatic", "created_at"),
    ),
    "conversation_tag": ("name", "conversation_id"),
    "change": ("conversation_id", "member_id", "what", "before", "after", "at"),
}
Rows = dict[str, list[tuple[Any, ...]]]

POOL = 4000  # texts of each sort: enough to look different, and made once
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# A few hundred came within the last weeks; many more do not come any faster than this, and the
# longest time for all of them is three years.
WEEKS, BETWEEN, YEARS = 14 * DAY, timedelta(minutes=20), 3 * 365 * DAY
KINDS = (Kind.MESSAGE,) * 16 + (Kind.PRESS,) * 2 + (Kind.STORY,) * 2
ABOUTS = ("question", "question", "taking-part", "complaint", "other")
WAYS = (Way.EMAIL,) * 14 + tuple(Way)
# An unfinished conversation's share of the newest ones, and how old it is about: so many have come
# after it, or so long ago, whichever is sooner.
UNFINISHED = (
    (ConversationState.NEW, 0.2, 250, 3 * DAY),
    (ConversationState.OPEN, 0.3, 700, 5 * DAY),
    (ConversationState.WAITING, 0.2, 800, 10 * DAY),
)
# When answers are due that nobody has given yet: days from today, and their share.
DUE = (-1, *(0,) * 3, *(1,) * 4, *(2,) * 4, *(3,) * 3)
PRESS = 2  # so many came after the press enquiry that is due tomorrow at noon
NOON, EVENING, MORNING = time(12), time(17), time(9)
HELD, SPAM, MERGED = 0.03, 0.015, 0.01
EVERY_LETTER = len(LETTERS) ** 8
FAR_APART = 22_801_763_489  # has no factor in common with that number, so that no two meet


class Maker:
    """Makes conversations one after the other, oldest first."""

    def __init__(self, seed: int, members: Sequence[int], at: datetime) -> None:
        """`members` are the ids of those who answer; `at` is now, on local clocks."""
        self.random, self.members = Random(seed), members  # noqa: S311 - nothing secret
        self.today = at
        self.now = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self.first = self.random.randrange(EVERY_LETTER)
        self.earlier: dict[int, str] = {}
        self.texts = {
            Kind.MESSAGE: self._pool(words.SUBJECTS, words.ASKS),
            Kind.PRESS: self._pool(words.PRESS_SUBJECTS, words.PRESS_ASKS),
            Kind.STORY: self._pool(words.STORY_SUBJECTS, words.STORY_ASKS),
        }
        self.answers = [self._fill(self._one(words.ANSWERS)) for _ in range(POOL)]
        self.notes = [self._fill(self._one(words.NOTES)) for _ in range(POOL)]
        self.back = [self._fill(self._one(words.BACK)) for _ in range(POOL)]

    def make(self, first: int, many: int, of: int, done: int) -> Rows:
        """The next `many` conversations, numbered from `first`; `done` of all are there already."""
        rows: Rows = {table: [] for table in COLUMNS}
        span = min(max(of * BETWEEN, WEEKS), YEARS)
        for number in range(many):
            left = of - done - number - 1
            age = span * ((left + self.random.random()) / of)
            self._conversation(first + number, left, age, rows)
        return rows

    def _one(self, some: Sequence[Any]) -> Any:
        return some[int(self.random.random() * len(some))]

    def _happens(self, share: float) -> bool:
        return self.random.random() < share

    def _fill(self, text: str) -> str:
        filled = text.format(
            activity=self._one(words.ACTIVITIES),
            place=self._one(words.PLACES),
            aid=self._one(words.AIDS),
        )
        return filled[0].upper() + filled[1:]

    def _pool(self, subjects: Sequence[str], asks: Sequence[str]) -> list[tuple[str, str]]:
        return [(self._fill(self._one(subjects)), self._letter(asks)) for _ in range(POOL)]

    def _letter(self, asks: Sequence[str]) -> str:
        hello, ask = self._one(words.HELLOS), f"{self._one(asks)} {self._one(words.DETAILS)}"
        return f"{hello},\n\n{self._fill(ask)}\n\n{self._one(words.ENDS)}"

    def _conversation(self, number: int, left: int, age: timedelta, rows: Rows) -> None:
        """Add the rows of one conversation: it came in `age` ago, and `left` came after it."""
        is_press = left == PRESS
        state = ConversationState.NEW if is_press else self._state(left, age)
        row = self._who() | self._what(state, Kind.PRESS if is_press else self._one(KINDS))
        row |= self._when(self.now - age, row["kind"], state) | self._work(number, state)
        if is_press:
            row |= dict.fromkeys(("deadline_at", "alerted_at", "due_at"), self._at(1, NOON))
            row["rank"] = Rank.DEADLINE
        row |= {"id": number, "state": state, "reference": self._reference(number)}
        row["key"] = f"demo-{self.random.getrandbits(160):x}"
        text = row.pop("text")
        _Thread(self, row, rows).write(text)
        if not row["merged_into_id"]:
            self.earlier = {number: row["reference"]}
        rows["conversation"].append(tuple(_plain(row[name]) for name in COLUMNS["conversation"]))
        if self._happens(0.5):
            tags = {self._one(words.TAGS) for _ in range(1 + self._happens(0.3))}
            rows["conversation_tag"] += [(tag, number) for tag in sorted(tags)]

    def _state(self, left: int, age: timedelta) -> ConversationState:
        """Nearly all that came long ago is closed; some of what came last is not."""
        chance = self.random.random()
        for state, share, last, long in UNFINISHED:
            if (chance := chance - share * exp(-max(left / last, age / long))) < 0:
                return state
        if (chance := chance - HELD * exp(-left / 800)) < 0:
            return ConversationState.HELD
        return ConversationState.SPAM if chance < SPAM else ConversationState.CLOSED

    def _who(self) -> dict[str, Any]:
        first, last, way = self._one(words.FIRST), self._one(words.LAST), self._one(WAYS)
        mailbox = f"{PLAIN[first]}.{PLAIN[last]}{self.random.randrange(1000)}"
        number = self.random.randrange(1000)
        has_phone = way in BY_PHONE or self._happens(0.1)
        house = f"{1 + self.random.randrange(90)} {self._one(words.STREETS)}"
        email = "" if way in BY_PHONE or way is Way.POST else f"{mailbox}@example.org"
        helper = f"{self._one(words.FIRST)} {last}" if way is Way.HELPER else ""
        return {
            "name": f"{first} {last}",
            "email": email,
            "email_key": address_key(email),
            # Numbers that Ofcom keeps for fiction.
            "phone": f"07700 900{number:03}" if has_phone else "",
            "phone_key": f"+447700900{number:03}" if has_phone else "",
            "postal": f"{house}\n{self._one(words.PLACES)}" if way is Way.POST else "",
            "reply_by": Way.EMAIL if way is Way.WEB else way,
            "helper": helper,
            "needs": self._one(words.NEEDS) if self._happens(0.18) else "",
        }

    def _what(self, state: ConversationState, kind: Kind) -> dict[str, Any]:
        subject, text = self._one(self.texts[kind])
        if state is ConversationState.SPAM:
            text = self._one(words.SPAM)
            kind, subject = Kind.MESSAGE, text[:40].rpartition(" ")[0] + "…"
        return {
            "kind": kind,
            "about": "press" if kind is Kind.PRESS else self._one(ABOUTS),
            "subject": subject,
            "text": text,
            "outlet": self._one(words.OUTLETS) if kind is Kind.PRESS else "",
            "doubts": self._one(words.DOUBTS) if state is ConversationState.HELD else "",
        }

    def _when(self, came: datetime, kind: Kind, state: ConversationState) -> dict[str, Any]:
        named = kind is Kind.PRESS and self._happens(0.7)
        due = came + self.random.randrange(2, 5) * DAY
        if state in {ConversationState.NEW, ConversationState.OPEN}:
            days = 1 + self.random.randrange(4) if named else self._one(DUE)
            due = self._at(days, EVENING)
        deadline = due if named else None
        return {
            "created_at": came,
            "deadline_at": deadline,
            "alerted_at": deadline,  # so that no worker alerts anybody
            "rank": Rank.DEADLINE if deadline else Rank.USUAL,
            "due_at": due,
        }

    def _at(self, days: int, clock: time) -> datetime:
        """That time on a day, counted from today, as the database keeps it."""
        day = self.today.date() + days * DAY
        local = datetime.combine(day, clock, self.today.tzinfo)
        return local.astimezone(UTC).replace(tzinfo=None)

    def _work(self, number: int, state: ConversationState) -> dict[str, Any]:
        owned = {
            ConversationState.CLOSED: 0.9,
            ConversationState.WAITING: 0.9,
            ConversationState.OPEN: 0.7,
        }.get(state, 0)
        target = next(iter(self.earlier), None)
        is_next = state is ConversationState.CLOSED and target == number - 1
        merged = is_next and self._happens(MERGED)
        sleeps = state is ConversationState.WAITING and self._happens(0.3)
        trouble = state is ConversationState.OPEN and self._happens(0.04)
        return {
            "owner_id": self._one(self.members) if self._happens(owned) else None,
            "trouble": self._one(words.TROUBLES) if trouble else "",
            "merged_into_id": target if merged else None,
            "snoozed_until": self._at(self.random.randrange(1, 14), MORNING) if sleeps else None,
        }

    def _reference(self, number: int) -> str:
        place, letters = (self.first + number * FAR_APART) % EVERY_LETTER, ""
        for _ in range(8):
            place, letter = divmod(place, len(LETTERS))
            letters += LETTERS[letter]
        return f"{letters[:4]}-{letters[4:]}"


class _Thread:
    """What is said and done in one conversation, as time goes by."""

    def __init__(self, maker: Maker, row: dict[str, Any], rows: Rows) -> None:
        self.maker, self.row, self.rows = maker, row, rows
        self.at: datetime = row["created_at"]
        self.member = row["owner_id"] or maker._one(maker.members)

    def write(self, text: str) -> None:
        """Add the messages and the history, and what follows from them to the conversation."""
        row, state = self.row, self.row["state"]
        row |= dict.fromkeys(("opened_at", "answered_at"))
        self._say(Direction.INCOMING, text, row["name"])
        first = state if state is ConversationState.HELD else ConversationState.NEW
        self._note_down(None, "received", None, first)
        if state not in {ConversationState.NEW, ConversationState.HELD}:
            row["opened_at"] = self._later(30)
            self._note_down(self.member, "opened")
            if state is not ConversationState.SPAM:
                self._work()
            if state is not ConversationState.OPEN:
                self._note_down(self.member, "state", ConversationState.NEW, state)
        if row["merged_into_id"]:
            target = self.maker.earlier[row["merged_into_id"]]
            self._note_down(self.member, "merged", None, target)
        row |= {"changed_at": self.at, "version": 1 + len(self.rows["change"]) % 4}

    def _work(self) -> None:
        row, maker = self.row, self.maker
        if row["owner_id"]:
            self._note_down(self.member, "owner_id", None, row["owner_id"])
        if maker._happens(0.15):
            self._say(Direction.NOTE, maker._one(maker.notes))
        if row["state"] is ConversationState.OPEN and maker._happens(0.7):
            return
        row["answered_at"] = self._later(60)
        self._say(Direction.OUTGOING, maker._one(maker.answers))
        self._note_down(self.member, "answered", ConversationState.OPEN, row["reply_by"])
        if maker._happens(0.3):
            self._later(80)
            self._say(Direction.INCOMING, maker._one(maker.back), row["name"])
            self._note_down(None, "received")

    def _later(self, hours: int) -> datetime:
        """Up to so many hours later, but never in the future."""
        longest: timedelta = min(hours * HOUR, self.maker.now - self.at)
        self.at += self.maker.random.random() * longest
        return self.at

    def _say(self, direction: Direction, text: str, sender: str = "") -> None:
        way = Way.WEB if self.at == self.row["created_at"] else self.row["reply_by"]
        author = None if direction is Direction.INCOMING else self.member
        if direction is Direction.INCOMING:
            text = f"{text}\n{sender}"
        row = (self.row["id"], direction, way, author, sender, text, "", "", False, self.at)
        self.rows["message"].append(tuple(map(_plain, row)))

    def _note_down(
        self, member: int | None, what: str, before: Any = None, after: Any = None
    ) -> None:
        values = (None if value is None else json.dumps(value) for value in (before, after))
        self.rows["change"].append((self.row["id"], member, what, *values, _plain(self.at)))


def _plain(value: Any) -> Any:
    """A value as both databases read it."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return str(value) if isinstance(value, StrEnum) else value


def _ascii(name: str) -> str:
    letters = normal_form("NFKD", name.lower().replace("ł", "l"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


PLAIN = {name: _ascii(name) for name in (*words.FIRST, *words.LAST)}
