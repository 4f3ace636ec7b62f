"""From asking for the second yes to what became of the issue, as two members of the team do it."""

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db, now
from portal.issues import drafts, scheduling
from portal.issues.models import Edition, EditionState, Issue, IssueState
from portal.team import services
from portal.team.models import Role
from tests.issues import an_open_issue
from tests.issues.desk import DESK, a_draft_of, path
from tests.newsletter import a_subscriber, settings
from tests.stories import published
from tests.team import sign_in

READ = {"is_read": "y"}


@pytest.fixture(autouse=True)
def someone(app):
    """There is somebody on the list."""
    a_subscriber()


@pytest.fixture
def desk(visit, app):
    """A visitor, signed in as an editor; with and without htmx."""
    visit.member = sign_in(visit, app)
    return visit


def reload(issue) -> Issue:
    db.session.commit()
    db.session.expire_all()
    return db.session.get(Issue, issue.id)


def ask(desk, issue, **typed):
    return desk.post(path(issue), desk(path(issue)).form("#issue-form") | typed | {"do": "ask"})


def agreed(desk, cleo, **values):
    issue = a_draft_of("The water", preview="Swim", **values)
    ask(desk, issue)
    cleo.send(f"{path(issue)}/yes", READ, button="Say yes to this")
    return issue


def test_two_people_agree_and_the_issue_leaves_in_15_minutes_unless_it_is_stopped(desk, cleo):
    issue = a_draft_of("The water", preview="Swim")
    asked = ask(desk, issue)
    assert "You asked. The team gets an email." in asked.text
    assert "Somebody else has to say it." in asked.text
    read = cleo(f"{path(issue)}/yes")
    for words in ("Ada asks you.", "News of May", "Swim", "Standard, with pictures: 1 person"):
        assert words in read.text
    said = cleo.send(f"{path(issue)}/yes", READ, button="Say yes to this")
    assert "You said yes. It may go now." in said.text
    sent = desk.send(path(issue), {"when": "now"}, button="Send it")
    assert "It leaves in 14 minutes" in sent.text
    assert "Nothing has left yet." in sent.text
    stopped = cleo.send(path(issue), button="Stop it")
    assert "It may go" in stopped.text
    assert reload(issue).state is IssueState.APPROVED
    reopened = desk.send(path(issue), button="Change it again: the yes is over then")

    assert "The yes is over." in reopened.text
    assert reload(issue).state is IssueState.DRAFT


def test_what_was_typed_is_kept_when_it_is_asked_about(desk):
    issue = a_draft_of("The water", preview="Swim")
    assert "You asked." in ask(desk, issue, opening="Typed last").text
    issue = reload(issue)

    assert (issue.opening, issue.asked_by_id) == ("Typed last", desk.member.id)


def test_who_may_not_change_it_reads_it_in_its_order_and_is_led_to_no_field(desk):
    issue = a_draft_of("The water", preview="Swim", subject="x" * 41)
    assert desk(path(issue)).has("a[href='#subject']")
    field = f"{drafts.TEXT}{issue.parts[0].id}"
    page = ask(desk, issue, **{field: "Ada tells of a pool."})

    assert page.text.index("Ada tells of a pool.") < page.text.rindex("The water")
    assert "The subject has 41 letters." in page.text
    assert not page.has("a[href='#subject']")


def test_yes_without_having_read_it_is_asked_again(desk, cleo):
    issue = a_draft_of("The water", preview="Swim")
    ask(desk, issue)
    answer = cleo.send(f"{path(issue)}/yes", button="Say yes to this")

    assert answer.status == 422
    assert "Read it in each format first." in answer.text
    assert reload(issue).approvals == []


def test_who_asked_reads_it_all_and_finds_no_button(desk):
    issue = a_draft_of("The water", preview="Swim")
    ask(desk, issue)
    page = desk(f"{path(issue)}/yes")

    assert "Somebody else has to say it." in page.text
    assert not page.has("main form")


