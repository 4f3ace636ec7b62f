"""A lost link: four words, a mail or a call lead back, and nobody learns whom we know."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from portal.delivery.models import Outgoing
from portal.extensions import db, huey
from portal.inbox import triage
from portal.inbox.models import Conversation
from portal.inbox.models import State as Lying
from portal.stories import finding, leaving, links, lost, sending
from portal.stories.models import State, Story
from portal.team.models import Role
from tests.contact import mails_to, text_of
from tests.inbox import a_conversation
from tests.inbox.desk import history
from tests.newsletter import NINE
from tests.newsletter.test_same_answer import noted_work
from tests.stories import ADA, a_draft, a_story, an_editor, fresh, published
from tests.team import sign_in
from tests.visit import Visit

FIND, MAIL, CALL = "/stories/share/find", "/stories/share/find/mail", "/stories/share/find/call"
NUMBER = "0161 496 0000"
NOWHERE = "These words do not lead to a story."


@pytest.fixture
def clock():
    """A clock that stands still at nine, and can be shifted."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


def with_words(story):
    """The story's new four words."""
    return sending.new_phrase(story)


def type_words(visit, words):
    """Type four words; returns the response itself, which may lead on."""
    form = hidden(visit(FIND), "by-") | {"by-words": words}
    headers = {"HX-Request": "true"} if visit.htmx else {}
    return visit.client.post(FIND, data=form, headers=headers)


def hidden(page, prefix):
    fields = page.page.query("main input[type=hidden]")
    return {
        field.attrs["name"]: field.attrs["value"]
        for field in fields
        if field.attrs["name"].startswith(prefix)
    }


def led_to(answer):
    """Where the answer leads, by a redirect or as htmx is told."""
    return answer.headers.get("Location") or answer.headers.get("HX-Redirect")


def story_at(address):
    found = links.read(address.rstrip("/").rpartition("/")[2])
    db.session.commit()
    return found.id


def ask_mail(visit, email):
    answer = visit.send(FIND, {"mail-email": email}, button="Send me my link")
    assert answer.heading == "Check your email"
    return answer


def ask_call(visit, number):
    answer = visit.send(FIND, {"call-phone": number}, button="Call me")
    assert answer.heading == "We will call you"
    return answer


# Four words


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
    leaving.withdraw(story, keep_files=True)

    assert story_at(led_to(type_words(visit, words))) == story.id


def test_what_was_erased_is_led_to_by_no_words(visit):
    story = a_story()
    words = with_words(story)
    leaving.erase(story)

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


# The mail


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
    triage.lock(spam.conversation)
    spam.conversation.state = Lying.SPAM
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


# The call


def calls():
    query = db.select(Conversation).where(Conversation.subject == "A lost link")
    found = list(db.session.scalars(query.order_by(Conversation.id)))
    db.session.commit()
    return found


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
    assert talk.doubts == finding.UNKNOWN
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
    finding.ask_for_call(NUMBER, [])
    monkeypatch.setattr(finding.intake, "find_submission", lambda key: None)
    finding.ask_for_call(NUMBER, [])

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


# The team's part


@pytest.fixture
def desk(visit, app):
    """The visitor, who is an editor; asks for a call and returns the conversation's path."""

    def ask(number=NUMBER, role=Role.EDITOR):
        finding.ask_for_call(number, [])
        sign_in(visit, app, role)
        return f"/inbox/{calls()[-1].id}"

    return ask


def test_the_conversation_leads_to_what_helps(visit, desk):
    a_story(email="", phone=NUMBER)
    path = desk()

    assert visit(path).has(f"a[href='{path}/lost']")
    assert "Help them back" in visit(f"{path}/lost").heading


def test_the_team_reads_out_words_that_lead_there_once(visit, desk, app):
    story = a_story(email="", phone=NUMBER)
    old = with_words(story)
    path = desk()
    given = visit.send(f"{path}/lost", button="Make four new words for this story")
    words = " ".join(item.to_text() for item in given.page.query(".four li"))

    assert given.heading == "Four new words"
    assert finding.by_words(old) is None
    assert finding.by_words(words).id == story.id
    assert finding.by_words(words) is None


def test_who_gave_them_is_kept_with_the_story_and_no_word_is(visit, desk):
    story = a_story(email="", phone=NUMBER)
    path = desk()
    given = visit.send(f"{path}/lost", button="Make four new words for this story")
    words = [item.to_text() for item in given.page.query(".four li")]

    for one in (calls()[-1], fresh(story).conversation):
        assert ("gave new words", None, None) in history(one)
    kept = db.session.get(Story, story.id).phrase
    assert not any(word in kept for word in words)


