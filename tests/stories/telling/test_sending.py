"""Checking a story and sending it: as it was checked, once, and all learn what happens next."""

import re

import pytest

from portal import floods
from portal.extensions import db
from portal.inbox.models import Conversation, ConversationState, Kind, Message
from portal.stories.files.models import FileKind, FileState
from portal.stories.states import StoryState, Telling
from portal.stories.telling import services
from portal.transaction import NotPossible
from portal.ways import Way
from tests import stories
from tests.contact import hidden, mails_to
from tests.newsletter import settings
from tests.stories import ADA, ALL_YES, a_draft, a_story, count, fresh, handed_over, withdrawn
from tests.stories.days import PHONE
from tests.stories.telling import steps
from tests.stories.telling.steps import STORY, begin, consents, draft_path, fill, newest, said, send

SHOWN = {
    "You chose": "Write it here",
    "Title": STORY["title"],
    "Your words": steps.TEXT,
    "Language": "English",
    "Other people are in it": "No",
    "Your name": "Ada Lovelace",
    "How we reach you": "By email",
    "Email address": ADA,
    "You left out": "Phone number. Who helps you. What you need from us. Your age.",
    "Files": "None",
    "On this site": "Yes. “You may publish my story on the Get Yourself Active site.”",
    "My name": "Yes. “Show this name with my story: Ada.”",
    "You did not say yes to": "Where I live. My condition or impairment. In the newsletter. "
    "On social media. In reports to funders. Journalists.",
}


def test_every_answer_is_shown_in_the_words_that_are_kept_with_a_way_to_change_it(visit_plain):
    path = steps.tell(visit_plain)
    page = visit_plain(path + "check")

    assert page.heading == "Step 6 of 6: Check your answers"
    assert {question: said(page, question) for question in SHOWN} == SHOWN
    send(visit_plain, path)
    kept = consents()
    assert f"“{kept['publish'].wording}”" in SHOWN["On this site"]
    assert f"“{kept['name'].wording}”" in SHOWN["My name"]


@pytest.mark.parametrize("way", list(Telling))
def test_each_step_has_its_place_one_link_to_change_it_and_one_line_for_nine_refusals(
    visit_plain, way
):
    path = draft_path(a_draft(way, answers={}))
    page = visit_plain(path + "check")

    links = page.page.query("main a[href$='?to=check']")
    titles = [" ".join(one.to_text().split()) for one in links]
    order = [visit_plain(one.attrs["href"]).heading for one in links]
    assert order == [
        f"Step {number} of 6: {title.removeprefix('Change “').removesuffix('”')}"
        for number, title in enumerate(titles, 1)
    ]
    assert len(order) == 5
    assert said(page, "You did not say yes to").count(".") == 9


def test_a_change_leads_back_to_the_check(visit):
    path = draft_path(a_draft())
    another = STORY | {"title": "Another title"}
    back = visit.send(f"{path}story?to=check", another, button="Save and check again")

    assert back.heading == "Step 6 of 6: Check your answers"
    assert said(back, "Title") == "Another title"
    for query in ("to=//evil.example", "to=steps", "to=check&x=1", "%ff=%00", "done=sent"):
        assert visit(f"{path}story?{query}").value("to") in {"", None}


def test_a_call_and_a_link_are_checked_too_and_the_team_reads_how_and_when_to_call(visit_plain):
    call = {"call_by": "relay", "call": "Noon"}
    path = draft_path(a_draft("call", title="", text="", answers=call, **PHONE))
    page = visit_plain(path + "check")
    assert said(page, "How we call you") == "By text relay (Relay UK)"
    assert said(page, "When we call you") == "Noon"
    send(visit_plain, path)
    assert first_message().endswith("By text relay (Relay UK). Noon")

    path = draft_path(a_draft("link", answers={"link": "https://a.example"}))
    assert said(visit_plain(path + "check"), "Link to your story") == "https://a.example"


def first_message():
    return db.session.scalar(db.select(Message.text).order_by(Message.id))


def test_a_text_is_shown_in_its_language_and_direction(visit_plain):
    arabic = {"title": "الماء", "text": "أسبح كل أسبوع", "language": "ar"}
    path = draft_path(a_draft(**arabic, answers={"language_name": "Arabic"}))
    page = visit_plain(path + "check")

    assert len(page.page.query("dd[lang=ar][dir=auto]")) == 2
    assert said(page, "Language") == "Arabic"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileState.COMING, "It is still on its way to us. You can send your story now."),
        (FileState.CHECKING, "It is still being checked. You can send your story now."),
        (FileState.KEPT, "We have it."),
        (FileState.REFUSED, "We could not take it. It is empty."),
    ],
)
def test_each_file_says_where_it_is_and_is_a_story_if_we_took_it(visit_plain, state, words):
    story = a_draft(telling="upload", title="", text="")
    path, is_refused = draft_path(story), state is FileState.REFUSED
    steps.a_file(story, state=state, kind=FileKind.FILM, reason="It is empty." * is_refused)

    assert words in said(visit_plain(path + "check"), "Film")
    assert send(visit_plain, path).status == (422 if is_refused else 200)


