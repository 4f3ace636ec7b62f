"""An issue leaves by campaigns: once, to the right people, whatever befalls the way there."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.issues import scheduling
from portal.issues.models import EditionState, Issue, IssueState
from portal.issues.sending import asking, deciding
from portal.issues.sending.report import report
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber
from portal.stories import consents
from portal.stories.models import Story
from portal.transaction import NotPossible
from tests.delivery import go, sweep
from tests.issues.sending import an_agreed_issue, known, let_go, minute, people
from tests.providers.ours import CONTACT
from tests.providers.registered import able
from tests.stories import an_editor, published

CAMPAIGNERS = able("send_campaign")
every_one = pytest.mark.parametrize("name", CAMPAIGNERS)
pytestmark = pytest.mark.usefixtures("app", "clock", "keeper")
MINUTES = timedelta(minutes=20)
OVER = (EditionState.SENT, EditionState.FAILED, EditionState.UNCERTAIN, EditionState.STOPPED)
CALLS = ("find_audience", "create_audience", "add_to_audience", "count_audience", "find_campaign")
CALLS += ("create_campaign", "fill_campaign", "read_campaign", "send_campaign")


def known_there(keeper, number, format_="standard"):
    """So many people on the list, whom the provider knows."""
    found = people(number, format_)
    for one in found:
        keeper.upsert(newsletter.contact(one))
    return [one.email for one in found]


def bring(issue, clock, most=40):
    """Let time pass until all that can be known is known."""
    db.session.commit()
    for _ in range(most):
        with suppress(KeyboardInterrupt):  # the worker is gone, and another begins
            sweep()
            minute()
            go()
        db.session.rollback()
        if all(state in OVER for state in states(issue)):
            break
        clock.shift(MINUTES)
    minute()
    return states(issue)


def states(issue):
    db.session.expire_all()
    found = [one.state for one in db.session.get_one(Issue, issue.id).editions]

    db.session.commit()
    return found


def got(fake):
    """How many copies each person got."""
    return Counter(who for _, who in fake.delivered)


def meanwhile(fake, call, deed):
    """Do it once, while the provider is asked that."""
    act, deeds = fake.act, [deed]

    def first(asked):
        if deeds and fake.is_of(call, asked):
            deeds.pop()()
        return act(asked)

    fake.act = first


@every_one
def test_each_format_goes_once_to_those_who_chose_it(keeper, fake, clock, name):
    emails = known_there(keeper, 5), known_there(keeper, 3, "large")
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    found = bring(issue, clock)
    bring(issue, clock)
    of_each = Counter(number for number, _ in fake.delivered)

    assert found == [EditionState.SENT] * len(found)
    assert got(fake) == Counter([*emails[0], *emails[1]])
    assert sorted(of_each.values()) == [3, 5]
    assert db.session.get_one(Issue, issue.id).state is IssueState.SENT
    assert known(issue) == (8, 0, 0, 0, 0)


def ended(issue, clock):
    """How the only edition that has people ended."""
    bring(issue, clock)
    return next(one.state for one in issue.editions if one.people)


@every_one
@pytest.mark.parametrize("mode", ["lose", "down", "busy", "unavailable"])
def test_trouble_at_every_call_leaves_nobody_out_and_gives_nobody_two(
    keeper, fake, clock, name, mode
):
    """Where the last one was not heard, or seems not to have been, a person must say."""
    emails = known_there(keeper, 4)
    issue = an_agreed_issue(published())
    for call in CALLS:
        fake.trouble(call, mode)
    let_go(issue, clock)

    if ended(issue, clock) is EditionState.UNCERTAIN:
        assert mode in {"down", "unavailable"}
        assert (got(fake), known(issue)) == (Counter(), (0, 0, 0, 4, 0))
    else:
        assert (got(fake), known(issue)) == (Counter(emails), (4, 0, 0, 0, 0))


@every_one
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_worker_that_dies_at_every_call_leaves_nobody_out_and_gives_nobody_two(
    keeper, fake, clock, name, after
):
    emails = known_there(keeper, 4)
    issue, act, deaths = an_agreed_issue(published()), fake.act, [*CALLS]

    def die(asked):
        call = next((one for one in deaths if fake.is_of(one, asked)), None)
        if call is None:
            return act(asked)
        deaths.remove(call)
        if after:
            act(asked)
        raise KeyboardInterrupt

    fake.act = die
    let_go(issue, clock)

    assert ended(issue, clock) is (EditionState.SENT if after else EditionState.UNCERTAIN)
    assert got(fake) == (Counter(emails) if after else Counter())
    assert deaths == []


# What providers say, and what is not true


LIES = {  # what the provider says, and what comes of it
    "count": (3, EditionState.FAILED),
    "audience": ("102", EditionState.FAILED),
    "state": ("a word that nobody knows", EditionState.FAILED),
}


@pytest.mark.parametrize(
    ("name", "lie"),
    [(name, lie) for name in CAMPAIGNERS for lie in LIES if (name, lie) != ("resend", "count")],
)  # Resend gives no count: its audience is read one by one
def test_what_is_not_as_it_should_be_there_is_never_sent(keeper, fake, clock, name, lie):
    known_there(keeper, 4)
    issue = an_agreed_issue(published())
    fake.lies[lie], ended = LIES[lie]
    let_go(issue, clock)
    found = bring(issue, clock, most=100)

    assert ended in found
    assert fake.delivered == []
    assert known(issue) == (0, 0, 4, 0, 0)
    assert db.session.get_one(Issue, issue.id).state is IssueState.FAILED


@pytest.mark.parametrize("name", able("send_campaign", "who_is_in"))
def test_who_is_left_out_without_a_word_is_named_and_all_others_get_it(
    keeper, fake, clock, monkeypatch, name
):
    first, *emails = known_there(keeper, 4)
    add = keeper.add_to_audience

    def add_fewer(there, contacts):
        return add(there, [one for one in contacts if one.email != first])

    monkeypatch.setattr(keeper, "add_to_audience", add_fewer)
    issue = an_agreed_issue(published())
    let_go(issue, clock)

    assert {*bring(issue, clock, most=100)} == {EditionState.SENT}
    assert got(fake) == Counter(emails)
    assert known(issue) == (3, 0, 1, 0, 0)


@pytest.mark.parametrize("name", able("send_campaign", "who_is_in"))
def test_with_a_stranger_in_the_audience_nothing_is_sent(keeper, fake, clock, monkeypatch, name):
    known_there(keeper, 3)
    stranger = replace(CONTACT, email="stranger@example.org")
    keeper.upsert(stranger)
    add = keeper.add_to_audience

    def swap_one(there, contacts):
        return add(there, [*contacts[1:], stranger])

    monkeypatch.setattr(keeper, "add_to_audience", swap_one)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    bring(issue, clock, most=100)

    assert fake.delivered == []


@every_one
def test_provider_that_never_says_that_it_left_leaves_a_question_and_nobody_gets_two(
    keeper, fake, clock, name
):
    emails = known_there(keeper, 4)
    issue = an_agreed_issue(published())
    fake.trouble("send_campaign", "late")
    let_go(issue, clock)
    found = bring(issue, clock)
    asked = known(issue)
    fake.catch_up()  # the call of hours ago arrives after all
    asking.prove()
    after = bring(issue, clock)

    assert EditionState.UNCERTAIN in found
    assert asked == (0, 0, 0, 4, 0)
    assert after == [EditionState.SENT] * len(after)
    assert (got(fake), known(issue)) == (Counter(emails), (4, 0, 0, 0, 0))


def uncertain(fake, clock):
    """The edition of an issue that the provider was asked to send, and did not."""
    issue = an_agreed_issue(published())
    fake.trouble("send_campaign", "down")
    let_go(issue, clock)
    bring(issue, clock)
    return next(one for one in issue.editions if one.state is EditionState.UNCERTAIN)


def test_person_can_say_that_it_was_not_sent_and_then_it_leaves_once(keeper, fake, clock):
    emails = known_there(keeper, 4)
    edition = uncertain(fake, clock)
    before = got(fake)
    deciding.send_again(edition, an_editor("Max"))
    bring(edition.issue, clock)

    assert (before, got(fake)) == (Counter(), Counter(emails))
    assert known(edition.issue) == (4, 0, 0, 0, 0)


@pytest.mark.parametrize("said", [[False], [False, True]], ids=["ended", "given again"])
def test_nobody_sends_it_again_once_a_story_was_not_to_be_sent(keeper, fake, clock, said):
    known_there(keeper, 4)
    edition = uncertain(fake, clock)
    for given in said:
        consents.record(edition.issue.parts[0].story, "newsletter", given=given, channel="web")
        db.session.commit()
    with pytest.raises(NotPossible):
        deciding.send_again(edition, an_editor("Max"))
    bring(edition.issue, clock)

    assert got(fake) == Counter()


def test_person_can_say_that_it_was_sent(keeper, fake, clock):
    known_there(keeper, 4)
    edition = uncertain(fake, clock)
    deciding.has_left(edition)
    fake.lies["state"] = "sent"
    bring(edition.issue, clock)

    assert got(fake) == Counter()
    assert known(edition.issue) == (4, 0, 0, 0, 0)


def test_what_failed_is_mended_there_and_then_goes_to_each_once(keeper, fake, clock):
    emails = known_there(keeper, 4)
    issue = an_agreed_issue(published())
    fake.senders[0]["active"] = False
    let_go(issue, clock)
    failed = bring(issue, clock)
    fake.senders[0]["active"] = True
    deciding.send_again(next(one for one in issue.editions if one.people), an_editor("Max"))
    bring(issue, clock)

    assert EditionState.FAILED in failed
    assert (got(fake), known(issue)) == (Counter(emails), (4, 0, 0, 0, 0))


def test_whom_the_provider_does_not_know_is_counted_as_failed(keeper, fake, clock):
    emails = known_there(keeper, 3)
    people(1, "plain")
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    found = bring(issue, clock)

    assert found.count(EditionState.FAILED) == 1  # of plain nobody is known
    assert (got(fake), known(issue)) == (Counter(emails), (3, 0, 1, 0, 0))


def test_who_leaves_on_the_way_gets_none_and_does_not_hold_up_the_others(keeper, fake, clock):
    emails = known_there(keeper, 4)
    issue = an_agreed_issue(published())
    leaver = Subscriber.with_email(emails[0]).public_id

    def leave():
        newsletter.unsubscribe(leaver, "web")
        fake.contacts[emails[0]]["emailBlacklisted"] = True

    meanwhile(fake, "create_campaign", leave)
    let_go(issue, clock)
    found = bring(issue, clock)

    assert found == [EditionState.SENT] * len(found)
    assert got(fake) == Counter(emails[1:])


# Stopped, and what a story's consent does


def test_stop_before_the_sending_leaves_nothing_at_the_provider(keeper, fake, clock):
    known_there(keeper, 4)
    issue = an_agreed_issue(published())
    fake.trouble("read_campaign", "unavailable", times=5)
    let_go(issue, clock)
    go()
    scheduling.stop(issue, an_editor("Max"))
    bring(issue, clock)
    drafts = len(fake.campaigns)
    asking.tidy()

    assert (drafts, len(fake.campaigns), fake.delivered) == (1, 0, [])
    assert known(issue) == (0, 0, 0, 0, 4)
    assert (issue.state, issue.why) == (IssueState.STOPPED, "Max stopped it.")


def test_consent_that_ends_on_the_way_stops_it(keeper, fake, clock):
    known_there(keeper, 4)
    story = published()
    issue, story_id = an_agreed_issue(story), story.id

    def end():
        told = db.session.get_one(Story, story_id)
        consents.record(told, "newsletter", given=False, channel="web")
        db.session.commit()

    meanwhile(fake, "fill_campaign", end)
    let_go(issue, clock)
    bring(issue, clock)

    assert fake.delivered == []
    assert known(issue) == (0, 0, 0, 0, 4)
    assert db.session.get_one(Issue, issue.id).state is IssueState.STOPPED


def test_stop_while_it_is_being_sent_says_what_is_true(keeper, fake, clock):
    emails = known_there(keeper, 4)
    issue = an_agreed_issue(published())
    number = issue.id

    def stop():
        scheduling.stop(db.session.get_one(Issue, number), an_editor("Max"))

    meanwhile(fake, "send_campaign", stop)
    let_go(issue, clock)
    bring(issue, clock)

    assert got(fake) == Counter(emails)
    assert known(issue) == (4, 0, 0, 0, 0)


def test_counts_of_the_provider_are_read_beside_ours(keeper, fake, clock):
    known_there(keeper, 4)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    bring(issue, clock)
    fake.lies["sent"] = 3
    clock.shift(MINUTES)
    reads = len(fake.calls)
    asking.count()
    asking.count()
    (edition,) = [one for one in report(issue).editions if one.edition.people]

    assert len(fake.calls) == reads + 1
    assert (edition.counted["sent"], edition.known.accepted, edition.differs) == (3, 4, True)
