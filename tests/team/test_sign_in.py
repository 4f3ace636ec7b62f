"""The way in: password and code; the same answer for everybody; no way around."""

from datetime import timedelta

import pytest

from portal.team import attempts, services
from tests.contact import hidden
from tests.team import PASSWORD, SIGN_IN, link_in, put_in

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


@pytest.mark.parametrize(("email", "then"), [(RIGHT["email"], 429), ("nobody@team.example", 200)])
def test_eleventh_try_for_an_address_has_to_wait(limited, visit_plain, phone, email, then):
    for number in range(11):
        tried = email.upper() if number % 2 else email
        answer = visit_plain.send(SIGN_IN, {"email": tried, "password": "wrong"})
        assert answer.status == (422 if number < 10 else 429)

    assert "Wait 15 minutes" in answer.text
    assert answer.value("email") == email
    assert visit_plain.send(SIGN_IN, RIGHT).status == then


def test_many_from_one_network_have_to_wait(limited, visit_plain, monkeypatch):
    monkeypatch.setattr(attempts, "MANY_FROM_ONE_PLACE", "3/15 minutes")
    typed = [{"email": f"a{n}@b.org", "password": "x"} for n in range(4)]

    assert [visit_plain.send(SIGN_IN, one).status for one in typed] == [422] * 3 + [429]


def test_codes_cannot_be_tried_out(limited, visit_plain, phone):
    visit_plain.send(SIGN_IN, RIGHT)
    for _ in range(10):
        visit_plain.send(CODE, {"code": "000000"})

    assert visit_plain.send(CODE, {"code": phone.code()}).status == 429
    assert not is_in(visit_plain)


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
