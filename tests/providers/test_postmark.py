"""What exactly Postmark is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import providers
from portal.providers.errors import Busy, Denied, Refused, SetupError, Suppressed, TryLater
from portal.providers.postmark.adapter import Postmark
from portal.providers.values import Address, Finding, MailFile, Receipt, Site

from .callers import SECRET
from .conftest import API_KEY, KEY
from .fake_postmark import FakePostmark

pytestmark = pytest.mark.enable_socket

OTHER_KEY = "6a9c5c62-3c7e-4f0c-b4a4-6a3c4f9f1e02"
ACCOUNT = "made-up-account-token"
SITE = Site(
    "hello@example.com",
    "https://portal.example.com/hooks/postmark/events",
    "https://portal.example.com/hooks/postmark/inbound",
    "in.example.org",
)


@pytest.fixture
def fake(socket_enabled):
    with FakePostmark(api_key=API_KEY) as server:
        yield server


@pytest.fixture
def make(fake):
    made = []

    def make(**settings):
        given = {"api_key": API_KEY, "api_url": fake.url, "webhook_secret": SECRET}
        made.append(Postmark(given | settings))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def postmark(make):
    return make()


def calls(fake, start=0):
    return [f"{call['method']} {call['path']}" for call in fake.calls[start:]]


def test_a_mail_is_sent_with_all_that_it_says_and_nobody_is_watched(fake, postmark, email):
    file = MailFile("lake.png", b"hello", "image/png")

    receipt = postmark.send(replace(email, attachments=(file,)), KEY)

    assert calls(fake) == ["POST /email"]
    assert receipt == Receipt(fake.mails[0]["MessageID"])
    assert fake.calls[0]["headers"]["x-postmark-server-token"] == API_KEY
    assert fake.calls[0]["body"] == {
        "From": '"Get Yourself Active" <hello@example.com>',
        "To": '"Zoë Müller, Leeds" <zoe@example.org>',
        "ReplyTo": '"The media team" <team@example.com>',
        "Subject": "Confirm your address: it takes a moment, Zoë",
        "TextBody": email.text,
        "HtmlBody": email.html,
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": "<https://example.com/u/abc>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            {"Name": "X-Programme", "Value": "=?utf-8?b?U2FudMOp?="},
        ],
        "Tag": "confirm_signup",
        "Metadata": {"key": KEY},
        "Attachments": [{"Name": "lake.png", "Content": "aGVsbG8=", "ContentType": "image/png"}],
        "MessageStream": "outbound",
        "TrackOpens": False,
        "TrackLinks": "None",
    }


def test_what_is_empty_is_left_out(fake, postmark, email):
    bare = replace(email, name="", reply_to=None, headers=(), sender=Address("b@example.com"))

    postmark.send(bare, KEY)

    assert fake.mails[0]["From"] == "b@example.com"
    assert not fake.mails[0].keys() & {"ReplyTo", "Tag", "Attachments"}


@pytest.mark.parametrize("status", [200, 422])
@pytest.mark.parametrize(
    ("code", "said", "error"),
    [
        (10, "No Account or Server API tokens were supplied", Denied),
        (100, "Offline for maintenance", Busy),
        (300, "Invalid 'To' address", Refused),
        (400, "The From address is not a Sender Signature", Denied),
        (401, "The Sender Signature is not confirmed", Denied),
        (405, "The limit of emails was exceeded", Denied),
        (406, "The recipient has been marked as inactive", Suppressed),
        (412, "The account is pending approval", Denied),
        (413, "The account may not send", Denied),
    ],
)
def test_the_code_in_the_body_counts_and_not_the_status(
    fake, postmark, email, status, code, said, error
):
    fake.act = lambda _: (status, {"ErrorCode": code, "Message": said})

    with pytest.raises(error, match=said) as caught:
        postmark.send(email, KEY)

    assert type(caught.value) is error
    assert str(code) in str(caught.value)


def test_maintenance_and_too_many_calls_say_how_long(fake, postmark, email):
    fake.headers_of = lambda *_: {"Retry-After": "60"}
    answers = iter([(503, {"ErrorCode": 100}), (429, {"ErrorCode": 429})])
    fake.act = lambda _: next(answers)

    for _ in range(2):
        with pytest.raises(Busy) as caught:
            postmark.send(email, KEY)

        assert caught.value.after == timedelta(minutes=1)


def test_a_suppressed_address_is_said_to_be_one_and_gets_nothing(fake, postmark, email):
    fake.suppressed = {email.to.email}

    with pytest.raises(Suppressed, match="marked as inactive"):
        postmark.send(email, KEY)

    assert fake.mails == []


def test_a_sent_mail_is_found_by_its_key(fake, postmark, email):
    receipts = [postmark.send(email, key) for key in (KEY, OTHER_KEY)]

    assert postmark.find(KEY, email.to.email) == receipts[0]
    assert fake.calls[2]["query"]["recipient"] == email.to.email


def test_a_mail_that_was_never_sent_is_not_found(postmark, email):
    postmark.send(email, OTHER_KEY)

    assert postmark.find(KEY, email.to.email) is None
    assert postmark.find(OTHER_KEY, "somebody-else@example.org") is None


def test_data_is_removed_with_the_token_of_the_account(fake, make):
    make(api_secret=ACCOUNT).erase("zoe@example.org")

    assert calls(fake) == ["POST /data-removals"]
    assert fake.calls[0]["headers"]["x-postmark-account-token"] == ACCOUNT
    assert fake.removed == ["zoe@example.org"]
    assert fake.calls[0]["body"]["NotifyWhenCompleted"] is False


def test_without_the_token_of_the_account_it_is_named_and_nothing_leaves(fake, postmark):
    with pytest.raises(Refused, match="POSTMARK_API_SECRET"):
        postmark.erase("zoe@example.org")

    assert fake.calls == []


def test_the_token_of_the_account_is_shown_to_nobody(fake, make):
    fake.act = lambda _: (422, {"ErrorCode": 10, "Message": f"{ACCOUNT} is no token"})

    with pytest.raises(TryLater) as caught:
        make(api_secret=ACCOUNT).erase("zoe@example.org")

    assert ACCOUNT not in str(caught.value)


def test_what_is_missing_is_installed_with_our_secret(fake, postmark):
    list(providers.install_hooks(postmark, SITE))

    (webhook,) = fake.hooks
    assert webhook["Url"] == SITE.events_url
    assert webhook["HttpAuth"] == {"Username": "portal", "Password": SECRET}
    assert webhook["MessageStream"] == "outbound"
    on = {name for name, one in webhook["Triggers"].items() if one["Enabled"]}
    assert on == {"Delivery", "Bounce", "SpamComplaint", "SubscriptionChange"}
    assert not webhook["Triggers"]["Bounce"]["IncludeContent"]
    assert fake.server_values["InboundDomain"] == "in.example.org"
    assert "portal:whsec_" in fake.server_values["InboundHookUrl"]


def test_when_all_is_right_the_check_says_so(postmark):
    list(providers.install_hooks(postmark, SITE))

    assert [*providers.check(postmark, SITE)] == [
        Finding("The key works. It is for the server “The portal”."),
        Finding(
            "Look at “Sender Signatures” whether hello@example.com is confirmed: "
            "a token of a server cannot ask.",
            ok=None,
        ),
        Finding("The webhook for events is there."),
        Finding("Mail to in.example.org is handed on."),
    ]


def told_wrong(findings):
    return " ".join(one.words for one in findings if one.ok is False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"HttpAuth": {"Username": "portal", "Password": "another"}},
        {"HttpAuth": None},
        {"Triggers": {"Bounce": {"Enabled": True}}},
        {"Triggers": None},
        {"Triggers": {"Open": {"Enabled": True}, "Click": {"Enabled": True}}},
    ],
)
def test_a_webhook_that_is_wrong_is_told_and_mended(fake, postmark, wrong):
    list(providers.install_hooks(postmark, SITE))
    fake.hooks[0] |= wrong
    before = told_wrong(providers.check(postmark, SITE))

    list(providers.install_hooks(postmark, SITE))

    assert "another password, or tells too little or too much" in before
    assert not told_wrong(providers.check(postmark, SITE))
    assert len(fake.hooks) == 1


@pytest.mark.parametrize(
    "wrong", [{"InboundHookUrl": SITE.inbound_url}, {"InboundDomain": "elsewhere.example"}]
)
def test_mail_that_is_handed_on_wrongly_is_told(fake, postmark, wrong):
    list(providers.install_hooks(postmark, SITE))
    fake.server_values |= wrong

    assert "in.example.org is not handed on" in told_wrong(providers.check(postmark, SITE))


def test_without_an_inbound_domain_the_server_is_left_alone(fake, postmark):
    quiet = replace(SITE, inbound_domain="")
    list(providers.install_hooks(postmark, quiet))

    assert len(list(providers.check(postmark, quiet))) == 3
    assert fake.server_values == {}


def test_without_a_secret_nothing_is_installed(fake, make):
    with pytest.raises(SetupError, match="POSTMARK_WEBHOOK_SECRET"):
        list(providers.install_hooks(make(webhook_secret=""), SITE))

    assert fake.calls == []
