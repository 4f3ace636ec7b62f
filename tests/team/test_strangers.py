"""The team's accounts leave those alone who have none."""

import pytest
from flask_login.utils import encode_cookie

from portal.extensions import db
from tests.team import sign_in


@pytest.mark.parametrize(
    "path", ["/", "/privacy", "/accessibility", "/robots.txt", "/nothing/here"]
)
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