def test_yes_to_a_page_from_before_a_change_is_refused_in_words(desk, cleo):
    issue = a_draft_of("The water", preview="Swim")
    ask(desk, issue)
    sent = cleo(f"{path(issue)}/yes").form() | READ
    desk.send(path(issue), button="Change it again")
    refused = cleo.post(f"{path(issue)}/yes", sent)

    assert refused.status == 409
    assert "Nobody asks for a yes to it now." in refused.text


TIMES = {
    "": (422, "Enter a day or a time"),
    "soon": (422, "Enter a day or a time"),
    "yesterday 9am": (422, "at least 15 minutes from now"),
    "in five minutes": (422, "at least 15 minutes from now"),
    "tomorrow 9am": (200, "It leaves in"),
    "tomorrow": (200, "at 09:00"),
}


@pytest.mark.parametrize("typed", TIMES)
def test_issue_leaves_at_a_time_that_is_still_to_come(clock, desk, cleo, typed):
    status, words = TIMES[typed]
    issue = agreed(desk, cleo)
    answer = desk.send(path(issue), {"when": "at", "at": typed}, button="Send it")

    assert (answer.status, words in answer.text) == (status, True)
    assert status == 200 or answer.value("at") == typed
    assert (reload(issue).state is IssueState.SCHEDULED) is (status == 200)


@settings(ISSUE_SECOND_YES="0")
def test_team_of_one_sends_alone_and_the_page_says_so(desk):
    issue = a_draft_of("The water", preview="Swim")
    assert "In this team one person may send alone." in desk(path(issue)).text
    ask(desk, issue)
    said = desk.send(f"{path(issue)}/yes", READ, button="Say yes to this")

    assert "Nobody else has read it." in said.text


def test_team_with_one_member_is_told_what_to_do(desk):
    issue = a_draft_of("The water", preview="Swim")
    for one in services.editors():
        if one.id != desk.member.id:
            services.set_role(one, Role.READER)
    page = desk(path(issue)).text

    assert "nobody else of the team can" in page
    assert "ISSUE_SECOND_YES=0" in page


def test_what_stops_an_issue_leads_to_its_cure(desk):
    issue = a_draft_of("The water", subject="")
    page = desk(path(issue))

    assert "It cannot leave like this." in page.text
    assert page.has("a[href='#subject']")
    assert "Ask for the second yes" not in page.text


def test_what_waits_for_a_yes_stands_out_in_the_list_until_it_is_said(desk, cleo):
    issue = a_draft_of("The water", preview="Swim")
    ask(desk, issue)
    assert desk(DESK).has(".badge.new")
    cleo.send(f"{path(issue)}/yes", READ, button="Say yes to this")

    assert not desk(DESK).has(".badge.new")


def test_report_says_of_how_many_people_what_is_known(desk):
    edition = an_open_issue(published())
    page = desk(path(edition.issue))

    assert "What became of it" in page.text
    assert "We do not see who opens it." in page.text
    assert page.has("button.stop")


def test_it_is_too_late_to_stop_what_has_left(desk, cleo):
    issue = agreed(desk, cleo)
    desk.send(path(issue), {"when": "now"}, button="Send it")
    sent, number = desk(path(issue)).form("form[action$=stop]"), issue.id
    db.session.commit()
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert scheduling.start(number)
        issue = reload(issue)
        issue.state = IssueState.SENT
        db.session.commit()
        late = desk.post(f"{path(issue)}/stop", sent)

    assert late.status == 409
    assert scheduling.OVER in late.text


@pytest.mark.parametrize(
    ("button", "words", "state"),
    [
        ("It was sent : Standard, with pictures", "It is noted that it was sent.", "sent"),
        (
            "It was not sent. Send it again : Standard, with pictures",
            "It is sent again.",
            "sending",
        ),
    ],
)
def test_person_says_what_became_of_an_edition_that_nobody_knows(desk, button, words, state):
    edition = an_open_issue(published())
    edition.state = EditionState.UNCERTAIN
    edition.issue.state = IssueState.UNCERTAIN
    db.session.commit()
    address, number = path(edition.issue), edition.id
    assert "Was it sent?" in desk(address).text
    said = desk.send(address, button=button)

    assert words in said.text
    assert db.session.get(Edition, number).state == state
