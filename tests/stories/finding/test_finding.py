"""A lost link: four words, a mail or a call lead back, and nobody learns whom we know."""

import re
from datetime import timedelta

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db, huey
from portal.inbox.models import ConversationState
from portal.stories import withdrawal
from portal.stories.finding import phrase, services, tries
from portal.stories.telling.services import new_phrase
from portal.transaction import lock
from tests.contact import mails_to, text_of
from tests.newsletter import settings
from tests.newsletter.test_same_answer import noted_work
from tests.stories import ADA, a_draft, a_story, published, withdrawn
from tests.stories.finding import back
from tests.stories.finding.back import CALL, FIND, MAIL, NUMBER, calls, story_at, type_words
from tests.visit import shown

NOWHERE = "These words do not open a story."
WRONG = (
    *("apple apple apple apple", "one two three", "x", "💚 💚 💚 💚", "' OR 1=1 --", "\0"),
    *("a " * 90, "abandon ability able about"),
)


def test_four_words_lead_to_a_draft_where_it_was_left(visit):
    story = a_draft()
    words = new_phrase(story)
    answer = type_words(visit, f"  {words.upper().replace(' ', ', ')}. ")
    address = back.led_to(answer)

    assert answer.status_code == (200 if visit.htmx else 303)
    assert re.fullmatch(r"/stories/share/[^/]+/", address)
    assert not all(word in address for word in words.split())
    assert story_at(address) == story.id
    assert visit(address).status == 200


def test_and_to_the_page_of_one_that_was_sent_until_it_is_erased(visit_plain):
    for make in (a_story, published):
        story = make()
        words = new_phrase(story)
        answer = type_words(visit_plain, words)
        assert back.led_to(answer).startswith("/stories/mine/")
        assert story_at(back.led_to(answer)) == story.id
    withdrawn(story)
    assert story_at(back.led_to(type_words(visit_plain, words))) == story.id
    withdrawal.erase(story)
    assert type_words(visit_plain, words).status_code == 422


def test_wrong_words_are_answered_alike_and_kindly(visit_plain):
    a_draft()
    for typed in WRONG:
        answer = visit_plain.send(FIND, {"by-words": typed}, button="Open my story")
        assert answer.status == 422
        assert NOWHERE in answer.text or "hidden marks" in answer.text
        assert answer.has("#by-words-error")
        assert answer.value("by-words") == typed.replace("\0", "\ufffd").strip()


def test_links_of_the_newest_ten_are_mailed_and_work_and_who_has_none_gets_no_mail(visit, mailbox):
    _, *kept = [a_draft().id for _ in range(10)]
    kept.append(a_story(email="Ada@Example.org").id)
    spam = a_story()
    lock(spam.conversation)
    spam.conversation.state = ConversationState.SPAM
    db.session.commit()
    for email in ("eve@example.org", ADA):
        back.ask_mail(visit, email)

    mail = next(one for one in mails_to(mailbox, ADA) if "private links" in one["Subject"])
    urls = re.findall(r"http\S+/stories/mine/\S+", text_of(mail))
    assert [story_at(url) for url in urls] == kept[::-1]
    for url in urls[:2]:
        assert visit.client.get(visit._path(url), follow_redirects=True).status_code == 200
    of_eve, _ = db.session.query(Outgoing).filter_by(name="story_links").order_by(Outgoing.id)
    assert (of_eve.state, of_eve.address, of_eve.payload) == ("cancelled", "", {})


def test_at_most_one_such_mail_a_day(visit_plain, mailbox, clock):
    a_draft()
    for _ in range(3):
        back.ask_mail(visit_plain, ADA)
    assert len(mails_to(mailbox, ADA)) == 1

    clock.shift(timedelta(days=1, minutes=1))
    back.ask_mail(visit_plain, ADA)
    assert len(mails_to(mailbox, ADA)) == 2


