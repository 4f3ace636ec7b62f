"""Mail that comes in: each adapter reads what its provider sends, and no input breaks it."""

import json
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.errors import Unreadable
from portal.providers.values import Address, HookCall, InboundAttachment
from portal.providers.webhooks import mime

from .registered import CASES, INBOUND, caller, rows


def handed_on(name, item):
    """The call that hands it on; a form in parts is one already."""
    if isinstance(item, HookCall):
        return item
    return CASES[name].sign(json.dumps(item).encode(), "inbound")


@pytest.mark.parametrize(("name", "item", "wanted"), rows("MAILS", INBOUND))
def test_a_mail_is_read_whole(name, item, wanted):
    provider, call = caller(name), handed_on(name, item)

    assert provider.verify(call)
    (mail,) = provider.parse_inbound(call)
    assert {field: getattr(mail, field) for field in wanted} == wanted
    kept = json.dumps(mail.original)
    assert not [
        one for one in mail.attachments if one.content and b64encode(one.content).decode() in kept
    ]


@pytest.mark.parametrize("name", [name for name in INBOUND if name != "sendgrid"])
def test_one_call_may_hold_many_mails_or_none(name):
    item = CASES[name].MAILS[0][0]
    if "items" in item:
        many, none = {"items": item["items"] * 3}, {"items": []}
    else:
        many, none = (item if isinstance(item, list) else [item]) * 3, []

    assert len(caller(name).parse_inbound(handed_on(name, many))) == 3
    assert caller(name).parse_inbound(handed_on(name, none)) == []


@pytest.mark.parametrize(
    ("name", "item"),
    [(name, item) for name in INBOUND for item in getattr(CASES[name], "NO_MAILS", ())],
)
def test_what_nobody_sent_is_unreadable(name, item):
    with pytest.raises(Unreadable):
        caller(name).parse_inbound(handed_on(name, item))


@pytest.mark.parametrize("body", [b"", b"other=1", b"\xff\0"])
def test_a_form_of_mandrills_without_mails_has_none(body):
    provider, cases = caller("mandrill"), CASES["mandrill"]
    call = handed_on("mandrill", cases.NOT_OF_MAIL)

    assert provider.parse_inbound(call) == []
    assert provider.parse_inbound(replace(call, body=body)) == []
    assert provider.parse_events(replace(call, body=body)) == []


@pytest.mark.parametrize("name", ["mandrill", "mailchimp", "sendgrid"])
def test_a_form_with_too_many_fields_is_unreadable(name):
    provider, cases = caller(name), CASES[name]
    if name == "sendgrid":
        with pytest.raises(Unreadable):
            provider.parse_inbound(cases.form(*[("from", b"a@example.org")] * 1001))
    else:
        with pytest.raises(Unreadable):
            provider.parse_events(replace(cases.sign(b"{}"), body=b"&".join([b"a=1"] * 1001)))


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

    assert mail.sender == Address("zoe@example.org", "Zoë")
    assert mail.recipients == (
        *("reply+1-x@in.example.org", "b@example.org", "c@example.org", "d@example.org"),
    )
    assert (mail.subject, mail.message_id) == ("Zoë asks", "<a@b>")
    assert mail.text.strip() == "Zoë"
    assert mail.attachments[0] == InboundAttachment("Zoë.png", b"\x89PN")
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
    with suppress(Unreadable):
        json.dumps(mime.read(content).original)


PIECES = [
    *(b"From: ", b"To: ", b"Content-Type: ", b"multipart/mixed; boundary=x", b"--x", b"\r\n"),
    *(b"\r\n\r\n", b"=?utf-8?b?", b"?=", b"text/html; charset=", b"base64", b"message/rfc822"),
    *(b"Content-Transfer-Encoding: ", b"filename*=", b"Content-Disposition: attachment; "),
    *(b"<", b"(", b"@", b"[", b'"', b";", b"\xff", b"a"),
]


@given(st.binary() | st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_no_mail_raises_anything_but_that_it_is_unreadable(content):
    with suppress(Unreadable):
        json.dumps(mime.read(content).original)
