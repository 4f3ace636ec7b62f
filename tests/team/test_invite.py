"""Nobody comes in uninvited: from the link to the first page of the inbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.team import links, services
from portal.team.models import Role
from tests.team import PASSWORD, App, a_member, link_in, reload

SET_UP = "/team/second-step"
CHOSEN = {"name": "Ada", "password": PASSWORD}


@pytest.fixture
def link(app, mailbox):
    """The link in the mail to somebody who was just invited."""
    services.invite("ada@team.example", Role.EDITOR)
    return link_in(mailbox()[-1])


def key_on(page) -> str:
    return page.page.query(".key")[0].to_text().strip()


def codes_on(page) -> list[str]:
    return [code.to_text().strip() for code in page.page.query("code")]


def test_link_password_and_code_lead_into_the_inbox(visit, link):
    page = visit(link)
    assert "ada@team.example" in page.text
    set_up = visit.send(link, CHOSEN)
    assert set_up.heading == "Add a second step"
    assert set_up.has(".qr svg")
    assert visit.client.get("/inbox/").status_code == 303
    done = visit.send(SET_UP, {"code": App.of_key(key_on(set_up)).code()})

    assert done.heading == "Keep these codes"
    assert len(set(codes_on(done))) == 8
    assert visit.client.get("/inbox/").status_code == 200
    member = services.find("ada@team.example")
    assert (member.name, member.invited_at, member.role) == ("Ada", None, Role.EDITOR)
    assert member.last_seen_at


def test_recovery_codes_are_shown_once(visit, link):
    set_up = visit.send(link, CHOSEN)
    done = visit.send(SET_UP, {"code": App.of_key(key_on(set_up)).code()})
    again = visit("/team/account/")

    assert not any(code in again.text for code in codes_on(done))
    assert visit.client.get(SET_UP).status_code == 303


def test_link_ends_when_it_was_used(visit, visit_plain, link):
    visit.send(link, CHOSEN)
    answer = visit_plain(link)

    assert (answer.status, answer.heading) == (410, "This link no longer works")
    assert visit_plain.post(link, CHOSEN).status == 410
    assert services.check_password("ada@team.example", PASSWORD)


def test_link_ends_after_seven_days(visit_plain, app):
    with time_machine.travel("2026-03-01T09:00Z") as clock:
        link = services.invite("ada@team.example", Role.EDITOR)
        clock.shift(timedelta(days=6, hours=23))
        assert visit_plain(link).status == 200
        clock.shift(timedelta(hours=2))
        assert visit_plain(link).status == 410


def test_second_invitation_ends_the_first_link(visit_plain, link):
    second = services.invite("ADA@team.example", Role.MANAGER)

    assert visit_plain(link).status == 410
    assert visit_plain(second).status == 200
    assert services.find("ada@team.example").role is Role.MANAGER


def test_looking_at_the_link_changes_nothing(visit, link):
    before = services.find("ada@team.example").fs_uniquifier
    db.session.commit()
    visit(link)
    visit(link)

    assert services.find("ada@team.example").fs_uniquifier == before
    db.session.commit()
    assert visit(link).status == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"password": "eleven char"}, "Use 12 letters or more"),
        ({"password": "x" * 1001}, "Use 12 letters or more"),
        ({"name": " "}, "Enter your name"),
        ({"name": "A\u202eda"}, "hidden marks"),
    ],
)
def test_bad_answer_shows_the_form_again_and_makes_no_account(visit, link, typed, words):
    answer = visit.send(link, CHOSEN | typed)

    assert answer.status == 422
    assert words in answer.text
    assert PASSWORD not in answer.response.text
    if "name" not in typed:
        assert answer.value("name") == "Ada"
    assert services.find("ada@team.example").password is None


def test_any_letters_make_a_password(visit, link):
    """Long is what counts; the same letter may be made of one mark or of two."""
    visit.send(link, CHOSEN | {"password": "crème brûlée 🙂 "})
    typed_elsewhere = "cre\u0300me bru\u0302le\u0301e 🙂 "

    assert services.check_password("ada@team.example", typed_elsewhere)
    assert not services.check_password("ada@team.example", "creme brulee 🙂 ")


def test_password_without_a_second_step_leads_only_to_setting_it_up(visit, visit_plain, link):
    visit.send(link, CHOSEN)
    answer = visit_plain.send("/team/sign-in", {"email": "ada@team.example", "password": PASSWORD})

    assert answer.heading == "Add a second step"
    assert visit_plain.client.get("/inbox/").status_code == 303
    assert visit_plain.client.get("/team/account/").status_code == 303


def test_wrong_code_does_not_set_up_an_app(visit, link):
    first = visit.send(link, CHOSEN)
    answer = visit.send(SET_UP, {"code": "000000"})

    assert (answer.status, answer.heading) == (422, "Add a second step")
    assert key_on(answer) == key_on(first)
    assert reload(services.find("ada@team.example")).tf_totp_secret is None


def test_somebody_with_an_account_gets_no_link(app, mailbox):
    bo = a_member(Role.READER, "Bo")
    services.change_password(bo, PASSWORD)

    assert services.invite("bo@team.example", Role.EDITOR) == ""
    assert services.find("bo@team.example").role is Role.EDITOR
    assert mailbox() == []


def test_mail_of_an_invitation_is_plain_and_private(app, mailbox):
    services.invite("ada@team.example", Role.READER)
    mail = mailbox()[-1]
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()

    assert "Make your account" in text
    assert "Leave the newsletter" not in html + text
    assert link_in(mail) in html
    assert "http://portal.test/team/invite/" in text


@pytest.mark.parametrize("token", ["x", "x.y.z", "%00", "☃"])
def test_made_up_link_is_answered_kindly(visit, app, token):
    assert visit(f"/team/invite/{token}").status == 410
    assert visit(f"/team/reset/{token}").status == 410


def test_link_of_one_kind_is_none_of_the_other(visit, app):
    token = services.invite("ada@team.example", Role.EDITOR).rpartition("/")[2]

    assert visit(f"/team/reset/{token}").status == 410


def test_command_invites_lists_and_disables(app):
    run = app.test_cli_runner().invoke
    invited = run(args=["team", "invite", "Ada@team.example", "--role", "manager"])
    assert "http://portal.test/team/invite/" in invited.output
    assert db.session.query(Outgoing).one().address == "Ada@team.example"
    db.session.commit()
    assert "manager  invited   Ada@team.example" in run(args=["team", "list"]).output
    assert run(args=["team", "invite", "no address"]).exit_code == 2
    assert "no such member" in run(args=["team", "disable", "nobody@team.example"]).output
    a_member(Role.MANAGER, "Bo")
    refused = run(args=["team", "disable", "bo@team.example"])
    assert (refused.exit_code, "only manager" in refused.output) == (1, True)
    a_member(Role.MANAGER, "Cy")
    assert run(args=["team", "disable", "BO@team.example"]).exit_code == 0
    assert not services.find("bo@team.example").active


def test_first_manager_is_named_until_somebody_has_accepted(app, mailbox):
    first = services.invite_first_manager("team@example.org")
    second = services.invite_first_manager("team@example.org")
    assert first
    assert second
    assert len(mailbox()) == 1
    path = second.removeprefix("http://portal.test/team/invite/")
    with app.test_request_context(method="POST"):
        services.accept(links.read_invite(path), "Ada", PASSWORD)

    assert services.invite_first_manager("team@example.org") == ""
