"""Bounces, complaints and leaving at the provider: who gets no mail any more, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import people
from portal.delivery import Event
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.newsletter import links, services, tasks
from portal.newsletter.models import Consent, SubscriberState
from portal.people import Person
from tests.delivery import event, hear, news
from tests.newsletter import ADA, JOIN, LOST_LINK, anything_kept_about, link_in, owner_of, state_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
UNDELIVERABLE = {"original": {"email": ADA}, "reason": "550 no such user"}


@pytest.fixture
def ada(clock, joined):
    """Ada, who has confirmed an hour ago."""
    subscriber = joined(ADA)
    clock.shift(HOUR)
    return subscriber


def consents():
    said = db.session.execute(select(Consent.given, Consent.channel).order_by(Consent.id)).all()
    db.session.commit()
    return [tuple(one) for one in said]


def told_provider():
    """What the audience provider is asked to do, in order."""
    asked = select(Outgoing.name).where(Outgoing.action != "email").order_by(Outgoing.id)
    rows = db.session.scalars(asked).all()
    db.session.commit()
    return rows


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("kinds", "state", "noes", "leavings"),
    [
        (["bounced"] * 2, "bounced", 0, 1),
        (["complained"] * 2, "complained", 1, 1),
        (["bounced", "complained"], "complained", 1, 1),
        (["complained", "bounced"], "complained", 1, 1),
        (["soft-bounced"] * 2, "subscribed", 0, 0),
        (["soft-bounced"] * 3, "bounced", 0, 1),
        (["soft-bounced", "soft-bounced", "delivered", "soft-bounced"], "subscribed", 0, 0),
        (["soft-bounced", "deferred", "soft-bounced", "unknown", "soft-bounced"], "bounced", 0, 1),
        (["unsubscribed"] * 2, "unsubscribed", 1, 1),
        (["unsubscribed", "complained"], "complained", 1, 1),
        (["unsubscribed", "bounced"], "bounced", 1, 1),
        (["bounced", "unsubscribed"], "bounced", 1, 2),
        (["rejected"] * 4, "subscribed", 0, 0),
        (["delivered", "sent", "queued", "deferred", "unknown"], "subscribed", 0, 0),
    ],
)
def test_subscriber_becomes_what_is_told_a_no_is_on_record_and_the_provider_learns_of_it(
    ada, contacts, kinds, state, noes, leavings
):
    at = {n: now() - (9 - n) * MINUTE for n in range(len(kinds))}
    hear(*(news(kinds[n], str(n), address="Ada@Example.org", at=at[n]) for n in at))

    assert state_of() == state
    assert consents() == [(True, "web")] + [(False, "provider")] * noes
    assert told_provider() == ["upsert"] + ["unsubscribe"] * leavings
    assert contacts()[ADA]["state"] == ("unsubscribed" if leavings else "subscribed")


def test_provider_is_not_told_what_it_told_us(ada):
    hear(news("unsubscribed", "1"), provider="local")

    assert state_of() is SubscriberState.UNSUBSCRIBED
    assert told_provider() == ["upsert"]


def test_leaving_that_is_older_than_the_yes_does_not_undo_it(ada):
    hear(news("unsubscribed", "1", at=now() - 2 * HOUR))

    assert state_of() is SubscriberState.SUBSCRIBED


def test_leaving_before_an_import_counts(app, clock, take):
    take(f"email\n{ADA}\n")
    hear(news("unsubscribed", "1", at=now() - 2 * HOUR))

    assert state_of() is SubscriberState.UNSUBSCRIBED


def test_who_left_here_stays_so_whatever_bounces_are_disproved(ada, clock):
    start = now()
    clock.shift(HOUR)
    hear(*(news("soft-bounced", str(n), at=start + n * MINUTE) for n in (0, 1, 3)))
    before = state_of()
    services.unsubscribe(ada.public_id, "web")
    hear(news("delivered", "2", at=start + 2 * MINUTE))

    assert before is SubscriberState.BOUNCED
    assert state_of() is SubscriberState.UNSUBSCRIBED


def test_who_is_unknown_or_was_erased_leaves_no_trace(ada, work):
    work()
    services.erase(ada)
    work()
    hear(
        news("bounced", "1", **UNDELIVERABLE),
        news("unknown", "2", **UNDELIVERABLE),
        news("bounced", "3", address="bob@example.org"),
    )

    assert not anything_kept_about(ADA)
    assert event("3").address == "bob@example.org"
    assert state_of("bob@example.org") is None


# An address that was never confirmed


@pytest.fixture
def sign_up(app, clock):
    """Signs Ada's address up, as anybody may."""
    return lambda: services.sign_up(ADA, [], "standard")


@pytest.fixture
def unconfirmed(sign_up, work):
    sign_up()
    work()


def test_mail_to_a_made_up_address_is_not_repeated_for_a_month_and_a_later_owner_can_join(
    unconfirmed, sign_up, clock, mailbox, visit_plain
):
    hear(news("bounced", "1"))
    for _ in range(29):
        clock.shift(DAY)
        sign_up()
    quiet, state = len(mailbox()), state_of()
    clock.shift(2 * DAY)
    sign_up()
    mails = mailbox()
    visit_plain.send(link_in(mails[-1], "confirm"))

    assert (quiet, state, len(mails)) == (1, SubscriberState.BOUNCED, 2)
    assert state_of() is SubscriberState.SUBSCRIBED


