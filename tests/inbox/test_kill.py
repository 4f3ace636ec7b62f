"""Web and worker are killed while the team answers, and no answer is lost or sent twice."""

import re
from collections import Counter
from functools import partial

import pytest
import requests
from sqlalchemy import select

from portal.delivery import ledger
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox.models import Conversation, ConversationState, Direction, Message
from tests.delivery.processes import LONGEST, brevo, free_port, local_env, wait_for_web
from tests.delivery.test_kill import SignUps, kill_at_random, portal_app
from tests.inbox import a_conversation
from tests.providers.brevo import FakeBrevo
from tests.team import a_member, signed_in

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


class Answers(SignUps):
    """Members that answer one conversation after the other, as fast as it is saved."""

    def __init__(self, session, addresses, port, number):
        self.url, self.session, self.addresses = f"http://127.0.0.1:{port}", session, addresses
        super().__init__(port, number)

    def work(self):
        try:
            member = self.signed_in()
            while email := self.next():
                if self.answer(member, email):
                    self.acknowledged.append(email)
                else:
                    wait_for_web(self.port)
        except BaseException as error:
            self.errors.append(error)
            raise

    def signed_in(self):
        """The cookies of somebody who is signed in and has seen a form, and the form's token."""
        wait_for_web(self.port)
        cookies = {"portal": self.session}
        page = requests.get(f"{self.url}/inbox/keys", cookies=cookies, timeout=LONGEST)
        return page.cookies, re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]

    def answer(self, member, email):
        """Whether the portal has said that it has the answer. The text is the address itself."""
        cookies, token = member
        sent = {"csrf_token": token, "text": email, "way": "email", "do": "send"}
        sent |= {"seen": "1", "draft_seen": "0"}
        options = {"cookies": cookies, "timeout": LONGEST, "allow_redirects": False}
        try:
            answer = requests.post(f"{self.url}{self.addresses[email]}/answer", sent, **options)
        except requests.RequestException:
            return False
        assert answer.status_code == 303, answer.text
        return True


def check(answers, calls):
    """Every acknowledged answer is here, and left exactly once or is uncertain."""
    rows = {row.address: row for row in db.session.scalars(select(Outgoing))}
    taken = Counter(call["key"] for call in calls if call["status"] == 201)
    answered = select(Message.text).filter_by(direction=Direction.OUTGOING)
    saved = list(db.session.scalars(answered))
    waiting = select(Conversation.email).filter_by(state=ConversationState.WAITING)

    assert set(answers.acknowledged) <= set(saved)
    assert sorted(saved) == sorted(rows)
    assert set(db.session.scalars(waiting)) == set(saved)
    assert {row.state for row in rows.values()} <= {OutgoingState.ACCEPTED, OutgoingState.UNCERTAIN}
    for row in rows.values():
        sent = taken[row.key]
        assert sent == 1 or (row.state is OutgoingState.UNCERTAIN and sent <= 1)
    assert ledger.read().balances


def test_no_acknowledged_answer_is_lost_or_doubled_when_everything_is_killed(
    make_app, sqlite_url, tmp_path, request
):
    number, kills = (500, 6) if request.config.getoption("deep") else (100, 4)
    with FakeBrevo() as fake:
        env = local_env(tmp_path, PORT=str(free_port()), **brevo(fake.url))
        with portal_app(make_app, env) as app:
            signer = app.session_interface.get_signing_serializer(app)
            held = {"doubts": ["This is a test"]}  # so that they mail no notices
            emails = [f"person{one}@example.org" for one in range(number)]
            addresses = {one: f"/inbox/{a_conversation(email=one, **held).id}" for one in emails}
            clients = partial(Answers, signer.dumps(signed_in(a_member())), addresses)
            db.session.commit()
            answers = kill_at_random(env, number, kills, 3, clients, "tests.inbox.quick_web:app")

            assert len(answers.acknowledged) > number * 0.6
            check(answers, fake.calls)
