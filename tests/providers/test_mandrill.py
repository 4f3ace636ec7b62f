"""What exactly Mailchimp Transactional is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import providers
from portal.providers.errors import Busy, Denied, Refused, Suppressed, TryLater, Uncertain
from portal.providers.mandrill.adapter import Mandrill
from portal.providers.values import Address, Finding, MailFile, Receipt, Site

from .conftest import API_KEY, KEY
from .fake_mandrill import HOOK_KEY, FakeMandrill
from .payloads_mandrill import EVENTS_URL, INBOUND_URL

pytestmark = pytest.mark.enable_socket

SITE = Site("hello@example.com", EVENTS_URL, INBOUND_URL, "in.example.com")
NO_MAIL_IN = replace(SITE, inbound_domain="")
WANTED = [
    "send",
    "delivered",
    "deferral",
    "hard_bounce",
    "soft_bounce",
    "spam",
    "unsub",
    "reject",
]


@pytest.fixture
def fake(socket_enabled):
    with FakeMandrill(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        made.append(Mandrill({"api_key": API_KEY, "api_url": fake.url, **settings}))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def mandrill(make):
    return make(webhook_secret=HOOK_KEY)


def paths(fake):
    return [call["path"] for call in fake.calls]


def wrong(findings):
    return [one.words for one in findings if one.ok is False]


def test_a_mail_is_sent_with_all_that_it_says_and_nobody_is_watched(fake, mandrill, email):
    file = MailFile("lake.png", b"hello", "image/png")

    receipt = mandrill.send(replace(email, attachments=(file,)), KEY)

    assert receipt == Receipt(f"{1:032x}")
    assert paths(fake) == ["/messages/send"]
    assert "authorization" not in fake.calls[0]["headers"]
    assert fake.calls[0]["body"] == {
        "key": API_KEY,
        "async": False,
        "message": {
            "html": email.html,
            "text": email.text,
            "subject": "Confirm your address: it takes a moment, Zoë",
            "from_email": "hello@example.com",
            "from_name": "Get Yourself Active",
            "to": [{"email": "zoe@example.org", "name": "Zoë Müller, Leeds", "type": "to"}],
            "headers": {
                "List-Unsubscribe": "<https://example.com/u/abc>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "X-Programme": "=?utf-8?b?U2FudMOp?=",
                "Reply-To": '"The media team" <team@example.com>',
            },
            "metadata": {"key": KEY},
            "tags": ["confirm_signup"],
            "attachments": [{"type": "image/png", "name": "lake.png", "content": "aGVsbG8="}],
            "track_opens": False,
            "track_clicks": False,
            "auto_text": False,
            "auto_html": False,
            "preserve_recipients": True,
            "merge": False,
            "view_content_link": False,
        },
    }


def test_what_is_empty_is_left_out(fake, mandrill, email):
    mandrill.send(replace(email, name="", reply_to=None, headers=()), KEY)

    assert fake.mails[0]["headers"] == {}
    assert not fake.mails[0].keys() & {"tags", "attachments"}


def test_no_line_can_bring_in_a_header(fake, mandrill, email):
    mandrill.send(
        replace(
            email,
            subject="Hello\r\nBcc: all@example.org",
            reply_to=Address("team@example.com", 'Zoë"\nBcc: all@example.org'),
            headers=(("X-A", "1\r\nX-B: 2"),),
        ),
        KEY,
    )

    mail = fake.mails[0]
    assert mail["subject"] == "Hello Bcc: all@example.org"
    assert mail["headers"]["X-A"] == "1 X-B: 2"
    assert all(value.isascii() and value.isprintable() for value in mail["headers"].values())


@pytest.mark.parametrize("reason", ["hard-bounce", "soft-bounce", "spam", "unsub", "custom"])
def test_an_address_that_is_on_their_list_is_suppressed(fake, mandrill, email, reason):
    fake.rejected[email.to.email] = reason

    with pytest.raises(Suppressed, match=reason):
        mandrill.send(email, KEY)

    assert fake.mails == []


@pytest.mark.parametrize(
    ("reason", "error", "words"),
    [
        ("invalid", Refused, "rejected, invalid"),
        ("rule", Refused, "rejected, rule"),
        (None, Refused, "invalid"),
        ("invalid-sender", Denied, "MAIL_FROM"),
        ("unsigned", Denied, "Sending domains"),
        ("test-mode-limit", Denied, "key is one for tests"),
    ],
)
def test_a_mail_may_be_turned_down_in_an_answer_that_is_no_error(
    fake, mandrill, email, reason, error, words
):
    fake.rejected[email.to.email] = reason

    with pytest.raises(error, match=words) as caught:
        mandrill.send(email, KEY)

    assert type(caught.value) is error


@pytest.mark.parametrize("status", ["sent", "queued", "scheduled"])
def test_a_mail_that_waits_at_the_provider_is_taken(fake, mandrill, email, status):
    fake.act = lambda _: (200, [{"status": status, "_id": "1a", "queued_reason": "sending-paused"}])

    assert mandrill.send(email, KEY) == Receipt("1a")


@pytest.mark.parametrize("data", [[], {}, None, [7], [{"_id": "1a"}], [{"status": "odd"}]])
def test_an_answer_that_says_neither_leaves_the_mail_uncertain(fake, mandrill, email, data):
    fake.act = lambda _: (200, data)

    with pytest.raises(Uncertain):
        mandrill.send(email, KEY)


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (401, "Invalid_Key", Denied),
        (500, "Invalid_Key", Denied),
        (402, "PaymentRequired", Denied),
        (404, "Unknown_Subaccount", Denied),
        (422, "ValidationError", Refused),
        (500, "ValidationError", Refused),
        (429, "RequestLimitExceeded", Busy),
        (503, "ServiceUnavailable", Busy),
        (500, "GeneralError", TryLater),
    ],
)
def test_a_refusal_means_what_its_name_says(fake, mandrill, email, status, name, error):
    fake.act = lambda _: (status, {"status": "error", "name": name, "message": "Not now"})

    with pytest.raises(error, match=f"{name} Not now") as caught:
        mandrill.send(email, KEY)

    assert type(caught.value) is error


def test_after_trouble_inside_their_server_no_other_provider_is_given_the_mail(
    fake, mandrill, email
):
    fake.behave("error")

    with pytest.raises(TryLater) as caught:
        mandrill.send(email, KEY)

    assert caught.value.left


def test_a_refusal_does_not_repeat_our_key(fake, mandrill, email):
    words = f"{API_KEY} is not a key"
    fake.act = lambda _: (401, {"status": "error", "name": "Invalid_Key", "message": words})

    with pytest.raises(Denied) as caught:
        mandrill.send(email, KEY)

    assert API_KEY not in str(caught.value)


def test_a_mail_is_found_by_its_key_among_those_to_the_address(fake, mandrill, email):
    mandrill.send(email, "another")
    sent = mandrill.send(email, KEY)

    found = mandrill.find(KEY, email.to.email)

    assert found == sent
    assert fake.calls[-1]["body"]["query"] == "full_email:zoe@example.org"
    assert mandrill.find(KEY, "nobody@example.org") is None
    assert mandrill.find("no such key", email.to.email) is None


@pytest.mark.parametrize("state", ["rejected", "canceled"])
def test_a_mail_that_was_not_sent_is_not_found(fake, mandrill, email, state):
    mandrill.send(email, KEY)
    fake.mails[0]["state"] = state

    assert mandrill.find(KEY, email.to.email) is None


def test_a_search_that_cannot_be_read_finds_nothing(fake, mandrill):
    fake.act = lambda _: (200, [None, {"metadata": [], "_id": "1"}, {"_id": "2"}])

    assert mandrill.find(KEY, "zoe@example.org") is None


def test_a_new_account_is_told_all_that_is_missing(fake, make):
    told = wrong(providers.check(make(), SITE))

    assert len(told) == 2
    assert "webhook for events is missing" in told[0]
    assert "not handed on" in told[1]


def test_what_is_missing_is_installed_once_and_then_all_is_right(fake, make, mandrill):
    done = [one.words for one in providers.install_hooks(make(), SITE)]
    again = [one.words for one in providers.install_hooks(mandrill, SITE)]

    assert f"Put this into .env: MANDRILL_WEBHOOK_SECRET={HOOK_KEY}" in done
    assert any("“Inbound” for the key of that route" in words for words in done)
    assert again == ["The webhook for events was there.", "Mail that comes in was handed on."]
    assert [(one["url"], one["events"]) for one in fake.hooks] == [(EVENTS_URL, WANTED)]
    assert [(one["domain"], one["pattern"], one["url"]) for one in fake.routes] == [
        ("in.example.com", "*", INBOUND_URL)
    ]
    assert wrong(providers.check(mandrill, SITE)) == []


def test_when_all_is_right_the_check_says_so(fake, mandrill):
    list(providers.install_hooks(mandrill, SITE))

    assert [*providers.check(mandrill, SITE)] == [
        Finding("The key works. It is for the account “the-charity”."),
        Finding("Look at “Sending domains” whether example.com is verified.", ok=None),
        Finding("The webhook for events is there."),
        Finding("Mail to in.example.com comes to Mailchimp Transactional."),
        Finding("Mail that comes in is handed on."),
    ]


def test_a_webhook_that_tells_too_little_is_told_and_mended(fake, mandrill):
    fake.hooks = [{"id": 7, "url": EVENTS_URL, "events": ["send"], "auth_key": HOOK_KEY}]
    before = wrong(providers.check(mandrill, NO_MAIL_IN))

    list(providers.install_hooks(mandrill, NO_MAIL_IN))

    assert len(before) == 1
    assert "tells too little" in before[0]
    assert wrong(providers.check(mandrill, NO_MAIL_IN)) == []
    assert [one["events"] for one in fake.hooks] == [WANTED]
    assert fake.routes == []


def test_a_key_that_the_portal_lacks_is_shown_beside_those_that_it_has(fake, make):
    provider = make(webhook_secret="the-key-of-the-inbound-route")
    list(providers.install_hooks(provider, NO_MAIL_IN))

    (told,) = wrong(providers.check(provider, NO_MAIL_IN))
    assert told.startswith("MANDRILL_WEBHOOK_SECRET is not complete")
    assert told.endswith(f"MANDRILL_WEBHOOK_SECRET=the-key-of-the-inbound-route {HOOK_KEY}")


@pytest.mark.parametrize(
    ("domains", "words"),
    [
        ([], "Add the domain in.example.com under “Inbound” first."),
        ([{"domain": "in.example.com", "valid_mx": False}], "MX records of in.example.com"),
    ],
)
def test_a_domain_that_takes_no_mail_is_told(fake, mandrill, domains, words):
    fake.domains = domains

    assert any(words in one for one in wrong(providers.check(mandrill, SITE)))


def test_without_the_domain_no_route_is_made(fake, mandrill):
    fake.domains = []

    assert wrong(providers.install_hooks(mandrill, SITE)) == [
        "Add the domain in.example.com under “Inbound” first."
    ]
    assert fake.routes == []


def test_a_wrong_key_stops_the_check(fake):
    provider = Mandrill({"api_key": "another", "api_url": fake.url})

    with pytest.raises(Denied, match="MANDRILL_API_KEY"):
        list(providers.check(provider, SITE))
