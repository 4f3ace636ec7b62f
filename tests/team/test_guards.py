"""Every staff route is guarded: the map of addresses is walked, so that none is forgotten."""

import pytest
from werkzeug.routing import BuildError

from portal.extensions import SAFE_METHODS
from portal.team import attempts, services
from portal.team.access import own_page
from portal.team.models import Role
from tests.contact import hidden
from tests.inbox import a_conversation
from tests.newsletter import tables
from tests.team import PASSWORD, SIGN_IN, a_member, put_in, reload, sign_in, with_password
from tests.visit import Visit

# Reached without being signed in: the way in, and the way out.
PUBLIC = {
    *("team.sign_in", "team.passkey", "team.code", "team.set_up", "team.set_up_passkey"),
    *("team.accept", "team.forgot", "team.reset_sent", "team.reset", "team.verify"),
    *("team.sign_out", "team.signed_out"),
}
MANAGERS_ALONE = {
    *("people.everybody", "people.invite", "people.change", "inbox.erase", "dashboard.export_page"),
    *("newsletter_desk.erase", "list_jobs.export_list", "audit.show", "set_up.show"),
    *("restored.show", "restored.decide"),
    *("person_desk.look", "person_desk.give", "person_desk.erase"),
}
FOR_EDITORS = {
    *("clearing.one", "clearing.keep", "clearing.let_go"),
    "list_jobs.job",
    "list_jobs.report",
    "inbox.new_conversation",
    "attachments.mail",
    "attachments.whole",
}
SAVED = {"attachments.download", "editor.file"}  # files, which whoever reads may save
OWN = {"inbox.here", "issue_desk.here", "inbox.keys"}  # who is looking; the shortcuts
ASKS_AGAIN = {
    *("people.invite", "people.change", "account.app", "account.passkeys"),
    *("account.recovery", "account.remove_passkey", "inbox.erase", "dashboard.export_page"),
    *("newsletter_desk.erase", "list_jobs.export_list"),
    *("person_desk.look", "person_desk.give", "person_desk.erase"),
}
STAFF = ("/team", "/inbox", "/newsletter/list", "/newsletter/issues/desk")


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


def test_signed_out_person_is_sent_to_the_sign_in_from_every_staff_page_and_htmx_stays(app, client):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= PUBLIC
    a_conversation()
    for rule in staff_rules(app):
        for method, path in requests_to(app, rule):
            answer = client.open(path, method=method)
            assert answer.status_code == 303, (method, path)
            assert answer.location.startswith("/team/sign-in"), (method, path)
            answer = client.open(path, method=method, headers={"HX-Request": "true"})
            assert answer.status_code == 401, (method, path)
            assert "What you typed is still here." in answer.text, (method, path)
            assert "HX-Redirect" not in answer.headers, (method, path)


def by_sign_out(visit, member):
    visit.send("/team/account/", button="Sign out")


def by_sign_out_everywhere(visit, member):
    answer = visit.send("/team/account/sessions", button="Sign out everywhere")
    assert "You are signed out on every phone and computer." in answer.text


def by_sign_out_there(visit, member):
    elsewhere = Visit(visit.client.application, htmx=False)
    put_in(elsewhere, member)
    (one, _) = elsewhere("/team/account/sessions").page.query("form[action$='/end'] button")
    answer = elsewhere.send("/team/account/sessions", button=one.to_text())
    assert "It is signed out there." in answer.text
    assert elsewhere.client.get("/inbox/").status_code == 200


def by_new_password(visit, member):
    services.change_password(member, PASSWORD)


def by_another_role(visit, member):
    services.set_role(member, Role.READER)


def by_disabling(visit, member):
    services.disable(member)
    services.enable(member, by=member)


def by_removing_the_second_step(visit, member):
    services.forget_second_step(member, by=member)


ENDS = [by_sign_out, by_sign_out_everywhere, by_sign_out_there, by_new_password, by_another_role]
ENDS += [by_disabling, by_removing_the_second_step]


@pytest.mark.parametrize("end", ENDS)
def test_copied_cookie_is_dead_at_every_staff_address_once_the_session_is_ended(
    app, visit_plain, end
):
    a_member(Role.MANAGER, "Bo")
    member = sign_in(visit_plain, app, Role.MANAGER)
    number = a_conversation().id
    sent = {"csrf_token": visit_plain(f"/inbox/{number}").value("csrf_token")}
    copied = visit_plain.client.get_cookie("portal").value
    end(visit_plain, member)
    before = tables()
    most = None if end is by_sign_out else 3  # one walk is enough: each end is the same row
    for rule in staff_rules(app)[:most]:
        for method, path in requests_to(app, rule):
            for headers in ({}, {"HX-Request": "true"}):
                thief = app.test_client()
                thief.set_cookie("portal", copied)
                answer = thief.open(path, method=method, headers=headers, data=sent)
                assert answer.status_code == (401 if headers else 303), (method, path)
                assert headers or answer.location.startswith(SIGN_IN), (method, path)

    assert tables() == before


def least_role(rule):
    """Whoever may do less than this is refused."""
    if rule.endpoint in MANAGERS_ALONE:
        return Role.MANAGER
    is_change = not rule.rule.startswith("/team") and rule.methods - SAFE_METHODS
    is_change = is_change and rule.endpoint not in SAVED
    is_change = is_change or rule.endpoint in FOR_EDITORS
    return Role.EDITOR if is_change and rule.endpoint not in OWN else Role.READER


