"""Only the exact text that was said yes to is ever public, in any order of events.

By the storyteller; and by their guardian, where they are under 18.
"""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from portal.extensions import db, now
from portal.inbox.models import Message
from portal.stories import approvals, formats, publication, shaping, texts, withdrawal
from portal.stories.content import Content
from portal.stories.guardian import services as guardians
from portal.stories.models import Approval, Revision, Story, StoryConsent, Version
from portal.stories.states import Giver, Level, StoryState, VersionKind, YesWay
from portal.transaction import NotPossible, Stale
from tests import stories
from tests.stories import (
    a_story,
    a_young_story,
    an_editor,
    approved,
    content,
    edited,
    fresh,
    handed_over,
    refused,
    refused_all,
    withdrawn,
)

PICTURE = {"file": "a", "digest": "0", "alt": "A pool"}

# Its triggers hold what the services promise.
pytestmark = pytest.mark.usefixtures("each_database")


def force_out(story, revision):
    """Past the services: set what makes a text public."""
    public = {"state": StoryState.PUBLISHED, "published_revision_id": revision.id}
    return update(Story).where(Story.id == story.id).values(**public)


def cannot_be_published(story, why=None):
    """Expect that neither the service nor the database lets its newest text out."""
    with pytest.raises(NotPossible, match=why):
        shaping.publish(story, an_editor())
    assert refused(force_out(story, texts.latest(story)))


NO_YES = {
    "no yes": handed_over,
    "taken back": lambda: no_longer(approved()),
    "withdrawn": lambda: withdrawn(approved()),
    "declined": lambda: stories.declined(approved()),
    "noted and taken back": lambda: no_longer(stories.noted(handed_over())),
    "no guardian": lambda: approved(handed_over(a_young_story())),
    "by the guardian alone": lambda: no_longer(stories.with_guardian()),
    "guardian no longer": lambda: no_longer(stories.with_guardian(), guardians.take_back),
    "young by now": lambda: learned(approved()),
}


def no_longer(story, take_back=shaping.take_back_approval):
    take_back(story)
    return story


def learned(story):
    guardians.set_guardian(story, "Maya", "maya@example.org", "", an_editor())
    return story


@pytest.mark.parametrize("make", NO_YES.values(), ids=NO_YES)
def test_no_text_is_published_without_a_valid_yes(app, make):
    cannot_be_published(make())


OTHERWISE = {"title": "Another", "text": "Another.", "summary": "Another.", "name": "Another"}
OTHERWISE |= {"topics": ("water",), "language": "cy", "pictures": (PICTURE,)}


@pytest.mark.parametrize("name", OTHERWISE)
def test_any_later_change_by_anybody_voids_the_yes(app, name):
    for by in (None, an_editor()):
        old = texts.latest(story := approved())
        shaping.revise(story, by, content(story, **{name: OTHERWISE[name]}), old.number)

        assert texts.valid_approval(story) is None
        assert story.state is StoryState.EDITING
        cannot_be_published(story, "has not said yes")
        assert refused(force_out(story, old))


def test_the_same_text_is_no_change_but_another_alt_text_is(app):
    story = approved()
    assert shaping.revise(story, an_editor(), content(story), texts.number(story)) is None
    assert texts.valid_approval(story)

    one, other = (Content(pictures=({**PICTURE, "alt": alt},)) for alt in ("A pool", "Sea"))
    assert texts.digest(one) != texts.digest(other)


def test_a_yes_to_another_text_than_the_newest_of_this_story_does_not_count(app):
    story, other = handed_over(), handed_over(a_story(email="bob@example.org"))
    old, theirs = texts.latest(story), texts.latest(other)
    forged = {"story_id": story.id, "revision_id": theirs.id, "digest": theirs.digest}
    stories.edited(story, text="A newer text.")
    newest = texts.latest(story)
    for one, digest in ((old, old.digest), (newest, "0" * 64), (theirs, theirs.digest)):
        with pytest.raises(Stale):
            shaping.approve(story, one.id, digest)

    assert refused(insert(Approval).values(**forged, wording=""))
    own = {"revision_id": newest.id, "digest": newest.digest}
    assert not refused(insert(Approval).values(**forged | own, wording=""))
    assert fresh(story).approvals == fresh(other).approvals == []


