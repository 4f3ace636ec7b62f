"""The way in: password and code; the same answer for everybody; no way around."""

from dataclasses import replace
from datetime import timedelta
from threading import BoundedSemaphore

import pytest

from portal.extensions import db
from portal.team import attempts, browsers, passwords, services
from tests.contact import hidden
from tests.team import PASSWORD, SIGN_IN, a_member, link_in, put_in, reload, signed_in
from tests.visit import Visit

CODE, INBOX = "/team/code", "/inbox/"
RIGHT = {"email": "ada@team.example", "password": PASSWORD}


def is_in(visit) -> bool:
    """Whether the inbox opens."""
    return visit.client.get(INBOX).status_code == 200


def test_password_and_code_let_in_and_lead_to_what_was_wanted(visit, phone):
    wanted = visit.client.get(INBOX + "?state=open")
    assert wanted.status_code == 303
    form = visit(wanted.location)
    assert form.has("[name=email][autocomplete='username webauthn']")
    assert form.has("[name=password][autocomplete=current-password]")
    step = visit.send(wanted.location, RIGHT)
    assert step.heading == "Second step"
    for path in (INBOX, "/team/account/", "/team/people/", "/team/second-step", "/team/verify"):
        answer = visit.client.get(path)
        assert answer.status_code == 303, "a password alone reaches nothing"
        assert answer.location.startswith((SIGN_IN, CODE))
    done = visit.post(CODE, {"code": phone.code(), "csrf_token": step.value("csrf_token")})

    assert done.response.request.full_path == INBOX + "?state=open"
    assert is_in(visit)


def test_no_address_leads_away_from_the_team(visit_plain, phone):
    token = hidden(visit_plain(SIGN_IN))
    visit_plain.post(f"{SIGN_IN}?next=//evil.example/inbox/", RIGHT | token)
    done = visit_plain.send(CODE, {"code": phone.code()})

    assert done.response.request.path == INBOX


def test_code_counts_once(visit, visit_plain, phone):
    code = phone.code()
    for visitor in (visit_plain, visit):
        visitor.send(SIGN_IN, RIGHT)
        answer = visitor.send(CODE, {"code": code})
        assert is_in(visitor) == (visitor is visit_plain)
    assert answer.status == 422
    assert "used already" in answer.text


def test_password_counts_for_one_second_step_and_is_taken_back_by_signing_out(
    app, visit_plain, ada, phone
):
    """A copy of the cookie leads nowhere, though there are more codes."""
    for end in (lambda: visit_plain.send(CODE, {"code": phone.code()}), sign_out(visit_plain)):
        visit_plain.send(SIGN_IN, RIGHT)
        copied = visit_plain.client.get_cookie("portal").value
        end()
        visit_plain.client.set_cookie("portal", copied)
        for path in (CODE, "/team/second-step"):
            assert visit_plain.client.get(path).location == SIGN_IN
        answer = visit_plain.post(CODE, {"code": phone.code(1)}).response
        assert answer.request.path == SIGN_IN
        assert not is_in(visit_plain)


def sign_out(visit):
    return lambda: visit.client.post("/team/sign-out")


def test_second_step_waits_for_a_quarter_of_an_hour(visit_plain, clock, phone):
    visit_plain.send(SIGN_IN, RIGHT)
    clock.shift(timedelta(minutes=16))

    assert visit_plain.client.get(CODE).location == SIGN_IN


def test_session_ends_after_twelve_hours(visit_plain, clock, ada):
    put_in(visit_plain, ada)
    clock.shift(timedelta(hours=11, minutes=59))
    assert is_in(visit_plain)
    clock.shift(timedelta(minutes=2))
    assert not is_in(visit_plain)


def test_signing_out_needs_a_post_with_a_token(visit, ada):
    put_in(visit, ada)
    assert visit("/team/sign-out").status == 405
    assert visit.client.post("/team/sign-out").status_code == 400
    assert is_in(visit)
    answer = visit.send("/team/account/", button="Sign out")

    assert answer.heading == "You are signed out"
    assert not is_in(visit)
    assert visit.post("/team/sign-out").heading == "You are signed out", "the other tab, too"


NOBODY = "nobody@team.example"


def network(number):
    return f"10.0.{number}.1" if number % 2 else f"2001:db8:{number:x}::1"


def try_in(app, email, password, place="192.0.2.1", known=None):
    """One try of somebody who has no cookie but that of a known browser: its status and words."""
    visitor = Visit(app, htmx=False)
    if known:
        visitor.client.set_cookie(*known)
    form = hidden(visitor(SIGN_IN)) | {"email": email, "password": password}
    answer = visitor.post(SIGN_IN, form, environ_overrides={"REMOTE_ADDR": place})
    return answer.status, answer.heading, answer.text.replace(email, "")


@pytest.fixture
def fewer(env, monkeypatch):
    """Of all networks together, not as many are let try as on a real site.

    Where many people share an address, no more may be guessed for one account.
    """
    env["RATELIMIT_TIMES"] = "5"
    fewer = replace(attempts.PASSWORDS, most="15/15 minutes")
    monkeypatch.setattr(attempts, "PASSWORDS", fewer)


