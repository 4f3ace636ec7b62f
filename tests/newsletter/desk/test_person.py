"""The page of somebody on the list: what it tells, and what its buttons do."""

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.newsletter import links, retention, services
from portal.newsletter.desk import page as desk_page
from portal.newsletter.desk.page import SentThing
from portal.newsletter.models import Erasure, Subscriber, SubscriberState
from portal.team.models import KeptForm
from tests.delivery import hear, news
from tests.inbox import a_conversation
from tests.newsletter import ADA, a_subscriber, anything_kept_about, link_in, state_of
from tests.newsletter.desk import ADD, done_for, on_record, page_of, who_was

WHY = {
    SubscriberState.SUBSCRIBED: "They have got the newsletter since",
    SubscriberState.PENDING: "They get nothing yet. They were asked by email",
    SubscriberState.UNSUBSCRIBED: "They get nothing: they left on",
    SubscriberState.BOUNCED: "They get nothing: our mail came back on",
    SubscriberState.COMPLAINED: "our mail was marked as spam. To us that is a no.",
}
BACK = {
    SubscriberState.PENDING: "ask",
    SubscriberState.UNSUBSCRIBED: "ask",
    SubscriberState.BOUNCED: "allow",
    SubscriberState.COMPLAINED: "allow",
}


@pytest.mark.parametrize("state", SubscriberState)
def test_the_page_says_in_words_why_somebody_gets_nothing_and_how_they_come_back(
    visit_plain, editor, state
):
    page = visit_plain(page_of(a_subscriber(state=state)))

    assert WHY[state] in page.text
    assert ("How they get it." in page.text) is (state in BACK)
    for name in ("ask", "allow"):
        assert page.has(f"form[action$='/{name}']") is (BACK.get(state) == name)


def test_it_tells_what_was_chosen_agreed_to_sent_and_told(visit_plain, editor, joined):
    one = joined(topics=("ideas",), format_="large")
    a_conversation(email=ADA, subject="The pool")
    hear(news("soft-bounced", "1", address=ADA, reason="Mailbox full"))
    page = visit_plain(page_of(one)).text

    for words in ("Ideas for moving at home", "Large print", services.wording(), "on the website"):
        assert words in page
    for words in ("The welcome", "Their choices, to our email company", "Mailbox full", "The pool"):
        assert words in page


def test_a_feature_above_says_what_else_was_sent(visit_plain, editor, monkeypatch):
    one = a_subscriber()
    issue = SentThing("The newsletter of May", one.created_at, "It arrived", "/newsletter/issues/")
    monkeypatch.setattr(desk_page, "sources", [lambda subscriber: [issue]])

    page = visit_plain(page_of(one))
    assert "The newsletter of May" in page.text
    assert page.has("a[href='/newsletter/issues/']")


def test_what_the_provider_did_not_take_is_said(visit_plain, editor, joined):
    one = joined()
    row = db.session.query(Outgoing).filter_by(action="upsert").one()
    row.state, row.reason = "failed", "The list is full"
    db.session.commit()

    assert "Our email company may not know that. It failed: The list is full" in (
        visit_plain(page_of(one)).text
    )


def press(visit, subscriber, name, way="phone"):
    """Press a button of the page."""
    address = page_of(subscriber)
    sent = visit(address).form(f"form[action$='/{name}']")
    return visit.post(f"{address}/{name}", sent | {f"{name}-way": way})


@pytest.mark.usefixtures("each_database")
def test_taking_off_is_a_no_on_record_and_reaches_the_provider(
    visit_plain, editor, joined, contacts
):
    one = joined()
    page = press(visit_plain, one, "off", "post")

    assert "They are taken off." in page.text
    assert state_of() is SubscriberState.UNSUBSCRIBED
    assert on_record() == [(True, "web", None), (False, "post", editor.id)]
    assert contacts()[ADA]["state"] == "unsubscribed"
    assert "by post" in visit_plain(page_of(one)).text


def test_taking_off_who_had_not_confirmed_leaves_nothing(visit_plain, editor, mailbox):
    services.sign_up(ADA, [], "standard")
    page = press(visit_plain, Subscriber.with_email(ADA), "off")

    assert "nothing of them is kept" in page.text
    assert mailbox() == []
    assert not anything_kept_about(ADA)


