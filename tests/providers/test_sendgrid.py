"""What is truly SendGrid's: custom fields, jobs, and the portal with it, out and back."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal import providers
from portal.extensions import db
from portal.inbox.models import Message
from portal.providers.errors import SetupError
from tests.delivery import apply_all, deliver, look, mail, saved
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address

from .cases_sendgrid import RAW_MAIL, SETTINGS, event, form, raw_form, sign
from .ours import API_KEY, CONTACT, EMAIL, KEY, SITE
from .registered import caller

MESSAGE_ID = "14c5d75ce93.dfd.64b469"


@pytest.fixture
def name():
    return "sendgrid"


def contact_in(call):
    return call["body"]["contacts"][0]


def test_without_a_text_there_is_only_the_page(provider, fake):
    provider.send(replace(EMAIL, text=""), KEY)

    assert [one["type"] for one in fake.mails[0]["content"]] == ["text/html"]


def test_the_fields_are_asked_for_until_all_are_there_and_one_that_lacks_is_left_out(
    provider, fake
):
    topics = fake.fields.pop("Topics")
    provider.upsert(CONTACT)
    first = contact_in(fake.calls[-1])["custom_fields"]
    fake.fields["Topics"] = topics
    for _ in range(2):
        provider.upsert(CONTACT)

    asked = [one["target"] for one in fake.calls].count("/v3/marketing/field_definitions")
    assert first == {"w2_T": "easy-read", "w3_T": "https://example.com/p/abc"}
    assert "w1_T" in contact_in(fake.calls[-1])["custom_fields"]
    assert asked == 2


def test_a_long_name_is_cut(provider, fake):
    provider.upsert(replace(CONTACT, name="n" * 60))

    assert contact_in(fake.calls[-1])["first_name"] == "n" * 50


def test_of_many_only_who_left_is_called_back(provider, fake):
    fake.left = [f"{n}@example.org" for n in range(600)]
    provider.upsert_many([replace(CONTACT, email=e) for e in ("599@Example.org", "z@example.org")])

    deleted = [one["target"] for one in fake.calls if one["method"] == "DELETE"]
    assert deleted == ["/v3/asm/suppressions/global/599%40Example.org"]
    assert {*fake.contacts} == {"599@example.org", "z@example.org"}
    assert provider.most_at_once <= 30_000


def test_missing_fields_are_made(provider, fake):
    del fake.fields["Topics"]
    lacking = [one.words for one in providers.check(provider, SITE) if one.ok is False]
    list(providers.install_hooks(provider, SITE))

    assert "Contacts lack the custom fields topics" in lacking[0]
    assert "topics" in fake.fields


def test_mail_is_known_by_our_secret_and_by_nothing_else(provider):
    assert provider.verify(raw_form())
    assert not provider.verify(raw_form(secret="another-secret-that-is-long"))
    assert not provider.verify(sign(b"[]", "inbound"))
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_SECRET"):
        caller("sendgrid", webhook_secret="").verify(raw_form())


@pytest.fixture
def app(make_app, fake, transport):
    fake.headers_of = lambda call, _: {"X-Message-Id": MESSAGE_ID}
    app = make_app(
        MAIL_PROVIDER="sendgrid",
        AUDIENCE_PROVIDER="local",
        SENDGRID_API_KEY=API_KEY,
        SENDGRID_API_URL=fake.url,
        **{f"SENDGRID_{end.upper()}": value for end, value in SETTINGS.items()},
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
    answer = post(
        client, sign(json.dumps([event("processed", key=key), bounce]).encode()), "events"
    )
    apply_all()

    row = look(row_id)
    assert (answer.status_code, answer.text) == (200, "Kept; 2 new.\n")
    assert (accepted.state, accepted.message_id) == ("accepted", MESSAGE_ID)
    assert (row.state, row.reason) == ("bounced", "550 no such mailbox")


def test_an_answer_by_mail_lands_in_its_conversation(app, client):
    to = reply_address(a_conversation())
    envelope = {"to": [to], "from": "grace@example.org"}

    call = form(("email", RAW_MAIL), ("envelope", json.dumps(envelope).encode()))
    answer = post(client, call, "inbound")

    newest = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert answer.status_code == 200
    assert (newest.sender, newest.text) == ("Grace Hopper", "Yes, pleäse.")
