"""A lost link: four words, a mail or a call lead back, and nobody learns whom we know."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from portal.delivery.models import Outgoing
from portal.extensions import db, huey
from portal.inbox.models import ConversationState
from portal.stories import withdrawal
from portal.stories.finding import services
from portal.transaction import lock
from tests.contact import mails_to, text_of
from tests.newsletter import NINE
from tests.newsletter.test_same_answer import noted_work
from tests.stories import ADA, a_draft, a_story, published
from tests.stories.finding.back import (
    FIND,
    MAIL,
    NOWHERE,
    NUMBER,
    ask_call,
    ask_mail,
    calls,
    hidden,
    led_to,
    story_at,
    type_words,
    with_words,
)


@pytest.fixture
def clock():
    """A clock that stands still at nine, and can be shifted."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("change", [str, str.upper, lambda w: f"  {w.replace(' ', ', ')}. "])
def test_four_words_lead_to_a_draft_where_it_was_left(visit, change):
    story = a_draft()
    answer = type_words(visit, change(with_words(story)))

    assert answer.status_code == (200 if visit.htmx else 303)
    assert re.fullmatch(r"/stories/share/[^/]+/", led_to(answer))
    assert story_at(led_to(answer)) == story.id
    assert visit(led_to(answer)).status == 200


@pytest.mark.parametrize("make", [a_story, published])
def test_and_to_the_page_of_one_that_was_sent(visit, make):
    story = make()
    answer = type_words(visit, with_words(story))

    assert led_to(answer).startswith("/stories/mine/")
    assert story_at(led_to(answer)) == story.id


def test_who_took_it_back_can_still_come_back_to_erase_it(visit):
    story = published()
    words = with_words(story)
    withdrawal.withdraw(story, keep_files=True)

    assert story_at(led_to(type_words(visit, words))) == story.id


def test_what_was_erased_is_led_to_by_no_words(visit):
    story = a_story()
    words = with_words(story)
    withdrawal.erase(story)

    assert type_words(visit, words).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        *("apple apple apple apple", "one two three", "x", "💚 💚 💚 💚", "' OR 1=1 --", "\0"),
        *("a " * 90, "abandon ability able about"),
    ],
)
def test_wrong_words_are_answered_alike_and_kindly(visit, typed):
    a_draft()
    answer = visit.send(FIND, {"by-words": typed}, button="Open my story")

    assert answer.status == 422
    assert NOWHERE in answer.text or "hidden marks" in answer.text
    assert answer.has("#by-words-error")
    assert answer.value("by-words") == (typed.replace("\0", "\ufffd").strip())


@pytest.mark.parametrize("typed", ["", "   ", "a" * 201])
def test_nothing_and_too_much_are_explained(visit, typed):
    answer = visit.send(FIND, {"by-words": typed}, button="Open my story")

    assert answer.status == 422
    assert answer.has("#by-words-error")
    assert NOWHERE not in answer.text


def test_old_words_stop_when_there_are_new_ones(visit):
    story = a_draft()
    old = with_words(story)
    new = with_words(story)

    assert type_words(visit, old).status_code == 422
    assert story_at(led_to(type_words(visit, new))) == story.id


def test_words_are_in_no_address(visit):
    story = a_draft()
    words = with_words(story)
    address = led_to(type_words(visit, words))

    assert not any(word in address for word in words.split())


def test_the_links_are_mailed_and_work(visit, mailbox):
    first, second = a_draft(), a_story(email="Ada@Example.org")
    expected = [second.id, first.id]
    ask_mail(visit, ADA)
    mail = mails_to(mailbox, ADA)[-1]

    assert mail["Subject"] == "The private links to your stories"
    urls = re.findall(r"http\S+/stories/mine/\S+", text_of(mail))
    assert [story_at(url) for url in urls] == expected
    for url in urls:
        assert visit.client.get(visit._path(url), follow_redirects=True).status_code == 200


def test_only_the_newest_ten_that_are_no_spam_are_mailed(visit, mailbox):
    spam = a_story()
    lock(spam.conversation)
    spam.conversation.state = ConversationState.SPAM
    old, *kept = [a_draft().id for _ in range(11)]
    db.session.commit()
    ask_mail(visit, ADA)
    mail = next(one for one in mails_to(mailbox, ADA) if "private links" in one["Subject"])
    sent = [story_at(url) for url in re.findall(r"http\S+/stories/mine/\S+", text_of(mail))]

    assert sent == kept[::-1]
    assert old not in sent