def test_what_was_not_sent_or_not_allowed_is_not_published_either(app):
    not_allowed = approved(a_story(answers=stories.NO_CONSENT))
    for story, why in ((stories.a_draft(), None), (not_allowed, "does not allow")):
        with pytest.raises(NotPossible, match=why):
            shaping.publish(story, an_editor())


def test_the_database_itself_keeps_a_public_text_with_its_yes(app):
    story = stories.published(stories.with_guardian())
    assert story.state is StoryState.PUBLISHED
    assert {one.digest for one in story.approvals} == {story.published.digest}
    mine, its_yes = update(Story).where(Story.id == story.id), Approval.story_id == story.id
    new = {"key": "new", "telling": "write", "version": 1}
    public = {"state": StoryState.PUBLISHED, "published_revision_id": story.published_revision_id}
    consent = story.consents[0].id
    text_of_it = Revision.id == story.published_revision_id
    yes = update(Approval).where(its_yes)
    of_guardian = Approval.giver == Giver.GUARDIAN
    refused_all(
        {
            "a text changes": update(Revision).where(text_of_it).values(text="x"),
            "a consent changes": text(
                f"UPDATE story_consent SET given = NOT given WHERE id={consent}"
            ),
            "a yes changes its text": yes.values(revision_id=1),
            "a yes changes its digest": yes.values(digest="x"),
            "a yes changes its words": yes.values(wording="x"),
            "a yes changes who gave it": yes.where(of_guardian).values(giver=Giver.STORYTELLER),
            "its yes alone is taken back": yes.values(taken_back_at=story.published_at),
            "its guardian's yes alone": yes.where(of_guardian).values(
                taken_back_at=story.published_at
            ),
            "its yes goes": delete(Approval).where(its_yes),
            "its guardian's yes goes": delete(Approval).where(its_yes, of_guardian),
            "its text goes": delete(Revision).where(text_of_it),
            "it is no longer published": mine.values(state=StoryState.EDITING),
            "it is published without a text": mine.values(published_revision_id=None),
            "it is a draft again": mine.values(state=StoryState.DRAFT, published_revision_id=None),
            "who tells it grows up": mine.values(young=False),
            "a story is born published": insert(Story).values(**new, **public),
        }
    )
    assert not refused(insert(Story).values(**new))


def test_a_public_story_of_somebody_who_turns_out_to_be_young_leaves_the_site(app):
    story = stories.published()
    assert refused(update(Story).where(Story.id == story.id).values(young=True))
    learned(story)

    assert fresh(story).state is StoryState.APPROVED
    cannot_be_published(story, "guardian has not said yes")


def test_a_draft_alone_may_say_another_age(app):
    draft, sent = stories.a_draft(), a_young_story()
    for story, is_sent in ((draft, False), (sent, True)):
        change = update(Story).where(Story.id == story.id)
        assert not refused(change.values(young=True))
        assert refused(change.values(young=False)) is is_sent


def test_a_member_alone_gives_no_yes(app):
    story, other = handed_over(), handed_over(a_story(email="bob@example.org"))
    newest, editor = texts.latest(story), an_editor()
    for unasked in (a_story(email="eve@example.org"), edited(a_young_story()).story):
        for giver in Giver:
            with pytest.raises(NotPossible):
                stories.noted(unasked, giver)
    told = Message(
        conversation_id=story.conversation_id, direction="outgoing", way="web", text="You said yes."
    )
    told.author_id = editor.id
    db.session.add(told)
    db.session.commit()
    row = {"story_id": story.id, "revision_id": newest.id, "digest": newest.digest, "wording": ""}
    row |= {"way": YesWay.PHONE, "noted_by_id": editor.id, "message_id": told.id}
    row |= dict.fromkeys(("said_at", "at"), now())
    assert not refused(insert(Approval).values(**row))
    elsewhere = {"conversation_id": other.conversation_id}
    refused_all(
        {
            "by nobody": insert(Approval).values(**row | {"noted_by_id": None}),
            "at no time": insert(Approval).values(**row | {"said_at": None}),
            "untold": insert(Approval).values(**row | {"message_id": None}),
            "on our pages, noted": insert(Approval).values(**row | {"way": YesWay.WEB}),
            "before there was that text": insert(Approval).values(
                **row | {"said_at": newest.created_at - timedelta(minutes=1)}
            ),
            "in the future": insert(Approval).values(
                **row | {"said_at": now() + timedelta(minutes=1)}
            ),
            "by another member": insert(Approval).values(
                **row | {"noted_by_id": an_editor("Max").id}
            ),
            "of a guardian first": insert(Approval).values(**row | {"giver": Giver.GUARDIAN}),
        }
    )
    for wrong in (elsewhere, {"direction": "note"}, {"direction": "incoming"}):
        db.session.execute(update(Message).where(Message.id == told.id).values(**wrong))
        assert refused(insert(Approval).values(**row)), wrong


