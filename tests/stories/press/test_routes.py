"""From a press enquiry to a storyteller and back: in the team's pages and on the storyteller's."""

import pytest

from portal.extensions import db
from portal.stories import links, shaping
from portal.stories.press import services as press
from portal.stories.press.models import PressAnswer, PressQuestion
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.stories import a_story, a_young_story, an_editor, fresh, published, withdrawn
from tests.stories.readers import put_up
from tests.team import sign_in

WORDS = "A local paper writes about pools. They need somebody by Friday."


@pytest.fixture
def team(app, visit):
    """Both kinds of visitor, signed in as an editor."""
    sign_in(visit, app, name="Eda")
    return visit


def an_enquiry():
    return a_conversation(kind="press", text="I am Bob of The Paper.")


def at(enquiry, *parts):
    path = "/".join([f"/inbox/{enquiry.id}/storytellers", *map(str, parts)])
    db.session.commit()
    return path


def titles(page):
    return [one.to_text().strip() for one in page.page.query(".subject span")]


def asked(story=None, enquiry=None):
    story, enquiry = story or published(), enquiry or an_enquiry()
    press.ask(story, enquiry, WORDS, an_editor())
    return fresh(story).press_questions[-1]


def own(question):
    url = f"{links.storyteller_url(question.story)}/press/{question.id}"
    db.session.commit()
    return url


def test_an_enquiry_leads_to_those_who_may_be_asked_and_to_nobody_else(team):
    enquiry = an_enquiry()
    put_up("The volcano", topics=("water",))
    a_story(title="Not public")
    shaping.set_consents(a_story(title="Not allowed"), {"press": (False, "")})
    a_young_story(title="Young")
    withdrawn(a_story(title="Taken back"))
    page = team(f"/inbox/{enquiry.id}")
    assert page.has(f"a[href='{at(enquiry)}']")

    assert titles(team(at(enquiry))) == ["Not public", "The volcano"]
    assert titles(team(f"{at(enquiry)}?q=volcano")) == ["The volcano"]
    assert titles(team(f"{at(enquiry)}?topic=water&public=yes")) == ["The volcano"]
    assert "No story fits." in team(f"{at(enquiry)}?topic=dance").text


def test_one_button_asks_and_the_answer_comes_into_the_enquiry(team):
    enquiry, story = an_enquiry(), published()
    page = team(at(enquiry, story.id))
    assert "I am Bob of The Paper." in page.text
    assert page.value("words") == ""
    assert team.send(at(enquiry, story.id), {"words": " "}).status == 422
    page = team.send(at(enquiry, story.id), {"words": WORDS})
    assert "The storyteller is asked." in page.text
    assert "No answer yet" in team(f"/inbox/{enquiry.id}").text

    (question,) = fresh(story).press_questions
    assert "A journalist would like to talk to you" in team(links.storyteller_url(story)).text
    assert WORDS in team(own(question)).text
    assert team.send(own(question), {}).status == 422
    page = team.send(own(question), {"answer": "yes", "words": "On Mondays."})
    assert "Your answer is saved." in page.text
    assert "you said yes" in page.text
    page = team(f"/inbox/{enquiry.id}")
    assert "Yes. Talk with them about how." in page.text
    assert "says yes: a journalist can contact them" in page.text
    assert "On Mondays." not in page.text
    assert story.email not in page.text


def test_what_was_told_is_noted_and_shown_to_the_storyteller(team):
    question = asked()
    page = team.send(at(question.enquiry, question.story_id), {"answer": "no"})

    assert "Their answer is noted." in page.text
    assert "you said no to Eda, who noted it" in team(links.storyteller_url(question.story)).text


def test_who_must_not_be_asked_is_not_and_no_word_is_lost(team):
    enquiry, story = an_enquiry(), a_story()
    token = team(at(enquiry, story.id)).value("csrf_token")
    shaping.set_consents(story, {"press": (False, "")})
    page = team.post(at(enquiry, story.id), {"words": WORDS, "csrf_token": token})

    assert page.status == 409
    assert "does not allow us to ask them about journalists" in page.text
    assert WORDS in page.text
    assert fresh(story).press_questions == []
    assert not team(at(enquiry, story.id)).has("main textarea")


def test_a_question_that_ended_can_be_answered_by_nobody(team):
    question = asked()
    address = own(question)
    shaping.set_consents(question.story, {"press": (False, "")})

    for page in (team(address), team.post(address, {"answer": "yes"})):
        assert page.status == 409
        assert "Nobody may ask about this any more." in page.text
    assert db.session.get(PressQuestion, question.id).answer is PressAnswer.ENDED
    assert not team(at(question.enquiry, question.story_id)).has("main form")


def test_other_conversations_other_stories_and_drafts_have_no_such_page(team):
    enquiry, other, story = an_enquiry(), a_conversation(), a_story()
    question = asked()
    assert team(at(other)).status == 404
    assert team(at(other, story.id)).status == 404
    assert team(at(enquiry, 999)).status == 404
    theirs = f"{links.storyteller_url(story)}/press/{question.id}"
    assert team(theirs).status == 409


def test_who_only_reads_asks_nobody(app, visit_plain):
    sign_in(visit_plain, app, Role.READER, "Rea")
    question = asked()

    assert "No answer yet" in visit_plain(at(question.enquiry)).text
    assert visit_plain(at(question.enquiry, question.story_id)).status == 403
