"""Words that suggest danger: they are seen, help is shown calmly, and nothing is refused."""

import pytest

from portal.inbox.models import Rank
from portal.stories.telling.safeguarding import suggests_danger
from tests.contact import hidden
from tests.newsletter import settings
from tests.stories import a_draft
from tests.stories.telling.steps import STORY, begin, draft_path, fill, newest, send

DARK = {"text": "Some days I want to kill myself. Then I swim."}
HELP = "You can get help now"
DANGER = """
I want to die. | i don't want to live | I DON\u2019T WANT TO BE HERE ANYMORE
Sometimes I wish I was dead | They would be better off without me. | I have thought about suicide.
I felt suicidal | He tried to kill himself | I could end it all | I nearly took my own life
Life is not worth living | I can't go on like this | I can\u2019t take it any more
Nobody would miss me. | no reason to live | I self-harm | I have been self harming
I keep hurting myself | I want to hurt myself | she cuts herself | I took too many tablets
I overdosed | My partner hits me | my support worker hurt me | He beats me up
he always punches me | I was abused by my carer | verbal abuse | She was raped
sexually assaulted | He threatened to kill me | she is threatening me | I am scared of my husband
I'm afraid of him | I do not feel safe at home | I am not safe here | I think I'm in danger
He won't let me leave | my mum locks me in | She takes my money | someone is stalking me
It was domestic violence | He hits his daughter | my child is not safe | the kids are at risk
the baby is being hurt | it is a child protection matter
"""
ORDINARY = """
It was a killer workout | I was dying to go | I can eat with a knife and fork
I nearly died laughing | My back hurts and my knee hurts me on stairs
I hurt myself at the gym and it healed | We beat them 3-1 | The coach kicked off the season
I was afraid of the water | My legs were killing me | She hit the ball to me
I am a self-employed trainer | Cutting the cake myself was hard
Children are at the pool on Monday | I took a lot of photos | I feel safe here | Swim safely
The danger is to give up too early | I want to dive | A diet of grapes | Suit sizes
He let me leave early | I would die for my team | Punch drunk love | My heart was beating
They attack the hill on their bikes
"""


def each(table):
    return [words.strip() for line in table.strip().split("\n") for words in line.split("|")]


@pytest.mark.parametrize("words", each(DANGER))
def test_words_of_danger_are_seen(words):
    assert suggests_danger(words)
    assert suggests_danger(f"I like to swim.\n\n{words.upper()} And then I went home.")
    assert suggests_danger(words.replace("'", "\u2019").replace(" ", "  \n"))


@pytest.mark.parametrize("words", ["", *each(ORDINARY)])
def test_words_of_an_ordinary_story_are_not_taken_for_it(words):
    assert not suggests_danger(words)


UNITS = ("my ", "he often ", "(", "want to ", "'", "\u0301", "the child ", "threaten to ", "a")


@pytest.mark.parametrize("unit", UNITS)
def test_the_longest_story_is_read_to_its_end(unit):
    assert not suggests_danger(unit * (200_000 // len(unit)))
    assert suggests_danger(unit * (200_000 // len(unit)) + " suicide")


def test_help_is_shown_from_then_on_until_the_words_are_taken_out(visit_plain):
    path = begin(visit_plain)
    after = fill(visit_plain, path, "story", STORY | DARK)

    assert after.heading == "Step 3 of 6: Pictures, sound or film"
    assert newest().text == DARK["text"]
    steps = ("", "way", "story", "you", "consent", "check")
    for page in (after, *(visit_plain(path + step) for step in steps)):
        assert HELP in page.text
        assert "116 123" in page.text
    fill(visit_plain, path, "story", STORY)
    assert newest().urgent is False
    for step in steps:
        assert HELP not in visit_plain(path + step).text


def test_help_is_shown_while_they_type_and_said_aloud_once(visit):
    path = begin(visit)
    tab = hidden(visit(path + "story")) | STORY
    first = visit.post(path + "story/keep", tab | DARK)
    again = visit.post(path + "story/keep", tab | DARK | hidden(first))

    aloud = "Below your text you find where to get help now."
    assert HELP in first.text
    assert HELP in again.text
    assert (aloud in first.text, aloud in again.text) == (True, False)
    fill(visit, path, "story", STORY | DARK)  # from now on it stands on the page itself
    tab = hidden(visit(path + "story")) | STORY
    assert HELP not in visit.post(path + "story/keep", tab | DARK).text


def test_a_story_with_such_words_is_sent_like_any_other_and_read_first(visit_plain):
    answer = send(visit_plain, draft_path(a_draft(**DARK)))

    assert answer.heading == "We have your story"
    assert HELP in answer.text
    assert newest().conversation.rank == Rank.URGENT


@settings(HELP_LINES="Call Mind=0300 123 3393; Talk to a friend=any time")
def test_where_help_is_can_be_set_and_the_title_counts_as_well(visit_plain):
    path = begin(visit_plain)
    assert HELP not in fill(visit_plain, path, "story", STORY).text
    page = fill(visit_plain, path, "story", STORY | {"title": "I want to kill myself"})

    assert all(words in page.text for words in (HELP, "0300 123 3393", "any time"))
    assert "116 123" not in page.text
