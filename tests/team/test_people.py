"""The people page: a manager invites, changes and disables, and one manager always stays."""

import logging

import pytest

from portal.extensions import db
from portal.team import codes, services
from portal.team.models import Role
from tests.team import PEOPLE, a_member, put_in, reload, sign_in, with_password


@pytest.fixture
def manager(app, visit_plain):
    return sign_in(visit_plain, app, Role.MANAGER, "Mary")


@pytest.fixture
def bo(app):
    return a_member(Role.EDITOR, "Bo")


def do(visit_plain, number, action, **data):
    """Press a button beside somebody."""
    token = visit_plain(PEOPLE).value("csrf_token")
    return visit_plain.post(f"{PEOPLE}{number}", data | {"do": action, "csrf_token": token})


def test_page_shows_everybody_and_how_they_stand(visit_plain, manager, bo):
    services.invite("new@team.example", Role.READER)
    services.disable(reload(a_member(Role.READER, "Cy")))
    text = visit_plain(PEOPLE).text

    assert "Bo" in text
    assert "new@team.example. Invited" in text
    assert "cy@team.example. Cannot sign in." in text


def test_role_is_changed_and_who_is_disabled_may_be_let_in_again(visit_plain, manager, bo):
    do(visit_plain, bo.id, "role", role="reader")
    assert reload(bo).role is Role.READER
    do(visit_plain, bo.id, "disable")
    assert not reload(bo).active
    do(visit_plain, bo.id, "enable")
    assert reload(bo).active


@pytest.mark.parametrize("action", ["disable", "second-step"])
def test_who_is_disabled_or_lost_their_phone_is_out_for_good(app, visit_plain, manager, bo, action):
    with_password(bo)
    codes.new_recovery_codes(bo)
    db.session.commit()
    theirs = app.test_client()
    put_in(theirs, bo)
    assert theirs.get("/inbox/").status_code == 200
    for pressed in (action, "enable"):
        do(visit_plain, bo.id, pressed)
        assert theirs.get("/inbox/").status_code == 303
    bo = reload(bo)
    assert bo.has_second_step == bool(bo.mf_recovery_codes) == (action == "disable")


@pytest.mark.parametrize(
    ("path", "action", "role"), [("1", "disable", ""), ("1", "role", "reader"), ("", "", "reader")]
)
def test_last_manager_stays(visit_plain, manager, path, action, role):
    services.invite("new@team.example", Role.MANAGER)  # who was only invited does not count
    services.disable(a_member(Role.MANAGER, "Off"))  # and neither does who is disabled
    answer = do(visit_plain, path, action, role=role, email=manager.email.upper())

    assert answer.status == 422
    assert "There must be one manager" in answer.text
    manager = reload(manager)
    assert (manager.active, manager.role) == (True, Role.MANAGER)


def test_nobody_is_changed_where_there_is_nobody_and_nothing_to_what_there_is_not(
    visit_plain, manager, bo
):
    for number in (0, 99, 2**31, 2**70):
        assert do(visit_plain, number, "disable").status == 404
    assert do(visit_plain, bo.id, "role", role="queen").status == 400
    assert reload(bo).role is Role.EDITOR


def test_changes_of_people_are_logged_without_their_names(visit_plain, manager, bo, caplog):
    with caplog.at_level(logging.WARNING, "portal.team"):
        visit_plain.send(PEOPLE, {"email": "new@team.example", "role": "reader"})
        for action in ("role", "disable", "enable", "second-step"):
            do(visit_plain, bo.id, action, role="reader")

    assert len(caplog.messages) == 5
    assert all(str(manager.id) in line for line in caplog.messages)
    assert not any(word in caplog.text for word in ("example", "Bo", "Mary"))


def test_active_members_are_those_who_can_sign_in(app):
    a_member(name="Zoe")
    a_member(name="Ada")
    services.disable(a_member(name="Off"))
    services.invite("new@team.example", Role.EDITOR)

    assert [member.name for member in services.active_members()] == ["Ada", "Zoe"]
