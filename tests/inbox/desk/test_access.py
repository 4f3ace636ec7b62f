"""The inbox's addresses, all of them: the map of addresses is walked, so that none is forgotten.

That they are for members alone is in tests/team/test_guards.py.
"""

import pytest
from sqlalchemy import text

from portal.extensions import SAFE_METHODS, db
from portal.inbox.models import Attachment, Keeping, SavedReply
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import messages
from tests.team import sign_in

OWN = {"inbox.here", "inbox.keys"}  # who is looking; one's own shortcuts
UNKNOWN = ["999999", "2147483647", "2147483648", "9999999999", "9223372036854775808", "9" * 40]


def rules(app, *, with_ids=False):
    """The inbox's rules, as the routes of its map."""
    found = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/inbox")]
    return [rule for rule in found if rule.arguments or not with_ids]


def requests_to(app, rule, number):
    """Each method, and the address of the rule with that number in each of its places."""
    address = rule.rule
    for name in rule.arguments:
        address = address.replace(f"<int:{name}>", str(number)).replace(f"<{name}>", str(number))
    assert "<" not in address
    return [(method, address) for method in sorted(rule.methods - {"OPTIONS", "HEAD"})]


@pytest.fixture
def filled(app):
    """One of each thing that has an address; all of them have the number 1."""
    conversation = a_conversation()
    message = messages(conversation)[0]
    file = Attachment(message_id=message.id, name="a.txt", state=Keeping.REFUSED)
    db.session.add_all([file, SavedReply(title="Thanks", text="Thank you")])
    db.session.commit()
    assert {conversation.id, message.id, file.id} == {1}


def everything():
    """All rows of the inbox's tables."""
    names = ("conversation", "message", "change", "draft", "presence", "saved_reply", "outgoing")
    found = {name: db.session.execute(text(f"SELECT * FROM {name}")).all() for name in names}
    db.session.commit()
    return found


def test_walk_meets_every_route(app):
    assert len(rules(app)) >= 24
    assert {rule.endpoint for rule in rules(app)} >= OWN


def test_reader_on_an_editors_route_is_told_no_and_nothing_changes(app, visit_plain, filled):
    sign_in(visit_plain, app, role=Role.READER)
    token = visit_plain("/inbox/keys").value("csrf_token")
    before = everything()
    for rule in rules(app):
        if rule.endpoint not in OWN and rule.methods - SAFE_METHODS:
            sent = {"csrf_token": token, "text": "x", "note": "x", "do": "close", "seen": "1"}
            _, address = requests_to(app, rule, 1)[-1]
            page = visit_plain.post(address, sent)
            assert page.status == 403, address
            assert "Your account may not do this" in page.text

    assert everything() == before


@pytest.mark.usefixtures("each_database")
def test_unknown_and_huge_numbers_are_not_found(app, visit_plain):
    sign_in(visit_plain, app, role=Role.MANAGER)
    token = visit_plain("/inbox/keys").value("csrf_token")
    before = everything()
    for rule in rules(app, with_ids=True):
        for number in UNKNOWN:
            for method, address in requests_to(app, rule, number):
                sent = {"csrf_token": token} if method == "POST" else None
                answer = visit_plain.client.open(address, method=method, data=sent)
                assert answer.status_code == 404, (method, address)

    assert everything() == before


@pytest.mark.usefixtures("each_database")
def test_message_with_an_unknown_number_is_not_found_in_a_conversation_that_is_there(
    app, visit_plain, filled
):
    sign_in(visit_plain, app, role=Role.MANAGER)
    token = visit_plain("/inbox/keys").value("csrf_token")
    for rule in rules(app):
        if "message_id" in rule.arguments:
            for number in UNKNOWN:
                address = rule.rule.replace("<int:conversation_id>", "1")
                address = address.replace("<int:message_id>", number)
                assert visit_plain.post(address, {"csrf_token": token}).status == 404, address


def test_message_of_another_conversation_is_not_found(visit_plain, ada, filled):
    other = a_conversation()
    token = visit_plain("/inbox/keys").value("csrf_token")
    for deed in ("take-back", "again"):
        address = f"/inbox/{other.id}/messages/1/{deed}"
        assert visit_plain.post(address, {"csrf_token": token}).status == 404


def test_post_without_our_token_changes_nothing(app, visit_plain, filled):
    sign_in(visit_plain, app, role=Role.MANAGER)
    before = everything()
    for rule in rules(app):
        if "POST" in rule.methods:
            sent = {"text": "x", "note": "x", "do": "close", "seen": "1"}
            page = visit_plain.post(requests_to(app, rule, 1)[-1][1], sent)
            assert page.status in {400, 422}, rule.rule

    assert everything() == before


def test_private_pages_are_kept_by_no_browser_as_they_were(app, client, filled):
    sign_in(client, app, role=Role.MANAGER)
    for rule in rules(app):
        if "GET" in rule.methods and rule.endpoint != "attachments.download":
            answer = client.get(requests_to(app, rule, 1)[0][1], query_string={"since": "0"})
            assert answer.headers["Cache-Control"] in {"no-store", "no-cache", "private, no-cache"}
