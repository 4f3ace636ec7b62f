"""The team's accounts leave those alone who have none."""

import pytest
from flask_login.utils import encode_cookie
from sqlalchemy import event

from portal.extensions import db
from tests.team import sign_in

PUBLIC = ["/", "/privacy", "/accessibility", "/robots.txt", "/nothing/here"]


@pytest.fixture
def statements(app):
    """Notes what is said to the database."""
    said = []

    def note(connection, cursor, statement, *rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_sets_no_cookie_and_asks_the_database_nothing(client, statements, path):
    answer = client.get(path)

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert statements == []


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_costs_a_member_no_query_either(app, client, statements, path):
    sign_in(client, app)
    statements.clear()
    client.get(path)

    assert statements == []


def test_form_of_a_stranger_keeps_only_its_token_in_the_cookie(client):
    client.get("/contact/")
    with client.session_transaction() as session:
        assert set(session) <= {"csrf_token"}


def test_no_token_in_a_header_or_address_signs_anybody_in(app, client):
    member = sign_in(app.test_client(), app)
    token = member.get_auth_token()
    db.session.commit()
    tries = [
        {"headers": {"Authentication-Token": token}},
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"query_string": {"auth_token": token}},
        {"json": {"auth_token": token}},
    ]

    for one in tries:
        assert client.get("/inbox/", **one).status_code == 303


def test_remember_token_of_flask_login_is_not_looked_at(app, client):
    member = sign_in(app.test_client(), app)
    with app.test_request_context():
        client.set_cookie("remember_token", encode_cookie(member.fs_uniquifier))
    db.session.commit()

    assert client.get("/inbox/").status_code == 303
