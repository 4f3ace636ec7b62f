"""The second yes: asked for, said by somebody else to exactly that, and ended by a change."""

import pytest

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.issues import approving, audience, checks, drafts, scheduling
from portal.issues.mail import rendering
from portal.issues.models import IssueState
from portal.newsletter.models import Subscriber
from portal.stories import consents
from portal.team.models import Role
from portal.transaction import NotPossible
from tests.issues import a_sent_issue, an_issue
from tests.issues.desk import a_draft_of
from tests.newsletter import a_subscriber, settings
from tests.stories import an_editor, edited, published
from tests.team import a_member

pytestmark = pytest.mark.usefixtures("each_database", "app")


@pytest.fixture(autouse=True)
def someone(each_database, app):
    """There is somebody on the list."""
    a_subscriber()


def asked(by="Ada", **values):
    issue = a_draft_of("The water", preview="Swim", **values)
    approving.ask(issue, an_editor(by))
    return issue


def agreed(issue=None):
    issue = issue or asked()
    approving.approve(issue, an_editor("Ben"), issue.asked_digest)
    return issue


def notices():
    query = db.select(Outgoing).where(Outgoing.name == "issue_notice").order_by(Outgoing.id)
    rows = [row.payload for row in db.session.scalars(query)]
    return [(row["to"][0], row["subject"]) for row in rows]


def test_second_person_says_yes_to_exactly_what_was_asked(app):
    issue = agreed()
    said = approving.standing(issue)

    assert issue.state is IssueState.APPROVED
    assert said.digest == issue.digest == rendering.digest(issue)
    assert (said.asked_by_id, said.member_id) == (an_editor("Ada").id, an_editor("Ben").id)
    assert (said.wording, said.alone) == (approving.WORDING, False)
    team, ada = notices()
    assert team == (app.config["TEAM_EMAIL"], "Please read a newsletter before it goes")
    assert ada == ("ada@team.example", "Your newsletter may go")


def test_nobody_says_the_second_yes_to_what_they_asked_for_themselves():
    issue = asked()
    with pytest.raises(NotPossible, match="Somebody else"):
        approving.approve(issue, an_editor("Ada"), issue.asked_digest)
    with pytest.raises(NotPossible, match="Only who may edit"):
        approving.approve(issue, a_member(Role.READER, "Rea"), issue.asked_digest)

    assert (issue.state, issue.approvals) == (IssueState.DRAFT, [])


@settings(ISSUE_SECOND_YES="0")
def test_team_of_one_says_it_alone_and_that_is_noted():
    issue = asked()
    approving.approve(issue, an_editor("Ada"), issue.asked_digest)

    assert issue.state is IssueState.APPROVED
    assert approving.standing(issue).alone
    assert notices() == []


def new_name(issue):
    consents.record(issue.parts[0].story, "name", given=False, channel="web")
    db.session.commit()


def no_longer(issue):
    consents.record(issue.parts[0].story, "newsletter", given=False, channel="web")
    db.session.commit()


@pytest.mark.parametrize("change", [new_name, no_longer])
def test_yes_to_what_it_is_not_any_more_is_not_taken(change):
    issue = asked()
    change(issue)
    with pytest.raises(NotPossible):
        approving.approve(issue, an_editor("Ben"), issue.asked_digest)

    assert issue.approvals == []


def test_yes_to_another_page_than_the_one_that_was_asked_about_is_not_taken():
    issue = asked()
    with pytest.raises(NotPossible, match="not what was asked"):
        approving.approve(issue, an_editor("Ben"), "0" * 64)

    assert issue.approvals == []


@pytest.mark.parametrize("make", [asked, agreed])
def test_change_ends_asking_and_yes_and_both_are_told_and_nothing_leaves_without_a_new_one(make):
    issue = make()
    before = len(notices())
    approving.reopen(issue, an_editor("Cleo"))
    drafts.change(issue, an_editor("Cleo"), {}, {"subject": "June"})
    told = {to for to, _ in notices()[before:]}

    assert told == {"ada@team.example"} | ({"ben@team.example"} if make is agreed else set())
    assert (issue.state, issue.asked_by_id) == (IssueState.DRAFT, None)
    assert approving.standing(issue) is None
    with pytest.raises(NotPossible):
        scheduling.schedule(issue, None, an_editor("Ada"))


def test_scheduled_issue_is_stopped_before_it_is_changed():
    issue = agreed()
    scheduling.schedule(issue, None, an_editor("Ada"))
    with pytest.raises(NotPossible, match="Stop it first"):
        approving.reopen(issue, an_editor("Ada"))
    scheduling.stop(issue, an_editor("Ada"))
    assert issue.state is IssueState.APPROVED
    approving.reopen(issue, an_editor("Ada"))
    assert issue.state is IssueState.DRAFT


def test_makers_hear_of_an_issue_that_cannot_leave_as_agreed():
    issue = agreed()
    scheduling.halt(issue, "A story in it was taken back.")
    db.session.commit()

    assert issue.state is IssueState.DRAFT
    stopped = "A newsletter was stopped before it left"
    assert notices()[-2:] == [("ada@team.example", stopped), ("ben@team.example", stopped)]


def words(issue):
    return [one.words for one in checks.of(issue, audience.by_format(issue.topics))]


def test_usual_issue_has_nothing_in_its_way():
    a_subscriber("b@example.org", format="plain")
    a_subscriber("c@example.org", format="large")
    a_subscriber("d@example.org", format="easy-read")
    issue = a_draft_of("The water", preview="Swim")

    (only,) = words(issue)
    assert only == "1 story has no Easy Read text. There it stands by title and link."


def old_text():
    issue = a_draft_of("The water")
    issue.parts[0].revision_id = edited(issue.parts[0].story).id
    db.session.commit()
    return issue


def allowed_no_more():
    issue = a_draft_of("The water")
    no_longer(issue)
    return issue


def for_nobody():
    Subscriber.with_email("ada@example.org").topics = ["stories"]
    return a_draft_of("The water", topics=["ideas"])


def heavy():
    issue = an_issue()
    for _ in range(6):
        drafts.add_words(issue, an_editor())
        issue.parts[-1].text = "word " * 4000
        db.session.commit()
    return issue


def erased():
    issue = a_draft_of("The water")
    issue.parts[0].story_id = issue.parts[0].revision_id = None  # as the database does it
    db.session.commit()
    return issue


def with_an_empty_paragraph():
    issue = an_issue()
    drafts.add_words(issue, an_editor())
    return issue


STOPS = {
    "A story: The story was erased.": erased,
    "There is nothing in it.": with_an_empty_paragraph,
    "The water: readers have another text of it now.": old_text,
    "The water: Its teller does not allow a newsletter.": allowed_no_more,
    "Nobody would get it.": for_nobody,
    "Gmail would cut it off.": heavy,
}


@pytest.mark.parametrize("said", STOPS)
def test_what_stops_an_issue_is_said_and_nobody_is_asked_about_it(said):
    issue = STOPS[said]()
    assert any(said in one.words for one in checks.stops(issue))
    with pytest.raises(NotPossible, match=said):
        approving.ask(issue, an_editor())


def test_what_is_only_good_to_know_is_said_too():
    story = published(title="The water")
    before, issue = a_sent_issue(story), an_issue(story)
    issue.subject = "x" * 41
    drafts.add_words(issue, an_editor())
    said = " ".join(words(issue))

    for part in (
        "41 letters",
        "no preview line",
        "yours is empty",
        "Nobody has chosen this: Plain",
    ):
        assert part in said
    assert checks.stops(issue) == []
    assert {"issue_id": before.id} in [one.values for one in checks.of(issue, {})]