def test_nothing_told_is_nothing_to_send(visit):
    path = begin(visit)
    assert "Before you can send it" in visit(path + "check").text
    answer = send(visit, path)

    assert answer.status == 422
    assert "Tell your story first." in answer.text
    assert answer.has("[role=alert] a[href*='/story?to=check#text']")
    assert count(Conversation) == 0
    assert "Tell us how we can call you." in send(visit, begin(visit, "call")).text


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("write", {"title": "Water"}),
        ("write", {"text": "Swim!"}),
        ("link", {"answers": {"link": "https://example.org/film"}}),
        ("call", PHONE),
    ],
)
def test_the_least_that_is_a_story_is_sent(visit_plain, way, told):
    nothing = {"title": "", "text": "", "name": "", "email": "", "answers": {}}
    path = draft_path(a_draft(way, **nothing | told))

    assert send(visit_plain, path).heading == "We have your story"


def test_a_way_that_was_kept_while_they_typed_needs_what_it_leads_to(visit_plain):
    path = draft_path(a_draft(name="", email="", answers={}))
    for way in ("email", "phone", "sms", "relay", "bsl", "post", "helper"):
        typed = {"reply_by": way, "name": "Ada", "seen": newest().version, "tab": "x"}
        visit_plain.post(path + "you/keep", typed)
        answer = visit_plain.post(path + "send")
        assert answer.status == 422
        assert "Tell us what we need to reach you that way" in answer.text


YOUNG = {"under_18": "yes", "guardian_consent": "yes"}
BEA = {"guardian_name": "Bea Lovelace", "guardian_email": "bea@example.org"}


@pytest.mark.parametrize(
    ("changes", "answers", "words"),
    [
        (BEA | {"guardian_name": ""}, YOUNG, "Enter the name of your parent or"),
        (BEA | {"guardian_email": ""}, YOUNG, "Enter an email address or a phone number"),
        (BEA, {"under_18": "yes"}, "Ask your parent or guardian if they agree."),
        ({"name": ""}, {}, "You want us to show your name."),
    ],
    ids=["guardian", "how to reach them", "their yes", "name"],
)
def test_what_is_lacking_about_them_is_named_at_every_door(visit_plain, changes, answers, words):
    story = a_draft(**changes, answers=ALL_YES | answers)
    answer = send(visit_plain, draft_path(story))
    assert answer.status == 422
    assert words in answer.text

    with pytest.raises(NotPossible, match=words):
        services.submit(story)
    assert count(Conversation) == 0


def test_a_guardian_is_asked_of_who_is_under_18_and_their_yes_kept_with_its_words(visit_plain):
    said_yes = steps.YOU | BEA | {"guardian_consent": "y"}
    for under_18 in ("no", "yes"):
        path = draft_path(a_draft())
        fill(visit_plain, path, "you", said_yes | {"under_18": under_18})
        assert "guardian" not in consents()
        told = send(visit_plain, path).text
        assert ("Bea Lovelace must say yes to them too." in told) is (under_18 == "yes")

    assert (newest().young, newest().guardian_email) == (True, "bea@example.org")
    agreed = consents()["guardian"]
    assert agreed.given
    assert agreed.wording == "My parent or guardian, Bea Lovelace, agrees that I tell this."


# Sending


def test_a_sent_story_says_what_happens_next_and_each_consent_is_a_dated_row(visit):
    path = steps.tell(visit)
    answer = send(visit, path)
    story = newest()

    talk = story.conversation
    assert answer.heading == "We have your story"
    assert talk.reference in answer.text
    assert (talk.kind, talk.subject, talk.email) == (Kind.STORY, story.title, ADA)
    assert [(one.text, one.name) for one in story.revisions] == [(steps.TEXT, "Ada")]
    assert "We answer you within 3 working days." in answer.text
    assert "We reach you the way you chose: By email." in answer.text
    assert answer.has(".private a[href*='/stories/mine/']")
    assert story.state is StoryState.SUBMITTED
    assert visit(answer.response.request.path).heading == "We have your story"
    found = consents()
    assert {key for key, one in found.items() if one.given} == {"publish", "name", "photo"}
    assert len(found) == 9
    assert all(one.channel == "web" and one.at for one in found.values())


