"""Browsers as members see them, how long one is known, and what a session costs each page."""

from datetime import timedelta

from portal.extensions import db
from portal.team import browsers, session
from portal.team.models import Browser
from tests.team import ACCOUNT, a_member, put_in, signed_in

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0": (
        "Firefox on Windows"
    ),
    WINDOWS + "Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0": "Edge on Windows",
    WINDOWS + "Chrome/143.0.0.0 Safari/537.36": "Chrome on Windows",
    PHONE + "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on an iPhone",
    PHONE + "(KHTML, like Gecko) CriOS/143.0 Mobile/15E148 Safari/604.1": "Chrome on an iPhone",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/143.0.0.0 Mobile Safari/537.36": (
        "Chrome on Android"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.5 Safari/605": (
        "Safari on a Mac"
    ),
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36": (
        "Chrome on a Chromebook"
    ),
    "Lynx/2.9 \u202e<b>": "A browser",
    "": "A browser",
}


def test_browser_is_told_in_words_of_ours(app):
    for agent, words in AGENTS.items():
        with app.test_request_context(headers={"User-Agent": agent}):
            assert browsers.device() == words


def test_member_sees_their_own_sessions_and_no_others(visit, clock):
    ada, ben = a_member(), a_member(name="Ben")
    signed_in(ada, device="Edge on Windows", lasts=timedelta(hours=1))
    signed_in(ada, device="Over on Windows", lasts=timedelta(0))
    signed_in(ada, device="Half on Windows", began_at=None)
    signed_in(ben, device="Chrome on Android")
    put_in(visit, ada)
    page = visit(ACCOUNT + "sessions")

    assert [one.to_text() for one in page.page.query("li h2")] == [
        "Firefox on Linux",
        "Edge on Windows",
    ]
    assert "You are here now. Signed in today 8:00, until today 20:00." in page.text
    assert "Signed in yesterday 21:00, until today 9:00." in page.text
    number = db.session.scalar(db.select(Browser.id).where(Browser.member_id == ben.id))
    token = {"csrf_token": page.value("csrf_token")}
    visit.post(f"{ACCOUNT}sessions/{number}/end", token)
    assert len(browsers.signed_in(ben)) == 1


def test_browser_is_known_for_90_days_and_then_forgotten_with_what_ended(app, clock):
    ada, known = a_member(), browsers.new_key()
    signed_in(ada, known_by=browsers.digest(known))
    signed_in(ada, lasts=session.STEP_WITHIN, began_at=None, known_by=None)

    def is_known():
        with app.test_request_context(headers={"Cookie": f"portal-known={known}"}):
            return browsers.known(ada.email_key) is not None

    for waits, left in ((timedelta(0), 2), (timedelta(days=90), 1), (timedelta(hours=13), 0)):
        clock.shift(waits)
        browsers.tidy.call_local()
        assert db.session.scalar(db.select(db.func.count(Browser.id))) == left
        assert is_known() is bool(left)


def test_a_page_asks_once_who_is_in_and_writes_nothing(client, statements):
    put_in(client, a_member())
    client.get("/inbox/keys")
    statements.clear()
    client.get("/inbox/keys")

    _begin, *asked = statements
    assert [one.split()[0] for one in asked] == ["SELECT"]
