"""What no browser sends to somebody who is not signed in: made-up cookies, endless passwords."""

import pytest

from portal.team import services
from tests.team import PASSWORD

FORMS = ("/team/sign-in", "/team/code", "/team/second-step")


@pytest.mark.parametrize("cookie", ["x", "x.y.z", "\u00ff", "a" * 3000])
def test_made_up_cookie_is_nobodys(visit_plain, cookie):
    visit_plain.client.set_cookie("portal", cookie)

    assert visit_plain("/team/sign-in").status == 200
    assert visit_plain.client.get("/inbox/").status_code == 303


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        *(("since", "now"), ("since", None), ("_user_id", 5), ("_user_id", ["x"])),
        *(("pending", {}), ("challenge", "x")),
    ],
)
def test_session_of_another_version_of_the_portal_is_not_trusted(client, name, odd):
    with client.session_transaction() as session:
        session[name] = odd

    assert client.get("/inbox/").status_code == 303
    for path in FORMS:
        assert client.get(path).status_code in {200, 303}


def test_password_or_code_of_many_letters_costs_no_hash(visit_plain, monkeypatch, ada, phone):
    visit_plain.send("/team/sign-in", {"email": ada.email, "password": PASSWORD})
    monkeypatch.setattr(services, "hash_password", None)
    monkeypatch.setattr(services, "verify_and_update_password", None)
    for path in FORMS[:2]:
        typed = dict.fromkeys(("email", "password", "code"), "x" * 5000)

        assert visit_plain.send(path, typed).status == 422