def test_sending_twice_is_sending_once_whatever_files_come_meanwhile(visit_plain):
    path = draft_path(story := a_draft())
    form = hidden(visit_plain(path + "check"))
    steps.a_file(story, state=FileState.COMING)
    first, second = (visit_plain.post(path + "send", form) for _ in range(2))

    assert first.heading == second.heading == "We have your story"
    assert count(Conversation) == 1


def test_what_changed_since_it_was_checked_is_shown_before_it_is_sent(visit):
    path = draft_path(a_draft())
    form = hidden(visit(path + "check"))
    fill(visit, path, "story", STORY | {"title": "Another title"})
    answer = visit.post(path + "send", form)

    assert answer.status == 409
    assert "Something has changed since you opened this page." in answer.text
    assert said(answer, "Title") == "Another title"
    for made_up in ("", "one", "-1", "9" * 40, "\0"):
        assert visit.post(path + "send", {"seen": made_up}).status == 409
    assert count(Conversation) == 0
    assert visit.post(path + "send", hidden(answer)).heading == "We have your story"


def test_there_is_a_receipt_from_sending_until_the_story_is_over(visit_plain):
    path = begin(visit_plain)
    assert visit_plain(path + "sent", follow_redirects=True).heading == "Your story, step by step"

    path = draft_path(story := a_story()) + "sent"
    assert visit_plain.client.get(path).status_code == 200
    withdrawn(story)
    assert visit_plain.client.get(path).status_code == 303


def test_the_team_reads_what_was_told_and_how_to_answer(visit_plain):
    you = {"reply_by": "post", "postal": "1 Ring Road\nLeeds", "helper": "Bob", "needs": "Calm"}
    send(visit_plain, draft_path(a_draft(answers=you)))
    talk = newest().conversation

    assert (talk.reply_by, talk.postal) == (Way.POST, "1 Ring Road\nLeeds")
    assert (talk.helper, talk.needs) == ("Bob", "Calm")
    assert first_message() == newest().text


def test_who_comes_back_by_themselves_is_mailed_nothing(visit_plain, mailbox):
    story = a_draft(answers=ALL_YES | {"reply_by": "web"})
    answer = send(visit_plain, draft_path(story))
    handed_over(fresh(story))

    assert "We do not contact you. Come back to your private page" in answer.text
    assert mails_to(mailbox, ADA) == []
    assert story.conversation.state is ConversationState.WAITING
    # The team hears all the same what they do.
    assert withdrawn(story).conversation.state is ConversationState.OPEN
    assert stories.notes(story) == []


def test_who_gave_no_way_is_not_contacted_and_who_said_nothing_allows_nothing(visit_plain):
    answer = send(visit_plain, draft_path(a_draft(name="", email="", answers={})))

    assert "Come back to your private page" in answer.text
    assert newest().conversation.reply_by is Way.WEB
    assert not any(one.given for one in consents().values())
    assert newest().state is StoryState.SUBMITTED


# What looks like a machine


def test_a_doubtful_story_is_held_and_looks_like_any_other(visit_plain, mailbox):
    (trap,) = visit_plain(steps.START).page.query("[name=extra_note]")
    assert ("hidden" in trap.parent.attrs, trap.attrs["tabindex"]) == (True, "-1")
    hide, seen = re.compile(r"http\S+|\S{20,}|[A-Z0-9]{4}-[A-Z0-9]{4}"), []
    for name, changes in (("ada", {}), ("eve", {"extra_note": "Hi"})):
        begun = visit_plain.send(steps.START, {"way": "write"} | changes)
        path = begun.response.request.path
        fill(visit_plain, path, "story", STORY)
        fill(visit_plain, path, "you", steps.YOU | {"email": f"{name}@example.org"})
        seen.append([hide.sub("", page.text) for page in (begun, send(visit_plain, path))])

    assert seen[0] == seen[1]
    assert newest().conversation.state is ConversationState.HELD
    assert newest().conversation.doubts == "A field that people do not see was filled in"
    assert mails_to(mailbox, "eve@example.org") == []


@settings(RATELIMIT_ENABLED="1")
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MANY_FROM_ONE_PLACE", "Many came from one place in an hour"),
        ("MANY_FROM_ONE_CONTACT", "Many came from one person in an hour"),
    ],
)
def test_many_are_held(visit_plain, monkeypatch, limit, words):
    monkeypatch.setattr(floods, limit, "1/hour")
    send(visit_plain, draft_path(a_draft()))
    assert newest().conversation.doubts == ""
    send(visit_plain, draft_path(a_draft()))
    assert words in newest().conversation.doubts
