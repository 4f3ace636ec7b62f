"""What is truly Amazon's: signed calls, topics that ask first, and its own words on our calls."""

import json
from contextlib import suppress
from importlib import import_module
from urllib.parse import parse_qs, quote, urlsplit

import botocore.session
import pytest
import requests
import time_machine
from botocore.parsers import create_parser
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.errors import Denied, ProviderError, Refused, TryLater, Unreadable
from portal.providers.http.answer import Answer
from portal.providers.http.client import FormPayload
from portal.providers.ses import signature
from portal.providers.ses.setup import SESSetup

from .deeds import DEEDS
from .ours import EMAIL, KEY, SITE
from .ses import (
    API_SECRET,
    CERTIFICATE,
    REGION,
    TOPIC,
    YES,
    asks,
    elsewhere,
    notice_of,
    sign,
    signature_of,
    signed,
)

ACCOUNT = TOPIC.split(":")[4]  # that of all who ask the stand-in
part = st.text(min_size=1, max_size=12).map(lambda text: quote(text.encode(errors="replace"), ""))
pairs = st.lists(st.tuples(part, part), max_size=4)


@given(st.sampled_from(["GET", "PUT"]), st.lists(part, max_size=3), pairs, st.binary(max_size=60))
def test_a_call_is_signed_as_amazons_own_library_signs_it(method, parts, query, content):
    path = "/".join(["/v2/email", *(one for one in parts if one not in {".", ".."})])
    target = path + ("?" + "&".join("=".join(pair) for pair in query) if query else "")
    key = signature.Key("key", API_SECRET, REGION, "ses")
    with time_machine.travel("2026-09-01T12:00:00Z"):
        made = signature.headers(key, method, f"https://h.test{target}", "text/plain", content)

    headers = {"content-type": "text/plain", "x-amz-date": made["X-Amz-Date"]}
    call = {"method": method, "path": path, "target": target, "host": "h.test", "raw": content}
    assert made["Authorization"].endswith(f"Signature={signature_of(call | {'headers': headers})}")


def operations():
    """What Amazon's descriptions know: for SES by method and path, for SNS by action."""
    session = botocore.session.get_session()
    ses, sns = (session.get_service_model(name) for name in ("sesv2", "sns"))
    found = [(ses, ses.operation_model(name)) for name in ses.operation_names]
    return found, {name: (sns, sns.operation_model(name)) for name in sns.operation_names}


def described(call):
    """The operation that a call is, and what it is told: of its path, query and body."""
    of_ses, of_sns = operations()
    if not call["path"].startswith("/v2/"):
        told = dict(call["body"])
        assert told.pop("Version") == "2010-03-31"
        return *of_sns[told.pop("Action")], told
    for model, operation in of_ses:
        names = operation.http["requestUri"].split("/")
        given = call["path"].split("/")
        fits = len(names) == len(given) and operation.http["method"] == call["method"]
        if fits and all(a == b or a.startswith("{") for a, b in zip(names, given, strict=True)):
            bound = {a[1:-1]: b for a, b in zip(names, given, strict=True) if a.startswith("{")}
            return model, operation, call["body"] | bound
    raise AssertionError(call["target"])


def faults(told, shape):
    """What is said that a shape does not know, or has otherwise."""
    if shape is None:
        return [*told]
    report = ParamValidator().validate(told, shape).generate_report()
    return [*filter(None, [report]), *(told.keys() - {*shape.members})]


@pytest.mark.parametrize("mended", [False, True])
def test_each_call_is_one_that_amazon_describes_and_so_is_each_answer(provider, fake, mended):
    for deed in ("send", "send bare", "install_hooks", "check"):
        DEEDS[deed](provider)
    if mended:
        fake.hooks[0]["Enabled"] = False
        fake.double()
        DEEDS["install_hooks"](provider)

    seen = set()
    for call in fake.calls:
        model, operation, told = described(call)
        status, answer = call["status"], call["answer"]
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        response = {"status_code": status, "headers": {}, "body": content}
        parser = create_parser(model.metadata["protocol"])
        said = parser.parse(response, operation.output_shape)
        del said["ResponseMetadata"]
        assert faults(told, operation.input_shape) == []
        assert status == 404 or faults(said, operation.output_shape) == []
        seen.add(operation.name)
    assert {"SendEmail", "CreateTopic", "Subscribe", "GetAccount"} <= seen
    assert ("UpdateConfigurationSetEventDestination" in seen) == mended


