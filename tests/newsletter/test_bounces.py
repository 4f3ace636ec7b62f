"""Bounces, complaints and leaving at the provider: who gets no mail any more, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.delivery import Event
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.newsletter import bounces, links, services, tasks
from portal.newsletter.models import Consent, SubscriberState
from tests.delivery import event, hear, news
from tests.newsletter import JOIN, LOST_LINK, anything_kept_about, link_in, owner_of, state_of

DAY = timedelta(days=1)
ADA = "ada@example.org"
UNDELIVERABLE = {"original": {"email": ADA}, "reason": "550 no such user"}


@pytest.fixture
def app(make_app, env):
    app = make_app(**env)
    with app.app_context():
        yield app


@pytest.fixture
def ada(clock, joined):
    """Ada, who has confirmed an hour ago."""
    subscriber = joined(ADA)
    clock.shift(timedelta(hours=1))
    return subscriber


def consents():
    said = db.session.execute(select(Consent.given, Consent.channel).order_by(Consent.id)).all()
    db.session.commit()
    return [tuple(one) for one in said]


def told_provider():
    """What the audience provider is asked to do, in order."""
    rows = db.session.scalars(
        select(Outgoing.name).where(Outgoing.action != "email").order_by(Outgoing.id)
    ).all()
    db.session.commit()
    return rows


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["bounced"], "bounced"),
        (["complained"], "complained"),
        (["bounced", "complained"], "complained"),
        (["complained", "bounced"], "complained"),
        (["soft-bounced"] * 2, "subscribed"),
        (["soft-bounced"] * 3, "bounced"),
        (["soft-bounced", "soft-bounced", "delivered", "soft-bounced"], "subscribed"),
        (["soft-bounced", "deferred", "soft-bounced", "unknown", "soft-bounced"], "bounced"),
        (["unsubscribed"], "unsubscribed"),
        (["unsubscribed", "bounced"], "bounced"),
        (["rejected"] * 4, "subscribed"),
        (["delivered", "sent", "queued", "deferred", "unknown"], "subscribed"),
    ],
)
def test_subscriber_becomes_what_is_told_of_them(ada, clock, kinds, state):
    for number, kind in enumerate(kinds):
        clock.shift(timedelta(minutes=1))
        hear(news(kind, str(number), address="Ada@Example.org"))

    assert state_of(ADA) == state


@pytest.mark.parametrize("kind", ["bounced", "complained", "unsubscribed"])
def test_provider_of_the_list_is_told_and_sends_no_more(ada, contacts, kind):
    hear(*(news(kind, str(number)) for number in range(3)))

    assert contacts()[ADA]["state"] == "unsubscribed"
    assert told_provider() == ["upsert", "unsubscribe"]


def test_provider_is_not_told_what_it_told_us(ada):
    hear(news("unsubscribed", "1"), provider="local")

    assert state_of(ADA) is SubscriberState.UNSUBSCRIBED
    assert told_provider() == ["upsert"]


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["bounced"], [(True, "web")]),
        (["unsubscribed"] * 2, [(True, "web"), (False, "provider")]),
        (["complained"] * 2, [(True, "web"), (False, "provider")]),
        (["unsubscribed", "complained"], [(True, "web"), (False, "provider")]),
        (["bounced", "unsubscribed"], [(True, "web"), (False, "provider")]),
    ],
)
def test_what_somebody_said_no_to_is_on_record_once(ada, kinds, said):
    for number, kind in enumerate(kinds):
        hear(news(kind, str(number)))

    assert consents() == said


def test_leaving_that_is_older_than_the_yes_does_not_undo_it(ada):
    hear(news("unsubscribed", "1", at=now() - timedelta(hours=2)))

    assert state_of(ADA) is SubscriberState.SUBSCRIBED


def test_leaving_before_an_import_counts(app, clock, take):
    take(f"email\n{ADA}\n")
    hear(news("unsubscribed", "1", at=now() - timedelta(hours=2)))

    assert state_of(ADA) is SubscriberState.UNSUBSCRIBED


def test_who_left_here_stays_so_whatever_bounces_are_disproved(ada, clock):
    moments = [now() + number * timedelta(minutes=1) for number in range(4)]
    clock.shift(timedelta(hours=1))
    for number in (0, 1, 3):
        hear(news("soft-bounced", str(number), at=moments[number]))
    before = state_of(ADA)
    services.unsubscribe(ada.public_id, "web")
    hear(news("delivered", "2", at=moments[2]))

    assert before is SubscriberState.BOUNCED
    assert state_of(ADA) is SubscriberState.UNSUBSCRIBED


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


def sign_up(email=ADA):
    services.sign_up(email, [], "standard")


def test_mail_to_a_made_up_address_is_not_repeated_for_a_month(app, clock, mailbox):
    sign_up()
    first = len(mailbox())
    hear(news("bounced", "1"))
    for _ in range(29):
        clock.shift(DAY)
        sign_up()
    quiet = len(mailbox())
    clock.shift(2 * DAY)
    sign_up()

    assert (first, quiet, len(mailbox())) == (1, 1, 2)
    assert state_of(ADA) is SubscriberState.BOUNCED


def test_address_that_bounced_and_never_said_yes_is_forgotten_after_a_month(app, clock, work):
    sign_up()
    work()
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

    assert state_of(ADA) is SubscriberState.BOUNCED


def test_later_owner_of_the_address_can_join(app, clock, mailbox, visit_plain):
    sign_up()
    mailbox()
    hear(news("bounced", "1"))
    clock.shift(31 * DAY)
    sign_up()
    visit_plain.send(link_in(mailbox()[-1], "confirm"))

    assert state_of(ADA) is SubscriberState.SUBSCRIBED


def test_who_never_confirmed_has_nothing_to_leave(app, work):
    sign_up()
    work()
    hear(news("unsubscribed", "1"))

    assert state_of(ADA) is SubscriberState.PENDING
    assert consents() == []


# The way back


def test_after_a_month_one_mail_tries_whether_the_mailbox_works(ada, clock, mailbox, visit_plain):
    hear(news("bounced", "1"))
    before = len(mailbox())
    clock.shift(31 * DAY)
    for _ in range(3):
        sign_up()
        clock.shift(DAY)
    tried = mailbox()
    visit_plain.send(link_in(tried[-1], "confirm"))
    hear(news("delivered", "2"), news("soft-bounced", "3"))

    assert len(tried) - before == 1
    assert owner_of(tried[-1]) == ADA
    assert state_of(ADA) is SubscriberState.SUBSCRIBED


def test_mail_that_tries_and_bounces_again_begins_a_new_month(ada, clock, mailbox):
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


def test_bounce_after_the_new_yes_counts_again(ada, clock, mailbox, visit_plain):
    hear(news("bounced", "1"))
    clock.shift(31 * DAY)
    sign_up()
    visit_plain.send(link_in(mailbox()[-1], "confirm"))
    clock.shift(1)
    hear(news("bounced", "2"))

    assert state_of(ADA) is SubscriberState.BOUNCED


@pytest.mark.parametrize("form", [JOIN, LOST_LINK])
def test_who_complained_is_never_mailed_again_by_themselves(ada, clock, mailbox, visit_plain, form):
    hear(news("complained", "1"))
    before = len(mailbox())
    for _ in range(3):
        clock.shift(200 * DAY)
        visit_plain.send(form, {"email": ADA})

    assert len(mailbox()) == before
    assert state_of(ADA) is SubscriberState.COMPLAINED


def test_team_lets_a_bounced_subscriber_back_in(ada, run, contacts):
    hear(news("bounced", "1"))
    said = run("allow", "Ada@Example.org").output
    hear(news("delivered", "2"), news("soft-bounced", "3"))

    assert said == "Ada@Example.org gets the newsletter again.\n"
    assert state_of(ADA) is SubscriberState.SUBSCRIBED
    assert contacts()[ADA]["state"] == "subscribed"
    assert consents() == [(True, "web")]


def test_team_lets_who_complained_sign_up_again_and_subscribes_nobody(ada, run, clock, mailbox):
    hear(news("complained", "1"))
    said = run("allow", ADA).output
    between = state_of(ADA)
    clock.shift(DAY)
    sign_up()

    assert said == f"Mail may go to {ADA} again. They can sign up now.\n"
    assert between is SubscriberState.UNSUBSCRIBED
    assert mailbox()[-1]["Subject"] == "Please confirm: do you want our newsletter?"


def test_complaint_that_was_forgiven_does_not_come_up_again_with_the_next_event(ada, run):
    hear(news("complained", "1"))
    run("allow", ADA)
    hear(news("soft-bounced", "2"))

    assert state_of(ADA) is SubscriberState.UNSUBSCRIBED
    assert len(db.session.scalars(select(Event)).all()) == 2


def test_forgiving_who_never_confirmed_leaves_them_to_be_forgotten(app, run, clock, work):
    sign_up()
    work()
    hear(news("complained", "1"))
    clock.shift(100 * DAY)
    run("allow", ADA)
    between = state_of(ADA)
    clock.shift(8 * DAY)
    tasks.tidy.call_local()

    assert between is SubscriberState.PENDING
    assert state_of(ADA) is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "ada@example.org is not on the list, so nothing blocks it."),
        (SubscriberState.SUBSCRIBED, "ada@example.org is subscribed, so nothing blocks it."),
        (SubscriberState.UNSUBSCRIBED, "ada@example.org is unsubscribed, so nothing blocks it."),
    ],
)
def test_where_nothing_is_blocked_there_is_nothing_to_allow(add, run, state, words):
    if state:
        add(ADA, state)
    result = run("allow", ADA, ends=1)

    assert words in result.output
    assert state_of(ADA) is state


# What people see


@pytest.mark.parametrize(
    ("kind", "wanted", "unwanted"),
    [
        ("bounced", "sign up again after 31 March 2026", "marked"),
        ("complained", "marked an email of ours as spam", "sign up again"),
    ],
)
def test_own_page_says_why_nothing_comes_and_what_to_do(ada, visit_plain, kind, wanted, unwanted):
    link = links.preferences_url(ada)
    hear(news(kind, "1"))
    page = visit_plain(link)

    assert "You do not get the newsletter at the moment." in page.text
    assert wanted in page.text
    assert unwanted not in page.text
    assert "write to us at" in page.text


def test_own_page_offers_to_sign_up_again_once_that_can_be_done(ada, visit_plain, clock):
    link = links.preferences_url(ada)
    hear(news("bounced", "1"))
    clock.shift(31 * DAY)

    assert visit_plain(link).has("a[href='/newsletter/']")


def test_own_data_has_what_was_told(ada, client):
    path = links.preferences_url(ada).removeprefix("http://portal.test")
    hear(news("bounced", "1", reason="550 no such user"))
    told = client.get(f"{path}/data.json").json["told by our email companies"]

    assert [(one["what"], one["reason"]) for one in told] == [("bounced", "550 no such user")]


def test_what_counts_in_a_row_is_said_in_one_place():
    soft, arrived = bounces.EventKind.SOFT_BOUNCED, bounces.EventKind.DELIVERED

    assert bounces.verdict([]) is None
    assert bounces.verdict([soft, soft, arrived, soft, soft]) is None
    assert bounces.verdict([arrived, soft, soft, soft, arrived]) is SubscriberState.BOUNCED
