"""Nobody comes in uninvited: from the link in a mail to the first page of the inbox."""

from datetime import timedelta

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.signing import signer
from portal.team import links, services
from portal.team.models import Member, Role
from tests.team import PASSWORD, App, a_member, link_in, reload

SET_UP, GRACE = "/team/second-step", "grace@team.example"
CHOSEN = {"name": "Grace", "password": PASSWORD}


@pytest.fixture
def link(app, mailbox):
    """The link in the mail to somebody who was just invited."""
    services.invite(GRACE, Role.EDITOR)
    return link_in(mailbox()[-1])


def token(link):
    return link.rpartition("/")[2]


def grace():
    db.session.expire_all()
    found = services.find(GRACE)
    db.session.commit()
    return found


def key_on(page) -> str:
    return page.page.query(".key")[0].to_text().strip()


def test_link_password_and_code_lead_into_the_inbox(visit, link):
    assert GRACE in visit(link).text
    wrong = visit.send(link, CHOSEN | {"name": "A\u202eda"})
    assert wrong.status == 422
    assert PASSWORD not in wrong.response.text
    set_up = visit.send(link, CHOSEN)
    assert set_up.heading == "Add a second step"
    assert set_up.has(".qr svg")
    done = visit.send(SET_UP, {"code": App.of_key(key_on(set_up)).code()})

    assert done.heading == "Keep these codes"
    codes = {code.to_text().strip() for code in done.page.query("code")}
    assert len(codes) == 8
    assert visit.client.get("/inbox/").status_code == 200
    assert (grace().name, grace().invited_at, grace().role) == ("Grace", None, Role.EDITOR)
    assert grace().last_seen_at
    again = visit("/team/account/")
    assert not any(code in again.text for code in codes)
    assert visit.client.get(SET_UP).status_code == 303


def test_any_letters_make_a_password(visit_plain, link):
    """Long is what counts; the same letter may be made of one mark or of two."""
    visit_plain.send(link, CHOSEN | {"password": "crème brûlée 🙂 "})

    assert services.check_password(GRACE, "cre\u0300me bru\u0302le\u0301e 🙂 ")
    assert not services.check_password(GRACE, "creme brulee 🙂 ")


def test_password_without_a_second_step_leads_only_to_setting_it_up(visit, visit_plain, link):
    first = visit.send(link, CHOSEN)
    wrong = visit.send(SET_UP, {"code": "000000"})
    assert (wrong.status, key_on(wrong)) == (422, key_on(first))
    assert reload(grace()).tf_totp_secret is None
    answer = visit_plain.send("/team/sign-in", {"email": GRACE, "password": PASSWORD})

    assert answer.heading == "Add a second step"
    for visitor in (visit, visit_plain):
        for page in ("/inbox/", "/team/account/"):
            assert visitor.client.get(page).status_code == 303


def test_mail_of_an_invitation_is_private_and_leads_where_the_printed_link_does(app, mailbox):
    printed = services.invite(GRACE, Role.READER)
    (mail,) = mailbox()

    assert mail["To"] == GRACE
    assert "Leave the newsletter" not in mail.get_body(("plain",)).get_content()
    assert links.read_invite(token(printed)) is links.read_invite(token(link_in(mail)))


@pytest.mark.parametrize(
    ("purpose", "lasts"), [("invite", timedelta(days=7)), ("reset", timedelta(hours=2))]
)
def test_link_works_to_the_last_second(make_app, database, clock, purpose, lasts):
    """Also with a PostgreSQL whose clock is not in UTC: it tells moments in its own zone."""
    zone = "?options=-c%20timezone%3DAsia/Kolkata" if database.startswith("postgres") else ""
    with make_app(DATABASE_URL=database + zone).app_context():
        made = services.invite(GRACE, Role.READER)
        if purpose == "reset":
            services.accept(grace(), "Grace", PASSWORD)
            made = links.reset_url(grace())
        read = {"invite": links.read_invite, "reset": links.read_reset}[purpose]
        clock.shift(lasts)
        assert read(token(made)) is grace()
        clock.shift(1)
        assert read(token(made)) is None
        assert read(signer(purpose).dumps([4711, ""])) is None, "there is nobody"


def test_member_with_an_account_gets_the_role_alone(app, mailbox):
    services.invite(GRACE, Role.READER)
    services.accept(grace(), "Grace", PASSWORD)
    mails = len(mailbox())

    assert services.invite(GRACE.title(), Role.EDITOR) == ""
    assert (grace().role, grace().name) == (Role.EDITOR, "Grace")
    assert services.check_password(GRACE, PASSWORD)
    assert len(mailbox()) == mails


def test_newer_invitation_has_the_newer_role_and_enables_nobody(app):
    services.invite(GRACE, Role.READER)
    services.invite(GRACE.upper(), Role.MANAGER)
    assert grace().role is Role.MANAGER

    ended = a_member(name="Bo")
    services.disable(ended)
    services.invite(ended.email, Role.READER)
    assert not ended.active


def test_first_manager_is_invited_once_and_the_link_comes_again_until_one_accepts(app, mailbox):
    a_member(Role.READER)
    first, again = (services.invite_first_manager("boss@team.example") for _ in range(2))
    boss = services.find("boss@team.example")

    assert boss.role is Role.MANAGER
    assert links.read_invite(token(first)) is links.read_invite(token(again)) is boss
    assert len(mailbox()) == 1
    services.accept(boss, "Boss", PASSWORD)
    assert services.invite_first_manager("boss@team.example") == ""
    assert db.session.query(Member).count() == 2


def test_command_invites_lists_and_disables(app):
    def run(*words):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["team", *words])

    invited = run("invite", "Ada@team.example", "--role", "manager")
    assert "http://portal.test/team/invite/" in invited.output
    assert db.session.query(Outgoing).one().address == "Ada@team.example"
    assert "manager  invited   Ada@team.example" in run("list").output
    assert run("invite", "no address").exit_code == 2
    assert "no such member" in run("disable", "nobody@team.example").output
    a_member(Role.MANAGER, "Bo")
    refused = run("disable", "bo@team.example")
    assert (refused.exit_code, "only manager" in refused.output) == (1, True)
    a_member(Role.MANAGER, "Cy")
    assert run("disable", "BO@team.example").exit_code == 0
    assert not services.find("bo@team.example").active
