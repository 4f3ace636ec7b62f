"""Requests that no form of ours sends: each is answered in words, and none is a fault of ours."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.extensions import db
from portal.inbox.models import Change, Message
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, path
from tests.page_lint import lint
from tests.team import sign_in

FIELDS = {
    "answer": ["text", "way", "reason", "seen", "draft_seen", "do", "saved"],
    "draft": ["text", "draft_seen"],
    "over": ["text", "over"],
    "note": ["note"],
    "triage": ["owner", "state", "tags", "due", "snooze", "seen"],
    "quick": ["do", "seen"],
    "merge": ["reference", "seen"],
    "presence": ["since"],
}
GOOD = {
    "text": "Yes",
    "way": "email",
    "reason": "",
    "draft_seen": "0",
    "saved": "",
    "over": "0",
    "note": "A note",
    "owner": "",
    "state": "open",
    "tags": "pool",
    "due": "2030-03-27",
    "snooze": "",
    "reference": "AAAA-AAAA",
    "since": "0",
}
DO = {"answer": ["send", "draft", "insert"], "quick": ["close", "trouble", "apart", "revoke"]}
NONSENSE = [
    *("", " ", "x", "-1", "1.5", "²", "٣", "9999999999", "9" * 5000, "1e9", "NaN"),
    *("\0", "a\0b", "\ufffd", "\u202e", "\r\n", "<b>", "' OR 1=1 --", "{{ 7*7 }}", "x" * 60_000),
]
UNDERSTOOD = {200, 303, 400, 404, 409, 422}


@pytest.fixture
def desk(app, visit_plain):
    """Sends fields to an address of a conversation; returns the status."""
    sign_in(visit_plain, app, role=Role.MANAGER)
    token = visit_plain("/inbox/keys").value("csrf_token")

    def send(conversation, action, sent):
        address = f"{path(conversation)}/{action}"
        db.session.commit()  # what was only read holds SQLite's lock
        db.session.commit()  # SQLite's lock
        answer = visit_plain.client.post(address, data={"csrf_token": token} | sent)
        if answer.status_code != 303:  # Werkzeug's own page, which nobody sees
            lint(answer.text)
        return answer.status_code

    return send


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("action", FIELDS)
def test_nonsense_in_any_field_is_understood(app, desk, action):
    conversation = a_conversation()
    for do in DO.get(action, [""]):
        for field in FIELDS[action]:
            for text in NONSENSE:
                seen = str(fresh(conversation).version)
                draft = fresh(conversation).draft
                draft_seen = str(draft.version if draft else 0)
                now = {"seen": seen, "do": do, "draft_seen": draft_seen, "over": draft_seen}
                status = desk(conversation, action, GOOD | now | {field: text})
                assert status in UNDERSTOOD, (do, field, text)


@pytest.mark.parametrize("action", FIELDS)
def test_field_that_is_missing_or_there_twice_is_understood(app, desk, action):
    conversation = a_conversation()
    for do in DO.get(action, [""]):
        full = GOOD | {"seen": str(fresh(conversation).version), "do": do}
        for field in FIELDS[action]:
            less = {name: text for name, text in full.items() if name != field}
            assert desk(conversation, action, less) in UNDERSTOOD, (do, field)
            twice = full | {field: [full[field], "other"]}
            assert desk(conversation, action, twice) in UNDERSTOOD, (do, field)
        assert desk(conversation, action, {}) in UNDERSTOOD


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        ("answer", {"do": "send", "draft_seen": "0"}),
        ("triage", {"state": "closed", "due": "2030-03-27"}),
        ("merge", {"reference": "AAAA-AAAA"}),
        ("quick", {"do": "close"}),
        ("quick", {"do": "trouble"}),
        ("quick", {"do": "apart"}),
        ("quick", {"do": "revoke"}),
        ("quick", {"do": "explode", "seen": "1"}),
    ],
)
def test_save_that_does_not_say_what_it_saw_saves_nothing(app, desk, action, sent):
    conversation = a_conversation()
    before = fresh(conversation).version, db.session.scalar(db.select(db.func.max(Change.id)))
    sent = {"text": "Yes", "way": "email"} | sent

    assert desk(conversation, action, sent) in {400, 422}
    assert before == (
        fresh(conversation).version,
        db.session.scalar(db.select(db.func.max(Change.id))),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_any_text_is_kept_as_a_note_or_refused(app, desk, text):
    conversation = a_conversation()
    status = desk(conversation, "note", {"note": text.encode("utf-8", "replace").decode()})
    query = db.select(Message.text).where(Message.conversation_id == conversation.id)
    kept = db.session.scalars(query.order_by(Message.id.desc())).first()
    db.session.commit()

    assert status in {303, 422}
    if status == 303:
        words = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").strip()
        assert kept.replace("\ufffd", "\0") == words.replace("\ufffd", "\0")
