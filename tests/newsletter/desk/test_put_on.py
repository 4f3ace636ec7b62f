"""Somebody is put on the list: by a mail that asks them, or with the yes that the team keeps."""

from datetime import date, timedelta

import pytest

from portal.extensions import db, now
from portal.newsletter import links, services
from portal.newsletter.desk import services as desk
from portal.newsletter.desk.services import Choices, Yes
from portal.newsletter.models import Subscriber, SubscriberState
from tests.at_once import at_once
from tests.newsletter import ADA, a_subscriber, link_in, owner_of, state_of, tables
from tests.newsletter.desk import ADD, BLOCKED, KEPT, PUT_ON, done_for, on_record, page_of, who_was
from tests.team import a_member, put_in


def test_a_yes_on_paper_is_kept_with_who_took_it_and_reaches_the_provider(
    clock, visit_plain, editor, mailbox, contacts
):
    bo = a_member(name="Bo")
    page = visit_plain.send(ADD, KEPT | {"taken_by": str(bo.id)})

    assert "They are on the list." in page.text
    for words in ("Yes, send me the newsletter", "1 March 2026", "on paper", "Bo took it."):
        assert words in page.text
    assert "The sheet of the open day" in page.text
    one = Subscriber.with_email(ADA)
    assert (one.name, one.topics, one.format) == ("Ada", ["ideas"], "large")
    said = one.consents[0]
    assert (said.at.date(), said.noted_at) == (date(2026, 3, 1), now())
    assert on_record() == [(True, "paper", bo.id)]
    (welcome,) = mailbox()
    assert owner_of(welcome) == ADA
    assert link_in(welcome, "unsubscribe")
    assert contacts()[ADA]["state"] == "subscribed"


def test_the_record_of_a_kept_yes_cannot_be_changed(visit_plain, editor):
    visit_plain.send(ADD, KEPT)
    said = Subscriber.with_email(ADA).consents[0]
    said.evidence = "Another"
    with pytest.raises(Exception, match="consent is only ever added"):
        db.session.commit()
    db.session.rollback()


def test_by_mail_they_are_asked_and_are_on_the_list_once_they_confirm(visit_plain, editor, mailbox):
    page = visit_plain.send(ADD, PUT_ON | {"way": "phone", "proof": "mail"})
    assert "is on its way" in page.text
    assert (state_of(), on_record()) == (SubscriberState.PENDING, [])
    assert done_for() == [("Sent the email that asks them to confirm", "phone")]
    (asked,) = mailbox()
    services.confirm(links.read_confirm(link_in(asked, "confirm").rpartition("/")[2]))

    one = Subscriber.with_email(ADA)
    assert (one.state, one.name, one.topics) == (SubscriberState.SUBSCRIBED, "Ada", ["ideas"])
    assert on_record() == [(True, "web", None)]


@pytest.mark.parametrize("answers", [PUT_ON | {"proof": "mail"}, KEPT], ids=["mail", "kept"])
@pytest.mark.parametrize("state", BLOCKED)
def test_who_left_bounced_or_complained_is_not_put_back_and_the_page_says_how_they_come_back(
    visit_plain, editor, mailbox, answers, state
):
    one = who_was(state)
    before = tables()
    page = visit_plain.send(ADD, answers)

    assert (page.status, page.value("name")) == (422, "Ada")
    assert "They get nothing" in page.text
    assert page.has(f"a[href='{page_of(one)}']")
    assert "How they get it" in visit_plain(page_of(one)).text
    assert tables() == before
    assert mailbox() == []


@pytest.mark.parametrize("waits", [False, True], ids=["", "a stranger typed it in again"])
@pytest.mark.parametrize("answers", [PUT_ON | {"proof": "mail"}, KEPT], ids=["mail", "kept"])
def test_who_was_erased_is_not_put_back(visit_plain, editor, mailbox, answers, waits):
    services.erase(a_subscriber())
    if waits:
        a_subscriber(state=SubscriberState.PENDING)
    page = visit_plain.send(ADD, answers)

    assert page.status == 422
    assert "was erased on" in page.text
    assert "They can sign up themselves" in page.text
    assert state_of() is (SubscriberState.PENDING if waits else None)
    assert mailbox() == []


def test_who_is_on_the_list_keeps_their_own_choices(visit_plain, editor):
    one = a_subscriber(topics=["stories"])
    page = visit_plain.send(ADD, KEPT)

    assert page.status == 422
    assert "They are on the list already." in page.text
    assert page.has(f"a[href='{page_of(one)}']")
    assert Subscriber.with_email(ADA).topics == ["stories"]


def test_a_pending_sign_up_becomes_the_yes_that_is_kept(visit_plain, editor):
    a_subscriber(state=SubscriberState.PENDING)
    visit_plain.send(ADD, KEPT)

    assert (state_of(), on_record()) == (SubscriberState.SUBSCRIBED, [(True, "paper", editor.id)])


def test_a_kept_yes_has_its_words_its_proof_and_a_day_that_has_come(clock, visit_plain, editor):
    for wrong, words in (
        ({"wording": " "}, "Write down the words"),
        ({"evidence": ""}, "Say what proves it"),
        ({"said": "soon"}, "Enter a day, like"),
        ({"said": "2 March 2026"}, "That day is still to come."),
    ):
        page = visit_plain.send(ADD, KEPT | wrong)
        assert page.status == 422
        assert words in page.text
    assert state_of() is None


def test_two_mails_a_day_are_one(app, clock, visit_plain, editor, mailbox):
    answers = PUT_ON | {"proof": "mail"}
    visit_plain.send(ADD, answers)
    again = visit_plain.send(page_of(Subscriber.with_email(ADA)), {"ask-way": "phone"})
    assert "No email was sent" in again.text
    assert len(mailbox()) == 1
    clock.shift(timedelta(days=1, seconds=1))
    put_in(visit_plain, editor)
    later = visit_plain.send(page_of(Subscriber.with_email(ADA)), {"ask-way": "phone"})

    assert "is on its way" in later.text
    assert len(mailbox()) == 2


@pytest.mark.usefixtures("each_database")
def test_two_who_put_the_same_person_on_at_once_do_it_once(app, work):
    bo = a_member(name="Bo")
    yes = Yes("I agree", bo.id, now(), "The sheet of the open day")

    def put_on():
        return desk.put_on(ADA, Choices("Ada", ["ideas"], "plain"), "paper", yes).email

    answers = at_once(app, put_on, put_on)

    assert sorted(map(str, answers))[1] == ADA
    assert "They are on the list already." in str(sorted(map(str, answers))[0])
    assert on_record() == [(True, "paper", bo.id)]
