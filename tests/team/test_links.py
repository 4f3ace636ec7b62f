"""The links in the team's mails: how long, how often and for whom they work."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db, now
from portal.forms import signer
from portal.team import links, services
from portal.team.models import Member, Role
from tests.team import a_member

WORDS = "four words that count"
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def clock():
    with time_machine.travel(now().replace(microsecond=0), tick=False) as clock:
        yield clock


@pytest.fixture
def env(env, database):
    """On PostgreSQL with a server whose clock is not in UTC: it tells moments in its own zone."""
    if database.startswith("postgresql"):
        return env | {"DATABASE_URL": f"{database}?options=-c%20timezone%3DAsia/Kolkata"}
    return env | {"DATABASE_URL": database}


@pytest.fixture
def each_database():
    """Said by `env`."""


@pytest.fixture
def invited(app, clock):
    """Somebody who was invited; the link that was printed."""
    return services.invite("grace@team.example", Role.READER)


def token(link):
    return link.rpartition("/")[2]


def grace():
    db.session.expire_all()
    return services.find("grace@team.example")


def test_invitation_is_mailed_and_printed_and_both_links_work(invited, mailbox):
    (mail,) = mailbox()
    text = mail.get_body(("plain",)).get_content()
    mailed = re.search(r"http://portal\.test/team/invite/\S+", text).group()

    assert mail["To"] == "grace@team.example"
    assert links.read_invite(token(mailed)) is grace()
    assert links.read_invite(token(invited)) is grace()


@pytest.mark.parametrize(
    ("after", "works"), [(timedelta(days=7), True), (timedelta(days=7) + SECOND, False)]
)
def test_invitation_works_for_seven_days(invited, clock, after, works):
    clock.shift(after)

    assert bool(links.read_invite(token(invited))) is works


def test_invitation_works_once(invited):
    services.accept(grace(), "Grace", WORDS)

    assert links.read_invite(token(invited)) is None


def test_newer_invitation_ends_the_one_before(invited, clock):
    clock.shift(1)
    newer = services.invite("grace@team.example", Role.EDITOR)

    assert links.read_invite(token(invited)) is None
    assert links.read_invite(token(newer)) is grace()
    assert grace().role is Role.EDITOR


def test_invitation_of_somebody_who_was_disabled_meanwhile_is_over(invited):
    services.disable(grace())

    assert links.read_invite(token(invited)) is None


def test_member_with_an_account_gets_the_role_alone(invited, mailbox):
    services.accept(grace(), "Grace", WORDS)
    mails = len(mailbox())

    assert services.invite("Grace@team.example", Role.EDITOR) == ""
    assert grace().role is Role.EDITOR
    assert grace().name == "Grace"
    assert services.check_password("grace@team.example", WORDS) is grace()
    assert len(mailbox()) == mails


def test_invitation_enables_nobody_who_was_disabled(app):
    member = a_member()
    services.disable(member)
    services.invite(member.email, Role.READER)

    assert not member.active


def test_invitation_does_not_demote_the_last_manager(app):
    member = a_member(Role.MANAGER)
    with pytest.raises(services.LastManager):
        services.invite(member.email, Role.READER)
    db.session.rollback()

    assert member.role is Role.MANAGER


@pytest.fixture
def forgotten(invited):
    """A link for a new password."""
    services.accept(grace(), "Grace", WORDS)
    return links.reset_url(grace())


@pytest.mark.parametrize(
    ("after", "works"), [(timedelta(hours=2), True), (timedelta(hours=2) + SECOND, False)]
)
def test_link_for_a_new_password_works_for_two_hours(forgotten, clock, after, works):
    clock.shift(after)

    assert bool(links.read_reset(token(forgotten))) is works


def test_link_for_a_new_password_works_once(forgotten):
    services.change_password(grace(), f"{WORDS} more")

    assert links.read_reset(token(forgotten)) is None


def test_link_for_a_new_password_is_over_when_the_member_is_disabled(forgotten):
    services.disable(grace())
    assert links.read_reset(token(forgotten)) is None
    services.enable(grace(), grace())
    assert links.read_reset(token(forgotten)) is None


def test_link_of_one_kind_is_none_of_the_other(invited, forgotten):
    again = services.invite("new@team.example", Role.READER)

    assert links.read_reset(token(again)) is None
    assert links.read_invite(token(forgotten)) is None


@pytest.mark.parametrize("bad", ["", "x", "....", "\0", "💚", "' OR 1=1", "a" * 5000])
def test_link_that_we_did_not_make_is_nobodys(app, bad):
    assert links.read_invite(bad) is None
    assert links.read_reset(bad) is None


def test_link_for_somebody_who_is_not_there_is_nobodys(app):
    for purpose, read in (("invite", links.read_invite), ("reset", links.read_reset)):
        assert read(signer(purpose).dumps([4711, ""])) is None


def test_first_manager_is_invited_once_and_the_link_comes_again_until_one_accepts(app, mailbox):
    first = services.invite_first_manager("boss@team.example")
    again = services.invite_first_manager("boss@team.example")
    boss = services.find("boss@team.example")

    assert boss.role is Role.MANAGER
    assert links.read_invite(token(first)) is boss
    assert links.read_invite(token(again)) is boss
    assert len(mailbox()) == 1

    services.accept(boss, "Boss", WORDS)
    assert services.invite_first_manager("boss@team.example") == ""
    assert db.session.query(Member).count() == 1


def test_first_manager_is_invited_also_when_others_are_there_already(app):
    a_member(Role.READER)

    assert services.invite_first_manager("boss@team.example")