@pytest.mark.parametrize(
    ("role", "fresh"), [*((role, True) for role in Role), (Role.MANAGER, False)]
)
def test_each_role_reaches_what_is_theirs_and_is_asked_who_it_is_where_it_matters(
    app, client, role, fresh
):
    app.config["WTF_CSRF_ENABLED"] = False
    a_conversation()
    member, other = a_member(role), a_member(Role.READER, "Bo")
    with_password(member)
    rules = staff_rules(app)
    refused, asked = set(), set()
    for rule in rules:
        for method, path in requests_to(app, rule):
            put_in(client, member, fresh=fresh)  # anew: some of them end the session
            answer = client.open(path, method=method, data={"do": "disable"})
            if answer.status_code == 403:
                assert "Your account is not allowed to do this" in answer.text
                refused.add(rule.endpoint)
            elif "Is it you?" in answer.text or "/team/verify" in (answer.location or ""):
                asked.add(rule.endpoint)
    assert refused == {one.endpoint for one in rules if not member.has_role(least_role(one))}
    assert asked == (set() if fresh else ASKS_AGAIN - refused)
    assert reload(other).active or (role is Role.MANAGER and fresh)


def test_what_needs_a_fresh_sign_in_asks_and_goes_on_with_what_was_typed(stale, mailbox):
    asked = stale.send("/team/people/", {"email": "new@team.example", "role": "reader"})
    assert (asked.status, asked.heading) == (200, "Is it you?")
    sent = hidden(asked)
    wrong = stale.post("/team/people/", sent | {"password_again": "wrong"})
    assert (wrong.status, wrong.value("email")) == (422, "new@team.example")
    assert services.find("new@team.example") is None
    done = stale.post("/team/people/", sent | {"password_again": PASSWORD})

    assert "The invitation is on its way" in done.text
    assert services.find("new@team.example").role is Role.READER
    assert [mail["To"] for mail in mailbox()] == ["new@team.example"]


def test_page_that_needs_a_fresh_sign_in_is_opened_after_the_password(stale):
    asked = stale.client.get("/team/account/app")
    assert asked.location == "/team/verify?next=/team/account/app"
    assert stale.send(asked.location, {"password_again": "wrong"}).status == 422

    assert stale.send(asked.location, {"password_again": PASSWORD}).heading == "An app for codes"


def test_password_typed_again_can_be_tried_ten_times(limited, stale):
    sent = hidden(stale.send("/team/people/", {"email": "new@team.example", "role": "reader"}))
    for _ in range(10):
        assert stale.post("/team/people/", sent | {"password_again": "wrong"}).status == 422

    assert stale.post("/team/people/", sent | {"password_again": PASSWORD}).status == 429
    assert services.find("new@team.example") is None


@pytest.mark.parametrize("fresh", [True, False])
def test_no_form_of_the_team_is_taken_or_shown_from_another_site(app, client, ada, phone, fresh):
    """Views that are exempt from the general check make it themselves."""
    put_in(client, ada, fresh=fresh)
    before = tables()
    data = {"email": "mallory@team.example", "role": "manager", "do": "disable"}
    data |= {"name": "Mallory", "password": "mallorys words", "code": "000000"}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/team") and "POST" in rule.methods:
            for _, path in requests_to(app, rule):
                answer = client.post(path, data=data | {"password_again": PASSWORD})
                assert answer.status_code in {303, 400, 410, 422}, path
                if not fresh and getattr(app.view_functions[rule.endpoint], "needs_fresh", False):
                    assert answer.status_code == 400, path
                    assert "mallory" not in answer.text

    assert tables() == before
    assert client.get("/inbox/").status_code == 200


def test_door_takes_no_flood_but_lets_everybody_out(limited, app, client, monkeypatch):
    monkeypatch.setattr(attempts, "FLOOD", "1/hour")
    client.post(SIGN_IN)
    rules = [one for one in app.url_map.iter_rules() if one.endpoint in PUBLIC]
    for rule in rules:
        if "POST" in rule.methods:
            _, path = requests_to(app, rule)[-1]
            is_let = rule.endpoint == "team.sign_out"
            answer = client.post(path)
            assert answer.status_code == (303 if is_let else 429), path
            assert is_let or "Send it again in an hour." in answer.text, path
            assert client.get(path).status_code in {200, 303, 405, 410}, path


@pytest.mark.parametrize("is_in", [True, False])
def test_nothing_behind_the_door_is_kept_anywhere(app, client, is_in):
    """No page, part, file, way on or fault: to who is in, and to who is not."""
    a_conversation()
    ada, answers = a_member(Role.MANAGER), set()
    rules = [one for one in app.url_map.iter_rules() if one.rule.startswith(STAFF)]
    asked = [one for rule in rules for one in requests_to(app, rule)]
    for method, path in [*asked, ("PATCH", "/inbox/"), ("GET", "/team/x")]:
        if is_in:
            put_in(client, ada)  # anew: some of them end the session
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.open(path, method=method, headers=headers)
            assert answer.headers["Cache-Control"] == "private, no-store", (method, path)
            answers.add(answer.status_code)

    assert answers >= {200, 303, 404, 405, 400 if is_in else 401}


def test_flask_securitys_own_pages_are_not_there(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert not [endpoint for endpoint in app.view_functions if endpoint.startswith("security")]
    assert not {"/login", "/logout", "/register", "/reset", "/tf-setup", "/wan-signin"} & rules


ELSEWHERE = [
    *("https://evil.example/", "//evil.example/inbox/", "/\\evil.example/inbox/", "/inbox/\\evil"),
    *("/inbox/\n//evil.example", "//[", "javascript:alert(1)", "/mailbox", "/inbox/" + "x" * 5000),
    "/newsletter/listing/",
    "\ud7ff\x00",
]


def test_own_pages_are_gone_on_to_and_no_others(app):
    with app.test_request_context():
        for address in ("/inbox/7?q=pool", "/team/account/", "/newsletter/list/7"):
            assert own_page(address) == address
        for address in ELSEWHERE:
            assert own_page(address) == "/inbox/", address
