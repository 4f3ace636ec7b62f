"""An issue leaves once, to the right people, each in their format: as a mail of ours to each."""

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing, Urgency
from portal.extensions import db, now
from portal.issues import holdings, scheduling
from portal.issues.models import IssueState
from portal.issues.sending import books, deciding, driving, mails, recipients
from portal.newsletter import services as newsletter
from portal.newsletter.models import SubscriberState
from portal.people import Person
from portal.providers.errors import Refused
from portal.stories.models import StoryConsent
from portal.transaction import NotPossible
from tests.conftest import deliver_next
from tests.delivery import Scripted, go, provide
from tests.issues.sending import an_agreed_issue, known, let_go, minute, people
from tests.newsletter import a_subscriber
from tests.stories import an_editor, published

pytestmark = pytest.mark.usefixtures("each_database", "app", "clock")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def provider(app):
    """Who sends mail, and answers as it is told."""
    return provide(app, mail=Scripted())


def state(issue):
    db.session.refresh(issue)
    return issue.state


def news(mails):
    """Who got one."""
    mine = [mail for mail in mails if mail["Subject"] == "News of May"]
    return sorted(mail["To"].partition("@")[0] for mail in mine)


def test_everybody_on_the_list_gets_one_in_their_format_and_nobody_two(mailbox, clock):
    for number, format_ in ((3, "standard"), (2, "large"), (1, "plain"), (1, "of-old")):
        people(number, format_)
    for gone in SubscriberState:
        if gone is not SubscriberState.SUBSCRIBED:
            a_subscriber(email=f"{gone}@example.org", state=gone)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    first = news(mailbox())
    minute()
    minute()

    assert first == ["large0", "large1", "of-old0", "plain0", "standard0", "standard1", "standard2"]
    assert news(mailbox()) == first
    assert state(issue) is IssueState.SENT
    assert known(issue) == (7, 0, 0, 0, 0)


def test_topic_is_for_who_chose_it_or_chose_none(mailbox, clock):
    for name, topics in (("one", ["stories"]), ("two", ["stories", "ideas"]), ("none", [])):
        a_subscriber(email=f"{name}@example.org", topics=topics)
    issue = an_agreed_issue(published(), topics=["ideas"])
    let_go(issue, clock)
    mailbox()

    assert sorted(addresses(issue)) == ["none@example.org", "two@example.org"]


def addresses(issue):
    """Whose copies are in the outbox."""
    query = select(Outgoing.address).where(Outgoing.name == "issue")
    found = list(db.session.scalars(query))
    db.session.commit()
    return found


def test_each_copy_has_its_own_links_and_one_click_to_leave(mailbox, clock):
    people(2, "plain")
    let_go(an_agreed_issue(published()), clock)
    first, second = [mail for mail in mailbox() if mail["Subject"] == "News of May"]

    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    assert "invalid" not in first.get_body().get_content()


def test_row_of_a_copy_holds_no_text(clock):
    people(1)
    let_go(an_agreed_issue(published()), clock)
    row = db.session.scalar(select(Outgoing).where(Outgoing.name == "issue"))

    assert list(row.payload) == ["recipient"]
    assert row.urgency == Urgency.BULK


# Before it leaves


def test_nothing_leaves_before_the_quarter_of_an_hour_is_over(clock):
    people(1)
    issue = an_agreed_issue(published())
    scheduling.schedule(issue, None, an_editor("Eda"))
    clock.shift(scheduling.GRACE - MINUTE)
    minute()

    assert (state(issue), addresses(issue)) == (IssueState.SCHEDULED, [])


def test_stop_before_it_leaves_is_as_if_nothing_had_been(clock):
    people(1)
    issue = an_agreed_issue(published())
    scheduling.schedule(issue, None, an_editor("Eda"))
    scheduling.stop(issue, an_editor("Max"))
    clock.shift(2 * scheduling.GRACE)
    minute()

    assert (state(issue), issue.send_at, issue.slug) == (IssueState.APPROVED, None, None)
    assert issue.editions == []


def test_time_too_soon_is_refused_in_words():
    issue = an_agreed_issue(published())
    with pytest.raises(NotPossible, match="15 minutes"):
        scheduling.schedule(issue, now() + MINUTE, an_editor("Eda"))
    assert state(issue) is IssueState.APPROVED


def test_what_would_not_be_what_was_agreed_to_is_a_draft_again(clock, monkeypatch):
    people(1)
    issue = an_agreed_issue(published())
    scheduling.schedule(issue, None, an_editor("Eda"))
    monkeypatch.setattr(scheduling.rendering, "digest", lambda _: "another look of our mails")
    clock.shift(scheduling.GRACE)
    minute()

    assert (state(issue), issue.why) == (IssueState.DRAFT, scheduling.OTHER)
    assert all(one.voided_at for one in issue.approvals)
    assert addresses(issue) == []