def test_no_button_works_without_the_way(visit_plain, editor):
    one = who_was(SubscriberState.SUBSCRIBED)
    page = press(visit_plain, one, "off", "")

    assert page.status == 422
    assert "Choose how they told you." in page.text
    assert state_of() is SubscriberState.SUBSCRIBED


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (SubscriberState.BOUNCED, SubscriberState.SUBSCRIBED),
        (SubscriberState.COMPLAINED, SubscriberState.UNSUBSCRIBED),
        (SubscriberState.SUBSCRIBED, SubscriberState.SUBSCRIBED),
    ],
)
def test_mail_is_let_go_again_as_the_owner_asks(visit_plain, editor, was, becomes):
    one = who_was(was)
    token = visit_plain(ADD).value("csrf_token")
    sent = {"csrf_token": token, "allow-way": "phone"}
    visit_plain.post(page_of(one, "allow"), sent)

    assert state_of() is becomes
    assert done_for() == ([("Let mail go there again", "phone")] if was in BACK else [])


def test_who_left_comes_back_by_the_link_that_they_asked_for(visit_plain, editor, mailbox):
    one = who_was(SubscriberState.UNSUBSCRIBED)
    press(visit_plain, one, "ask")
    assert state_of() is SubscriberState.UNSUBSCRIBED
    (asked,) = mailbox()
    services.confirm(links.read_confirm(link_in(asked, "confirm").rpartition("/")[2]))

    assert state_of() is SubscriberState.SUBSCRIBED
    assert on_record()[-1] == (True, "web", None)


CHANGED = {"name": "Ada", "topics": "ideas", "format": "plain", "way": "phone"}


def test_a_change_is_saved_noted_and_reaches_the_provider(visit_plain, editor, joined, contacts):
    one = joined()
    page = visit_plain.send(page_of(one, "change"), CHANGED)

    assert "Their choices are saved." in page.text
    ((what, way),) = done_for()
    assert what == (
        "Name: none \u2192 Ada. Topics: Stories from Disabled people \u2192 Ideas for moving at "
        "home. Format: Large print \u2192 Plain text"
    )
    assert way == "phone"
    assert contacts()[ADA]["attributes"]["format"] == "plain"


def test_what_they_chose_meanwhile_is_not_overwritten_unseen(visit_plain, editor):
    one = a_subscriber(topics=["stories"], format="large")
    address = page_of(one, "change")
    sent = visit_plain(address).form() | CHANGED
    services.change(one, "Augusta", ["activities"], "standard")
    page = visit_plain.post(address, sent)

    assert page.status == 409
    assert "They chose now: Activities and events; Standard, with pictures;" in page.text
    assert "Augusta" in page.text
    assert (page.value("name"), done_for()) == ("Ada", [])
    visit_plain.post(address, page.form() | CHANGED)
    assert (Subscriber.with_email(ADA).name, len(done_for())) == ("Ada", 1)


def test_erasing_is_asked_about_once_and_leaves_only_how_it_was_asked_for(
    visit_plain, manager, joined, work, contacts
):
    one = joined()
    kept = {"page": "", "files": [], "fields": [["email", ADA]]}
    db.session.add(KeptForm(member_id=manager.id, address="/newsletter/list/add", **kept))
    db.session.commit()
    asked = visit_plain(page_of(one, "erase"))
    assert "This cannot be undone." in asked.text
    page = visit_plain.send(page_of(one, "erase"), {"way": "post"})
    work()

    assert "Their newsletter details are erased." in page.text
    assert not anything_kept_about(ADA)
    assert ADA not in contacts()
    erasure = db.session.scalars(db.select(Erasure)).one()
    assert (erasure.way, erasure.member_id) == ("post", manager.id)
    assert retention.erased(ADA) is erasure


def test_what_is_pressed_after_they_were_erased_does_nothing(visit_plain, editor):
    one = who_was(SubscriberState.SUBSCRIBED)
    address = page_of(one)
    sent = visit_plain(address).form("form[action$='/off']")
    services.erase(one)

    assert visit_plain.post(f"{address}/off", sent | {"off-way": "phone"}).status == 404


@pytest.mark.parametrize("place", ["", "/person"])
def test_the_inbox_leads_to_the_page_and_the_page_back(visit_plain, editor, place):
    talk, one = a_conversation(email=ADA), a_subscriber()
    page = visit_plain(f"/inbox/{talk.id}{place}")

    assert page.has(f"a[href$='{page_of(one)}']")
    assert visit_plain(page_of(one)).has(f"a[href='/inbox/{talk.id}']")