def test_another_form_never_changes_and_is_public_by_a_yes_to_it_alone(app):
    story = stories.published(stories.with_guardian())
    version = formats.add_version(story, an_editor(), VersionKind.LANGUAGE, "Nofio", "cy", "Nofio.")
    mine = update(Version).where(Version.id == version.id)
    was = {one.name: getattr(version, one.name) for one in Version.__table__.columns}
    other = {"kind": VersionKind.AUDIO, "language": "fr", "title": "x", "text": "x", "link": "x"}
    other |= {
        "captions": "x",
        "digest": "x",
        "approved_digest": "x",
        "guardian_digest": "x",
        "file_id": 1,
    }
    refused_all({name: mine.values(**{name: value}) for name, value in other.items()})
    del was["id"]
    yes = {"approved_digest": version.digest}
    refused_all({"born with a yes": insert(Version).values(**was | yes)})
    for verb in (formats.approve_version, guardians.approve_version):
        assert publication.versions_for_readers(fresh(story)) == []
        verb(story, version.id, version.digest)
    assert publication.versions_for_readers(fresh(story)) == [version]
    refused_all({name: mine.values(**{name: value}) for name, value in other.items()})
    formats.remove_version(story, version.id)
    refused_all({"put back": mine.values(removed_at=None)})


TABLES = (Story, Revision, Approval, StoryConsent, Version)


