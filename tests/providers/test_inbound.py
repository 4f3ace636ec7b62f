"""Mail that comes in: each adapter reads what its provider sends, and no input breaks it."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.providers.brevo import inbound
from portal.providers.errors import Refused, TryLater, Unreadable
from portal.providers.values import Address, HookCall, InboundAttachment
from portal.providers.webhooks import calls, mime
from tests.inbox.mails import SECRET, TEXT, basic, file, item

from .raw_server import answer


def parse(*items):
    return inbound.parse(json.dumps({"items": items}).encode())


def test_brevos_mail_is_read_whole():
    headers = {"Delivered-To": "reply@in.example.org", "Received": ["a", "b"], "X": 7}
    (mail,) = parse(
        item(
            Cc=["Ada <ada@example.org>"], Headers=headers, Attachments=[file()], MessageId=" <a@b>"
        )
    )

    assert mail.sender == Address("grace@example.org", "Grace Hopper")
    assert mail.recipients == ("reply@portal.localhost", "ada@example.org", "reply@in.example.org")
    assert mail.subject == "Re: Is the pool warm?"
    assert mail.text.startswith(TEXT)
    assert (mail.html, mail.message_id) == ("", "<a@b>")
    assert [value for name, value in mail.headers if name == "Received"] == ["a", "b"]
    assert mail.header("delivered-TO") == "reply@in.example.org"
    assert mail.header("X") is None
    assert mail.attachments == (InboundAttachment("lake.png", token="token-1", size=100),)
    assert mail.original["ExtractedMarkdownMessage"] == "Yes please."


def test_one_call_may_hold_many_mails_or_none():
    assert len(parse(item(), item(), item())) == 3
    assert parse() == []


def test_a_mail_as_mail_programs_write_it_is_read_whole():
    mail = mime.read(
        b"From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\n"
        b"To: reply+1-x@in.example.org, b@example.org\r\nCc: c@example.org\r\n"
        b"Delivered-To: d@example.org\r\nSubject: =?utf-8?q?Zo=C3=AB?= asks\r\n"
        b"Message-ID: <a@b>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain; charset=latin-1\r\n\r\nZo\xeb\r\n"
        b"--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''Zo%C3%AB.png\r\n\r\niVBO\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nHello\r\n--x--\r\n"
    )

    assert mail.sender == Address("zoe@example.org", "Zo\u00eb")
    assert mail.recipients == (
        "reply+1-x@in.example.org",
        "b@example.org",
        "c@example.org",
        "d@example.org",
    )
    assert (mail.subject, mail.message_id) == ("Zo\u00eb asks", "<a@b>")
    assert mail.text.strip() == "Zo\u00eb"
    assert mail.attachments[0] == InboundAttachment("Zo\u00eb.png", b"\x89PN")
    assert b"inner" in mail.attachments[1].content
    assert "iVBO" not in json.dumps(mail.original)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"no header at all",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nHello",
        b"Content-Type: text/plain; charset=\xff\r\n\r\nHello",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!A",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x",
        b"From: <<<>>>\r\nTo: ((((((\r\n\r\nHello",
        b"To: " + b"(" * 5000 + b"\r\n\r\nHello",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n)
            for n in range(2000)
        ),
    ],
    ids=range(11),
)
def test_malformed_mail_is_read_as_far_as_it_goes_or_refused(content):
    try:
        mail = mime.read(content)
    except Unreadable:
        return

    json.dumps(mail.original)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
any_item = st.fixed_dictionaries({}, optional=dict.fromkeys(item(), json_values))


@settings(deadline=None)
@given(items=st.lists(any_item, max_size=3))
def test_whatever_brevo_sends_can_be_kept_by_any_database(items):
    mails = parse(*items)

    for mail in mails:
        kept = json.dumps([mail.original, mail.text, mail.subject, mail.headers], allow_nan=False)
        assert "\\u0000" not in kept
        assert not re.search(r"[\ud800-\udfff]", "".join(json.loads(kept)[1:3]))
        assert len(mail.message_id.splitlines()) <= 1


@settings(deadline=None)
@given(body=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_call_raises_anything_but_that_it_is_unreadable(body):
    for parser in (inbound.parse, mime.read):
        with suppress(Unreadable):
            parser(body)


@settings(deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(
            [
                *(b"From: ", b"To: ", b"Content-Type: ", b"multipart/mixed; boundary=x", b"--x"),
                *(b"\r\n", b"\r\n\r\n", b"=?utf-8?b?", b"?=", b"text/html; charset=", b"base64"),
                *(
                    b"Content-Transfer-Encoding: ",
                    b"message/rfc822",
                    b"filename*=",
                    b"<",
                    b"(",
                    b"@",
                ),
                *(b"Content-Disposition: attachment; ", b"[", b'"', b";", b"\xff", b"a"),
            ]
        ),
        max_size=40,
    )
)
def test_no_mail_raises_anything_but_that_it_is_unreadable(parts):
    with suppress(Unreadable):
        json.dumps(mime.read(b"".join(parts)).original)


@pytest.mark.parametrize(
    ("headers", "query", "right"),
    [
        ({"Authorization": f"Bearer {SECRET}"}, {}, True),
        ({"Authorization": f"bearer  {SECRET} "}, {}, True),
        (basic(SECRET), {}, True),
        ({}, {"secret": SECRET}, True),
        ({}, {}, False),
        ({"Authorization": f"Bearer {SECRET}x"}, {}, False),
        ({"Authorization": f"Bearer {SECRET[:-1]}"}, {}, False),
        ({"Authorization": f"Digest {SECRET}"}, {}, False),
        ({"Authorization": "Basic \ud800"}, {"secret": "\ud800"}, False),
        (basic(""), {"secret": ""}, False),
    ],
)
def test_a_secret_is_known_in_each_place_and_nothing_else_is(headers, query, right):
    call = HookCall("https://portal.test/hooks/brevo/inbound", headers, query, b"")

    assert calls.carries([SECRET, "another-secret-of-ours"], call) is right


@pytest.fixture
def brevo(raw, make_brevo):
    return make_brevo(raw.url)


@pytest.mark.enable_socket
def test_a_file_is_fetched_with_its_token(raw, brevo):
    raw.answers(answer(200, b"<svg/>", ["Content-Type: text/html"]))

    assert brevo.fetch("a/b?c", 6) == b"<svg/>"
    assert raw.requests[0].startswith(b"GET /v3/inbound/attachments/a%2Fb%3Fc HTTP/1.1")
    assert b"Accept: */*" in raw.requests[0]


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (answer(200, b"1234567"), Refused),
        (answer(404), Refused),
        (answer(200, b"123", length=5), TryLater),
        (answer(206, b"123"), TryLater),
        (answer(401), TryLater),
        (answer(429), TryLater),
        (answer(503), TryLater),
        (answer(302, headers=["Location: http://127.0.0.1:9/"]), TryLater),
        (b"", TryLater),
    ],
    ids=["large", "gone", "cut", "part", "key", "busy", "down", "elsewhere", "silent"],
)
def test_a_file_that_is_not_given_is_refused_or_tried_later(raw, brevo, content, error):
    raw.answers(content)

    with pytest.raises(error):
        brevo.fetch("token", 6)
