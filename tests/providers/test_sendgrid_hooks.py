"""The portal with SendGrid, whole: out by its API, and back by its hooks."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.inbox.models import Message
from tests.delivery import apply_all, deliver, look, mail, saved
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address

from .fake_sendgrid import FakeSendGrid
from .payloads_sendgrid import (
    MESSAGE_ID,
    OTHER,
    PRIVATE,
    RAW_MAIL,
    SECRET,
    event,
    form,
    key_of,
    raw_form,
    signed,
)

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def fake(socket_enabled):
    with FakeSendGrid(api_key="a-key") as server:
        server.headers_of = lambda call, _: {"X-Message-Id": MESSAGE_ID}
        yield server


@pytest.fixture
def app(make_app, fake):
    app = make_app(
        MAIL_PROVIDER="sendgrid",
        AUDIENCE_PROVIDER="local",
        SENDGRID_API_KEY="a-key",
        SENDGRID_API_URL=fake.url,
        SENDGRID_WEBHOOK_KEY=key_of(PRIVATE),
        SENDGRID_WEBHOOK_SECRET=SECRET,
    )
    with app.app_context():
        yield app


def post(client, call, place):
    db.session.commit()
    headers = {key: value for key, value in call.headers.items() if key != "Content-Type"}
    return client.post(
        f"/hooks/sendgrid/{place}",
        data=call.body,
        content_type=call.headers["Content-Type"],
        headers=headers,
    )


@pytest.mark.parametrize("by", ["our key", "SendGrid's id"])
def test_a_mail_goes_out_and_its_bounce_comes_back(app, client, fake, by):
    row_id = saved(mail())
    deliver(row_id)
    (sent,) = fake.mails
    key = sent["personalizations"][0]["custom_args"]["key"] if by == "our key" else ""
    accepted = look(row_id)

    bounce = event("bounce", key=key, reason="550 no such mailbox", type="bounce")
    answer = post(client, signed([event("processed", key=key), bounce]), "events")
    apply_all()

    row = look(row_id)
    assert (answer.status_code, answer.text) == (200, "Kept; 2 new.\n")
    assert (accepted.state, accepted.message_id) == ("accepted", MESSAGE_ID)
    assert (row.state, row.reason) == ("bounced", "550 no such mailbox")


def test_what_another_key_signed_changes_nothing(app, client, fake):
    row_id = saved(mail())
    deliver(row_id)

    answer = post(client, signed([event("bounce")], OTHER), "events")
    apply_all()

    assert answer.status_code == 403
    assert look(row_id).state == "accepted"


def test_an_answer_by_mail_lands_in_its_conversation(app, client):
    to = reply_address(a_conversation())
    envelope = {"to": [to], "from": "grace@example.org"}

    call = form(("email", RAW_MAIL), ("envelope", json.dumps(envelope).encode()))
    answer = post(client, call, "inbound")

    newest = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert answer.status_code == 200
    assert (newest.sender, newest.text) == ("Grace Hopper", "Yes, pleäse.")


def test_mail_with_another_secret_is_refused(app, client):
    answer = post(client, raw_form(secret="another-secret-that-is-long"), "inbound")

    assert answer.status_code == 403
    assert db.session.scalars(select(Message)).all() == []
