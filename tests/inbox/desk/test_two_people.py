"""Two people edit one conversation in any order: what somebody did last holds, and no word is lost.

Each acts from the page that they opened last, however old it is. Who is told of a conflict looks
at it, and saves theirs all the same.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from portal.extensions import db
from portal.inbox.desk import details, edits, page, replies, services
from portal.inbox.desk.edits import SINCE, Conflict, plain
from portal.inbox.models import Change, Conversation, ConversationState
from portal.team.models import Member
from portal.transaction import Stale
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import messages
from tests.team import a_member

FIELDS = ("owner_id", "state", "tags", "due_at", "snoozed_until", "name", "needs")
DAY = datetime(2031, 3, 27, 12, tzinfo=UTC)
VALUES = {
    "owner_id": st.sampled_from(["ada", "ben", None]),
    "state": st.sampled_from(
        [one for one in ConversationState if one is not ConversationState.NEW]
    ),
    "tags": st.lists(st.sampled_from(["pool", "hoist", "bus"]), max_size=2, unique=True),
    "due_at": st.integers(1, 3).map(lambda days: DAY + timedelta(days=days)),
    "snoozed_until": st.sampled_from([None, DAY, DAY + timedelta(hours=2)]),
    "name": st.sampled_from(["Grace", "Gracie", ""]),
    "needs": st.sampled_from(["BSL", "Large print"]),
}
SET = st.sampled_from(FIELDS).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
WRITE = st.tuples(st.sampled_from(["draft", "answer", "note"]), st.none())
STEP = st.tuples(st.sampled_from(["ada", "ben"]), st.one_of(st.just(("look", None)), SET, WRITE))


class Desk:
    """A conversation, two people with a page of it each, and what it should be by now."""

    def __init__(self):
        self.id = a_conversation().id
        names = ("ada", "ben")
        self.members = {one: a_member(email=f"{one}{self.id}@team.example").id for one in names}
        self.pages, self.words, self.writer = {}, set(), ""
        for who in names:
            self.look(who)
        self.should = edits.shown(self.now(), *FIELDS)

    def now(self):
        db.session.commit()
        db.session.expire_all()
        return db.session.get(Conversation, self.id)

    def by(self, who):
        return db.session.get(Member, self.members[who])

    def look(self, who):
        """Open the page."""
        one = self.now()
        was, draft = edits.shown(one, *FIELDS), one.draft.version if one.draft else 0
        self.pages[who] = SimpleNamespace(was=was, draft=draft, seen=page.last_change([one.id]))

    def set(self, who, name, value):
        """Save the form of the page with one field changed."""
        value = self.members.get(value) if name == "owner_id" else value
        was, there = self.pages[who].was, edits.shown(self.now(), *FIELDS)
        after = plain(value)
        is_mine = after == was[name] or there[name] in [was[name], after, "open"]
        try:
            self.save(who, was, name, value)
            assert name == "tags" or is_mine, "a colleague's was replaced without being shown"
        except Conflict as conflict:
            for lost in conflict.was:  # it was really changed since, and not to the same
                assert there[lost] != was[lost]
            assert edits.shown(self.now(), *FIELDS) == there
            shown = {lost: there[lost] for lost in conflict.was}
            self.save(who, was | {SINCE: shown}, name, value)
        self.expect(was, name, after)
        self.look(who)

    def save(self, who, was, name, value):
        deed = details.change_details if name in details.CORRECTED else services.change
        form = {one: edits.revive(one, shown) for one, shown in was.items() if one in FIELDS}
        part = {
            one: it
            for one, it in form.items()
            if (one in details.CORRECTED) is (deed is details.change_details)
        }
        deed(self.now(), self.by(who), was, **part | {name: value})

    def expect(self, was, name, after):
        """What somebody changed against what they saw is as they wanted it, all else as it was."""
        if after == was[name]:
            return
        if name == "tags":
            after = plain(edits.merge_tags(self.should["tags"], was["tags"], after))
        self.should[name] = after
        if name == "snoozed_until" and after:
            self.should["state"] = "waiting"
        elif name == "state" and after != "waiting":
            self.should["snoozed_until"] = None

    def draft(self, who, text):
        """Keep a draft. Who is told of a colleague's keeps their own text."""
        mine = self.pages[who].draft
        with suppress(Stale):
            replies.save_draft(self.now(), self.by(who), text, mine)
            return self.drafted(who, text)
        replies.save_draft(
            self.now(), self.by(who), text, self.now().draft.version if self.now().draft else 0
        )
        return self.drafted(who, text)

    def drafted(self, who, text):
        if self.writer == who:
            self.words.discard(self.last)
        self.writer, self.last = who, text
        self.words.add(text)
        self.look(who)

    def answer(self, who, text):
        """Answer. Who is told of news, or of a colleague's draft, sends theirs all the same."""
        if self.writer == who:
            self.words.discard(self.last)
        with suppress(Stale):
            replies.answer(self.now(), self.by(who), text, Way.EMAIL, seen=self.pages[who].seen)
            return self.answered(who, text)
        replies.answer(self.now(), self.by(who), text, Way.EMAIL)
        return self.answered(who, text)

    def answered(self, who, text):
        self.words.add(text)
        self.writer = ""
        self.should |= {"state": "waiting", "snoozed_until": None}
        self.should["owner_id"] = self.should["owner_id"] or self.members[who]
        self.look(who)

    def note(self, who, text):
        replies.add_note(self.now(), self.by(who), text)
        self.words.add(text)

    def lost(self):
        """The words that are neither on the page nor in its history."""
        one = self.now()
        kept = db.session.scalars(db.select(Change.after).where(Change.conversation_id == one.id))
        held = {*map(str, kept), *(message.text for message in messages(one))}
        return self.words - held - ({one.draft.text} if one.draft else set())


@given(st.lists(STEP, max_size=14))
def test_two_peoples_edits_in_any_order_hold_and_lose_no_words(app, steps):
    desk = Desk()
    for number, (who, (what, value)) in enumerate(steps):
        if what == "look":
            desk.look(who)
        elif what in FIELDS:
            desk.set(who, what, value)
        else:
            getattr(desk, what)(who, f"Text {number} of {who}")
        assert edits.shown(desk.now(), *FIELDS) == desk.should

    assert desk.lost() == set()
