"""Web and worker are killed while the team answers, and no answer is lost or sent twice."""

import json
import re
from collections import Counter

import pytest
import requests
from sqlalchemy import select

from portal.delivery import ledger
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox.intake import open_conversation
from portal.inbox.models import Conversation, ConversationState, Direction, Message
from tests.delivery.processes import LONGEST, brevo, free_port, local_env, wait_for_web
from tests.delivery.test_kill import SignUps, kill_at_random, portal_app
from tests.inbox import enquiry
from tests.providers.fake_brevo import FakeBrevo
from tests.team import a_member, signed_in

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


@pytest.fixture
def fake(tmp_path):
    with FakeBrevo(record=tmp_path / "calls.jsonl") as server:
        yield server


class Answers(SignUps):
    """Members that answer one conversation after the other, as fast as it is saved."""

    def __init__(self, port, number, session):
        self.session, self.numbers = session, start_conversations(number)
        super().__init__(port, number)

    def work(self):
        try:
            token, cookies = self.token()
            while email := self.next():
                if self.answer(email, token, cookies):
                    self.acknowledged.append(email)
                else:
                    wait_for_web(self.port)
        except BaseException as error:
            self.errors.append(error)
            raise

    def token(self):
        wait_for_web(self.port)
        mine = {"portal": self.session}
        page = requests.get(self.url("/inbox/keys"), cookies=mine, timeout=LONGEST)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return token, {"portal": page.cookies["portal"]}

    def answer(self, email, token, cookies):
        """Whether the portal has said that it has the answer. The text is the address itself."""
        sent = {"csrf_token": token, "text": email, "way": "email", "do": "send"}
        sent |= {"seen": "1", "draft_seen": "0"}
        address = self.url(f"/inbox/{self.numbers[email]}/answer")
        try:
            answer = requests.post(
                address, sent, cookies=cookies, timeout=LONGEST, allow_redirects=False
            )
        except requests.RequestException:
            return False
        assert answer.status_code == 303, answer.text
        return True

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


def start_conversations(number):
    """So many, one for each address, held so that they mail no notices. Returns their ids."""
    emails = [f"person{one}@example.org" for one in range(number)]
    ids = {
        email: open_conversation(enquiry(email=email, doubts=["This is a test"])).id
        for email in emails
    }
    db.session.commit()
    return ids


def check(answers, record):
    """Every acknowledged answer is here, and left exactly once or is uncertain."""
    rows = {row.address: row for row in db.session.scalars(select(Outgoing))}
    calls = [json.loads(line) for line in record.read_text().splitlines()]
    taken = Counter(call["key"] for call in calls if call["status"] == 201)
    outgoing = Message.direction == Direction.OUTGOING
    saved = list(db.session.scalars(select(Message.text).where(outgoing)))
    waiting = select(Conversation.email).where(Conversation.state == ConversationState.WAITING)

    assert set(answers.acknowledged) <= set(saved)
    assert sorted(saved) == sorted(rows)
    assert set(db.session.scalars(waiting)) == set(saved)
    assert {row.state for row in rows.values()} <= {OutgoingState.ACCEPTED, OutgoingState.UNCERTAIN}
    for row in rows.values():
        sent = taken[row.key]
        assert sent == 1 or (row.state is OutgoingState.UNCERTAIN and sent <= 1)
    assert ledger.read().balances


def session_of(app, member):
    return app.session_interface.get_signing_serializer(app).dumps(signed_in(member))


def test_no_acknowledged_answer_is_lost_or_doubled_when_everything_is_killed(
    make_app, sqlite_url, tmp_path, fake
):
    env = local_env(tmp_path, PORT=str(free_port()), **brevo(fake.url))
    with portal_app(make_app, env) as app:
        session = session_of(app, a_member())
        answers = kill_at_random(env, 500, 6, 4, lambda *told: Answers(*told, session))

        assert len(answers.acknowledged) > 400
        check(answers, fake.record)
