"""What no browser sends, on every page that takes something from somebody who is not signed in."""

from __future__ import annotations

import itertools

import pytest

from portal.extensions import db
from portal.team import codes, links, services
from portal.team.models import Member, Role
from tests.newsletter import tables
from tests.team import a_member
from tests.visit import Visit

WORDS = "four words that count"
NUL, LONG = "a\0b", "x" * 1_000_000
FIELDS = {
    "/team/sign-in": ["email", "password"],
    "/team/code": ["code"],
    "/team/second-step": ["code"],
    "/team/reset": ["email"],
    "invite": ["name", "password"],
    "reset": ["password"],
}
GOOD = {"email": "ada@team.example", "password": WORDS, "code": "123456", "name": "Ada"}
STRANGE = [NUL, "\u202e", "", " ", "\r\n", "{{ 7*7 }}", "<b>", "💚"]
each_form = pytest.mark.parametrize("page", FIELDS)


@pytest.fixture
def open_form(app, visit):
    """Where a page's form is, for a visitor who has come as far as to see it."""
    ada = a_member()
    ada.tf_totp_secret = codes.new_secret()
    services.change_password(ada, WORDS)
    bob = a_member(Role.READER, "Bob")
    bob.tf_totp_secret = None
    services.change_password(bob, WORDS)

    def path(page):
        if page in {"invite", "reset"}:
            invitation = services.invite("grace@team.example", Role.READER)
            return visit._path(invitation if page == "invite" else links.reset_url(ada))
        if page in {"/team/code", "/team/second-step"}:
            who = ada if page == "/team/code" else bob
            visit.send("/team/sign-in", {"email": who.email, "password": WORDS})
        return page

    return path


def is_in(visit) -> bool:
    db.session.commit()
    return visit.client.get("/inbox/").status_code == 200


@each_form
def test_strange_text_gets_the_form_again_or_is_kept_as_it_is(visit, open_form, page):
    path = open_form(page)
    for field, bad in itertools.product(FIELDS[page], STRANGE):
        answer = visit.send(path, {name: GOOD[name] for name in FIELDS[page]} | {field: bad})
        assert answer.status in {200, 422}
        if answer.status == 200:  # a name may be anything that can be read
            break
    assert not is_in(visit)


@each_form
def test_two_answers_are_not_one(visit, open_form, page):
    path = open_form(page)
    before = tables()
    for field in FIELDS[page]:
        typed = {name: GOOD[name] for name in FIELDS[page]} | {field: [GOOD[field], GOOD[field]]}
        answer = visit.send(path, typed)
        assert answer.status == 422
        assert "We got two answers to this. Give one." in answer.text
    assert tables() == before
    assert not is_in(visit)


@each_form
def test_megabyte_is_too_much_and_says_so(visit, open_form, page):
    path = open_form(page)
    before = tables()
    answer = visit.send(path, dict.fromkeys(FIELDS[page], LONG))

    assert answer.status == 413
    assert answer.heading == "That is too much to send at once"
    assert tables() == before


@each_form
def test_password_or_code_of_many_letters_costs_no_hash(visit, open_form, page, monkeypatch):
    path = open_form(page)
    monkeypatch.setattr(services, "hash_password", None)
    monkeypatch.setattr(services, "verify_and_update_password", None)
    answer = visit.send(path, dict.fromkeys(FIELDS[page], "x" * 5000))

    assert answer.status == 422


@each_form
def test_form_without_its_token_comes_back_and_changes_nothing(visit, open_form, page):
    path = open_form(page)
    before = tables()
    typed = {name: GOOD[name] for name in FIELDS[page]}
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "\0💚"}):
        answer = visit.post(path, typed | token)
        assert answer.status == 422
        assert "Send them again." in answer.text
    assert tables() == before
    assert not is_in(visit)


@each_form
def test_what_is_no_form_does_nothing(visit, open_form, page):
    path = open_form(page)
    before = tables()
    for kind in ("application/json", "text/plain", "multipart/form-data", ""):
        body = b'{"email": "ada@team.example", "code": "1"}'
        assert visit.post(path, body, content_type=kind).status in {400, 422}
    assert tables() == before


@each_form
def test_other_methods_are_refused_with_a_page(visit, open_form, page):
    path = open_form(page)
    db.session.commit()
    for method in ("PUT", "PATCH", "DELETE"):
        assert visit._answer(visit.client.open(path, method=method)).status == 405


@pytest.mark.parametrize("cookie", ["x", "x.y.z", "\u00ff", "a" * 3000])
def test_made_up_cookie_is_nobodys(app, cookie):
    visit = Visit(app, htmx=False)
    visit.client.set_cookie("portal", cookie)

    assert visit("/team/sign-in").status == 200
    assert not is_in(visit)


@pytest.mark.parametrize(
    "odd",
    [
        {"since": "now"},
        {"since": None},
        {"_user_id": 5},
        {"_user_id": ["x"]},
        {"pending": {}},
        {"challenge": "x"},
    ],
    ids=str,
)
def test_session_of_another_version_of_the_portal_is_not_trusted(app, odd):
    visit = Visit(app, htmx=False)
    with visit.client.session_transaction() as session:
        session.update(odd)

    assert not is_in(visit)
    for path in ("/team/sign-in", "/team/code", "/team/second-step"):
        assert visit.client.get(path).status_code in {200, 303}
    assert db.session.query(Member).count() == 0
    db.session.commit()
