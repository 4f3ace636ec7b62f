"""Words that suggest danger are seen, and ordinary ones are not taken for them."""

import pytest

from portal.inbox.safeguarding import suggests_danger

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
I cut my arms | I wanna kms | I am scared to go home
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
