"""The team's page asks what no program can check, when a text is published and afterwards."""

from portal.stories import links, shaping
from portal.stories.states import StoryState
from tests.stories import approved, fresh, published
from tests.stories.desk import path, press

QUESTION = "Does the text say where they live or are active?"


def withheld(story):
    shaping.set_consents(story, {"place": (False, "")})
    return story


def test_it_is_published_with_an_answer_and_not_without(visit):
    story = withheld(approved())
    page = visit(path(story))
    assert QUESTION in page.text
    assert "Does the text say what condition" not in page.text

    for answer, words in ((None, "Say if the text says where they live."), ("yes", "Change the")):
        page = press(visit, story, "Publish", **({"place": answer} if answer else {}))
        assert page.status == 422
        assert words in page.text
        assert fresh(story).state is StoryState.APPROVED
    assert "It is published." in press(visit, story, "Publish", place="no").text
    assert QUESTION not in visit(path(story)).text


def test_of_a_public_text_it_is_asked_when_the_consent_ends(visit):
    story = withheld(published())
    assert QUESTION in visit(path(story)).text
    assert press(visit, story, "Save my answer").status == 422
    page = press(visit, story, "Save my answer", **{"public-place": "no"})

    assert "The story stays on the site." in page.text
    assert QUESTION not in page.text


def test_a_yes_takes_it_off_and_the_storyteller_reads_why(visit):
    story = withheld(published())
    page = press(visit, story, "Save my answer", **{"public-place": "yes"})

    assert "The story left the site." in page.text
    assert fresh(story).state is StoryState.EDITING
    mine = visit(links.storyteller_url(story)).text
    assert "Your text says where you live or are active. You do not allow that." in mine
