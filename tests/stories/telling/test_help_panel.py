"""Words that suggest danger: help is shown calmly, and nothing is refused."""

from __future__ import annotations

import pytest

from portal.inbox.models import Rank
from tests.contact import hidden
from tests.newsletter import settings
from tests.stories.telling.steps import STORY, begin, fill, newest, send, tell

DARK = {"text": "Some days I want to kill myself. Then I swim."}
HELP = "You can get help now"


def test_help_is_shown_from_then_on_and_the_words_are_kept(visit):
    path = begin(visit)
    after = fill(visit, path, "story", STORY | DARK)

    assert after.heading == "Pictures, sound or film"
    assert newest().text == DARK["text"]
    for page in (after, *(visit(path + step) for step in ("", "way", "story", "you", "consent"))):
        assert HELP in page.text
        assert "116 123" in page.text


def test_help_is_shown_while_they_type_and_said_aloud_once(visit):
    path = begin(visit)
    tab = hidden(visit(path + "story")) | STORY
    first = visit.post(path + "story/keep", tab | DARK)
    again = visit.post(path + "story/keep", tab | DARK | hidden(first))

    aloud = "Below your text you find where to get help now."
    assert HELP in first.text
    assert aloud in first.text
    assert HELP in again.text
    assert aloud not in again.text


def test_help_that_stands_on_the_page_is_not_shown_twice(visit):
    path = begin(visit)
    fill(visit, path, "story", STORY | DARK)
    tab = hidden(visit(path + "story")) | STORY

    assert HELP not in visit.post(path + "story/keep", tab | DARK).text


def test_without_such_words_there_is_no_such_panel(visit):
    path = tell(visit)

    for step in ("", "story", "check"):
        assert HELP not in visit(path + step).text


def test_taking_the_words_out_takes_the_panel_away(visit):
    path = begin(visit)
    fill(visit, path, "story", STORY | DARK)
    fill(visit, path, "story", STORY)

    assert HELP not in visit(path + "you").text
    assert newest().urgent is False


def test_a_story_with_such_words_is_sent_like_any_other_and_read_first(visit):
    path = tell(visit, story=DARK)
    answer = send(visit, path)

    assert answer.heading == "We have your story"
    assert HELP in answer.text
    assert newest().conversation.rank == Rank.URGENT


@settings(HELP_LINES="Call Mind=0300 123 3393; Talk to a friend=any time")
def test_where_help_is_can_be_set(visit_plain):
    path = begin(visit_plain)
    page = fill(visit_plain, path, "story", STORY | DARK)

    assert "0300 123 3393" in page.text
    assert "any time" in page.text
    assert "116 123" not in page.text


@pytest.mark.parametrize("title", ["", "I want to kill myself"])
def test_the_title_counts_as_well(visit_plain, title):
    path = begin(visit_plain)

    assert (HELP in fill(visit_plain, path, "story", STORY | {"title": title}).text) is bool(title)