def test_they_work_for_a_week(app, clock):
    story = a_story(email="", phone=NUMBER)
    talk = a_conversation()
    words = finding.give_words(story, talk, an_editor())
    clock.shift(timedelta(days=6, hours=12))
    assert finding.by_words(words).id == story.id

    words = finding.give_words(fresh(story), talk, an_editor())
    clock.shift(timedelta(days=7))
    assert finding.by_words(words) is None


def test_several_who_share_a_phone_are_told_apart(visit, desk):
    a_story(email="", phone=NUMBER, title="The pool")
    a_story(email="", phone=NUMBER, title="The dance")
    a_draft(email="", phone=NUMBER, title="A secret", text="A secret too")
    page = visit(f"{desk()}/lost")

    assert "The pool" in page.text
    assert "The dance" in page.text
    assert "Not sent yet" in page.text
    assert "secret" not in page.text


def test_a_number_without_a_story_is_said_to_the_team(visit, desk):
    assert "We know no story with the number" in visit(f"{desk()}/lost").text


def test_a_reader_sees_it_and_makes_no_words(visit, desk):
    story = a_story(email="", phone=NUMBER)
    path = desk(role=Role.READER)
    page = visit(f"{path}/lost")

    assert not page.has("main form")
    assert visit.post(f"{path}/lost/{story.id}").status in {400, 403}
    assert fresh(story).phrase == story.phrase


def test_words_are_made_only_where_somebody_asked(visit, desk):
    story = a_story(email="", phone=NUMBER)
    other = a_story(email="", phone="0161 496 0001")
    path = desk()
    token = visit(f"{path}/lost").value("csrf_token")
    before = fresh(other).phrase

    answer = visit.post(f"{path}/lost/{other.id}", {"csrf_token": token})
    assert answer.status == 404
    own = f"/inbox/{story.conversation_id}/lost"
    assert visit(own).status == 404
    assert visit.post(f"{own}/{story.id}", {"csrf_token": token}).status == 404
    assert visit("/inbox/99999999999999999999/lost").status == 404
    assert fresh(other).phrase == before


def test_strangers_are_sent_to_the_sign_in(visit, app):
    finding.ask_for_call(NUMBER, [])
    path = f"/inbox/{calls()[-1].id}/lost"

    assert visit(path, follow_redirects=True).heading == "Sign in"


# Floods, and what else comes


@pytest.fixture
def limited(make_app):
    app = make_app(RATELIMIT_ENABLED="1")
    with app.app_context():
        yield app


def press(app, path, field, texts, network="192.0.2.1"):
    """What each gets who sends one of these in one hour from one place."""
    visit = Visit(app, htmx=False)
    prefix = field.partition("-")[0] + "-"
    got = []
    for text in texts:
        form = hidden(visit(FIND), prefix) | {field: text}
        answer = visit.client.post(path, data=form, environ_base={"REMOTE_ADDR": network})
        got.append(answer.status_code)
    return got


def test_only_twenty_tries_in_an_hour_come_from_one_place(limited):
    story = a_draft()
    words = with_words(story)
    typed = ["apple apple apple apple"] * 20 + [words]

    assert press(limited, FIND, "by-words", typed) == [422] * 20 + [429]
    assert press(limited, FIND, "by-words", [words], "192.0.2.2") == [303]


def test_and_two_hundred_from_all_places(limited, monkeypatch):
    monkeypatch.setattr(lost, "TRIES_OF_ALL", "5/hour")
    words = with_words(a_draft())
    for number in range(5):
        assert press(limited, FIND, "by-words", ["a b c d"], f"192.0.2.{number}") == [422]

    assert press(limited, FIND, "by-words", [words], "192.0.2.99") == [429]


def test_many_calls_from_one_place_are_held(limited):
    numbers = [f"0161 496 00{number}" for number in range(10, 16)]
    for number in numbers:
        a_story(email="", phone=number)
    assert press(limited, CALL, "call-phone", numbers) == [303] * 6

    assert [talk.state for talk in calls()] == ["new"] * 5 + ["held"]


@pytest.mark.parametrize("path", [MAIL, CALL])
def test_what_is_loaded_again_is_the_page(visit_plain, path):
    answer = visit_plain(path, follow_redirects=True)

    assert answer.heading == "Find your story again"


@pytest.mark.parametrize("path", [FIND, MAIL, CALL])
def test_a_form_of_another_site_does_nothing(visit_plain, path):
    story = a_story(phone=NUMBER)
    fields = {"by-words": with_words(story), "mail-email": ADA, "call-phone": NUMBER}
    before = db.session.query(Outgoing).count()
    db.session.commit()

    assert visit_plain.post(path, fields).status == 422
    assert calls() == []
    assert db.session.query(Outgoing).count() == before


def test_looking_at_the_page_changes_nothing(visit):
    story = a_draft()
    version = story.version
    visit(FIND)

    assert fresh(story).version == version
    assert fresh(story).state is State.DRAFT
