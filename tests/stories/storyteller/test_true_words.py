"""An old tab, an old address: whatever is sent, the page never claims what is not so."""

import re

import pytest

from portal.extensions import db
from portal.stories import consents, publication, texts
from portal.stories.states import StoryState
from portal.stories.storyteller.done import DONE, said
from portal.stories.storyteller.page import StorytellerPage
from tests import stories
from tests.stories import a_story, approved, edited, fresh, handed_over, published
from tests.stories.storyteller import asked_yearly, resting, url_of
from tests.stories.storyteller.test_page import an_easy_read

STATES = {
    "sent": a_story,
    "edited": lambda: edited(a_story()).story,
    "own turn": handed_over,
    "resting": resting,
    "approved": approved,
    "not allowed": lambda: approved(a_story(answers=stories.NO_CONSENT)),
    "waits for a guardian": lambda: approved(handed_over(stories.a_young_story())),
    "guardian too": stories.with_guardian,
    "published": published,
    "asked if it may stay": asked_yearly,
    "newer text": lambda: handed_over(published()),
    "newer yes": lambda: approved(handed_over(published())),
    "declined": stories.declined,
    "taken back": lambda: stories.withdrawn(published()),
    "taken back before": stories.withdrawn,
}
# What a tab of another time sends, with the newest text's number, row and digest.
SENT = {
    "comment": {"message": "Hello", "seen": "1"},
    "call": {"way": "phone", "reach": "0161 496 0000", "seen": "1"},
    "consents": {"name_shown": "none", "allowed": ["publish"]},
    "press": {"answer": "no"},
    "still": {},
    "withdraw": {"files": "keep"},
    "decide": {"seen": "{now}", "base": "1", "do-p1": "undo"},
    "rewrite": {"heading": "Mine", "text": "My text.", "seen": "{now}"},
    "approve": {"revision": "{id}", "digest": "{digest}"},
    "undo": {"key": "p1", "seen": "{now}"},
    "say_not_yet": {"way": "email", "seen": "1"},
    "unapprove": {},
    "version": {"answer": "yes", "digest": "{version}"},
    "change_reach": {"reply_by": "phone", "phone": "0161 496 0000"},
    "name_guardian": {"name": "Maya", "phone": "0161 496 0000"},
    "new_address": None,
    "undo_reach": None,
    "erase": None,  # each leads to a page that is nobody's
    "stop": None,
}


def has_yes(story):
    return texts.valid_approval(story) is not None and not story.is_over


def is_public(story):
    newest = texts.latest(story)
    return newest is not None and newest.id == story.published_revision_id


# Whatever the page says, and when it is so.
CLAIMS = {
    "Your story stays up": lambda story: (
        story.state is StoryState.PUBLISHED and not story.checks and not story.unlisted_at
    ),
    "Our team can publish your story": lambda story: not publication.why_not(story),
    "Our team can": lambda story: not publication.why_not(story),
    "must say yes too": lambda story: publication.why_not(story) == publication.NO_GUARDIAN,
    "have not allowed us to publish": lambda story: not consents.allows(story, "publish"),
    "You said yes to exactly this text": has_yes,
    "Readers see exactly this": is_public,
    "We took your yes back": lambda story: not has_yes(story) and not story.is_over,
    "Then say yes to it below": lambda story: not has_yes(story) and not story.is_over,
    "Our team sees it now": lambda story: not story.is_over,
    "it is not a yes yet": lambda story: not has_yes(story) and not story.is_over,
    "You said: not yet": lambda story: not has_yes(story) and not story.is_over,
    "talks to the parent or guardian whom we know": lambda story: story.young,
    "From now on we reach you in this way": lambda story: not story.is_over,
    "They count from now on": lambda story: not story.is_over,
    "You said yes to it. You can take it away again.": lambda story: (
        not story.is_over and any(one.approved_at for one in story.versions)
    ),
    "Your answer is saved.": lambda story: any(
        one.is_open and one.answer for one in story.press_questions
    ),
    "You took your story back": lambda story: story.state is StoryState.WITHDRAWN,
    "It is your turn": lambda story: story.state is StoryState.WITH_STORYTELLER,
    "Your story is on this site": lambda story: story.state is StoryState.PUBLISHED,
}


def lies(text, story):
    found, said = fresh(story), " ".join(re.sub("<[^>]*>", "", text).split())
    return [words for words, is_true in CLAIMS.items() if words in said and not is_true(found)]


def numbers(story):
    newest = texts.latest(story)
    version = story.versions[0].digest if story.versions else ""
    return {"now": newest.number, "id": newest.id, "digest": newest.digest, "version": version}


def filled(sent, values):
    return {
        name: typed.format(**values) if isinstance(typed, str) else typed
        for name, typed in sent.items()
    }


def made(state):
    """A story in this state, with an Easy Read that waits for a yes where it can have one."""
    story = STATES[state]()
    if not story.is_over:
        an_easy_read(story)
    return story


def standing(story):
    """What an answer of the storyteller can change."""
    story = fresh(story)
    versions = [(one.approved_at, one.removed_at) for one in story.versions]
    return story.state, texts.number(story), story.checks, len(story.consents), versions


@pytest.mark.parametrize("state", STATES)
def test_no_form_and_no_address_makes_the_page_say_what_is_not_so(app, client, state):
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("storyteller.")]
    posts = {rule.endpoint.partition(".")[2]: rule.rule for rule in rules if "POST" in rule.methods}
    assert posts.keys() == SENT.keys()
    story = made(state)
    before = standing(story)
    for end, sent in SENT.items():
        if sent is None:
            continue
        if standing(story) != before:
            story = made(state)
        number = story.versions[0].id if story.versions else 1
        leaf = posts[end].removeprefix("/stories/mine/<token>")
        leaf = leaf.replace("<int:version_id>", str(number)).replace("<int:number>", "1")
        leaf = leaf.replace("<int:question_id>", "1")
        address = url_of(story) + leaf
        data = filled(sent, numbers(story))
        db.session.commit()
        answer = client.post(address, data=data, follow_redirects=True)

        assert answer.status_code in {200, 409, 422}, end
        assert lies(answer.text, story) == [], end
    page = StorytellerPage(fresh(story))
    for deed in DONE:
        assert lies(said(page, deed), story) == [], deed
