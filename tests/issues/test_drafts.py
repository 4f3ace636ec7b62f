"""Making an issue: its parts and their order, and two people at it."""

import pytest

from portal.extensions import db
from portal.inbox.desk.edits import Conflict, plain
from portal.issues import audience, drafts
from portal.issues.models import Issue, IssueState
from portal.newsletter.models import SubscriberState
from portal.stories import consents
from portal.transaction import NotPossible
from tests.issues import agree, an_issue
from tests.issues.desk import a_draft_of, titled, words
from tests.newsletter import a_subscriber
from tests.stories import a_story, an_editor, withdrawn

pytestmark = pytest.mark.usefixtures("each_database", "app")


def seen(issue):
    """What a page shows of it."""
    return {name: plain(value) for name, value in drafts.words_of(issue).items()}


def test_two_people_change_different_words_and_neither_loses_any():
    issue, ada, ben = a_draft_of("A"), an_editor("Ada"), an_editor("Ben")
    was = seen(issue)
    drafts.change(issue, ada, was, was | {"subject": "May"})
    drafts.change(issue, ben, was, was | {"opening": "Hello"})

    assert (issue.subject, issue.opening, issue.changed_by_id) == ("May", "Hello", ben.id)


@pytest.mark.parametrize("name", [*drafts.WORDS, "part"])
def test_two_people_change_the_same_and_the_second_is_told(name):
    issue, ada, ben = a_draft_of("A"), an_editor("Ada"), an_editor("Ben")
    name = f"{drafts.TEXT}{issue.parts[0].id}" if name == "part" else name
    mine, theirs = (["ideas"], ["stories"]) if name == "topics" else ("Mine", "Theirs")
    was = seen(issue)
    drafts.change(issue, ada, was, was | {name: theirs})
    with pytest.raises(Conflict) as lost:
        drafts.change(issue, ben, was, was | {name: mine})

    assert lost.value.was == {name: was[name]}
    assert drafts.words_of(issue)[name] == theirs


def test_words_in_a_part_that_was_taken_out_meanwhile_are_a_conflict_and_unchanged_ones_none():
    issue, ada = a_draft_of("A", "B"), an_editor("Ada")
    part = issue.parts[0]
    was, name = seen(issue), f"{drafts.TEXT}{part.id}"
    drafts.remove(issue, ada, part.id)
    drafts.change(issue, ada, was, was | {"subject": "June"})
    with pytest.raises(Conflict):
        drafts.change(issue, ada, was, was | {name: "Read this"})

    assert (issue.subject, words(issue)) == ("June", ["B"])


def test_parts_are_moved_and_taken_out_and_their_places_stay_without_gaps():
    issue, ada = a_draft_of("A", "B", "C"), an_editor("Ada")
    one, two, _ = (part.id for part in issue.parts)
    for part, step, order in ((one, 1, "BAC"), (one, 1, "BCA"), (one, 1, "BCA"), (two, -1, "BCA")):
        drafts.move(issue, ada, part, step)
        assert "".join(words(issue)) == order
    drafts.remove(issue, ada, two)
    drafts.remove(issue, ada, two)

    assert words(issue) == ["C", "A"]
    assert [part.position for part in issue.parts] == [0, 1]


def no_longer():
    story = titled("No")
    consents.record(story, "newsletter", given=False, channel="web")
    db.session.commit()
    return story


@pytest.mark.parametrize("make", [no_longer, a_story, lambda: withdrawn(titled("Back"))])
def test_story_that_may_not_be_in_a_newsletter_is_not_put_in(make):
    issue, story = an_issue(), make()
    with pytest.raises(NotPossible, match=r"not published now|does not allow a newsletter"):
        drafts.add_story(issue, an_editor(), story)

    assert issue.parts == []


def test_story_is_in_an_issue_once():
    issue, story = an_issue(), titled("A")
    drafts.add_story(issue, an_editor(), story)
    with pytest.raises(NotPossible, match="already"):
        drafts.add_story(issue, an_editor(), story)

    assert words(issue) == ["A"]


def asked(issue):
    issue.asked_by_id = an_editor("Ada").id


def approved(issue):
    agree(issue)
    issue.state = IssueState.APPROVED


def sent(issue):
    approved(issue)
    db.session.commit()
    issue.state = IssueState.SENDING


CHANGES = {
    "words": lambda issue, by: drafts.change(issue, by, seen(issue), {"subject": "Other"}),
    "add words": drafts.add_words,
    "add story": lambda issue, by: drafts.add_story(issue, by, titled("Another")),
    "move": lambda issue, by: drafts.move(issue, by, issue.parts[0].id, 1),
    "remove": lambda issue, by: drafts.remove(issue, by, issue.parts[0].id),
    "delete": lambda issue, by: drafts.delete(issue),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("become", [asked, approved, sent])
def test_what_others_read_to_say_yes_to_it_is_not_changed(become, change):
    issue = a_draft_of("A", "B")
    become(issue)
    db.session.commit()
    before = seen(issue)
    with pytest.raises(NotPossible):
        CHANGES[change](issue, an_editor())

    assert seen(db.session.get(Issue, issue.id)) == before


def test_copy_has_the_words_and_the_stories_that_are_still_there():
    issue = a_draft_of("A", opening="Hello", topics=["ideas"])
    drafts.add_words(issue, an_editor())
    sent(issue)
    db.session.commit()
    made = drafts.copy(issue, an_editor("Ben"))

    assert (made.state, made.author_id) == (IssueState.DRAFT, an_editor("Ben").id)
    assert (made.subject, made.opening, made.topics) == ("News of May", "Hello", ["ideas"])
    assert words(made) == ["A", ""]


def test_draft_is_deleted_with_its_parts():
    issue = a_draft_of("A")
    drafts.delete(issue)

    assert db.session.scalar(db.select(db.func.count()).select_from(Issue)) == 0


def test_people_are_counted_once_in_the_format_they_get():
    on = {"state": SubscriberState.SUBSCRIBED}
    a_subscriber("a@example.org", topics=["ideas"], format="large", **on)
    a_subscriber("b@example.org", topics=[], format="standard", **on)
    a_subscriber("c@example.org", topics=["ideas", "stories"], format="gone", **on)
    a_subscriber("d@example.org", topics=["stories"], format="plain", **on)
    a_subscriber("e@example.org", topics=["ideas"], state=SubscriberState.UNSUBSCRIBED)

    everybody = {"standard": 2, "plain": 1, "large": 1}
    assert {key: some for key, some in audience.by_format([]).items() if some} == everybody
    chosen = audience.by_format(["ideas"])
    assert {key: some for key, some in chosen.items() if some} == {"standard": 2, "large": 1}