def test_address_that_bounced_and_never_said_yes_is_forgotten_after_a_month(unconfirmed, clock):
    hear(news("bounced", "1", **UNDELIVERABLE))
    clock.shift(30 * DAY)
    tasks.tidy.call_local()
    kept = anything_kept_about(ADA)
    clock.shift(1)
    tasks.tidy.call_local()

    assert kept
    assert not anything_kept_about(ADA)


def test_subscriber_whose_mail_bounced_is_not_forgotten(ada, clock):
    hear(news("bounced", "1"))
    clock.shift(400 * DAY)
    tasks.tidy.call_local()

    assert state_of() is SubscriberState.BOUNCED


def test_who_never_confirmed_has_nothing_to_leave(unconfirmed):
    hear(news("unsubscribed", "1"))

    assert state_of() is SubscriberState.PENDING
    assert consents() == []


# The way back


def test_after_a_month_one_mail_tries_whether_the_mailbox_works(
    ada, sign_up, clock, mailbox, visit_plain
):
    hear(news("bounced", "1"))
    before = len(mailbox())
    clock.shift(31 * DAY)
    for _ in range(3):
        sign_up()
        clock.shift(DAY)
    tried = mailbox()
    visit_plain.send(link_in(tried[-1], "confirm"))
    hear(news("delivered", "2"), news("soft-bounced", "3"))
    new_yes = state_of()
    clock.shift(1)
    hear(news("bounced", "4"))

    assert len(tried) - before == 1
    assert owner_of(tried[-1]) == ADA
    assert (new_yes, state_of()) == (SubscriberState.SUBSCRIBED, SubscriberState.BOUNCED)


def test_mail_that_tries_and_bounces_again_begins_a_new_month(ada, sign_up, clock, mailbox):
    hear(news("bounced", "1"))
    clock.shift(31 * DAY)
    sign_up()
    before = len(mailbox())
    hear(news("soft-bounced", "2"))
    clock.shift(29 * DAY)
    sign_up()
    services.send_link(ADA)
    quiet = len(mailbox())
    clock.shift(2 * DAY)
    sign_up()

    assert (quiet, len(mailbox())) == (before, before + 1)


@pytest.mark.parametrize("form", [JOIN, LOST_LINK])
def test_who_complained_is_never_mailed_again_by_themselves(ada, clock, mailbox, visit_plain, form):
    hear(news("complained", "1"))
    before = len(mailbox())
    for _ in range(3):
        clock.shift(200 * DAY)
        visit_plain.send(form, {"email": ADA})

    assert len(mailbox()) == before
    assert state_of() is SubscriberState.COMPLAINED


def test_team_lets_a_bounced_subscriber_back_in(ada, run, contacts):
    hear(news("bounced", "1"))
    said = run("allow", "Ada@Example.org").output
    hear(news("delivered", "2"), news("soft-bounced", "3"))

    assert said == "Ada@Example.org gets the newsletter again.\n"
    assert state_of() is SubscriberState.SUBSCRIBED
    assert contacts()[ADA]["state"] == "subscribed"
    assert consents() == [(True, "web")]


def test_team_lets_who_complained_sign_up_again_and_subscribes_nobody(
    ada, sign_up, run, clock, mailbox
):
    hear(news("complained", "1"))
    said = run("allow", ADA).output
    hear(news("soft-bounced", "2"))  # the complaint does not come up again with it
    between = state_of()
    clock.shift(DAY)
    sign_up()

    assert said == f"Mail may go to {ADA} again. They can sign up now.\n"
    assert between is SubscriberState.UNSUBSCRIBED
    assert len(db.session.scalars(select(Event)).all()) == 2
    assert mailbox()[-1]["Subject"] == "Please confirm: do you want our newsletter?"


def test_forgiving_who_never_confirmed_leaves_them_to_be_forgotten(unconfirmed, run, clock):
    hear(news("complained", "1"))
    clock.shift(100 * DAY)
    run("allow", ADA)
    between = state_of()
    clock.shift(8 * DAY)
    tasks.tidy.call_local()

    assert (between, state_of()) == (SubscriberState.PENDING, None)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "is not on the list"),
        (SubscriberState.SUBSCRIBED, "is subscribed"),
        (SubscriberState.UNSUBSCRIBED, "is unsubscribed"),
    ],
)
def test_where_nothing_is_blocked_there_is_nothing_to_allow(add, run, state, words):
    if state:
        add(state=state)
    result = run("allow", ADA, ends=1)

    assert f"{ADA} {words}, so nothing blocks it." in result.output
    assert state_of() is state


# What people see


@pytest.mark.parametrize(
    ("kind", "wanted", "unwanted", "comes_back"),
    [
        ("bounced", "sign up again after 31 March 2026", "marked", True),
        ("complained", "marked one of our emails as spam", "sign up again", False),
    ],
)
def test_own_page_says_why_nothing_comes_and_what_to_do(
    ada, visit_plain, clock, kind, wanted, unwanted, comes_back
):
    link = links.preferences_url(ada)
    hear(news(kind, "1"))
    page = visit_plain(link)
    clock.shift(31 * DAY)

    assert "You do not get the newsletter at the moment." in page.text
    assert wanted in page.text
    assert unwanted not in page.text
    assert "write to us at" in page.text
    assert visit_plain(link).has("main a[href='/newsletter/']") is comes_back


def test_own_data_has_what_was_told(ada):
    hear(news("bounced", "1", reason="550 no such user"))
    (emails,) = people.holders["emails"].find(Person.of([ada.email], asks=True), 1, None)
    (told,) = emails.tell()["What our email company told us"]

    assert (told["What"], told["Why"]) == ("bounced", "550 no such user")
