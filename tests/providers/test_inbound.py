"""Mail that comes in: each adapter reads what its provider sends, and no input breaks it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.errors import Unreadable
from portal.providers.values import Address, HookCall
from portal.providers.webhooks import mime, values

from .registered import CASES, INBOUND, caller, rows
from .test_any_call import is_kept


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
    named = {pair for pair in mail.headers if pair[0] != "Content-Type"}
    assert named <= {*mime.headers(mail.whole)}


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
    provider, call = caller("mandrill"), handed_on("mandrill", CASES["mandrill"].NOT_OF_MAIL)

    assert provider.parse_inbound(call) == []
    assert provider.parse_inbound(replace(call, body=body)) == []
    assert provider.parse_events(replace(call, body=body)) == []


@pytest.mark.parametrize("name", ["mandrill", "mailchimp"])
def test_a_form_with_too_many_fields_is_unreadable(name):
    call = replace(CASES[name].sign(b"{}"), body=b"&".join([b"a=1"] * 1001))

    with pytest.raises(Unreadable):
        caller(name).parse_events(call)


EVIL = "ada@evil.example"
SENDERS = {
    "Grace <g@x.org>": "Grace",
    f'"{EVIL}" <g@x.org>': EVIL,
    f"{EVIL} <g@x.org>": EVIL,
    f"Ada <{EVIL}> <g@x.org>": f"Ada <{EVIL}>",
    f'"Ada <{EVIL}>" <g@x.org>': f"Ada <{EVIL}>",
    f'"Ada \\" <{EVIL}>" <g@x.org>': f'Ada \\" <{EVIL}>',
    f"(Ada <{EVIL}> (x)) <g@x.org>": f"(Ada <{EVIL}> (x))",
    f"g@x.org (Ada <{EVIL}>)": "",
    f"<g@x.org> (<{EVIL}>)": "",
    f'<g@x.org> "<{EVIL}>"': "",
    f"<{EVIL}>, Grace <g@x.org>": f"{EVIL}>, Grace",
    "Ada <<mailto:g@x.org>>": "Ada",
    "g@x.org": "",
}


@pytest.mark.parametrize(("header", "name"), SENDERS.items())
def test_the_sender_is_the_last_address_in_brackets_and_never_one_in_the_name(header, name):
    assert values.address(header) == Address("g@x.org", name)


def test_where_a_name_is_longer_than_any_nobody_is_the_sender():
    header = f'"{"x" * values.ADDRESS_LONGEST}" <g@x.org> "<{EVIL}>"'

    assert values.address(header).email == ""


NESTED = b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n"
MALFORMED = [
    *(b"", b"\0", b"no header at all"),
    b"Content-Type: text/plain; charset=no-such\r\n\r\nHello",
    b"Content-Type: text/plain; charset=\xff\r\n\r\nHello",
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!!A",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x",
    b"From: <<<>>>\r\nTo: ((((((\r\n\r\nHello",
    b"To: " + b"(" * 5000 + b"\r\n\r\nHello",
    b"".join(NESTED % (n, n) for n in range(500)),
]


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_mail_is_read_as_far_as_it_goes(content):
    assert is_kept(mime.read(content))


PIECES = [
    *(b"From: ", b"To: ", b"Content-Type: ", b"multipart/mixed; boundary=x", b"--x", b"\r\n"),
    *(b"\r\n\r\n", b"=?utf-8?b?", b"?=", b"text/html; charset=", b"base64", b"message/rfc822"),
    *(b"Content-Transfer-Encoding: ", b"filename*=", b"Content-Disposition: attachment; "),
    *(b"<", b"(", b"@", b"[", b'"', b";", b"\xff", b"a"),
]


@given(st.binary() | st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_any_bytes_are_a_mail(content):
    assert is_kept(mime.read(content))
