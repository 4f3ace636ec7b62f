"""Shaping together: what each of the two can do, and what the other learns of it."""

import pytest

from portal.inbox.desk import replies
from portal.stories import shaping, texts
from portal.stories.files import store
from portal.stories.states import Level
from portal.stories.telling import services as telling_services
from portal.transaction import NotPossible
from portal.ways import Way
from tests.contact import mails_to, text_of
from tests.inbox.desk import a_while_later
from tests.stories import ADA, a_draft, an_editor, edited, fresh, handed_over, published
from tests.stories.media import a_picture


def test_an_answer_of_the_team_leads_to_the_page_of_the_story(app, mailbox):
    talk = handed_over().conversation
    mailbox()  # the receipt has gone
    replies.answer(talk, an_editor(), "We like it.", Way.EMAIL)
    with a_while_later():
        mail = text_of(mails_to(mailbox, ADA)[-1])

    assert "We like it." in mail
    assert "/stories/mine/" in mail


def test_a_level_is_overruled_only_with_a_reason(app):
    story = published()
    with pytest.raises(NotPossible):
        shaping.set_level(story, an_editor(), Level.ADVANCED, "")

    assert fresh(story).level is None


def with_pictures(add, *names):
    """A story that was sent with these pictures; returns it and the keys of the pictures."""
    story = a_draft()
    for number, name in enumerate(names):
        add(story, (name, a_picture(colour=(number, 0, 0))))
    telling_services.submit(story)
    return story, [one["file"] for one in texts.latest(fresh(story)).pictures]


def shown(story):
    return [(one["file"], one["alt"]) for one in texts.latest(fresh(story)).pictures]


def test_a_picture_that_the_editor_left_out_does_not_come_back_with_a_new_one(app, add):
    story, (one, other) = with_pictures(add, "one.png", "other.png")
    pictures = texts.latest(story).pictures
    edited(story, pictures=(pictures[1],))
    add(story, ("third.png", a_picture(colour=(9, 9, 9))))

    (first, _), (second, _) = shown(story)
    assert first == other
    assert second != one


def test_the_editors_words_for_a_picture_stay_until_the_storyteller_finds_others(app, add):
    story, (one, other) = with_pictures(add, "one.png", "other.png")
    edited(story, pictures=tuple({**p, "alt": "A pool"} for p in texts.latest(story).pictures))
    store.describe(store.find(one), alt="My pool")
    shaping.revise_pictures(fresh(story))

    assert shown(story) == [(one, "My pool"), (other, "A pool")]
    assert store.find(other).alt == "A pool"
