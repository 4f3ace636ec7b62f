"""Whatever changes something has a limit, and a form that is refused comes back as it was typed.

Each limit is tried with the rows of tests/every_form.py, so a new form is tried with its row.
"""

import re
from dataclasses import replace

import pytest
from flask import current_app

from portal import extensions, limits
from portal.config import ROOT
from portal.extensions import SAFE_METHODS, db
from portal.limits import EXEMPT, LIMITS, OF
from portal.newsletter import services as signups
from portal.newsletter.models import Subscriber, SubscriberState
from portal.signing import read_signed
from portal.stories import links as story_links
from portal.stories.telling import services as telling
from portal.team.access import _only_members
from tests.every_form import ROWS
from tests.newsletter import tables
from tests.stories import a_draft
from tests.test_bad_input import Sender, comes_back
from tests.test_private_links import LINKS, made, requests_to

ONCE = ("1/hour",)
HERE, THERE = "192.0.2.1", "192.0.2.2"
OF_TEAM = ("portal.team", "portal.inbox.desk", "portal.inbox.figures", "portal.stories.editor")
OPEN = [row for row in ROWS if not (row.form and row.form.__module__.startswith(OF_TEAM))]
BACK = "Your answers are still here. Send them again in"


def limit_of(app, path, method="POST"):
    return limits.of(app.url_map.bind("localhost").match(path, method=method)[0])


@pytest.fixture
def limited(env):
    env["RATELIMIT_ENABLED"] = "1"


@pytest.fixture
def once(limited, monkeypatch):
    """Let everything be done once an hour."""
    monkeypatch.setattr(limits, "FLOOD", ONCE)
    for name, one in LIMITS.items():
        rates = {"network": ONCE * bool(one.network), "link": ONCE * bool(one.link)}
        monkeypatch.setitem(LIMITS, name, replace(one, **rates))


@pytest.fixture
def used(monkeypatch):
    """Let each limit be used up by so much, from the next request on."""

    def use_up(share):
        monkeypatch.setattr(limits, "use", lambda *wanted: [share] * len(wanted))

    return use_up


def changing(app):
    """The endpoints that change something, with their rule."""
    return {one.endpoint: one for one in app.url_map.iter_rules() if one.methods - SAFE_METHODS}


def test_whatever_changes_something_has_a_limit_or_a_reason_why_not(app):
    said = [endpoint for one in LIMITS.values() for endpoint in one.takes]
    exempt = {one for one in changing(app) if {one, one.partition(".")[0]} & {*EXEMPT}}

    assert {*said} == {*changing(app)} - exempt
    assert len(said) == len({*said})
    assert all(limit.network or limit.link for limit in LIMITS.values())


def test_whatever_is_behind_a_private_link_is_also_counted_by_what_that_is_of(app):
    for kind, link in LINKS.items():
        _, token, _ = made(kind, kind.replace(" ", "-"))
        for endpoint in {*link.endpoints} & {*changing(app)}:
            if found := limits.of(endpoint):
                purpose = OF.get(endpoint) or OF[endpoint.partition(".")[0]]
                assert found[1].link, endpoint
                assert read_signed(purpose, token), endpoint


def test_what_is_exempt_for_members_lets_nobody_else_in(app):
    for name, reason in EXEMPT.items():
        guards = current_app.before_request_funcs.get(name, [])
        assert (_only_members in guards) is (reason == limits.MEMBERS), name


@pytest.mark.parametrize("row", OPEN, ids=lambda row: row.name)
def test_what_comes_too_often_changes_nothing_and_comes_back_as_it_was_typed(
    app, used, monkeypatch, row
):
    sender = Sender(app, row)
    if not (found := limit_of(app, sender.path)):
        return
    sent, before = sender.hidden | sender.good, tables()
    db.session.commit()
    monkeypatch.setattr(extensions, "take_turn", lambda _: pytest.fail("it keeps others waiting"))
    used(1.1)
    for headers in ({}, {"HX-Request": "true"}):
        answer = sender.send(sent, headers=headers)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] in {"3600", "86400"}
        if row.form and found[1].comes_back and sender.good:
            comes_back(answer, sent, BACK)
            assert ("Or write to us at" in answer.text) is (
                answer.headers["Retry-After"] == "86400"
            )
    used(limits.FAR + 1)
    answer = sender.send(sent)
    assert answer.status_code == 429
    assert "Go back. Send it again in" in answer.text
    monkeypatch.undo()
    assert tables() == before


