"""The way in: password and code; the same answer for everybody; no way around."""

from datetime import timedelta

import pytest
import time_machine

from portal.team import services
from portal.team.models import Role
from tests.newsletter import settings
from tests.team import PASSWORD, SIGN_IN, a_member, link_in, put_in, with_password

CODE = "/team/code"
INBOX = "/inbox/"
RIGHT = {"email": "ada@team.example", "password": PASSWORD}


@pytest.fixture
def ada(app):
    return a_member(Role.MANAGER)


@pytest.fixture
def phone(ada):
    return with_password(ada)


def is_in(visit) -> bool:
    """Whether the inbox opens."""
    return visit.client.get(INBOX).status_code == 200


def test_password_and_code_let_in_and_lead_to_what_was_wanted(visit, phone):
    wanted = visit.client.get(INBOX + "?state=open")
    assert wanted.status_code == 303
    step = visit.send(wanted.location, RIGHT)
    assert step.heading == "Second step"
    assert not is_in(visit)
    done = visit.post(CODE, {"code": phone.code(), "csrf_token": step.value("csrf_token")})

    assert done.response.request.full_path == INBOX + "?state=open"
    assert is_in(visit)


def test_no_address_leads_away_from_the_team(client, phone):
    query = {"next": "//evil.example/inbox/"}
    page = client.get(SIGN_IN, query_string=query)
    answer = client.post(SIGN_IN, query_string=query, data=RIGHT | token(page))
    page = client.get(answer.location)
    answer = client.post(CODE, data={"code": phone.code()} | token(page))

    assert answer.location == INBOX


def token(page) -> dict:
    """The form's token on a page."""
    mark = 'name="csrf_token" type="hidden" value="'
    return {"csrf_token": page.text.partition(mark)[2].partition('"')[0]}


def test_password_alone_reaches_nothing(visit, phone, app):
    visit.send(SIGN_IN, RIGHT)
    for path in (INBOX, "/team/account/", "/team/people/", "/team/second-step", "/team/verify"):
        answer = visit.client.get(path)
        assert answer.status_code == 303
        assert answer.location.startswith((SIGN_IN, CODE))


def test_code_counts_once(visit, visit_plain, phone):
    now = phone.code()
    for visitor, heading in ((visit_plain, None), (visit, "Second step")):
        visitor.send(SIGN_IN, RIGHT)
        answer = visitor.send(CODE, {"code": now})
        assert is_in(visitor) == (heading is None)
    assert answer.status == 422
    assert "used already" in answer.text


def test_second_step_waits_for_a_quarter_of_an_hour(visit, phone):
    with time_machine.travel("2026-03-01T09:00Z", tick=False) as clock:
        visit.send(SIGN_IN, RIGHT)
        clock.shift(timedelta(minutes=16))
        assert visit.client.get(CODE).location == SIGN_IN


def test_session_ends_after_twelve_hours(visit, phone, ada):
    with time_machine.travel("2026-03-01T09:00Z", tick=False) as clock:
        put_in(visit, ada)
        clock.shift(timedelta(hours=11, minutes=59))
        assert is_in(visit)
        clock.shift(timedelta(minutes=2))
        assert not is_in(visit)


def test_session_ends_with_the_browser(client, phone):
    page = client.get(SIGN_IN)
    answer = client.post(SIGN_IN, data=RIGHT | token(page))

    cookie = answer.headers["Set-Cookie"]
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_out_needs_a_post_with_a_token(visit, ada):
    put_in(visit, ada)
    assert visit("/team/sign-out").status == 405
    assert visit.client.post("/team/sign-out").status_code == 400
    assert is_in(visit)
    answer = visit.send("/team/account/", button="Sign out")

    assert answer.heading == "You are signed out"
    assert not is_in(visit)


@settings(RATELIMIT_ENABLED="1")
@pytest.mark.parametrize("email", ["ada@team.example", "nobody@team.example"])
def test_eleventh_try_for_an_address_has_to_wait(make_app, env, email):
    with make_app(RATELIMIT_ENABLED="1").app_context() as context:
        with_password(a_member())
        client = context.app.test_client()
        for number in range(11):
            page = client.get(SIGN_IN)
            typed = {"email": email.upper() if number % 2 else email, "password": "wrong"}
            answer = client.post(SIGN_IN, data=typed | token(page))
            assert answer.status_code == (422 if number < 10 else 429)
        assert "Wait 15 minutes" in answer.text
        assert email in answer.text
        page = client.get(SIGN_IN)
        assert client.post(SIGN_IN, data=RIGHT | token(page)).status_code == (
            429 if email == RIGHT["email"] else 303
        )


def test_many_from_one_network_have_to_wait(make_app):
    with make_app(RATELIMIT_ENABLED="1").app_context() as context:
        client = context.app.test_client()
        page = client.get(SIGN_IN)
        answers = [
            client.post(SIGN_IN, data={"email": f"a{n}@b.org", "password": "x"} | token(page))
            for n in range(101)
        ]

        assert [answer.status_code for answer in answers] == [422] * 100 + [429]


def test_codes_cannot_be_tried_out(make_app):
    with make_app(RATELIMIT_ENABLED="1").app_context() as context:
        phone = with_password(a_member())
        client = context.app.test_client()
        client.post(SIGN_IN, data=RIGHT | token(client.get(SIGN_IN)))
        for _ in range(10):
            client.post(CODE, data={"code": "000000"} | token(client.get(CODE)))
        answer = client.post(CODE, data={"code": phone.code()} | token(client.get(CODE)))

        assert answer.status_code == 429
        assert client.get(INBOX).status_code == 303


def test_reset_mail_leads_to_a_new_password_once_and_still_asks_for_the_code(
    visit, visit_plain, ada, phone, mailbox
):
    put_in(visit_plain, ada)
    answer = visit.send("/team/reset", {"email": "ADA@team.example"})
    assert answer.heading == "Check your email"
    link = link_in(mailbox()[-1])
    assert visit.send(link, {"password": "short"}).status == 422
    answer = visit.send(link, {"password": "another four words"})

    assert answer.heading == "Second step"
    assert not is_in(visit)
    assert not is_in(visit_plain)
    assert visit(link).status == 410
    assert services.check_password("ada@team.example", "another four words")
    visit.send(CODE, {"code": phone.code()})
    assert is_in(visit)
