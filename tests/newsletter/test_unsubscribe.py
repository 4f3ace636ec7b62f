"""Leaving: one button, or the mail program's own (RFC 8058)."""

import pytest

from portal.extensions import db
from portal.newsletter import links, retention, services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.newsletter import ADA, settings, state_of, tables

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
MULTIPART = (
    b'--x\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--x--\n',
    "multipart/form-data; boundary=x",
)
OLD_KEY = "an-old-secret-that-is-long-enough-too"
way_out = links.unsubscribe_url


def test_the_button_ends_the_newsletter_here_and_at_the_provider(visit_plain, joined, contacts):
    link = way_out(joined())
    page, answer = visit_plain(link), visit_plain.send(link)

    assert page.heading == "Leave the newsletter"
    assert [b.to_text().strip() for b in page.page.query("main button")] == ["Leave the newsletter"]
    assert (answer.status, answer.heading) == (200, "You have left the newsletter")
    assert state_of() is SubscriberState.UNSUBSCRIBED
    assert contacts()[ADA]["state"] == "unsubscribed"


@pytest.mark.parametrize(
    ("body", "kind", "channel"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded", "one-click"),
        (*MULTIPART, "one-click"),
        *((odd, "", "web") for odd in (b"", b"something=else", b"\x00\xff", b'{"a": 1}')),
    ],
)
def test_whatever_is_posted_to_the_link_it_acts_without_cookie_or_redirect(
    app, joined, contacts, body, kind, channel
):
    link = way_out(joined())
    db.session.commit()
    answer = app.test_client(use_cookies=False).post(link, data=body, content_type=kind)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert contacts()[ADA]["state"] == "unsubscribed"
    consent = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()[-1]
    assert (consent.given, consent.channel) == (False, channel)


def test_repeats_are_harmless(visit_plain, joined):
    link = way_out(joined())
    visit_plain.post(link)
    before = tables()

    for data in (None, ONE_CLICK):
        assert visit_plain.post(link, data).heading == "You have left the newsletter"
    assert visit_plain(link).status == 200
    assert tables() == before


@pytest.mark.parametrize("suppressed", [SubscriberState.BOUNCED, SubscriberState.COMPLAINED])
def test_who_cannot_be_mailed_stays_so(visit_plain, add, suppressed):
    visit_plain.post(way_out(add(state=suppressed)))

    assert state_of() is suppressed


def test_every_link_after_leaving_leads_somewhere_though_the_person_was_erased(visit_plain, joined):
    link = way_out(joined())
    page = visit_plain.send(link).page
    services.erase(Subscriber.with_email(ADA))

    assert visit_plain(link).status == visit_plain.post(link, ONE_CLICK).status == 200
    for target in [a.attrs["href"] for a in page.query("#unsubscribe a")]:
        if not target.startswith("mailto:"):
            answer = visit_plain.client.get(target, follow_redirects=True)
            assert answer.status_code == 200, target


@settings(SECRET_KEY=OLD_KEY)
def test_an_erasure_is_known_for_as_long_as_the_old_secret_is_listed(make_app, joined):
    services.erase(joined())
    new = {"SECRET_KEY": "a-new-secret-that-is-also-long-enough"}

    with make_app(**new, SECRET_KEY_FALLBACKS=OLD_KEY).app_context():
        assert retention.erased(ADA)
