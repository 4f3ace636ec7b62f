"""Only the exact text that the storyteller said yes to is ever public, in any order of events."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.stories import shaping, texts, withdrawal
from portal.stories.content import Content
from portal.stories.models import Approval, Revision, Story
from portal.stories.states import Level, StoryState
from portal.transaction import NotPossible, Stale
from tests import stories
from tests.stories import a_story, an_editor, approved, content, fresh, handed_over, withdrawn

PICTURE = {"file": "a", "digest": "0", "alt": "A pool"}

# Its triggers hold what the services promise.
pytestmark = pytest.mark.usefixtures("each_database")


def refused(statement):
    """Whether the database refuses it, whoever asks."""
    try:
        db.session.execute(statement, execution_options={"synchronize_session": False})
    except DBAPIError:
        return True
    finally:
        db.session.rollback()
    return False


def force_out(story, revision):
    """Past the services: set what makes a text public."""
    public = {"state": StoryState.PUBLISHED, "published_revision_id": revision.id}
    return update(Story).where(Story.id == story.id).values(**public)


def cannot_be_published(story, why=None):
    """Expect that neither the service nor the database lets its newest text out."""
    with pytest.raises(NotPossible, match=why):
        shaping.publish(story, an_editor())
    assert refused(force_out(story, texts.latest(story)))


def taken_back():
    story = approved()
    shaping.take_back_approval(story)
    return story


@pytest.mark.parametrize(
    "make",
    [handed_over, taken_back, lambda: withdrawn(approved()), lambda: stories.declined(approved())],
    ids=["no yes", "taken back", "withdrawn", "declined"],
)
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
    story = stories.published()
    assert story.state is StoryState.PUBLISHED
    assert story.published.digest == story.approvals[-1].digest
    mine, its_yes = update(Story).where(Story.id == story.id), Approval.story_id == story.id
    new = {"key": "new", "telling": "write", "version": 1}
    public = {"state": StoryState.PUBLISHED, "published_revision_id": story.published_revision_id}
    consent = story.consents[0].id
    text_of_it = Revision.id == story.published_revision_id
    yes = update(Approval).where(its_yes)
    for what, statement in {
        "a text changes": update(Revision).where(text_of_it).values(text="x"),
        "a consent changes": text(f"UPDATE story_consent SET given = NOT given WHERE id={consent}"),
        "a yes changes its text": yes.values(revision_id=1),
        "a yes changes its digest": yes.values(digest="x"),
        "a yes changes its words": yes.values(wording="x"),
        "its yes alone is taken back": yes.values(taken_back_at=story.published_at),
        "its yes goes": delete(Approval).where(its_yes),
        "its text goes": delete(Revision).where(text_of_it),
        "it is no longer published": mine.values(state=StoryState.EDITING),
        "it is published without a text": mine.values(published_revision_id=None),
        "a story is born published": insert(Story).values(**new, **public),
    }.items():
        assert refused(statement), what
    assert not refused(insert(Story).values(**new))


TEXTS = st.sampled_from(["One.", "Two.", "Three.\n\nFour."])
NAMES = st.sampled_from(["", "Ada", "Ada Lovelace"])
# What can happen, each with what is chosen then. Of chance alone little would become public.
DEEDS = [
    *(("editor_writes", TEXTS), ("storyteller_writes", TEXTS, NAMES), ("editor_asks",)),
    *(("storyteller_says_yes",), ("somebody_says_yes_to_an_old_text", st.integers(0, 5))),
    *(("storyteller_takes_the_yes_back", st.booleans()), ("editor_publishes",)),
    *[("both_agree",)] * 3,
    ("editor_sets_the_level", st.sampled_from([None, *Level])),
    ("storyteller_changes_consent", st.booleans()),
    ("is_over", st.sampled_from(["decline", "keep", "delete"])),
]
DEED = st.one_of(st.tuples(st.just(name), *chosen) for name, *chosen in DEEDS)


class Shaping:
    """Two people at one story; the model knows only what was said yes to."""

    numbers = count()

    def __init__(self):
        self.story = a_story(email=f"ada{next(self.numbers)}@example.org")
        self.newest = texts.latest(self.story).digest
        self.yes = self.public = None
        self.over = False
        self.may_publish = True
        self.old = []

    def did(self, verb, *rest):
        """Whether the service did it: otherwise it said why not."""
        try:
            return verb(self.story, *rest) or True
        except NotPossible:
            return False

    def shape(self, by, **changes):
        wanted = content(self.story, **changes)
        did = self.did(shaping.revise, by, wanted, texts.number(self.story))
        assert bool(did) is not self.over
        if isinstance(did, Revision):
            self.old.append(self.newest)
            self.newest, self.yes = texts.digest(wanted), None

    def editor_writes(self, words):
        self.shape(an_editor(), text=words)

    def storyteller_writes(self, words, name):
        self.shape(None, title=words, name=name)

    def editor_asks(self):
        if not self.did(shaping.hand_over, an_editor(), texts.number(self.story)):
            assert self.over or texts.valid_approval(self.story)

    def storyteller_says_yes(self):
        newest = texts.latest(self.story)
        assert self.did(shaping.approve, newest.id, newest.digest) is not self.over
        self.yes = self.yes if self.over else self.newest

    def somebody_says_yes_to_an_old_text(self, place):
        for digest in self.old[place : place + 1]:
            found = db.session.query(Revision).filter_by(story_id=self.story.id, digest=digest)
            old = found.order_by(Revision.id).first()
            if old and old.id != texts.latest(self.story).id:
                with pytest.raises((Stale, NotPossible)):
                    shaping.approve(self.story, old.id, old.digest)

    def storyteller_takes_the_yes_back(self, has_just_said_it):
        if has_just_said_it:
            self.storyteller_says_yes()
        assert self.did(shaping.take_back_approval) is not self.over
        if self.public != self.newest:
            self.yes = None

    def editor_publishes(self):
        is_allowed = bool(self.yes) and self.may_publish and not self.over
        assert self.did(shaping.publish, an_editor()) is is_allowed
        if is_allowed:
            assert self.yes == self.newest
            self.public = self.newest

    def both_agree(self):
        self.storyteller_says_yes()
        self.editor_publishes()

    def editor_sets_the_level(self, level):
        if not self.over:
            shaping.set_level(self.story, an_editor(), level, "It has hard words.")

    def storyteller_changes_consent(self, given):
        shaping.set_consents(self.story, {"publish": (given, "")})
        self.may_publish = given
        if not given and self.public and not self.over:
            self.over, self.public, self.yes = True, None, None

    def is_over(self, how):
        if how == "decline":
            is_open = not self.over and not self.public
            assert self.did(shaping.decline, an_editor(), "It does not fit.") is is_open
            self.over = self.over or is_open
        else:
            withdrawal.withdraw(self.story, keep_files=how == "keep")
            self.over, self.public, self.yes = True, None, None

    def holds(self):
        """Only what was said yes to is public, or could be made so past the services."""
        story = fresh(self.story)
        assert (story.published.digest if story.published else None) == self.public
        assert (story.state is StoryState.PUBLISHED) is bool(self.public)
        allowed = (self.yes == self.newest and not self.over) or self.public == self.newest
        assert refused(force_out(story, texts.latest(story))) is not allowed


@given(st.lists(DEED, min_size=10, max_size=25))
def test_in_any_order_only_what_was_said_yes_to_is_public(app, deeds):
    it = Shaping()
    for name, *chosen in deeds:
        getattr(it, name)(*chosen)
        it.holds()
