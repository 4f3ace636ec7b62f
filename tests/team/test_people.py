"""The people page: a manager invites, changes and disables, and one manager always stays."""

import logging

import pytest

from portal.extensions import db
from portal.team import codes, services
from portal.team.models import Role
from portal.team.services import LastManager
from tests.team import PEOPLE, a_member, put_in, reload, sign_in, with_password


@pytest.fixture
def manager(app, visit_plain):
    return sign_in(visit_plain, app, Role.MANAGER, "Mary")


@pytest.fixture
def bo(app):
    return a_member(Role.EDITOR, "Bo")


def do(visit_plain, person, action, **data):
    """Press a button beside somebody."""
    token = visit_plain(PEOPLE).value("csrf_token")
    data |= {"do": action, "csrf_token": token}
    return visit_plain.post(f"{PEOPLE}{person.id}", data)


def test_page_shows_everybody_and_how_they_stand(visit_plain, manager, bo):
    services.invite("new@team.example", Role.READER)
    services.disable(reload(a_member(Role.READER, "Cy")))
    text = visit_plain(PEOPLE).text

    assert "Bo" in text
    assert "new@team.example. Invited" in text
    assert "cy@team.example. Cannot sign in." in text


def test_invitation_is_mailed(visit_plain, manager, mailbox):
    answer = visit_plain.send(PEOPLE, {"email": "new@team.example", "role": "reader"})

    assert "The invitation is on its way" in answer.text
    assert [mail["To"] for mail in mailbox()] == ["new@team.example"]


def test_role_is_changed(visit_plain, manager, bo):
    do(visit_plain, bo, "role", role="manager")

    assert reload(bo).role is Role.MANAGER


def test_member_is_let_in_no_more_and_again(visit_plain, manager, bo):
    do(visit_plain, bo, "disable")
    assert not reload(bo).active
    do(visit_plain, bo, "enable")
    assert reload(bo).active


def test_lost_phone_second_step_and_passkeys_go_and_sessions_end(visit_plain, manager, bo, app):
    with_password(bo)
    codes.new_recovery_codes(bo)
    db.session.commit()
    other = app.test_client()
    put_in(other, reload(bo))
    do(visit_plain, bo, "second-step")

    bo = reload(bo)
    assert not bo.has_second_step
    assert not bo.mf_recovery_codes
    assert other.get("/inbox/").status_code == 303


@pytest.mark.parametrize(("action", "data"), [("disable", {}), ("role", {"role": "reader"})])
def test_last_manager_stays(visit_plain, manager, bo, action, data):
    answer = do(visit_plain, manager, action, **data)

    assert answer.status == 422
    assert "There must be one manager" in answer.text
    manager = reload(manager)
    assert (manager.active, manager.role) == (True, Role.MANAGER)


def test_last_manager_is_not_made_less_by_an_invitation(visit_plain, manager):
    services.change_password(manager, "four words make one")
    put_in(visit_plain, reload(manager))
    answer = visit_plain.send(PEOPLE, {"email": manager.email.upper(), "role": "reader"})

    assert answer.status == 422
    assert reload(manager).role is Role.MANAGER


def test_manager_who_was_only_invited_or_is_disabled_does_not_count(app):
    mary = a_member(Role.MANAGER, "Mary")
    services.invite("new@team.example", Role.MANAGER)
    off = a_member(Role.MANAGER, "Off")
    services.disable(off)
    with pytest.raises(LastManager):
        services.disable(reload(mary))
    db.session.rollback()


@pytest.mark.parametrize("number", [0, 99, 2**31, 2**70])
def test_nobody_is_changed_where_there_is_nobody(visit_plain, manager, number):
    token = visit_plain(PEOPLE).value("csrf_token")
    answer = visit_plain.post(f"{PEOPLE}{number}", {"do": "disable", "csrf_token": token})

    assert answer.status == 404


@pytest.mark.parametrize("action", ["", "erase", "role"])
def test_unknown_wish_changes_nothing(visit_plain, manager, bo, action):
    assert do(visit_plain, bo, action, role="queen").status == 400
    assert reload(bo).role is Role.EDITOR


def test_changes_of_people_are_logged_without_their_names(visit_plain, manager, bo, caplog):
    with caplog.at_level(logging.WARNING, "portal.team"):
        visit_plain.send(PEOPLE, {"email": "new@team.example", "role": "reader"})
        do(visit_plain, bo, "role", role="reader")
        do(visit_plain, bo, "disable")
        do(visit_plain, bo, "enable")
        do(visit_plain, bo, "second-step")

    assert len(caplog.messages) == 5
    assert all(str(manager.id) in line for line in caplog.messages)
    assert not any(word in caplog.text for word in ("example", "Bo", "Mary"))


def test_active_members_are_those_who_can_sign_in(app):
    a_member(name="Zoe")
    a_member(name="Ada")
    services.disable(a_member(name="Off"))
    services.invite("new@team.example", Role.EDITOR)

    assert [member.name for member in services.active_members()] == ["Ada", "Zoe"]
