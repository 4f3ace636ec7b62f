"""Every staff route is guarded: the map of addresses is walked, so that none is forgotten."""

import time

import pytest
from werkzeug.routing import BuildError

from portal.extensions import SAFE_METHODS, db
from portal.team import services
from portal.team.access import own_page
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.team import PASSWORD, a_member, put_in, reload, sign_in, with_password

# Reached without being signed in: the way in, and the way out.
PUBLIC = {
    "team.sign_in",
    "team.passkey",
    "team.code",
    "team.set_up",
    "team.set_up_passkey",
    "team.accept",
    "team.forgot",
    "team.reset_sent",
    "team.reset",
    "team.verify",
    "team.sign_out",
    "team.signed_out",
}
MANAGERS_ALONE = {"people.everybody", "people.invite", "people.change"}
STAFF = ("/team", "/inbox")


def staff_rules(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(STAFF)]
    return [rule for rule in rules if rule.endpoint not in PUBLIC]


def requests_to(app, rule):
    """Each method and an address of a rule."""
    values = {name: 1 if kind else "x" for name, kind in rule._converters.items()}
    try:
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
    except (BuildError, ValueError):
        path = app.url_map.bind("localhost").build(rule.endpoint, dict.fromkeys(values, "x"))
    return [(method, path) for method in sorted(rule.methods - {"OPTIONS", "HEAD"})]


def test_public_pages_are_those_that_we_know(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert known >= PUBLIC
    assert len(staff_rules(app)) > 20


def test_signed_out_person_is_sent_to_the_sign_in_from_every_staff_page(app, client):
    a_conversation()
    for rule in staff_rules(app):
        for method, path in requests_to(app, rule):
            answer = client.open(path, method=method)
            assert answer.status_code == 303, (method, path)
            assert answer.location.startswith("/team/sign-in"), (method, path)
            answer = client.open(path, method=method, headers={"HX-Request": "true"})
            assert (answer.status_code, answer.text) == (200, ""), (method, path)
            assert answer.headers["HX-Redirect"].startswith("/team/sign-in"), (method, path)


def test_member_of_yesterday_is_a_stranger(app, client):
    """The session may last for twelve hours, whatever is in the cookie."""
    member = sign_in(client, app, Role.MANAGER)
    with client.session_transaction() as session:
        session["since"] = time.time() - 13 * 3600
    assert client.get("/inbox/").status_code == 303
    with client.session_transaction() as session:
        del session["since"]
    assert client.get("/inbox/").status_code == 303
    assert member.id


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_only_managers_see_and_change_people(app, visit, role):
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(visit, app, role)
    other = a_member(Role.READER, "Bo")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in MANAGERS_ALONE:
            for method, path in requests_to(app, rule):
                answer = visit.client.open(path, method=method, data={"do": "disable"})
                assert answer.status_code == 403, (method, path)
                assert "Your account may not do this" in answer.text
    assert reload(other).active


def test_reader_can_change_nothing_in_the_inbox(app, client):
    """Whatever is not a GET needs more than a reader, but for what is their own."""
    own = {"inbox.here", "inbox.keys"}  # who is looking; the shortcuts
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, app, Role.READER)
    a_conversation()
    open_to_readers = set()
    for rule in staff_rules(app):
        if rule.rule.startswith("/inbox") and rule.methods - SAFE_METHODS:
            _, path = requests_to(app, rule)[-1]
            if client.post(path).status_code != 403:
                open_to_readers.add(rule.endpoint)

    assert open_to_readers <= own


def test_disabled_member_is_out_at_once(app, visit):
    sign_in(visit, app, Role.MANAGER, "Ada")
    bo = a_member(Role.EDITOR, "Bo")
    other = app.test_client()
    put_in(other, bo)
    assert other.get("/inbox/").status_code == 200
    services.disable(reload(bo))

    assert other.get("/inbox/").status_code == 303


def test_new_password_ends_every_other_session(app, visit):
    ada = a_member()
    with_password(ada)
    ada = reload(ada)
    here, elsewhere = visit.client, app.test_client()
    for client in (here, elsewhere):
        put_in(client, ada)
    data = {"password_again": PASSWORD, "password": "another four words"}
    answer = visit.send("/team/account/password", data)

    assert "Your password is changed" in answer.text
    assert here.get("/inbox/").status_code == 200
    assert elsewhere.get("/inbox/").status_code == 303


