"""Coming back to a story that was not sent, or deleting it."""

from __future__ import annotations

import re

import pytest

from portal.stories.finding import phrase
from tests.contact import mails_to, text_of
from tests.stories import a_story
from tests.stories.telling.steps import (
    STORY,
    begin,
    draft_path,
    fill,
    its_own_page,
    newest,
    stories,
    tell,
)

ADA = "ada@example.org"


def test_four_words_are_shown_once_and_lead_back(visit):
    path = begin(visit)
    page = visit.send(path, button="Show me four words")

    words = [one.to_text().strip() for one in page.page.query(".four li")]
    assert len(words) == 4
    assert newest().phrase in phrase.digests(" ".join(words))
    assert words[0] not in visit(path).text.split()
    assert not any(word in str(page.headers) for word in words)


def test_new_words_end_the_old_ones(visit):
    path = begin(visit)
    first = newest().phrase
    visit.send(path, button="Show me four words")
    second = newest().phrase
    visit.send(path, button="Show me four words")

    assert len({first, second, newest().phrase}) == 3


def test_the_words_of_a_sent_story_lead_to_its_page(visit):
    story = a_story()

    page = visit.post(f"{draft_path(story)}words")
    assert page.heading == "Your four words"
    assert its_own_page(page.page.query("a.button")[0].attrs["href"]).id == story.id


# The link by mail, and the reminder


def mail_me(visit, path, **changes):
    return visit.send(path, {"email": ADA} | changes, button="Email me my link")


def test_the_link_is_mailed_once_a_day_and_the_address_is_kept(visit, mailbox):
    path = begin(visit)
    page = mail_me(visit, path)
    mail_me(visit, path)

    assert "An email with your link is on its way." in page.text
    (mail,) = mails_to(mailbox, ADA)
    (link,) = re.findall(r"http\S+/mine/\S+", text_of(mail))
    assert its_own_page(link).id == newest().id
    assert newest().email_key == ADA
    assert visit(path).value("email") == ADA


def test_no_word_of_the_story_goes_into_that_mail(visit, mailbox):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    mail_me(visit, path)

    (mail,) = mails_to(mailbox, ADA)
    assert "water" not in mail.as_string()


def test_a_reminder_is_wanted_only_where_they_say_so(visit):
    path = begin(visit)
    mail_me(visit, path)
    assert newest().wants_reminder is False

    mail_me(visit, path, remind="y")
    assert newest().wants_reminder is True
    assert visit(path).has("[name=remind][checked]")


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.org", "\u202eada@example.org"])
def test_a_bad_address_comes_back_and_mails_nobody(visit, mailbox, email):
    path = begin(visit)
    page = mail_me(visit, path, email=email)

    assert page.status == 422
    assert page.has("[role=alert] a[href='#email']")
    assert mailbox() == []
    assert newest().email == ""


# Deleting


def test_a_draft_is_deleted_after_one_question(visit):
    path = tell(visit)
    assert "Nobody can bring them back." in visit(path + "delete").text
    assert stories() == 1

    page = visit.send(path + "delete", button="Delete this story")
    assert page.heading == "Your story is deleted"
    assert stories() == 0
    assert visit(path).status == 404


def test_deleting_twice_is_no_fault(visit):
    path = begin(visit)
    visit.send(path + "delete", button="Delete this story")

    assert visit.post(path + "delete").status == 404