@pytest.mark.usefixtures("only_sqlite")
def test_replacing_a_row_on_sqlite_changes_nothing(app):
    """REPLACE deletes what is in its way, and no trigger hears of it."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    story = stories.published(stories.with_guardian())
    formats.add_version(story, an_editor(), VersionKind.LANGUAGE, "Nofio", "cy", "Nofio.")
    rows = {table: db.session.execute(db.select(table.__table__)).all() for table in TABLES}
    statements = {}
    for table in TABLES:
        columns = ", ".join(table.__table__.columns.keys())
        anew = columns.replace(" wording", " 'x'").replace(" text,", " 'x',").replace("link", "'x'")
        unnumbered = columns.removeprefix("id, "), anew.removeprefix("id, ")
        name = table.__tablename__
        for verb in ("INSERT OR REPLACE", "REPLACE"):
            for into, values in ((columns, anew), unnumbered):
                if into == columns or table in {Story, Revision}:
                    statements[f"{verb} {into}"] = text(
                        f"{verb} INTO {name} ({into}) SELECT {values} FROM {name}"
                    )
    statements["a story in another's place"] = text("UPDATE OR REPLACE story SET id = id + 1")
    statements["a text"] = text("UPDATE OR REPLACE revision SET text = 'x'")
    statements["a yes"] = text("UPDATE OR REPLACE approval SET digest = 'x'")
    statements["a yes, quietly"] = text("UPDATE OR IGNORE approval SET digest = 'x'")
    refused_all(statements)
    for table in TABLES:
        assert db.session.execute(db.select(table.__table__)).all() == rows[table]


TEXTS = st.sampled_from(["One.", "Two.", "Three.\n\nFour."])
NAMES = st.sampled_from(["", "Ada", "Ada Lovelace"])
WHO = st.sampled_from([*Giver])
# What somebody may do past the services, to the story and its newest text.
ATTACKS = {
    "another text": "UPDATE revision SET text = 'x' WHERE story_id = {story}",
    "another digest": "UPDATE revision SET digest = 'x' WHERE story_id = {story}",
    "another giver": "UPDATE approval SET giver = 'guardian' WHERE story_id = {story}",
    "another yes": "UPDATE approval SET revision_id = {newest} WHERE story_id = {story}",
    "a yes again": "UPDATE approval SET taken_back_at = NULL WHERE story_id = {story}",
    "grown up": "UPDATE story SET young = false WHERE id = {story} AND young",
    "a draft": "UPDATE story SET state = 'draft', published_revision_id = NULL WHERE id = {story}",
    "another form": "UPDATE story_version SET text = 'x' WHERE story_id = {story}",
    "a form put back": "UPDATE story_version SET removed_at = NULL WHERE story_id = {story}",
}
# What can happen, each with what is chosen then. Of chance alone little would become public.
DEEDS = [
    *(("editor_writes", TEXTS), ("storyteller_writes", TEXTS, NAMES), ("editor_asks",)),
    *(("storyteller_says_yes",), ("somebody_says_yes_to_an_old_text", st.integers(0, 5))),
    *(("storyteller_takes_the_yes_back", st.booleans()), ("editor_publishes",)),
    *(("guardian_takes_the_yes_back",), ("team_is_told_to_take_it_back", WHO)),
    *(("guardian_says_yes",), ("editor_notes_a_yes", WHO), ("editor_asks_and_notes_both",)),
    *[("all_agree",)] * 3,
    ("editor_learns_that_they_are_young",),
    ("another_form_is_made", TEXTS, st.lists(WHO, unique=True)),
    ("another_form_is_taken_away",),
    ("somebody_attacks", st.sampled_from([*ATTACKS])),
    ("editor_sets_the_level", st.sampled_from([None, *Level])),
    ("storyteller_changes_consent", st.booleans()),
    ("is_over", st.sampled_from(["decline", "keep", "delete"])),
]
DEED = st.one_of(st.tuples(st.just(name), *chosen) for name, *chosen in DEEDS)


class Shaping:
    """Those at one story; the model knows only who said yes to which text, by its number."""

    numbers = count()

    def __init__(self, *, young):
        make = a_young_story if young else a_story
        self.story, self.young = make(email=f"ada{next(self.numbers)}@example.org"), young
        self.newest, self.public = texts.latest(self.story).id, None
        self.yes, self.forms = {}, {}
        self.standing = {giver: set() for giver in Giver}  # to which texts, also older ones
        self.asked = self.over = False
        self.may_publish = True
        self.old = []

    def said(self, giver):
        return not self.over and self.yes.get(giver) == self.newest

    @property
    def agreed(self):
        """Whether all who must have said yes to the newest text."""
        return self.said(Giver.STORYTELLER) and (self.said(Giver.GUARDIAN) or not self.young)

    def did(self, verb, *rest):
        """Whether the service did it: otherwise it said why not."""
        try:
            return verb(self.story, *rest) or True
        except (NotPossible, Stale):
            return False

    def shape(self, by, **changes):
        wanted = content(self.story, **changes)
        did = self.did(shaping.revise, by, wanted, texts.number(self.story))
        assert bool(did) is not self.over
        if isinstance(did, Revision):
            self.old.append((self.newest, texts.numbered(self.story, did.number - 1).digest))
            self.newest, self.asked = did.id, False

    def editor_writes(self, words):
        self.shape(an_editor(), text=words)

    def storyteller_writes(self, words, name):
        self.shape(None, title=words, name=name)

    def editor_asks(self):
        did = self.did(shaping.hand_over, an_editor(), texts.number(self.story))
        assert did is not (self.over or self.said(Giver.STORYTELLER))
        self.asked = self.asked or did

    def says_yes(self, giver, did, *, can):
        assert did is (can or self.said(giver))
        if did and not self.said(giver):
            self.yes[giver] = self.newest
            self.asked = self.asked and giver is Giver.GUARDIAN
            self.standing[giver].add(self.newest)

    @property
    def guardian_may(self):
        return self.young and self.said(Giver.STORYTELLER)

    def storyteller_says_yes(self):
        newest = texts.latest(self.story)
        did = self.did(shaping.approve, newest.id, newest.digest)
        self.says_yes(Giver.STORYTELLER, did, can=not self.over)

    def guardian_says_yes(self):
        newest = texts.latest(self.story)
        did = self.did(guardians.approve, newest.id, newest.digest)
        assert did is self.guardian_may
        self.says_yes(Giver.GUARDIAN, did, can=did)

    def editor_notes_a_yes(self, giver):
        can = self.guardian_may if giver is Giver.GUARDIAN else self.asked and not self.over
        self.says_yes(giver, bool(self.did(stories.noted, giver)), can=can)

    def editor_asks_and_notes_both(self):
        self.editor_asks()
        for giver in Giver:
            self.editor_notes_a_yes(giver)

    def somebody_says_yes_to_an_old_text(self, place):
        for number, digest in self.old[place : place + 1]:
            for approve in (shaping.approve, guardians.approve):
                assert not self.did(approve, number, digest)

    def storyteller_takes_the_yes_back(self, has_just_said_it):
        if has_just_said_it:
            self.storyteller_says_yes()
        assert self.did(shaping.take_back_approval) is not self.over
        if self.public != self.newest:
            self.yes.pop(Giver.STORYTELLER, None)
            self.standing[Giver.STORYTELLER].discard(self.newest)

    def guardian_takes_the_yes_back(self):
        self.did(guardians.take_back)
        self.ends(Giver.GUARDIAN)

    def team_is_told_to_take_it_back(self, giver):
        self.did(approvals.note_end, an_editor(), giver)
        self.ends(giver)

    def ends(self, giver):
        if self.standing[giver] and not self.over:
            self.public = None
            self.standing[giver].clear()
            self.yes.pop(giver, None)

    def editor_publishes(self):
        can = self.agreed and self.may_publish
        is_up = self.public == self.newest and not self.over
        assert self.did(shaping.publish, an_editor()) is (can or is_up)
        self.public = self.newest if can else self.public

    def all_agree(self):
        self.storyteller_says_yes()
        self.guardian_says_yes()
        self.editor_publishes()

    def editor_learns_that_they_are_young(self):
        assert bool(self.did(learned)) is not self.over
        if not self.over:
            self.public = self.public if self.young else None
            self.young = True

    def another_form_is_made(self, words, givers):
        form = (an_editor(), VersionKind.LANGUAGE, "Nofio", "cy", words)
        version = self.did(formats.add_version, *form)
        assert bool(version) is not self.over
        if version:
            self.forms[version.id] = {giver for giver in givers if self.agrees(version, giver)}

    def agrees(self, version, giver):
        said = guardians if giver is Giver.GUARDIAN else formats
        return self.did(said.approve_version, version.id, version.digest)

    def another_form_is_taken_away(self):
        for number in [*self.forms][-1:]:
            self.did(formats.remove_version, number)
            self.forms[number] = set()

    def somebody_attacks(self, how):
        try:
            db.session.execute(text(ATTACKS[how].format(story=self.story.id, newest=self.newest)))
            db.session.commit()
        except DBAPIError:
            db.session.rollback()

    def editor_sets_the_level(self, level):
        if not self.over:
            shaping.set_level(self.story, an_editor(), level, "It has hard words.")

    def storyteller_changes_consent(self, given):
        shaping.set_consents(self.story, {"publish": (given, "")})
        self.may_publish = given
        if not given and self.public and not self.over:
            self.over, self.public = True, None

    def is_over(self, how):
        if how == "decline":
            is_open = not self.over and not self.public
            assert self.did(shaping.decline, an_editor(), "It does not fit.") is is_open
            self.over = self.over or is_open
        else:
            withdrawal.withdraw(self.story, keep_files=how == "keep")
            self.over, self.public = True, None

    def holds(self):
        """Only what was said yes to is public, or could be made so past the services."""
        story = fresh(self.story)
        assert story.published_revision_id == self.public
        assert (story.state is StoryState.PUBLISHED) is bool(self.public)
        is_up = self.public == self.newest and not self.over
        allowed = (self.agreed and self.may_publish) or is_up
        assert refused(force_out(story, texts.latest(story))) is not allowed
        needed = {*Giver} if self.young else {Giver.STORYTELLER}
        agreed = {number for number, yes in self.forms.items() if yes >= needed}
        assert {one.id for one in publication.versions_for_readers(story)} == agreed


@given(st.booleans(), st.lists(DEED, min_size=10, max_size=25))
def test_in_any_order_only_what_was_said_yes_to_is_public(app, young, deeds):
    it = Shaping(young=young)
    for name, *chosen in deeds:
        getattr(it, name)(*chosen)
        it.holds()
