"""Leaving: one button, or the mail program's own (RFC 8058)."""

from datetime import UTC, datetime

import pytest
import time_machine

from portal.extensions import db
from portal.newsletter import links, retention, services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from portal.providers.errors import TryLater
from tests.newsletter import settings, tables

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
OLD_KEY = "an-old-secret-that-is-long-enough-too"


def way_out(subscriber):
    link = links.unsubscribe_url(subscriber)
    db.session.commit()
    return link


def state():
    found = Subscriber.with_email("ada@example.org").state
    db.session.commit()
    return found


def test_following_the_link_shows_a_button_and_changes_nothing(visit_plain, joined):
    link = way_out(joined())
    before = tables()

    page = visit_plain(link)

    assert page.heading == "Leave the newsletter"
    assert [b.to_text().strip() for b in page.page.query("main button")] == ["Leave the newsletter"]
    assert tables() == before


def test_the_button_ends_the_newsletter_here_and_at_the_provider(visit_plain, joined, contacts):
    answer = visit_plain.send(way_out(joined()))

    assert answer.status == 200
    assert answer.heading == "You have left the newsletter"
    assert state() is SubscriberState.UNSUBSCRIBED
    assert contacts()["ada@example.org"]["state"] == "unsubscribed"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            b'--x\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--x--\n',
        ),
    ],
)
def test_a_mail_programs_one_click_acts_without_cookie_or_redirect(
    app, joined, contacts, content_type, body
):
    link = way_out(joined())
    client = app.test_client(use_cookies=False)

    answer = client.post(link, data=body, content_type=content_type)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert contacts()["ada@example.org"]["state"] == "unsubscribed"
    consent = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()[-1]
    assert (consent.given, consent.channel) == (False, "one-click")


@pytest.mark.parametrize("body", [b"", b"something=else", b"\x00\xff", b'{"a": 1}'])
def test_whatever_is_posted_to_the_link_it_acts(visit_plain, joined, body):
    visit_plain.post(way_out(joined()), body)

    assert state() is SubscriberState.UNSUBSCRIBED


def test_repeats_are_harmless(visit_plain, joined, contacts):
    link = way_out(joined())
    visit_plain.post(link)
    contacts()
    before = tables()

    for data in (None, ONE_CLICK):
        assert visit_plain.post(link, data).heading == "You have left the newsletter"
    assert visit_plain(link).status == 200
    assert tables() == before


@pytest.mark.parametrize("suppressed", [SubscriberState.BOUNCED, SubscriberState.COMPLAINED])
def test_who_cannot_be_mailed_stays_so(visit_plain, add, suppressed):
    visit_plain.post(way_out(add(state=suppressed)))

    assert state() is suppressed


def test_who_never_confirmed_is_deleted(visit_plain, add, contacts):
    answer = visit_plain.post(way_out(add(state=SubscriberState.PENDING)))

    assert answer.heading == "You have left the newsletter"
    assert tables()["subscriber"] == []
    assert contacts() == {}


def test_the_link_in_an_old_mail_works_after_an_erasure(visit_plain, joined):
    subscriber = joined()
    link = way_out(subscriber)
    services.erase(subscriber)
    before = tables()

    assert visit_plain(link).status == 200
    assert visit_plain.post(link, ONE_CLICK).status == 200
    assert tables() == before


def test_every_link_after_leaving_leads_somewhere(visit_plain, joined):
    subscriber = joined()
    link = way_out(subscriber)
    page = visit_plain.send(link).page
    services.erase(Subscriber.with_email("ada@example.org"))

    for target in [a.attrs["href"] for a in page.query("#unsubscribe a")]:
        if not target.startswith("mailto:"):
            answer = visit_plain.client.get(target, follow_redirects=True)
            assert answer.status_code == 200, target


@settings(SECRET_KEY=OLD_KEY)
def test_an_erasure_is_known_for_as_long_as_the_old_secret_is_listed(make_app, joined):
    services.erase(joined())
    new = {"SECRET_KEY": "a-new-secret-that-is-also-long-enough"}

    with make_app(**new, SECRET_KEY_FALLBACKS=OLD_KEY).app_context():
        assert retention.erased("ada@example.org")


def test_leaving_never_overtakes_the_signup_before_it(
    visit_plain, app, joined, contacts, monkeypatch
):
    provider, told, is_down = app.extensions["providers"].audience, [], [True]
    upsert, end = provider.upsert, provider.unsubscribe

    def upsert_when_up(contact):
        if is_down:
            raise TryLater("down")
        told.append("upsert")
        return upsert(contact)

    def note_end(address):
        told.append("unsubscribe")
        return end(address)

    monkeypatch.setattr(provider, "upsert", upsert_when_up)
    monkeypatch.setattr(provider, "unsubscribe", note_end)
    with time_machine.travel(datetime(2026, 3, 1, 9, tzinfo=UTC)) as clock:
        visit_plain.send(way_out(joined()))
        contacts()
        assert told == []

        is_down.clear()
        clock.shift(60)
        assert contacts()["ada@example.org"]["state"] == "unsubscribed"

    assert told == ["upsert", "unsubscribe"]
