"""Mail by any mail server: never in clear, never twice unsaid, and each reply for what it is."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_string
from email.policy import default
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import providers
from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    SetupError,
    Suppressed,
    TryLater,
    Uncertain,
    UsedUp,
)
from portal.providers.smtp import adapter, replies
from portal.providers.smtp.adapter import SMTP, Server
from portal.providers.values import Address, Receipt

from .certificates import certificate_file
from .ours import EMAIL, KEY, SITE, ZOE
from .smtp import LOGIN, PASSWORD, SETTINGS, USER


def verbs(fake):
    return [line.split()[0].upper() for line in fake.calls]


@pytest.mark.parametrize(("scheme", "port"), [("smtp", 587), ("smtps", 465), ("smtp", 2525)])
def test_a_mail_goes_whole_over_tls_with_the_password_and_with_our_id(make, fake, scheme, port):
    text = "One\n.\n..two\n.three\n"
    receipt = make(url=f"{scheme}://{LOGIN}@mail.test:{port}").send(replace(EMAIL, text=text), KEY)

    mail = message_from_string(fake.mails[0], policy=default)
    assert fake.opened == [("mail.test", port)]
    assert receipt == Receipt(f"<{KEY}@example.com>")
    assert mail["Message-ID"] == receipt.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(["plain"]).get_content().splitlines() == text.splitlines()
    assert verbs(fake)[-5:] == ["AUTH", "MAIL", "RCPT", "DATA", "."]
    assert fake.calls[0] == "ehlo example.com"
    # How Python writes the words differs from version to version.
    assert [line.split()[1].lower() for line in fake.calls[-4:-2]] == [
        "from:<hello@example.com>",
        f"to:<{ZOE}>",
    ]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("what", ["no TLS", "another name", "nobody's word"])
def test_without_tls_and_the_right_certificate_nothing_is_said(
    make, fake, monkeypatch, scheme, what
):
    if what == "no TLS":
        fake.features.remove("STARTTLS")
        fake._secured = lambda connection: connection
    elif what == "another name":
        fake.host = "elsewhere.test"
        monkeypatch.setenv("SSL_CERT_FILE", certificate_file(fake.host))
    else:
        monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(TryLater, match="SMTP_URL") as caught:
        make(url=f"{scheme}://{LOGIN}@mail.test").send(EMAIL, KEY)

    assert {*verbs(fake)} <= {"EHLO", "STARTTLS"}
    if what != "no TLS" or scheme == "smtp":
        assert isinstance(caught.value, Denied)


@pytest.mark.parametrize(
    ("command", "reply", "error", "words"),
    [
        ("greeting", "421 4.3.2 Service not available", Busy, "4.3.2"),
        ("greeting", "554 5.3.2 No SMTP service here", Denied, "SMTP_URL"),
        ("EHLO", "550 5.7.1 Go away", Denied, "SMTP_URL"),
        ("STARTTLS", "454 4.7.0 TLS not available", TryLater, "454"),
        ("AUTH", "535 5.7.139 Authentication unsuccessful, disabled", Denied, "SMTP_URL"),
        ("AUTH", "454 4.7.0 Too many login attempts, please try again later", Busy, "login"),
        ("AUTH", "454 4.7.0 Cannot authenticate now", TryLater, "Cannot"),
        ("MAIL", "530 5.7.57 Client not authenticated to send mail", Denied, "5.7.57"),
        ("MAIL", "550 5.7.60 Client may not send as this sender", Denied, "MAIL_FROM"),
        ("MAIL", "552 5.3.4 Message size exceeds fixed limit", Refused, "5.3.4"),
        ("MAIL", "432 4.3.2 Concurrent connections limit exceeded", Busy, "432"),
        ("MAIL", "421 4.7.0 Try again later, closing connection", Busy, "421"),
        ("RCPT", "550 5.1.1 No such user here", Suppressed, "5.1.1"),
        ("RCPT", "550 5.1.10 RecipientNotFound", Suppressed, "5.1.10"),
        ("RCPT", "550 5.7.1 Not this one", Refused, "5.7.1"),
        ("RCPT", "554 5.7.1 Relay access denied", Denied, "Relay"),
        ("RCPT", "450 4.2.1 The user is receiving mail too quickly", TryLater, "450"),
        ("RCPT", "450 4.2.1 Peak SMTP relay limit exceeded for customer", Busy, "Peak"),
        ("RCPT", "550 5.1.90 Your daily limit for message recipients", UsedUp, "a day"),
        ("DATA", "503 5.5.1 Bad sequence", Refused, "503"),
        ("DATA", "250 What", Denied, "SMTP_URL"),
        (".", "550 5.4.5 Daily user sending limit exceeded", UsedUp, "a day"),
        (".", "550 5.7.1 Daily SMTP relay limit exceeded for customer", UsedUp, "a day"),
        (".", "554 5.2.0 STOREDRV.Submission; SubmissionQuotaExceededException", UsedUp, "a day"),
        (".", "554 5.2.2 mailbox full; STOREDRV.QuotaExceededException", Denied, "mailbox"),
        (".", "554 5.2.252 SendAsDenied; not allowed", Denied, "5.2.252"),
        (".", "552 5.7.0 Blocked: this file may be harmful", Refused, "5.7.0"),
        (".", "451 4.7.500 Server busy", TryLater, "4.7.500"),
        (".", "oops", Denied, "SMTP_URL"),
        # Only a lost answer after the end of a mail leaves doubt.
        *(
            (one, None, TryLater, None)
            for one in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA")
        ),
        (".", None, Uncertain, None),
    ],
)
def test_a_reply_is_the_error_that_its_codes_say(provider, fake, command, reply, error, words):
    fake.replies[command] = reply
    with pytest.raises(ProviderError, match=words) as caught:
        provider.send(EMAIL, KEY)

    assert type(caught.value) is error
    assert not getattr(caught.value, "left", False)
    assert caught.value.__cause__ is None
    fake.replies.clear()
    provider.send(EMAIL, KEY)
    assert len(fake.mails) == (2 if error is Uncertain else 1)


@pytest.mark.parametrize("mode", ["away", "silent"])
def test_a_server_that_does_not_answer_has_an_end(provider, fake, monkeypatch, mode):
    monkeypatch.setattr(adapter, "PATIENCE", 1)
    fake.behave(mode)

    with pytest.raises(TryLater if mode == "away" else Uncertain):
        provider.send(EMAIL, KEY)


def test_a_connection_is_kept_for_a_while_and_a_dead_one_costs_no_mail(provider, fake, monkeypatch):
    def send():
        provider.send(EMAIL, KEY)
        return len(fake.opened), len(fake.mails)

    seen = [send(), send()]
    for one in fake.connections:
        one.close() if one.fileno() < 0 else one.shutdown(socket.SHUT_RDWR)
    seen.append(send())
    monkeypatch.setattr(adapter, "IDLE_LIMIT", -1)
    seen.append(send())

    assert seen == [(1, 1), (1, 2), (2, 3), (3, 4)]


def test_several_mails_at_once_share_a_few_connections(provider, fake):
    with ThreadPoolExecutor(8) as threads:
        keys = [f"{number}{KEY[1:]}" for number in range(8)]
        [*threads.map(lambda key: provider.send(EMAIL, key), keys)]

    assert len(fake.opened) <= adapter.MOST_AT_ONCE
    assert sorted(message_from_string(one)["Message-ID"] for one in fake.mails) == [
        f"<{key}@example.com>" for key in keys
    ]


@pytest.mark.parametrize("takes", [True, False])
def test_an_address_beyond_ascii_goes_only_where_the_server_takes_it(provider, fake, takes):
    mail = replace(EMAIL, to=Address("zoë@xn--bcher-kva.example", "Zoë"))
    if not takes:
        fake.features.remove("SMTPUTF8")
        with pytest.raises(Refused, match="beyond ASCII"):
            provider.send(mail, KEY)
        assert fake.mails == []
        return

    provider.send(mail, KEY)
    assert "SMTPUTF8" in fake.calls[-4]
    assert fake.calls[-3].lower() == "rcpt to:<zoë@xn--bcher-kva.example>"
    assert "zoë@xn--bcher-kva.example" in fake.mails[0]


URLS = [
    *("", "mail.test", "http://mail.test", "smtp://", "smtps://:465", "smtp://mail.test:no"),
    *(
        "smtp://mail.test:99999",
        "smtp://mail.test/in",
        "smtp://mail.test?x=1",
        "smtp://a@mail.test",
    ),
    *("smtp://:secret@mail.test", "smtp://a:p#ss@mail.test", "smtp://a:p%C3%A9@mail.test"),
]


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_cannot_be_right_is_named_and_not_shown(url):
    with pytest.raises(SetupError, match="SMTP_URL") as caught:
        SMTP({"url": url})

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6)


@given(printable, printable)
def test_a_password_may_have_any_mark_and_is_shown_nowhere(user, password):
    url = f"smtp://{quote(user, safe='')}:{quote(password, safe='')}@mail.test"
    provider = SMTP({"url": url})
    reply = 535, f"5.7.8 {password} is wrong".encode()
    told = replies.fault(reply, of_mail=False, setting="SMTP_URL", secret=password)

    assert provider.server == Server("smtp", "mail.test", 587, user, password)
    assert password not in repr(provider.server).replace(repr(user), "")
    assert f" {password} is" not in str(told)


@pytest.mark.parametrize("ways", ["PLAIN", "LOGIN", "LOGIN XOAUTH2"])
def test_a_password_is_shown_once_in_a_way_that_the_server_knows(make, fake, ways):
    fake.ways = ways
    make().send(EMAIL, KEY)
    with pytest.raises(Denied, match=r"535.*SMTP_URL"):
        make(url=SETTINGS["url"].replace(":p", ":q")).send(EMAIL, KEY)
    fake.ways = "XOAUTH2"
    with pytest.raises(Denied, match="takes no user and password"):
        make().send(EMAIL, KEY)

    assert verbs(fake).count("AUTH") == 2


def test_without_user_and_password_none_is_shown(make, fake):
    with pytest.raises(Denied, match="530"):
        make(url="smtp://mail.test").send(EMAIL, KEY)

    assert "AUTH" not in verbs(fake)


def test_the_check_says_what_works_and_that_nothing_is_told_of_mails(provider, fake):
    found = [*providers.check(provider, SITE)]

    assert [one.ok for one in found] == [True, True, None, None]
    assert "mail.test answers" in found[0].words
    assert USER in found[1].words
    assert PASSWORD not in str(found)
    assert "tells us nothing" in found[3].words
    assert "MAIL" not in verbs(fake)
    fake.behave("forbidden")
    with pytest.raises(Denied, match=r"535.*SMTP_URL"):
        list(providers.check(provider, SITE))