@pytest.fixture
def moto(socket_enabled, monkeypatch):
    """The address of a server that acts as Amazon; of its JSON it says that it is HTML."""
    monkeypatch.setattr(Answer, "is_web_page", lambda _: False)
    server = import_module("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    requests.post(f"{url}/moto-api/reset", timeout=10)
    yield url
    server.stop()


@pytest.mark.enable_socket
def test_a_stand_in_for_amazon_takes_mails_of_who_may_send_and_makes_topics(make, moto):
    provider = make(api_url=moto)
    setup = SESSetup(provider, SITE)
    setup.account = {"ProductionAccessEnabled": True, "SendingEnabled": True}
    with pytest.raises(Denied, match="not verified"):
        provider.send(EMAIL, KEY)
    before = [one.ok for one in setup.sending()]
    provider.ask("POST", "/v2/email/identities", {"EmailIdentity": "hello@example.com"})
    receipt = provider.send(EMAIL, KEY)
    topic = setup.wanted("", "")["EventDestination"]["SnsDestination"]["TopicArn"]
    made = provider.ask("POST", "/v2/email/configuration-sets", {"ConfigurationSetName": "a"})

    (sent,) = import_module("moto.ses.models").ses_backends[ACCOUNT][REGION].sent_messages
    assert before == [True, False]
    assert (sent.id, sent.subject) == (receipt.message_id, EMAIL.subject)
    assert [sent.source, *sent.destinations["ToAddresses"]] == [
        '"Get Yourself Active" <hello@example.com>',
        "=?utf-8?b?Wm/DqyBNw7xsbGVyLCBMZWVkcw==?= <zoe@example.org>",
    ]
    assert topic == TOPIC
    assert [*setup.faults({"SnsDestination": {"TopicArn": topic}}, [])][2:] == []
    assert made.status == 200
    with pytest.raises(Refused, match=r"404.*NotFound"):
        provider.ask("POST", "/", FormPayload(
            Action="Subscribe", Version="2010-03-31", TopicArn=f"{TOPIC}-x", Protocol="https",
            Endpoint=SITE.events_url,
        ), headers={"Accept": "application/xml"})  # fmt: skip


@pytest.mark.parametrize("url", ["", *elsewhere(YES, ("Confirm", "Delete"))])
def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(provider, fake, url):
    with pytest.raises(Unreadable, match="none of Amazon"):
        provider.confirm(asks(SubscribeURL=url))
    assert fake.calls == []

    assert provider.verify(asks())
    assert provider.confirm(asks())
    assert provider.parse_events(asks()) == []
    assert not provider.confirm(sign(b"{}"))
    (made,) = [call for call in fake.calls if "Action" in call["query"]]
    assert made["host"] == "sns.eu-west-2.amazonaws.com"
    assert parse_qs(urlsplit(made["target"]).query)["Token"] == ["23"]
    assert not {"authorization", "x-amz-date"} & {*made["headers"]}


@pytest.mark.parametrize(
    ("mode", "error", "told"), [("gone", Unreadable, False), ("error", TryLater, None)]
)
def test_a_certificate_is_fetched_once_and_one_that_is_not_there_proves_nothing(
    provider, fake, mode, error, told
):
    right, act = fake.act, (lambda _: fake.gone()) if mode == "gone" else (lambda _: (503, b""))
    fake.act, seen = act, None
    with suppress(TryLater):
        seen = provider.verify(sign(b"{}"))
    with pytest.raises(error):
        provider.confirm(asks())
    fake.act = right
    again = [provider.verify(sign(b"{}")) for _ in range(3)]

    assert (seen, again) == (told, [True] * 3)
    targets = [call["target"] for call in fake.calls if call["path"] != "/"]
    assert targets == [urlsplit(CERTIFICATE).path] * 2


def test_the_word_that_a_topic_is_right_and_the_end_of_a_subscription_tell_of_no_mail(provider):
    hello = notice_of(b"Successfully validated SNS topic for Amazon SES event publishing.")
    end = {
        "Type": "UnsubscribeConfirmation",
        "TopicArn": TOPIC,
        "Message": "You left",
        "Token": "2",
    }
    calls = [signed(hello), signed(end | {"SubscribeURL": YES})]

    assert all(map(provider.verify, calls))
    assert [provider.parse_events(call) for call in calls] == [[], []]


ERROR = (
    b"<ErrorResponse><Error><Code>AuthorizationError</Code><Message>No &amp; no</Message></Error>"
)


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({"Content-Type": "text/xml"}, ERROR, "AuthorizationError No & no"),
        ({"x-amzn-ErrorType": "Odd:http://amazon/"}, b'{"message": "No"}', "Odd No"),
        ({}, b'{"__type": "com.amazonaws.ses#Odd", "Message": "No"}', "Odd No"),
    ],
)
def test_amazons_words_are_read_wherever_they_are_in_answer_to_any_call(
    provider, fake, headers, body, words
):
    fake.act, fake.headers_of = lambda _: (403, body), lambda *_: headers

    form = FormPayload(Action="é &", b="")
    with pytest.raises(ProviderError, match=words):
        provider.ask("POST", "/v2/it?a=1", form)

    assert fake.calls[0]["body"] == form  # which was rightly signed: its words are not of the key
