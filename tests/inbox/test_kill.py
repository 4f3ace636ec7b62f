"""Web and worker are killed while the team answers, and no answer is lost or sent twice."""

import re
from functools import partial

import pytest
import requests
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox.models import Conversation, ConversationState, Direction, Message
from portal.web import LARGEST_ID
from tests.delivery.processes import LONGEST, brevo, free_port, local_env
from tests.delivery.test_kill import SignUps, kill_at_random, left_once
from tests.inbox import a_conversation
from tests.providers.brevo import FakeBrevo
from tests.team import a_member, signed_in

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


class Answers(SignUps):
    """Members that answer one conversation after the other, as fast as it is saved."""

    def __init__(self, session, addresses, port, number):
        self.url, self.addresses = f"http://127.0.0.1:{port}", addresses
        seen = {"cookies": {"portal": session}, "timeout": LONGEST}
        page = requests.get(f"{self.url}/inbox/keys", **seen)
        self.cookies = page.cookies
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        super().__init__(port, number)

    def person(self):
        return self

    def sign_up(self, email):
        """Whether the portal has said that it has the answer. The text is the address itself."""
        sent = {"csrf_token": self.token, "text": email, "way": "email", "do": "send"}
        sent |= {"seen": str(LARGEST_ID), "draft_seen": "0"}
        options = {"cookies": self.cookies, "timeout": LONGEST, "allow_redirects": False}
        try:
            answer = requests.post(f"{self.url}{self.addresses[email]}/answer", sent, **options)
        except requests.RequestException:
            return False
        assert answer.status_code == 303, answer.text
        return True

    def close(self):
        """Nothing is held open."""


def check(answers, calls):
    """Every acknowledged answer is here, and left exactly once or is uncertain."""
    to_people = select(Outgoing).where(Outgoing.name == "reply")  # the team hears of what is held
    rows = {row.address: row for row in db.session.scalars(to_people)}
    answered = select(Message.text).filter_by(direction=Direction.OUTGOING)
    saved = list(db.session.scalars(answered))
    waiting = select(Conversation.email).filter_by(state=ConversationState.WAITING)

    assert set(answers.acknowledged) <= set(saved)
    assert sorted(saved) == sorted(rows)
    assert set(db.session.scalars(waiting)) == set(saved)
    left_once(rows.values(), calls)


def test_no_acknowledged_answer_is_lost_or_doubled_when_everything_is_killed(
    make_app, sqlite_url, tmp_path, request
):
    number, kills = (500, 6) if request.config.getoption("deep") else (100, 4)
    with FakeBrevo() as fake:
        env = local_env(tmp_path, PORT=str(free_port()), **brevo(fake.url))
        app = make_app(**env)
        with app.app_context():
            signer = app.session_interface.get_signing_serializer(app)
            held = {"doubts": ["This is a test"]}  # so that they mail no notices
            emails = [f"person{one}@example.org" for one in range(number)]
            addresses = {one: f"/inbox/{a_conversation(email=one, **held).id}" for one in emails}
            clients = partial(Answers, signer.dumps(signed_in(a_member())), addresses)
            db.session.commit()
            answers = kill_at_random(env, number, kills, 3, clients, "tests.inbox.quick_web:app")

            assert len(answers.acknowledged) > number * 0.6
            check(answers, fake.calls)
