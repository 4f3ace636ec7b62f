"""A member's own account."""

import pytest

from portal.team import codes, services
from portal.team.models import Role
from tests.team import ACCOUNT, PASSWORD, App, a_member, put_in, reload, with_password


@pytest.fixture
def ada(app, visit_plain):
    member = a_member(Role.READER)
    with_password(member)
    member = reload(member)
    put_in(visit_plain, member)
    return member


def test_name_is_changed(visit_plain, ada):
    answer = visit_plain.send(ACCOUNT, {"name": " Ada Lovelace "})

    assert "Your name is saved" in answer.text
    assert reload(ada).name == "Ada Lovelace"


def test_password_is_changed_by_who_knows_the_old_one(visit_plain, ada):
    new = {"password": "another four words"}
    wrong = visit_plain.send(ACCOUNT + "password", new | {"password_again": "wrong"})
    assert wrong.status == 422
    assert services.check_password(ada.email, PASSWORD)
    visit_plain.send(ACCOUNT + "password", new | {"password_again": PASSWORD})

    assert services.check_password(ada.email, "another four words")
    assert not services.check_password(ada.email, PASSWORD)


def test_another_app_takes_the_place_of_the_first(visit_plain, ada):
    page = visit_plain(ACCOUNT + "app")
    new = App.of_key(page.page.query(".key")[0].to_text())
    done = visit_plain.send(ACCOUNT + "app", {"code": new.code()})

    assert done.heading == "Keep these codes"
    assert codes.key_to_type(reload(ada).tf_totp_secret) == page.page.query(".key")[0].to_text()


def test_new_recovery_codes_end_the_old_ones(visit_plain, ada):
    button = "Make new recovery codes (0 left)"
    first = visit_plain.send(ACCOUNT, button=button)
    second = visit_plain.send(ACCOUNT, button=button.replace("0", "8"))
    old, new = ({c.to_text() for c in page.page.query("code")} for page in (first, second))

    assert len(old) == len(new) == 8
    assert not old & new
    ada = reload(ada)
    with pytest.raises(codes.WrongCode):
        codes.check_code(ada, old.pop())
    codes.check_code(ada, new.pop())
