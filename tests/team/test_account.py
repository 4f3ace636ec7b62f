"""A member's own account."""

import pytest

from portal.team import codes, services
from portal.team.models import Role
from tests.team import ACCOUNT, PASSWORD, App, put_in, reload


@pytest.fixture
def here(visit_plain, ada, phone):
    """Ada, who is signed in, and may do no more than anybody."""
    ada.role = Role.READER
    put_in(visit_plain, ada)
    return visit_plain


def test_name_and_choices_are_changed(here, ada):
    wanted = {"name": " Ada Lovelace ", "undo_seconds": "300", "rows": "dense", "told": "announces"}
    answer = here.send(ACCOUNT, wanted)

    assert "Saved." in answer.text
    ada = reload(ada)
    assert (ada.name, ada.undo_seconds, ada.dense) == ("Ada Lovelace", 300, True)
    assert (ada.announces, ada.told_of_items) == (True, False)


def test_password_is_changed_by_who_knows_the_old_one_and_ends_every_other_session(app, here, ada):
    elsewhere, new = app.test_client(), {"password": "another four words"}
    put_in(elsewhere, ada)
    assert here.send(ACCOUNT + "password", new | {"password_again": "wrong"}).status == 422
    assert services.check_password(ada.email, PASSWORD)
    done = here.send(ACCOUNT + "password", new | {"password_again": PASSWORD})

    assert "Your password is changed" in done.text
    assert services.check_password(ada.email, "another four words")
    assert not services.check_password(ada.email, PASSWORD)
    assert here.client.get("/inbox/").status_code == 200
    assert elsewhere.get("/inbox/").status_code == 303


def test_another_app_takes_the_place_of_the_first(here, ada):
    key = here(ACCOUNT + "app").page.query(".key")[0].to_text()
    done = here.send(ACCOUNT + "app", {"code": App.of_key(key).code()})

    assert done.heading == "Keep these codes"
    assert codes.key_to_type(reload(ada).tf_totp_secret) == key


def test_new_recovery_codes_end_the_old_ones(here, ada):
    old, new = (
        {c.to_text() for c in here.send(ACCOUNT, button=button).page.query("code")}
        for button in ("Make new recovery codes (0 left)", "Make new recovery codes (8 left)")
    )

    assert len(old) == len(new) == 8
    assert not old & new
    ada = reload(ada)
    with pytest.raises(codes.WrongCode):
        codes.check_code(ada, old.pop())
    codes.check_code(ada, new.pop())