# On its way


def test_who_leaves_or_is_erased_on_the_way_gets_none(mailbox, clock):
    stays, leaves, erased = people(3)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    newsletter.unsubscribe(leaves.public_id, "web")
    newsletter.erase(erased)
    mails = [mail["To"] for mail in mailbox() if mail["Subject"] == "News of May"]
    minute()

    assert mails == [stays.email]
    assert known(issue) == (1, 0, 0, 0, 2)
    assert state(issue) is IssueState.SENT


def test_stop_on_the_way_cancels_the_rest_and_says_how_many(clock, app):
    people(5)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    for _ in range(2):
        deliver_next(app, only=Outgoing.name == "issue")
    scheduling.stop(issue, an_editor("Max"))
    between = known(issue)
    go()
    minute()

    assert between == (2, 3, 0, 0, 0)
    assert known(issue) == (2, 0, 0, 0, 3)
    assert (state(issue), issue.why) == (IssueState.STOPPED, "Max stopped it.")


def test_consent_that_ends_on_the_way_stops_it_whoever_ends_it(clock, app):
    people(3)
    story = published()
    issue = an_agreed_issue(story)
    let_go(issue, clock)
    deliver_next(app, only=Outgoing.name == "issue")
    past_our_code = {"purpose": "newsletter", "given": False, "wording": "No", "channel": "web"}
    db.session.add(StoryConsent(story_id=story.id, **past_our_code))
    db.session.commit()
    go()
    minute()

    assert known(issue) == (1, 0, 0, 0, 2)
    assert (state(issue), issue.why) == (IssueState.STOPPED, driving.ENDED)


@pytest.mark.parametrize("dies_in", ["note_some", "queue_some"])
def test_work_that_is_killed_goes_on_where_it_was_and_nobody_gets_two(
    mailbox, clock, monkeypatch, dies_in
):
    monkeypatch.setattr(recipients, "AT_ONCE", 2)
    monkeypatch.setattr(mails, "AT_ONCE", 2)
    people(5)
    module = recipients if dies_in == "note_some" else mails
    whole, turns = getattr(module, dies_in), count()

    def die(*args):
        done = whole(*args)
        if next(turns) == 1:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(module, dies_in, die)
    issue = an_agreed_issue(published())
    with suppress(KeyboardInterrupt):
        let_go(issue, clock)
    db.session.rollback()
    minute()
    mailbox()
    minute()

    assert sorted(addresses(issue)) == sorted(f"standard{n}@example.org" for n in range(5))
    assert known(issue) == (5, 0, 0, 0, 0)


def test_what_failed_goes_again_to_whom_it_did_not_reach(clock, provider):
    people(3)
    issue = an_agreed_issue(published())
    go()
    provider.answers = [Refused("no")] * 3
    let_go(issue, clock)
    go()
    minute()
    failed, before = state(issue), known(issue)
    deciding.send_again(next(one for one in issue.editions if one.people), an_editor("Max"))
    go()
    minute()

    assert (failed, before) == (IssueState.FAILED, (0, 0, 3, 0, 0))
    assert (state(issue), known(issue)) == (IssueState.SENT, (3, 0, 0, 0, 0))


def test_books_tell_when_people_do_not_add_up(clock, caplog):
    people(2)
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    right = list(books.troubles())
    edition = next(one for one in issue.editions if one.people)
    edition.people += 1
    db.session.commit()
    wrong = list(books.troubles())
    db.session.commit()

    assert right == []
    assert wrong == [
        f"Issue {issue.id}, standard: 3 people, and {{<OutgoingState.QUEUED: 'queued'>: 2}}."
    ]


def test_command_shows_what_became_of_the_people(app, clock):
    people(2, "large")
    issue = an_agreed_issue(published())
    let_go(issue, clock)
    db.session.commit()
    told = app.test_cli_runner().invoke(args=["issues", "status"]).output

    assert "2 Large print, sending, by mail: 0 accepted, 2 waiting, 0 failed" in told


def test_person_who_asks_is_told_what_they_were_sent_and_what_became_of_it(mailbox, clock):
    (ada,) = people(1, "large")
    let_go(an_agreed_issue(published()), clock)
    mailbox()
    (one,) = holdings.HOLDER.find(Person.of([ada.email], asks=True), 9, None)
    told = one.tell()
    newsletter.erase(ada)

    assert told == {
        "Subject": "News of May",
        "Format": "Large print",
        "What became of it": "Our email company has it",
    }
    assert holdings.HOLDER.find(Person.of([ada.email], asks=True), 9, None) == []