def test_the_answer_and_the_work_are_the_same_for_every_address(visit, app):
    a_draft(email="draft@example.org")
    for number in range(3):
        a_story(email="many@example.org", title=f"No {number}")
    published(email="public@example.org")
    back.ask_mail(visit, "first@example.org")  # from then on the visitor has a whole cookie
    seen = []
    for name in ("nobody", "draft", "many", "many", "public"):
        huey.flush()
        with noted_work() as done:
            answer = back.post(visit, MAIL, {"mail-email": f"{name}@example.org"})
        seen.append((shown(answer), done))
    for one in seen[1:]:
        assert one == seen[0]


@pytest.mark.parametrize("typed", [NUMBER, "+44161-4960000", "(0161) 496 00 00"])
def test_who_gave_a_number_is_called_by_a_person(visit_plain, mailbox, typed):
    a_story(email="", phone=NUMBER, answers={"reply_by": "sms"})
    back.ask_call(visit_plain, typed)

    (talk,) = calls()
    assert (talk.state, talk.kind, talk.phone, talk.reply_by) == ("new", "story", NUMBER, "sms")
    assert len(mailbox()) == 2  # the team hears of the story, and of this


def test_a_number_that_we_do_not_know_waits_for_a_person_and_gets_the_same_answer(visit, mailbox):
    unknown = back.ask_call(visit, NUMBER)
    (talk,) = calls()
    assert (talk.state, talk.doubts) == ("held", services.UNKNOWN)
    assert mailbox() == []

    a_story(email="", phone="0161 496 0099")
    known = back.ask_call(visit, "0161 496 0099")
    assert shown(known.response) == shown(unknown.response)


def test_the_same_number_is_asked_for_once_a_day(visit_plain, clock):
    a_story(email="", phone=NUMBER)
    for typed in (NUMBER, "0044 161 4960000", NUMBER):
        back.ask_call(visit_plain, typed)
    assert len(calls()) == 1

    clock.shift(timedelta(days=1))
    back.ask_call(visit_plain, NUMBER)
    assert len(calls()) == 2


def test_two_who_ask_in_one_moment_are_one(app, monkeypatch):
    a_story(email="", phone=NUMBER)
    services.ask_for_call(NUMBER, [])
    monkeypatch.setattr(services.intake, "find_submission", lambda key: None)
    services.ask_for_call(NUMBER, [])

    assert len(calls()) == 1
    assert db.session.info.get("outgoing", []) == []


@settings(RATELIMIT_ENABLED="1", ALERT_URLS="json://127.0.0.1:9/secret")
def test_tries_are_limited_for_one_place_and_nobody_is_kept_out_by_others(visit_plain, monkeypatch):
    def tried(texts, network="192.0.2.1"):
        return back.press(visit_plain, FIND, "by-words", texts, network)

    monkeypatch.setattr(tries, "GUESSING", "20/hour")
    words, wrong = new_phrase(a_draft()), "apple apple apple apple"
    assert tried([wrong] * 20 + [words]) == [422] * 20 + [429]
    assert tried([wrong] * 5, "192.0.2.2") == [422, 422, 422, 429, 429]
    stood_for = []
    monkeypatch.setattr(services.phrase, "digests", digests_noted(stood_for))
    assert tried([wrong, words], "192.0.2.3") == [422, 303]
    assert stood_for == [1, 1]
    monkeypatch.setattr(tries, "OF_ALL", "1/hour")
    assert tried([wrong, words], "192.0.2.4") == [422, 429]
    (alert,) = db.session.scalars(db.select(Outgoing).where(Outgoing.name == "alert"))
    assert alert.payload["title"] == tries.TITLE


def digests_noted(stood_for, digests=phrase.digests):
    """For how many phrases each try stands."""
    return lambda typed, most: stood_for.append(most) or digests(typed, most)


@settings(RATELIMIT_ENABLED="1")
def test_many_calls_from_one_place_are_held(visit_plain):
    numbers = [f"0161 496 00{number}" for number in range(10, 16)]
    for number in numbers:
        a_story(email="", phone=number)
    assert back.press(visit_plain, CALL, "call-phone", numbers) == [303] * 6

    assert [talk.state for talk in calls()] == ["new"] * 5 + ["held"]


@pytest.mark.parametrize("path", [MAIL, CALL])
def test_what_is_loaded_again_is_the_page(visit_plain, path):
    assert visit_plain(path, follow_redirects=True).heading == "Find your story again"