def test_at_most_one_such_mail_a_day(visit, mailbox, clock):
    a_draft()
    for _ in range(3):
        ask_mail(visit, ADA)
    assert len(mails_to(mailbox, ADA)) == 1

    clock.shift(timedelta(days=1, minutes=1))
    ask_mail(visit, ADA)
    assert len(mails_to(mailbox, ADA)) == 2


def test_nobody_else_is_mailed(visit, mailbox):
    a_draft()
    ask_mail(visit, "eve@example.org")

    assert mailbox() == []
    (row,) = db.session.query(Outgoing).filter_by(name="story_links")
    assert (row.state, row.address, row.payload) == ("cancelled", "", {})


@pytest.mark.parametrize("typed", ["", "ada@", "\u202e@example.org", "a" * 300, "\0"])
def test_a_bad_address_is_explained(visit, typed):
    answer = visit.send(FIND, {"mail-email": typed}, button="Send me my link")

    assert answer.status == 422
    assert answer.has("#mail-email-error")
    assert not answer.has("#call-phone-error")


def test_the_answer_and_the_work_are_the_same_for_every_address(visit, app):
    a_draft(email="draft@example.org")
    for number in range(3):
        a_story(email="many@example.org", title=f"No {number}")
    published(email="public@example.org")
    ask_mail(visit, "first@example.org")  # from then on the visitor has a whole cookie
    seen = []
    for name in ("nobody", "draft", "many", "many", "public"):
        form = hidden(visit(FIND), "mail-") | {"mail-email": f"{name}@example.org"}
        headers = {"HX-Request": "true"} if visit.htmx else {}
        huey.flush()
        with noted_work() as done:
            answer = visit.client.post(MAIL, data=form, headers=headers)
        seen.append(((answer.status_code, answer.data, sorted(answer.headers)), done))
    for one in seen[1:]:
        assert one == seen[0]


@pytest.mark.parametrize("typed", [NUMBER, "0161-4960000", "(0161) 496 00 00"])
def test_who_gave_a_number_is_called_by_a_person(visit, mailbox, typed):
    a_story(email="", phone=NUMBER, answers={"reply_by": "sms"})
    ask_call(visit, typed)

    (talk,) = calls()
    assert (talk.state, talk.kind, talk.phone, talk.reply_by) == ("new", "story", typed, "sms")
    assert len(mailbox()) == 2  # the team hears of the story, and of this


def test_a_number_that_we_do_not_know_waits_for_a_person_and_rings_nobody(visit, mailbox):
    ask_call(visit, NUMBER)

    (talk,) = calls()
    assert talk.state == "held"
    assert talk.doubts == services.UNKNOWN
    assert mailbox() == []


def test_the_same_number_is_asked_for_once_a_day(visit, clock):
    a_story(email="", phone=NUMBER)
    for typed in (NUMBER, "01614960000", NUMBER):
        ask_call(visit, typed)
    assert len(calls()) == 1

    clock.shift(timedelta(days=1))
    ask_call(visit, NUMBER)
    assert len(calls()) == 2


def test_two_who_ask_in_one_moment_are_one(app, monkeypatch):
    a_story(email="", phone=NUMBER)
    services.ask_for_call(NUMBER, [])
    monkeypatch.setattr(services.intake, "find_submission", lambda key: None)
    services.ask_for_call(NUMBER, [])

    assert len(calls()) == 1
    assert db.session.info.get("outgoing", []) == []


@pytest.mark.parametrize("typed", ["", "12", "call me", "1" * 101, "\0" * 5])
def test_a_bad_number_is_explained(visit, typed):
    answer = visit.send(FIND, {"call-phone": typed}, button="Call me")

    assert answer.status == 422
    assert answer.has("#call-phone-error")
    assert calls() == []


def test_the_answer_is_the_same_for_every_number(visit):
    a_story(email="", phone=NUMBER)
    known, unknown = ask_call(visit, NUMBER), ask_call(visit, "0161 496 0099")

    assert known.response.data == unknown.response.data
    assert sorted(known.headers) == sorted(unknown.headers)
