"""The team's accounts leave those alone who have none, and take nothing that they made up."""

import pytest
from flask_login.utils import encode_cookie

from portal.extensions import db
from portal.team import passwords
from tests.stories import published
from tests.team import PASSWORD, sign_in


@pytest.mark.parametrize("path", ["/privacy", "/accessibility", "/robots.txt", "/nothing/here"])
def test_public_page_sets_no_cookie_and_asks_the_database_nothing(app, client, statements, path):
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert statements == []

    client.get("/contact/")
    with client.session_transaction() as session:
        assert set(session) == {"csrf_token"}, "a form keeps no more of a stranger"

    sign_in(client, app)
    statements.clear()
    client.get(path)
    assert statements == []


def test_home_page_sets_no_cookie_and_asks_the_database_only_whether_it_has_changed(
    client, statements
):
    published()
    client.get("/")
    statements.clear()
    answer = client.get("/")

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    (asked,) = [one for one in statements if one.startswith("SELECT")]
    assert "library_change" in asked


def test_no_token_of_flask_login_or_flask_security_signs_anybody_in(app, client):
    member = sign_in(app.test_client(), app)
    token = member.get_auth_token()
    with app.test_request_context():
        client.set_cookie("remember_token", encode_cookie(member.fs_uniquifier))
    db.session.commit()

    for tried in (
        {},
        {"headers": {"Authentication-Token": token}},
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"query_string": {"auth_token": token}},
        {"json": {"auth_token": token}},
    ):
        assert client.get("/inbox/", **tried).status_code == 303


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
    monkeypatch.setattr(passwords, "check", None)
    for path in FORMS[:2]:
        typed = dict.fromkeys(("email", "password", "code"), "x" * 5000)

        assert visit_plain.send(path, typed).status == 422
