"""An issue leaves as mails of ours, many in one call: one to each, whatever befalls that call."""

from collections import Counter
from contextlib import suppress

import pytest

from portal.delivery import uncertain
from portal.delivery.claims import CLAIM_LASTS
from portal.providers.protocols import MailFinder
from tests.delivery import go, provide, sweep
from tests.issues.sending import an_agreed_issue, known, let_go, minute, people
from tests.providers import conftest as providers
from tests.providers.registered import able
from tests.providers.test_calls import texts_in
from tests.stories import published

MANY = "/email/batch", "/emails/batch", "/v3.1/send"
every_one = pytest.mark.parametrize("name", able("send_many"))
pytestmark = pytest.mark.usefixtures("app", "clock")
fake, transport, make = providers.fake, providers.transport, providers.make


@pytest.fixture
def sender(app, make):
    """The provider of mail of this test."""
    return provide(app, mail=make())


@pytest.fixture
def emails(sender):
    """Five people on the list."""
    return [one.email for one in people(5)]


def news(fake):
    """The mails of the issue."""
    return [mail for mail in fake.mails if "News of May" in texts_in(mail)]


def got(fake, emails):
    """How many copies each of them got."""
    found = Counter(who for mail in news(fake) for who in emails if who in str(mail))
    return [found[who] for who in emails]


def calls(fake):
    """The calls in which mails of the issue were."""
    return [one for one in fake.calls if one["path"] in MANY and "News of May" in str(one["body"])]


@every_one
def test_all_go_in_one_call_each_with_links_of_their_own(fake, emails, clock, name):
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    go()
    minute()

    ways = [one for mail in news(fake) for one in texts_in(mail) if "/unsubscribe/" in one[:99]]
    assert got(fake, emails) == [1] * 5
    assert len(calls(fake)) == 1
    assert len({one for one in ways if one.startswith("<")}) == 5
    assert known(issue) == (5, 0, 0, 0, 0)
    assert name != "postmark" or {one["MessageStream"] for one in news(fake)} == {"broadcast"}


@every_one
@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("trouble", ["silent", "dead"])
def test_whoever_falls_silent_or_dies_in_the_call_gives_nobody_two(
    sender, fake, emails, clock, monkeypatch, name, taken, trouble
):
    act, mode, left = fake.act, fake._mode, [1] * (2 if name == "resend" else 1)

    def is_it(call):
        return bool(left) and call["path"] in MANY and "News of May" in str(call["body"])

    def die(call):
        if not is_it(call):
            return act(call)
        left.clear()
        if taken:
            act(call)
        raise KeyboardInterrupt

    def fall_silent(call):
        return ("lose" if taken else "down") if is_it(call) and left.pop() else mode(call)

    where, what = ("act", die) if trouble == "dead" else ("_mode", fall_silent)
    monkeypatch.setattr(fake, where, what)
    issue = an_agreed_issue(published())
    with suppress(KeyboardInterrupt):
        let_go(issue, clock)
        go()
    clock.shift(2 * CLAIM_LASTS)
    sweep()
    go()
    before = known(issue)
    uncertain.prove.call_local()

    is_known = taken and isinstance(sender, MailFinder)
    assert before == (0, 0, 0, 5, 0)
    assert known(issue) == ((5, 0, 0, 0, 0) if is_known else before)
    assert got(fake, emails) == [int(taken)] * 5