@pytest.mark.parametrize("places", [1, 18])
def test_stranger_is_slowed_down_and_keeps_no_member_out(
    limited, fewer, app, ada, phone, mailbox, places
):
    """Neither is a member told apart from nobody, and they hear of it once."""
    known = known_browser(app, ada)
    tried = 12 if places == 1 else 18
    tries = {
        email: [try_in(app, email, "wrong", network(one % places)) for one in range(tried)]
        for email in (NOBODY, RIGHT["email"].upper())
    }
    checked = 10 if places == 1 else 15
    for answers in tries.values():
        statuses = [status for status, *_ in answers]
        assert statuses == [422] * checked + [429] * (tried - checked)
        assert "Wait 15 minutes. Or use a passkey, or make a new password." in answers[-1][2]
    assert len({words for answers in tries.values() for _, _, words in answers}) == 2

    assert try_in(app, **RIGHT, place=network(0))[0] == 429
    elsewhere = try_in(app, **RIGHT, place="198.51.100.7")
    assert elsewhere[:2] == ((200, "Second step") if places == 1 else (429, "Sign in"))
    assert try_in(app, **RIGHT, place=network(0), known=known)[:2] == (200, "Second step")
    mails = [mail for mail in mailbox() if mail["Subject"].startswith("Somebody tries")]
    assert [mail["To"].addresses[0].addr_spec for mail in mails] == [RIGHT["email"]]


def test_known_browser_has_tries_of_its_own_until_it_is_forgotten(
    limited, fewer, app, visit_plain, ada, phone
):
    visit_plain.send(SIGN_IN, RIGHT)
    visit_plain.send(CODE, {"code": phone.code()})
    given = visit_plain.client.get_cookie("portal-known").value
    cookies = [("portal-known", given), known_browser(app, ada)]
    for known in cookies:
        assert [try_in(app, ada.email, "wrong", known=known)[0] for _ in range(11)] == (
            [422] * 10 + [429]
        )
    bos, other = known_browser(app, a_member(name="Bo")), known_browser(app, ada)
    assert try_in(app, **RIGHT, known=bos)[0] == 200
    for number in range(16):
        try_in(app, ada.email, "wrong", network(number))
    assert try_in(app, **RIGHT, known=bos)[0] == 429
    assert try_in(app, **RIGHT, known=other)[0] == 200
    services.sign_out_everywhere(reload(ada))
    db.session.commit()
    assert try_in(app, **RIGHT, known=other)[0] == 429


def known_browser(app, member):
    """The cookie of a browser in which a member was in before."""
    key = browsers.new_key()
    signed_in(member, known_by=browsers.digest(key))
    return "portal-known", key


def test_many_from_one_network_have_to_wait(limited, visit_plain, monkeypatch):
    monkeypatch.setattr(attempts, "MANY_FROM_ONE_PLACE", "3/15 minutes")
    typed = [{"email": f"a{n}@b.org", "password": "x"} for n in range(4)]

    assert [visit_plain.send(SIGN_IN, one).status for one in typed] == [422] * 3 + [429]


def test_more_passwords_at_once_than_there_is_room_for_wait_and_known_browsers_do_not(
    app, monkeypatch, ada, phone
):
    monkeypatch.setattr(passwords, "LINE", BoundedSemaphore(1))
    passwords.LINE.acquire()
    for email in (RIGHT["email"], NOBODY):
        status, _, words = try_in(app, email, PASSWORD)
        assert (status, attempts.BUSY in words) == (429, True)
    assert try_in(app, **RIGHT, known=known_browser(app, ada))[0] == 200
    passwords.LINE.release()

    assert try_in(app, **RIGHT)[0] == 200
    assert passwords.LINE.acquire(blocking=False), "its place in the line is given back"


def test_codes_cannot_be_tried_out_and_a_new_password_lets_in_at_once(
    limited, visit_plain, monkeypatch, ada, phone, mailbox
):
    """Whoever tries codes has the password: its owner is told so, and another begins anew."""
    monkeypatch.setattr(attempts, "CODES", attempts.Tries("code", "15/day"))
    for number in range(20):
        if not number % 10:
            visit_plain.send(SIGN_IN, RIGHT)
        place = {"REMOTE_ADDR": network(number // 10)}
        answer = visit_plain.send(CODE, {"code": "000000"}, environ_overrides=place)
        assert answer.status == (422 if number < 15 else 429), number
    assert visit_plain.send(CODE, {"code": phone.code()}).status == 429
    assert not is_in(visit_plain)
    (mail,) = [mail for mail in mailbox() if mail["Subject"].startswith("Somebody tries")]
    assert "the right password" in mail.get_body(("plain",)).get_content()

    services.change_password(reload(ada), "another four words")
    visit_plain.send(SIGN_IN, RIGHT | {"password": "another four words"})
    visit_plain.send(CODE, {"code": phone.code()})
    assert is_in(visit_plain)


def test_reset_leads_to_a_new_password_and_then_the_code(visit, visit_plain, ada, phone, mailbox):
    put_in(visit_plain, ada)
    visit.send("/team/reset", {"email": "ADA@team.example"})
    link = link_in(mailbox()[-1])
    assert visit.send(link, {"password": "short"}).status == 422
    answer = visit.send(link, {"password": "another four words"})

    assert answer.heading == "Second step"
    assert not is_in(visit)
    assert not is_in(visit_plain)
    assert visit(link).status == 410
    assert services.check_password(ada.email, "another four words")
    visit.send(CODE, {"code": phone.code()})
    assert is_in(visit)
