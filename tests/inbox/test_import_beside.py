"""While twenty thousand people are imported, what is urgent goes first."""

import time

import pytest
from sqlalchemy import func, select

from portal.delivery.models import Action, Outgoing
from portal.extensions import db, now
from portal.inbox import links
from portal.inbox.desk import replies
from portal.inbox.models import Kind
from portal.ways import Way
from tests.delivery.processes import LONGEST, brevo, local_env, running
from tests.inbox import a_conversation
from tests.providers.brevo import FakeBrevo
from tests.services import until
from tests.team import a_member

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]

PEOPLE, WITHIN = 20_000, 10  # seconds from the commit


class Phone(FakeBrevo):
    """The provider of mails and contacts, and what the team's alerts come to."""

    def begin(self):
        super().begin()
        self.alerts = []

    def acts(self):
        return super().acts() | {"POST /alert": lambda call: self.alerts.append(call["body"])}


@pytest.fixture
def phone():
    with Phone() as server:
        yield server


def imported():
    """How many people the import has read."""
    number = db.session.scalar(select(func.count()).where(Outgoing.action == Action.UPSERT))
    db.session.commit()  # SQLite's lock
    return number


def test_a_press_enquiry_alerts_and_an_answer_leaves_while_the_import_runs(
    make_app, database, phone, tmp_path
):
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"p{n}@import.example\n" for n in range(PEOPLE)))
    env = local_env(tmp_path, **brevo(phone.url), DATABASE_URL=database)
    env["ALERT_URLS"] = f"{phone.url.replace('http', 'json')}/alert"
    read = ("flask", "newsletter", "import", file, "--wording", "I agree")
    with make_app(**env).app_context(), running("flask", "worker", env=env):
        member, conversation = a_member(), a_conversation()
        member.undo_seconds, address = 1, conversation.email
        db.session.commit()
        with running(*read, env=env) as command:
            until(lambda: imported() > 50, LONGEST)
            enquiry = a_conversation(kind=Kind.PRESS)
            begun, url = time.monotonic(), links.inbox_url(enquiry)
            db.session.commit()
            until(lambda: phone.alerts, WITHIN)
            alerted = time.monotonic() - begun
            answer = replies.answer(conversation, member, "Yes.", Way.EMAIL)
            leaves_at = answer.sending.outgoing.due_at
            db.session.commit()
            until(lambda: address in [mail["to"][0]["email"] for mail in phone.mails], WITHIN + 1)
            late = (now() - leaves_at).total_seconds()
            assert command.poll() is None, "the import was over too soon"

    assert alerted < WITHIN
    assert 0 <= late < WITHIN
    assert [alert["message"] for alert in phone.alerts] == [url]
