"""What providers tell us, in their words, becomes what it is in ours; and only what is theirs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.extensions import db
from portal.inbox.models import Message
from portal.providers.errors import SetupError, Unreadable
from portal.providers.values import HookCall

from .ours import OTHER_SECRET, SECRET
from .registered import CASES, EVENTS, INBOUND, caller, env_of, rows
from .theirs import basic_of

every_one = pytest.mark.parametrize("name", EVENTS)
UNREADABLE = [b"", b"no json", b"7", b'["x"]', b"[[]]", b"\xff", b"[" * 100_000, b"1" * 5000]


def told(name, item, **options):
    """The call that tells it."""
    return CASES[name].sign(json.dumps(item).encode(), **options)


def first_call(name, **options):
    """A call of the provider's."""
    return told(name, CASES[name].EVENTS[0][0], **options)


def batches(name):
    return getattr(CASES[name], "BATCHES", True)


def batch_of(name, items):
    """The call that tells all of them."""
    return told(name, getattr(CASES[name], "batch", list)(items))


def signs(name):
    """Whether the provider signs its calls; where it does not, they carry our secret."""
    return "Authorization" not in first_call(name).headers


@pytest.mark.parametrize(("name", "item", "kind", "more"), rows("EVENTS", EVENTS))
def test_each_event_is_known_for_what_it_is(name, item, kind, more):
    provider, call = caller(name), told(name, item)

    assert provider.verify(call)
    (event,) = provider.parse_events(call)
    wanted = {"address": "ada@example.org", "reason": "", "original": item}
    wanted |= {**CASES[name].TOLD, **more, "kind": kind}
    assert {field: getattr(event, field) for field in wanted} == wanted
    if batches(name):
        assert provider.parse_events(batch_of(name, [item, item])) == [event, event]


@every_one
def test_an_event_has_the_same_id_each_time_and_no_other_has_it(name):
    provider, items = caller(name), [item for item, *_ in CASES[name].EVENTS]
    first, again = (
        [provider.parse_events(told(name, item))[0].id for item in items] for _ in range(2)
    )

    assert first == again
    assert len({*first}) == len(items)
    if batches(name):
        call = batch_of(name, items)
        assert provider.verify(call)
        assert [one.id for one in provider.parse_events(call)] == first
        assert provider.parse_events(batch_of(name, [])) == []


@every_one
def test_a_call_that_is_not_theirs_is_refused(name):
    provider, cases, call = caller(name), CASES[name], first_call(name)
    unsigned = replace(call, headers={}, body=b"{}")  # whatever it is signed in
    shown = [f"Bearer {SECRET[:-1]}", f"Digest {SECRET}", "Basic no base64", SECRET, "Basic dTo="]
    shown += [f"Bearer {SECRET}x", "Basic \ud800"]
    queries = [{"secret": one} for one in ("", SECRET[:-1], "\ud800", OTHER_SECRET)]
    wrong = [
        first_call(name, secret=OTHER_SECRET),
        unsigned,
        *(replace(unsigned, query=one) for one in (*queries, {"key": SECRET})),
        *(replace(unsigned, headers={"Authorization": one}) for one in shown),
        *getattr(cases, "wrong", lambda _: ())(call),
    ]
    right = [call, *getattr(cases, "also_right", lambda _: ())(call)]
    if signs(name):
        wrong += [replace(call, body=body) for body in (call.body[:-1], b"[]")]
        wrong.append(replace(call, body=call.body.replace(b"ada", b"eve", 1)))
    # Nothing but a signature will do; Mailchimp's call may have our secret in its address, too.
    (right if not signs(name) or name == "mailchimp" else wrong).extend(
        [
            replace(unsigned, headers={"authorization": f"bearer  {SECRET} "}),
            replace(unsigned, headers={"Authorization": basic_of("anybody", SECRET)}),
            replace(unsigned, query={"secret": SECRET}),
        ]
    )

    assert [one for one in wrong if provider.verify(one)] == []
    assert all(map(provider.verify, right))


@every_one
def test_each_of_several_secrets_is_enough_and_none_at_all_is_told(name):
    call = first_call(name)
    end = getattr(CASES[name], "SECRETS_IN", "webhook_secret")
    ours, other = CASES[name].SETTINGS[end], getattr(CASES[name], "ANOTHER", OTHER_SECRET)

    assert caller(name, **{end: f"{other} {ours}"}).verify(call)
    assert not caller(name, **{end: other}).verify(call)
    with pytest.raises(SetupError, match=f"{name.upper()}_{end.upper()}"):
        caller(name, **{end: ""}).verify(call)


@pytest.mark.parametrize("name", ["mailchimp", "resend", "sendgrid"])
@pytest.mark.parametrize("minutes", [6, -6])
def test_a_call_of_another_time_is_not_theirs(name, minutes):
    moment = datetime.now(UTC) + timedelta(minutes=minutes)

    assert not caller(name).verify(first_call(name, at=moment.timestamp()))


@pytest.mark.parametrize(
    ("name", "body"),
    [(name, one) for name in EVENTS for one in getattr(CASES[name], "UNREADABLE", UNREADABLE)],
)
def test_what_is_no_list_of_events_is_unreadable(name, body):
    provider, cases = caller(name), CASES[name]

    with pytest.raises(Unreadable):
        provider.parse_events(cases.sign(body))
    if name in INBOUND:
        with pytest.raises(Unreadable):
            provider.parse_inbound(cases.sign(body, "inbound"))


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        *((name, "events", ["Kept; 1 new.", "Kept; 0 new."]) for name in EVENTS),
        *((name, "inbound", ["Kept."] * 2) for name in INBOUND),
    ],
)
@pytest.mark.usefixtures("transport")  # in which SES finds its certificate
def test_what_a_provider_tells_comes_whole_through_its_hook(make_app, name, place, words):
    item = CASES[name].EVENTS[0][0] if place == "events" else CASES[name].MAILS[0][0]
    path = f"/hooks/{name}/{place}"
    url = {"url": f"http://portal.test{path}"} if name == "mandrill" else {}  # which it signs
    call = item if isinstance(item, HookCall) else told(name, item, what=place, **url)
    app = make_app(**env_of())
    with app.app_context():
        answers = [
            app.test_client().post(path, data=call.body, headers=call.headers) for _ in range(2)
        ]
        mails = db.session.query(Message).count()

    assert [one.text.strip() for one in answers] == words
    assert mails == (place == "inbound")
