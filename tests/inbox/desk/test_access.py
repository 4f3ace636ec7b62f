"""The inbox's addresses, all of them: the map of addresses is walked, so that none is forgotten.

That they are for members alone is in tests/team/test_guards.py.
"""

import re

import pytest

from portal.extensions import db
from portal.inbox.desk.models import SavedReply
from portal.inbox.models import Attachment, Keeping
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import messages, token
from tests.newsletter import tables
from tests.team import sign_in

on_each_database = pytest.mark.usefixtures("each_database")
UNKNOWN = ["999999", "2147483648", "9" * 40]


@pytest.fixture
def manager(app, visit_plain):
    return sign_in(visit_plain, app, role=Role.MANAGER)


def rules(app, *, with_ids=False):
    """The inbox's rules, as the routes of its map."""
    found = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/inbox")]
    return [rule for rule in found if rule.arguments or not with_ids]


def requests_to(rule, number):
    """Each method, and the address of the rule with that number in each of its places."""
    address = re.sub("<[^>]+>", number, rule.rule)
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


@on_each_database
def test_unknown_and_huge_numbers_are_not_found(app, visit_plain, manager):
    sent, before = token(visit_plain), tables()
    for rule in rules(app, with_ids=True):
        for number in UNKNOWN:
            for method, address in requests_to(rule, number):
                data = sent if method == "POST" else None
                answer = visit_plain.client.open(address, method=method, data=data)
                assert answer.status_code == 404, (method, address)

    assert tables() == before


@on_each_database
def test_message_is_found_in_its_own_conversation_alone(app, visit_plain, manager, filled):
    numbers, sent = [*UNKNOWN, str(messages(a_conversation())[0].id)], token(visit_plain)
    both = {"conversation_id", "message_id"}
    found = [rule.rule for rule in rules(app) if both <= rule.arguments]
    for rule in found:
        for number in numbers:
            address = rule.replace("<int:conversation_id>", "1").replace("<int:message_id>", number)
            assert visit_plain.post(address, sent).status == 404, address

    assert len(found) == 3


def test_post_without_our_token_changes_nothing(app, visit_plain, manager, filled):
    before = tables()
    for rule in rules(app):
        if "POST" in rule.methods:
            sent = {"text": "x", "note": "x", "do": "close", "seen": "1"}
            page = visit_plain.post(requests_to(rule, "1")[-1][1], sent)
            assert page.status in {400, 422}, rule.rule

    assert tables() == before
