"""What exactly SendGrid is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import providers
from portal.providers.errors import Busy, Denied, Refused, SetupError, TryLater
from portal.providers.sendgrid.adapter import SendGrid
from portal.providers.values import Address, Finding, MailFile, Receipt, Site

from .conftest import API_KEY, KEY
from .fake_sendgrid import LIST, PUBLIC_KEY, FakeSendGrid
from .payloads_sendgrid import EVENTS_URL, INBOUND_URL, PRIVATE, SECRET, key_of

pytestmark = pytest.mark.enable_socket

SITE = Site("hello@example.com", EVENTS_URL, INBOUND_URL, "in.example.org")
HANDED_ON = INBOUND_URL.replace("://", f"://portal:{SECRET}@")


@pytest.fixture
def fake(socket_enabled):
    with FakeSendGrid(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        made.append(SendGrid({"api_key": API_KEY, "api_url": fake.url, "list_id": LIST} | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def sendgrid(make):
    return make(webhook_secret=SECRET, webhook_key=key_of(PRIVATE))


def calls(fake, start=0):
    return [f"{call['method']} {call['path']}" for call in fake.calls[start:]]


def test_a_mail_is_sent_with_all_that_it_says_and_nobody_is_watched(fake, sendgrid, email):
    file = MailFile("lake.png", b"hello", "image/png")

    receipt = sendgrid.send(replace(email, attachments=(file,)), KEY)

    assert receipt == Receipt("id-1")
    assert calls(fake) == ["POST /v3/mail/send"]
    assert fake.mails[0] == {
        "personalizations": [
            {
                "to": [{"email": "zoe@example.org", "name": "Zoë Müller, Leeds"}],
                "custom_args": {"key": KEY},
            }
        ],
        "from": {"email": "hello@example.com", "name": "Get Yourself Active"},
        "reply_to": {"email": "team@example.com", "name": "The media team"},
        "subject": "Confirm your address: it takes a moment, Zoë",
        "content": [
            {"type": "text/plain", "value": email.text},
            {"type": "text/html", "value": email.html},
        ],
        "headers": {
            "List-Unsubscribe": "<https://example.com/u/abc>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "X-Programme": "=?utf-8?b?U2FudMOp?=",
        },
        "categories": ["confirm_signup"],
        "attachments": [
            {
                "filename": "lake.png",
                "content": "aGVsbG8=",
                "type": "image/png",
                "disposition": "attachment",
            }
        ],
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


def test_what_is_empty_is_left_out(fake, sendgrid, email):
    bare = replace(email, name="", text="", reply_to=None, headers=(), sender=Address("b@c.org"))

    sendgrid.send(bare, KEY)

    mail = fake.mails[0]
    assert mail["from"] == {"email": "b@c.org"}
    assert [one["type"] for one in mail["content"]] == ["text/html"]
    assert not mail.keys() & {"headers", "reply_to", "categories", "attachments"}


def test_a_contact_is_put_on_the_list_and_mail_may_go_to_it_again(fake, sendgrid, contact):
    sendgrid.upsert(contact)

    assert calls(fake) == [
        "DELETE /v3/asm/suppressions/global/zoe%40example.org",
        "GET /v3/marketing/field_definitions",
        "PUT /v3/marketing/contacts",
    ]
    assert fake.calls[-1]["body"] == {
        "list_ids": [LIST],
        "contacts": [
            {
                "email": "zoe@example.org",
                "first_name": "Zoë Müller",
                "custom_fields": {
                    "w1_T": "walking,swimming",
                    "w2_T": "easy-read",
                    "w3_T": "https://example.com/p/abc",
                },
            }
        ],
    }


def test_the_fields_are_asked_for_once(fake, sendgrid, contact):
    sendgrid.upsert(contact)
    sendgrid.upsert(contact)

    assert calls(fake).count("GET /v3/marketing/field_definitions") == 1


def test_a_field_that_the_account_lacks_is_left_out_until_it_is_there(fake, sendgrid, contact):
    topics = fake.fields.pop("Topics")
    sendgrid.upsert(contact)
    first = fake.calls[-1]["body"]["contacts"][0]["custom_fields"]
    fake.fields["Topics"] = topics
    sendgrid.upsert(contact)

    assert first == {"w2_T": "easy-read", "w3_T": "https://example.com/p/abc"}
    assert "w1_T" in fake.calls[-1]["body"]["contacts"][0]["custom_fields"]


def test_a_long_name_is_cut_and_without_a_list_none_is_named(fake, make, contact):
    make(list_id="").upsert(replace(contact, name="n" * 60))

    assert fake.calls[-1]["body"]["contacts"][0]["first_name"] == "n" * 50
    assert "list_ids" not in fake.calls[-1]["body"]


def test_many_contacts_go_in_one_job_and_only_who_left_is_called_back(fake, sendgrid, contact):
    fake.left = [f"{n}@example.org" for n in range(600)]
    people = [replace(contact, email=one) for one in ("599@Example.org", "z@example.org")]

    receipt = sendgrid.upsert_many(people)

    deleted = [one for one in calls(fake) if one.startswith("DELETE")]
    assert receipt == Receipt("job-1")
    assert deleted == ["DELETE /v3/asm/suppressions/global/599%40Example.org"]
    assert {*fake.contacts} == {"599@example.org", "z@example.org"}
    assert sendgrid.most_at_once <= 30_000


def test_an_unsubscribe_stops_campaigns(fake, sendgrid, contact):
    sendgrid.upsert(contact)
    before = sendgrid.lookup(contact.email)
    sendgrid.unsubscribe(contact.email)

    assert calls(fake)[-1] == "POST /v3/asm/suppressions/global"
    assert fake.calls[-1]["body"] == {"recipient_emails": ["zoe@example.org"]}
    assert (before.subscribed, before.stopped) == (True, False)
    assert sendgrid.lookup(contact.email).stopped


def test_erasing_takes_the_contact_the_suppressions_and_the_log(fake, sendgrid, contact):
    sendgrid.upsert(contact)
    sendgrid.unsubscribe(contact.email)
    start = len(fake.calls)

    sendgrid.erase(contact.email)

    assert calls(fake, start) == [
        "POST /v3/marketing/contacts/search/emails",
        "DELETE /v3/marketing/contacts",
        "DELETE /v3/asm/suppressions/global/zoe%40example.org",
        "DELETE /v3/suppression/bounces/zoe%40example.org",
        "DELETE /v3/suppression/spam_reports/zoe%40example.org",
        "POST /v3/recipients/erasejob",
    ]
    assert (fake.contacts, fake.left, fake.erased) == ({}, [], ["zoe@example.org"])


def test_somebody_off_our_list_is_not_subscribed(make, contact):
    make().upsert(contact)

    assert make().lookup(contact.email).subscribed
    assert not make(list_id="another").lookup(contact.email).subscribed


def test_a_lookup_that_says_nothing_is_tried_later(fake, sendgrid):
    fake.act = lambda _: (200, {"result": []})

    with pytest.raises(TryLater):
        sendgrid.lookup("zoe@example.org")


@pytest.mark.parametrize(
    ("status", "said", "error", "words"),
    [
        (401, "Maximum credits exceeded", Denied, "account and its plan"),
        (401, "The provided authorization grant is invalid", Denied, "SENDGRID_API_KEY"),
        (403, "The from address does not match a verified Sender Identity", Denied, "MAIL_FROM"),
        (403, "access forbidden", Denied, "SENDGRID_API_KEY"),
        (400, "Does not contain a valid address.", Refused, "valid address"),
        (413, "The mail is too large", Refused, "413"),
        (429, "too many requests", Busy, "429"),
        (500, "server error", TryLater, "500"),
    ],
)
def test_a_refusal_means_what_sendgrid_says(fake, sendgrid, email, status, said, error, words):
    fake.act = lambda _: (status, {"errors": [{"message": said, "field": "from.email"}]})

    with pytest.raises(error, match=words) as caught:
        sendgrid.send(email, KEY)

    assert said.rstrip(".") in str(caught.value)
    assert type(caught.value) is error


def test_when_no_call_is_left_none_is_made_until_then(fake, sendgrid, email):
    fake.headers_of = lambda *_: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}
    sendgrid.send(email, KEY)

    with pytest.raises(Busy) as caught:
        sendgrid.send(email, KEY)

    assert 0 < caught.value.after.total_seconds() <= 60
    assert len(fake.mails) == 1


@pytest.mark.parametrize("list_id", ["a/b", "a b", "x" * 37, "é"])
def test_a_list_that_is_none_is_named(list_id):
    with pytest.raises(SetupError, match="SENDGRID_LIST_ID"):
        SendGrid({"api_key": "k", "list_id": list_id})


def test_what_is_missing_is_installed_once_and_then_all_is_right(fake, make):
    del fake.fields["Topics"]
    new = make(webhook_secret=SECRET)
    before = {one.words: one.ok for one in providers.check(new, SITE)}

    done = [one.words for one in providers.install_hooks(new, SITE)]
    again = [one.words for one in providers.install_hooks(make(webhook_secret=SECRET), SITE)]

    assert list(before.values()) == [True, None, True, False, False, False]
    assert f"Put this into .env: SENDGRID_WEBHOOK_KEY={PUBLIC_KEY}" in done
    assert len(done) == 4
    assert again[0] == "The webhook for events was there."
    assert [one["url"] for one in fake.webhooks] == [EVENTS_URL]
    assert fake.parse == {
        "in.example.org": {
            "hostname": "in.example.org",
            "url": HANDED_ON,
            "spam_check": False,
            "send_raw": True,
        }
    }


def test_nobody_is_watched_by_the_webhook(fake, sendgrid):
    list(providers.install_hooks(sendgrid, SITE))

    (webhook,) = fake.webhooks
    assert (webhook["open"], webhook["click"]) == (False, False)
    assert all(webhook[name] for name in ("bounce", "dropped", "spam_report", "delivered"))


def test_when_all_is_right_the_check_says_so(fake, sendgrid):
    list(providers.install_hooks(sendgrid, SITE))
    fake.webhooks[0]["public_key"] = key_of(PRIVATE)

    assert [*providers.check(sendgrid, SITE)] == [
        Finding("The key works."),
        Finding(
            "Look at “Sender Authentication” whether hello@example.com or its domain is verified.",
            ok=None,
        ),
        Finding("Subscribers go on the list “Newsletter”."),
        Finding("Contacts have all that we keep of a choice."),
        Finding("The webhook for events is there, and signed."),
        Finding("Mail to in.example.org is handed on."),
    ]


def told_wrong(findings):
    return " ".join(one.words for one in findings if one.ok is False)


@pytest.mark.parametrize("wrong", [{"bounce": False}, {"enabled": False}, {"click": True}])
def test_a_webhook_that_is_wrong_is_told_and_mended(fake, sendgrid, wrong):
    list(providers.install_hooks(sendgrid, SITE))
    fake.webhooks[0] |= {"public_key": key_of(PRIVATE), **wrong}
    fake.parse["in.example.org"]["url"] = "https://elsewhere.example/"
    before = told_wrong(providers.check(sendgrid, SITE))

    list(providers.install_hooks(sendgrid, SITE))

    assert "off, or tells too little or too much" in before
    assert "is not handed on" in before
    assert not told_wrong(providers.check(sendgrid, SITE))
    assert len(fake.webhooks) == 1


def test_a_wrong_key_or_list_is_told(fake, make):
    fake.webhooks = [{"id": "1", "url": EVENTS_URL, "public_key": PUBLIC_KEY, "enabled": True}]
    list(providers.install_hooks(make(webhook_secret=SECRET), SITE))

    told = told_wrong(providers.check(make(list_id="gone"), SITE))

    assert "SENDGRID_LIST_ID" in told
    assert "SENDGRID_WEBHOOK_KEY is not the key" in told


def test_without_a_secret_nothing_is_installed(fake, make):
    with pytest.raises(SetupError, match="SENDGRID_WEBHOOK_SECRET"):
        list(providers.install_hooks(make(), SITE))

    assert fake.calls == []