def test_what_needs_a_fresh_sign_in_asks_and_goes_on_with_what_was_typed(app, visit, mailbox):
    ada = a_member(Role.MANAGER)
    with_password(ada)
    put_in(visit, reload(ada), fresh=False)
    typed = {"email": "new@team.example", "role": "reader"}
    asked = visit.send("/team/people/", typed)
    assert (asked.status, asked.heading) == (200, "Is it you?")
    assert services.find("new@team.example") is None
    sent = {
        field.attrs["name"]: field.attrs.get("value", "")
        for field in asked.page.query("main input, #again input")
        if field.attrs.get("name")
    }
    wrong = visit.post("/team/people/", sent | {"password_again": "wrong"})
    assert (wrong.status, wrong.value("email")) == (422, "new@team.example")
    assert services.find("new@team.example") is None
    done = visit.post("/team/people/", sent | {"password_again": PASSWORD})

    assert "The invitation is on its way" in done.text
    assert services.find("new@team.example").role is Role.READER
    assert [mail["To"] for mail in mailbox()] == ["new@team.example"]


def test_page_that_needs_a_fresh_sign_in_is_opened_after_the_password(app, visit):
    ada = a_member(Role.MANAGER)
    with_password(ada)
    put_in(visit, reload(ada), fresh=False)
    asked = visit.client.get("/team/account/app")
    assert asked.location == "/team/verify?next=/team/account/app"
    assert visit.send(asked.location, {"password_again": "wrong"}).status == 422
    done = visit.send(asked.location, {"password_again": PASSWORD})

    assert done.heading == "An app for codes"


def test_password_typed_again_can_be_tried_ten_times(make_app):
    with make_app(RATELIMIT_ENABLED="1").app_context() as context:
        app = context.app
        app.config["WTF_CSRF_ENABLED"] = False
        ada = a_member(Role.MANAGER)
        with_password(ada)
        client = app.test_client()
        put_in(client, reload(ada), fresh=False)
        data = {"email": "new@team.example", "role": "reader", "password_again": "wrong"}
        for _ in range(10):
            assert client.post("/team/people/", data=data).status_code == 422
        answer = client.post("/team/people/", data=data | {"password_again": PASSWORD})

        assert answer.status_code == 429
        assert services.find("new@team.example") is None


def standing(member):
    """What another site might want to change."""
    member = reload(member)
    found = (member.fs_uniquifier, member.name, member.active)
    db.session.commit()  # SQLite's lock
    return found


def test_no_form_of_the_team_can_be_sent_from_another_site(app, client):
    """Views that are exempt from the general check make it themselves."""
    ada = a_member(Role.MANAGER)
    with_password(ada)
    put_in(client, reload(ada))
    before = standing(ada)
    data = {
        "email": "new@team.example",
        "role": "manager",
        "do": "disable",
        "name": "Mallory",
        "password": "mallorys password",
        "password_again": PASSWORD,
        "code": "000000",
    }
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/team") and "POST" in rule.methods:
            for _, path in requests_to(app, rule):
                answer = client.post(path, data=data)
                assert answer.status_code in {303, 400, 410, 422}, path

    assert services.find("new@team.example") is None
    assert standing(ada) == before
    assert client.get("/inbox/").status_code == 200


def test_pages_of_accounts_are_kept_by_no_browser(app, client):
    sign_in(client, app, Role.MANAGER)
    for path in ("/team/sign-in", "/team/account/", "/team/people/", "/team/account/app"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


def test_flask_securitys_own_pages_are_not_there(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert not [endpoint for endpoint in app.view_functions if endpoint.startswith("security")]
    assert not {"/login", "/logout", "/register", "/reset", "/tf-setup", "/wan-signin"} & rules


ELSEWHERE = [
    *("https://evil.example/", "//evil.example/inbox/", "/\\evil.example/inbox/", "/inbox/\\evil"),
    *("/inbox/\n//evil.example", "//[", "javascript:alert(1)", "/mailbox", "/inbox/" + "x" * 5000),
    "\ud7ff\x00",
]


def test_own_pages_are_gone_on_to_and_no_others(app):
    with app.test_request_context():
        for address in ("/inbox/7?q=pool", "/team/account/"):
            assert own_page(address) == address
        for address in ELSEWHERE:
            assert own_page(address) == "/inbox/", address


@pytest.mark.parametrize("path", ["/team/people/", "/team/people/1", "/team/account/codes"])
def test_what_another_site_has_sent_is_not_shown_to_be_confirmed(app, visit, path):
    ada = a_member(Role.MANAGER)
    with_password(ada)
    put_in(visit, reload(ada), fresh=False)
    answer = visit.post(path, {"email": "mallory@example.org", "role": "manager", "do": "disable"})

    assert answer.status == 400
    assert "mallory" not in answer.response.text