@pytest.mark.parametrize("kind", LINKS)
def test_no_button_behind_a_link_does_anything_too_often(app, used, kind):
    _, token, values = made(kind)
    before = tables()
    used(1.1)
    for method, path in requests_to(app, kind, token, values):
        if method not in SAFE_METHODS and limit_of(app, path, method):
            db.session.commit()
            answer = app.test_client().open(path, method=method)
            assert answer.status_code in {303, 404, 405, 429}, path
    assert tables() == before


def test_a_file_that_comes_too_often_has_to_be_chosen_again(app, client, used):
    files = f"/stories/share/{story_links.token(a_draft())}/files"
    db.session.commit()
    used(1.1)
    for path in (f"{files}/add", f"{files}/tus"):
        answer = client.post(path)
        assert (answer.status_code, "Choose yours again in a day." in answer.text) == (429, True)


def subscriber(word):
    return LINKS["subscriber"].token(LINKS["subscriber"].make(word))


def press(client, address, network=HERE, **sent):
    db.session.commit()
    options = {"environ_overrides": {"REMOTE_ADDR": network}}
    return client.post(address, data=sent, **options).status_code


@pytest.mark.parametrize("end", ["stop", "erase", "withdraw", "unapprove"])
def test_nobody_loses_a_right_by_what_others_do_in_the_same_house(once, client, end):
    tokens = [LINKS["story"].token(LINKS["story"].make(word)) for word in ("ada", "eve")]

    assert 429 not in [press(client, f"/stories/mine/{token}/{end}") for token in tokens]


def test_who_left_by_one_click_is_one_of_thousands_from_one_network(once, client):
    tokens, one_click = [subscriber(word) for word in "abcd"], {"List-Unsubscribe": "One-Click"}
    for token in tokens:
        assert press(client, f"/newsletter/unsubscribe/{token}", **one_click) == 200

    left = db.select(Subscriber).where(Subscriber.state == SubscriberState.UNSUBSCRIBED)
    assert len(db.session.scalars(left).all()) == 4
    made_up = [press(client, f"/newsletter/unsubscribe/x{token}") for token in tokens]
    assert made_up == [404, 429, 429, 429]


def test_a_link_is_counted_wherever_it_is_used_and_a_network_whatever_its_link(once, client):
    one, two, three = (f"/newsletter/preferences/{subscriber(word)}" for word in "abc")

    assert press(client, one, HERE) == 422
    assert press(client, one, THERE) == 429
    assert press(client, two, HERE) == 429
    assert press(client, three, "192.0.2.3") == 422


def test_after_the_hour_everybody_is_let_in_again(once, client, clock):
    assert [press(client, "/stories/share/") for _ in range(2)] == [422, 429]
    clock.shift(3601)

    assert press(client, "/stories/share/") == 422


def test_in_ipv6_an_organisation_has_ten_times_what_a_household_has(once, client):
    def told(network):
        return press(client, "/stories/share/", network)

    assert [told(one) for one in ("", "::x::", "[2001:db8::1]:9")] == [422] * 3
    networks = [f"2001:db8:1:{number:x}::1" for number in range(11)]
    assert [told(one) for one in networks] == [422] * 10 + [429]
    assert told("2001:db8:1:f::1") == 429
    assert told("2001:db8:2:f::1") == 422


def test_where_many_share_an_address_every_limit_can_be_some_times_as_much(env, once, client):
    client.application.config["RATELIMIT_TIMES"] = 3

    assert [press(client, "/stories/share/") for _ in range(4)] == [422] * 3 + [429]


def test_the_decision_says_what_the_limits_are():
    page = (ROOT / "docs/decisions/limits.md").read_text()
    rows = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|$", page, re.MULTILINE)

    said = [
        (name, " and ".join(one.network) or "none", " and ".join(one.link) or "none")
        for name, one in LIMITS.items()
    ]
    assert rows[1:] == said


@pytest.mark.parametrize(
    "ask",
    [
        lambda email: signups.sign_up(email, ["ideas"], "plain"),
        lambda email: telling.mail_link(a_draft(), email, wants_reminder=False),
    ],
    ids=["a sign-up", "a draft's link"],
)
def test_one_mailbox_gets_few_mails_of_a_kind_in_however_many_spellings(limited, app, mailbox, ask):
    spellings = [f"{'.'.join('ada'[:dots])}{'ada'[dots:]}" for dots in range(1, 4)]
    for number in range(4):
        for user in spellings:
            ask(f"{user}+{number}@gmail.com")
    ask("eve@gmail.com")

    assert [mail["To"] for mail in mailbox() if "eve" in mail["To"]] == ["eve@gmail.com"]
    assert len(mailbox()) == 5 + 1
