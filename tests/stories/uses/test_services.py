"""A story is used only where its teller allows it; where they no longer do, it is cleaned up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from portal.extensions import db
from portal.stories import shaping, withdrawal
from portal.stories.guardian import services as guardians
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Cleared, Use
from portal.transaction import NotPossible
from tests.stories import (
    a_draft,
    a_story,
    a_young_story,
    an_editor,
    declined,
    deeds,
    fresh,
    notes,
    published,
    refused,
    refused_all,
    with_guardian,
    withdrawn,
)

# Its triggers hold what the services promise.
pytestmark = pytest.mark.usefixtures("each_database")


def allow(story, channel, *, given):
    shaping.set_consents(story, {uses.PURPOSES[channel]: (given, "")})
    return story


def force(story, channel):
    """Past the services: a row that says it was used there."""
    return insert(Use).values(story_id=story.id, channel=channel, text="There")


def cannot_be_used(story, channel, why=None):
    """Expect that neither the service nor the database lets it be noted."""
    with pytest.raises(NotPossible, match=why):
        uses.add(story, channel, "There", an_editor())
    assert refused(force(story, channel))


def can_be_used(story, channel):
    assert not refused(force(story, channel))
    uses.add(story, channel, "There", an_editor())


@pytest.mark.parametrize("channel", Channel)
def test_each_way_needs_the_consent_for_it_and_no_other(app, channel):
    story = a_story()
    can_be_used(story, channel)
    allow(story, channel, given=False)
    cannot_be_used(story, channel, "does not allow")
    others = set(Channel) - {channel}
    for other in others:
        can_be_used(story, other)
        allow(story, other, given=False)
    allow(story, channel, given=True)
    can_be_used(story, channel)

    assert {one.channel for one in fresh(story).uses} == set(Channel)


NOT_TO_BE_USED = {
    "a draft": a_draft,
    "declined": lambda: declined(a_story()),
    "taken back": lambda: withdrawn(published()),
    "no guardian": a_young_story,
    "no guardian any more": lambda: unguarded(with_guardian()),
}


def unguarded(story):
    guardians.take_back(story)
    return story


@pytest.mark.parametrize("make", NOT_TO_BE_USED.values(), ids=NOT_TO_BE_USED)
def test_without_the_yes_that_it_needs_a_story_is_used_nowhere(app, make):
    cannot_be_used(make(), Channel.NEWSLETTER)


def test_a_guardian_who_says_yes_lets_it_be_used(app):
    can_be_used(with_guardian(), Channel.NEWSLETTER)


def test_what_was_noted_is_not_turned_into_something_else(app):
    story, other = allow(a_story(), Channel.PRESS, given=False), a_story()
    use = uses.add(story, Channel.SOCIAL, "There", an_editor())
    mine = update(Use).where(Use.id == use.id)
    values = {"story_id": other.id, "channel": Channel.PRESS, "key": "7"}
    refused_all({name: mine.values(**{name: value}) for name, value in values.items()})
    refused_all({"no channel": force(story, None), "an unknown one": force(story, "radio")})
    if db.engine.dialect.name == "sqlite":
        columns = "id, story_id, channel, text, link, at, outcome_words"
        anew = columns.replace("channel", "'press'")
        again = f"REPLACE INTO story_use ({columns}) SELECT {anew} FROM story_use"
        refused_all({"replaced": text(again)})


def test_what_is_noted_by_itself_counts_once_and_what_is_typed_each_time(app):
    story = published()
    for _ in range(2):
        uses.add(story, Channel.NEWSLETTER, "Newsletter of May", key="issue 7", link="/may/")
        uses.add(story, Channel.NEWSLETTER, "On the notice board", an_editor())
    uses.add(story, Channel.NEWSLETTER, "Newsletter of June", key="issue 8")

    found = [one.text for one in fresh(story).uses]
    assert sorted(found) == [
        "Newsletter of June",
        "Newsletter of May",
        *["On the notice board"] * 2,
    ]


def a_used_story():
    story = published()
    uses.add(story, Channel.SOCIAL, "A post of May", an_editor(), link="https://social.example/1")
    uses.add(story, Channel.FUNDERS, "A report of June", an_editor())
    return story


ENDS = {
    "one consent": (lambda story: allow(story, Channel.SOCIAL, given=False), ["A post of May"]),
    "the whole story": (
        lambda story: withdrawal.withdraw(story, keep_files=True),
        ["A post of May", "A report of June"],
    ),
    "to publish it": (
        lambda story: allow(story, Channel.SITE, given=False),
        ["A post of May", "A report of June"],
    ),
    "they are young": (
        lambda story: guardians.set_guardian(story, "Maya", "m@example.org", "", an_editor()),
        ["A post of May", "A report of June"],
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_team_is_told_each_place_that_must_be_cleaned_up(app, end):
    story = a_used_story()
    assert uses.to_clean(story) == []
    take, expected = ENDS[end]
    take(story)

    assert [one.text for one in uses.to_clean(fresh(story))] == expected
    (note,) = [one for one in notes(story) if "Clean up" in one]
    assert [words in note for words in ("A post of May", "A report of June")] == [
        words in expected for words in ("A post of May", "A report of June")
    ]
    assert "https://social.example/1" in note


def test_what_is_allowed_again_needs_no_cleaning(app):
    story = allow(a_used_story(), Channel.SOCIAL, given=False)
    allow(story, Channel.SOCIAL, given=True)

    assert uses.to_clean(story) == []
    with pytest.raises(NotPossible, match="nothing to clean up"):
        uses.clean_up(story, story.uses[0].id, an_editor(), Cleared.GONE)


def test_what_came_of_it_is_kept_with_who_and_when(app):
    story = allow(a_used_story(), Channel.SOCIAL, given=False)
    uses.clean_up(story, story.uses[0].id, an_editor(), Cleared.STAYS, "Two people shared it.")

    (post, report) = fresh(story).uses
    assert (post.outcome, post.outcome_words) == (Cleared.STAYS, "Two people shared it.")
    assert post.cleared_by.name == "Eda"
    assert post.cleared_at >= post.at
    assert report.outcome is None
    assert uses.to_clean(story) == []
    assert deeds(story)[-1] == "cleaned up"
    withdrawn(story)
    assert [one.text for one in uses.to_clean(story)] == ["A report of June"]


class Using:
    """A story of which anything may happen, beside what must be true of it."""

    def __init__(self):
        self.story = published()
        self.allowed, self.is_over, self.noted = set(Channel), False, 0

    def say(self, channel, given):
        allow(self.story, channel, given=given)
        if not self.is_over:
            (self.allowed.add if given else self.allowed.discard)(channel)
            self.is_over = Channel.SITE not in self.allowed

    def take_back(self):
        withdrawn(self.story)
        self.is_over = True

    def use(self, channel):
        try:
            uses.add(self.story, channel, "There", an_editor())
        except NotPossible:
            return
        self.noted += 1

    def holds(self, channel):
        is_allowed = channel in self.allowed and not self.is_over
        assert refused(force(self.story, channel)) is not is_allowed
        before = self.noted
        self.use(channel)
        assert (self.noted > before) is is_allowed


CHANNEL = st.sampled_from([*Channel])
DEED = st.one_of(
    st.tuples(st.just("say"), CHANNEL, st.booleans()),
    st.tuples(st.just("use"), CHANNEL),
    st.tuples(st.just("take_back")),
)


@given(st.lists(DEED, min_size=3, max_size=10), CHANNEL)
def test_in_any_order_nothing_is_used_without_a_consent_that_stands(app, deeds, channel):
    it = Using()
    for name, *chosen in deeds:
        getattr(it, name)(*chosen)
        it.holds(channel)
