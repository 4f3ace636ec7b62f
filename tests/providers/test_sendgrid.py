"""What is truly SendGrid's: custom fields, jobs, and the portal with it, out and back."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.inbox.models import Message
from portal.providers.errors import SetupError
from tests.delivery import act, deliver, look, mail, saved
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address

from .ours import CONTACT, EMAIL, KEY
from .registered import caller, env_of
from .sendgrid import RAW_MAIL, TOLD, event, form, raw_form, sign


def test_without_a_text_there_is_only_the_page(provider, fake):
    provider.send(replace(EMAIL, text=""), KEY)

    assert [one["type"] for one in fake.mails[0]["content"]] == ["text/html"]


def test_the_fields_are_asked_for_until_all_are_there_and_one_that_lacks_is_left_out(
    provider, fake
):
    def told():
        provider.upsert(CONTACT)
        return fake.calls[-1]["body"]["contacts"][0]["custom_fields"].keys()

    topics = fake.fields.pop("Topics")
    first = told()
    fake.fields["Topics"] = topics

    assert [first, told(), told()] == [{"w2_T", "w3_T"}, *[{"w1_T", "w2_T", "w3_T"}] * 2]
    asked = [one for one in fake.calls if one["target"] == "/v3/marketing/field_definitions"]
    assert len(asked) == 2


def test_of_many_only_who_left_is_called_back(provider, fake):
    fake.left = [f"{n}@example.org" for n in range(600)]
    provider.upsert_many([replace(CONTACT, email=e) for e in ("599@Example.org", "z@example.org")])

    deleted = [one["target"] for one in fake.calls if one["method"] == "DELETE"]
    assert deleted == ["/v3/asm/suppressions/global/599%40Example.org"]
    assert {*fake.contacts} == {"599@example.org", "z@example.org"}
    assert provider.most_at_once <= 30_000


def test_mail_is_known_by_our_secret_and_by_nothing_else(provider):
    assert provider.verify(raw_form())
    assert not provider.verify(raw_form(secret="another-secret-that-is-long"))
    assert not provider.verify(sign(b"[]", "inbound"))
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_SECRET"):
        caller("sendgrid", webhook_secret="").verify(raw_form())


@pytest.fixture
def app(make_app, fake, transport):
    fake.headers_of = lambda *_: {"X-Message-Id": TOLD["message_id"]}
    app = make_app(**env_of() | {"MAIL_PROVIDER": "sendgrid", "SENDGRID_API_URL": fake.url})
    with app.app_context():
        yield app


def post(client, call, place):
    db.session.commit()
    return client.post(f"/hooks/sendgrid/{place}", data=call.body, headers=call.headers)


def test_a_mail_goes_out_and_its_bounce_comes_back(app, client):
    row_id = saved(mail())
    deliver(row_id)
    accepted = look(row_id)
    bounce = event("bounce", key="", reason="550 no such mailbox", type="bounce")
    answer = post(client, sign(json.dumps([event("processed"), bounce]).encode()), "events")
    act()

    row = look(row_id)
    assert (answer.status_code, answer.text) == (200, "Kept; 2 new.\n")
    assert (accepted.state, accepted.message_id) == ("accepted", TOLD["message_id"])
    assert (row.state, row.reason) == ("bounced", "550 no such mailbox")


def test_an_answer_by_mail_lands_in_its_conversation(app, client):
    envelope = {"to": [reply_address(a_conversation())], "from": "grace@example.org"}
    call = form(("email", RAW_MAIL), ("envelope", json.dumps(envelope).encode()))
    answer = post(client, call, "inbound")

    newest = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert answer.status_code == 200
    assert (newest.sender, newest.text) == ("Grace Hopper", "Yes, pleäse.")
