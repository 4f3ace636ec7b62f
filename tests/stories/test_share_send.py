"""Checking a story and sending it: every answer is seen before, and it is sent once."""

from __future__ import annotations

import re

import pytest

from portal.extensions import db
from portal.inbox.models import Conversation, Kind, Message, Way
from portal.inbox.models import State as Lying
from portal.stories import leaving, sending, share_steps, tell
from portal.stories.models import FileKind, FileState, State, Story, StoryConsent, StoryFile
from tests.contact import hidden, mails_to, text_of
from tests.newsletter import settings
from tests.stories import a_draft, a_story, an_editor, handed_over
from tests.stories.steps import (
    START,
    STORY,
    TEXT,
    YOU,
    begin,
    draft_path,
    fill,
    newest,
    said,
    send,
)
from tests.stories.steps import tell as tell_all

ADA = "ada@example.org"
YOUNG = {"under_18": "yes", "guardian": "Bea Lovelace", "guardian_consent": "y"}


def rows(model):
    found = db.session.query(model).count()
    db.session.commit()
    return found


def consents():
    """What the newest story allows: each purpose, whether, which value, in which words."""
    query = db.select(StoryConsent).order_by(StoryConsent.id)
    found = {one.purpose: one for one in db.session.scalars(query)}
    db.session.commit()
    return found


def a_file(story, **values):
    file = StoryFile(**{"key": "k" * 22, "story_id": story.id, "name": "pool.mp4"} | values)
    db.session.add(file)
    db.session.commit()
    return file


# Checking


def test_every_answer_is_shown_with_a_way_to_change_it(visit):
    page = visit(tell_all(visit) + "check")

    assert page.heading == "Check your answers"
    assert said(page, "How you tell it") == "Write it here"
    assert said(page, "Title") == STORY["title"]
    assert said(page, "Your story") == TEXT
    assert said(page, "Language") == "English"
    assert said(page, "Other people are in it") == "No"
    assert said(page, "Your name") == "Ada Lovelace"
    assert said(page, "How we reach you") == "By email"
    assert said(page, "Email address") == ADA
    assert said(page, "Phone number") == "Not given"
    assert said(page, "Files") == "Not given"
    for row in page.page.query(".answers > div"):
        question = row.query("dt")[0].to_text().strip().lower()
        (link,) = row.query("a")
        if question != "files":
            assert f"Change {question}" in " ".join(link.to_text().split())


def test_what_is_allowed_is_shown_in_the_very_words_that_are_kept(visit):
    path = tell_all(visit)
    page = visit(path + "check")
    send(visit, path)

    publish = consents()["publish"]
    assert said(page, "On this site") == f"Yes. “{publish.wording}”"
    assert publish.wording == "You may publish my story on the Get Yourself Active site."
    assert consents()["name"].wording == "Show this name with my story: Ada."
    assert said(page, "Name that readers see") == "Yes. “Show this name with my story: Ada.”"
    assert said(page, "On social media") == "No"


def test_a_change_leads_to_its_field_and_back(visit):
    path = tell_all(visit)
    page = visit(path + "check")
    links = [a.attrs["href"] for a in page.page.query(".answers a")]
    assert all("?to=check#" in link for link in links)

    for link in links:
        address, _, field = link.partition("#")
        assert visit(address).has(f"#{field}")
    changed = STORY | {"title": "Another title"}
    back = visit.send(f"{path}story?to=check", changed, button="Save and check again")
    assert back.heading == "Check your answers"
    assert said(back, "Title") == "Another title"


def test_an_address_is_told_nothing_but_to_go_back(visit):
    path = begin(visit)

    for query in ("to=//evil.example", "to=steps", "to=check&x=1", "%ff=%00", "done=sent"):
        assert visit(f"{path}story?{query}").value("to") in {"", None}


def test_what_way_asks_for_what(visit):
    path = begin(visit, "call")
    data = {"call_by": "relay", "phone": "18001 0161 496 0000", "call": "Noon", "language": "en"}
    fill(visit, path, "story", data)
    page = visit(path + "check")
    assert said(page, "How we call you") == "By text relay (Relay UK)"
    assert said(page, "When we call you") == "Noon"

    fill(visit, path, "way", {"way": "link"})
    fill(visit, path, "story", {"link": "https://example.org/film", "language": "en"})
    assert said(visit(path + "check"), "Link to your story") == "https://example.org/film"


def test_a_text_is_shown_in_its_language_and_direction(visit):
    path = begin(visit)
    arabic = {"title": "الماء", "text": "أسبح كل أسبوع", "language": "other"}
    fill(visit, path, "story", arabic | {"language_name": "Arabic"})
    page = visit(path + "check")

    assert len(page.page.query("dd[lang=ar][dir=auto]")) == 2
    assert said(page, "Language") == "Arabic"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileState.COMING, "It is still on its way to us. You can send your story now."),
        (FileState.CHECKING, "It is still being checked. You can send your story now."),
        (FileState.KEPT, "We have it."),
        (FileState.REFUSED, "We did not take it. It is empty."),
    ],
)
def test_each_file_says_where_it_is(visit, state, words):
    story = a_draft()
    reason = "It is empty." if state is FileState.REFUSED else ""
    a_file(story, state=state, kind=FileKind.FILM, reason=reason)

    assert words in said(visit(draft_path(story) + "check"), "Film")
    if state is not FileState.REFUSED:
        assert send(visit, draft_path(story)).heading == "We have your story"


# What is needed


def test_nothing_told_is_nothing_to_send(visit):
    path = begin(visit)
    assert "Before you can send it" in visit(path + "check").text
    answer = send(visit, path)

    assert answer.status == 422
    assert "Tell your story first." in answer.text
    assert answer.has("[role=alert] a[href*='/story?to=check#text']")
    assert rows(Conversation) == 0


@pytest.mark.parametrize(
    ("way", "data"),
    [
        ("write", {"title": "Water"}),
        ("write", {"text": "Swim!"}),
        ("link", {"link": "https://example.org/film"}),
        ("call", {"call_by": "phone", "phone": "0161 496 0000"}),
    ],
)
def test_the_least_that_is_a_story_is_sent(visit, way, data):
    path = begin(visit, way)
    fill(visit, path, "story", {"language": "en"} | data)

    assert send(visit, path).heading == "We have your story"
    assert newest().conversation.kind is Kind.STORY


def test_files_alone_are_a_story(visit):
    story = a_draft(telling="upload", title="", text="")
    a_file(story, state=FileState.COMING)

    assert send(visit, draft_path(story)).heading == "We have your story"


def test_a_file_that_we_did_not_take_is_none(visit):
    story = a_draft(telling="upload", title="", text="")
    a_file(story, state=FileState.REFUSED, reason="It is empty.")

    assert send(visit, draft_path(story)).status == 422


def test_a_call_needs_a_way_to_call(visit):
    path = begin(visit, "call")

    assert "Tell us how we can call you." in send(visit, path).text


@pytest.mark.parametrize("way", ["email", "phone", "sms", "relay", "bsl", "post", "helper"])
def test_a_way_that_was_kept_while_they_typed_needs_what_it_leads_to(visit_plain, way):
    path = begin(visit_plain)
    fill(visit_plain, path, "story", STORY)
    tab = hidden(visit_plain(path + "you"))
    visit_plain.post(path + "you/keep", tab | {"reply_by": way, "name": "Ada"})
    answer = send(visit_plain, path)

    assert answer.status == 422
    assert "Tell us what we need to reach you that way" in answer.text


def test_a_name_that_is_to_be_shown_must_still_be_there(visit):
    path = tell_all(visit)
    fill(visit, path, "you", YOU | {"name": ""})

    answer = send(visit, path)
    assert answer.status == 422
    assert "You want your name shown." in answer.text


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("guardian", "Enter the name of your parent or guardian."),
        ("guardian_consent", "Ask your parent or guardian if they agree."),
    ],
)
def test_who_is_under_18_needs_a_guardian_who_agrees(visit, lacking, words):
    young = {name: value for name, value in YOUNG.items() if name != lacking}
    path = tell_all(visit, you=young)

    answer = send(visit, path)
    assert answer.status == 422
    assert words in answer.text
    assert rows(Conversation) == 0


def test_a_guardians_yes_is_kept_with_its_words(visit):
    send(visit, tell_all(visit, you=YOUNG))

    agreed = consents()["guardian"]
    assert agreed.given
    assert agreed.wording == "My parent or guardian, Bea Lovelace, agrees that I tell this."


def test_a_guardian_is_asked_of_nobody_else(visit):
    send(visit, tell_all(visit, you=YOUNG | {"under_18": "no"}))

    assert "guardian" not in consents()


def test_nobody_can_send_without_it_by_another_door(app):
    story = a_draft(answers={"under_18": "yes"})
    with pytest.raises(sending.NotPossible):
        sending.submit(story)

    assert rows(Conversation) == 0


# Sending


def test_a_sent_story_says_what_happens_next(visit):
    path = tell_all(visit)
    answer = send(visit, path)
    story = newest()

    assert answer.heading == "We have your story"
    assert story.conversation.reference in answer.text
    assert "We answer within 3 working days." in answer.text
    assert "We reach you the way you chose: By email." in answer.text
    assert answer.has("a.go[href*='/stories/mine/']")
    assert story.state is State.SUBMITTED
    assert visit(answer.response.request.path).heading == "We have your story"


def test_sending_twice_is_sending_once(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    first, second = (visit.post(path + "send", form) for _ in range(2))

    assert first.heading == second.heading == "We have your story"
    assert rows(Conversation) == 1


def test_each_thing_that_was_asked_is_a_dated_row(visit):
    path = tell_all(visit)
    send(visit, path)

    found = consents()
    assert {key for key, one in found.items() if one.given} == {"publish", "name", "photo"}
    assert len(found) == 9
    assert all(one.channel == "web" and one.at for one in found.values())


def test_without_a_word_about_it_nothing_is_allowed(visit):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    send(visit, path)

    assert not any(one.given for one in consents().values())
    assert newest().state is State.SUBMITTED


def test_what_changed_since_it_was_checked_is_shown_before_it_is_sent(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    fill(visit, path, "story", STORY | {"title": "Another title"})
    answer = visit.post(path + "send", form)

    assert answer.status == 409
    assert "Something was changed since you opened this page." in answer.text
    assert said(answer, "Title") == "Another title"
    assert rows(Conversation) == 0
    assert visit.post(path + "send", hidden(answer)).heading == "We have your story"


def test_files_that_come_meanwhile_hold_nothing_up(visit):
    path = tell_all(visit)
    form = hidden(visit(path + "check"))
    a_file(newest(), state=FileState.COMING)

    assert visit.post(path + "send", form).heading == "We have your story"


@pytest.mark.parametrize("seen", ["", "one", "-1", "9" * 40, "\0"])
def test_a_made_up_version_sends_nothing(visit_plain, seen):
    path = tell_all(visit_plain)

    assert visit_plain.post(path + "send", {"seen": seen}).status in {200, 409}
    assert rows(Conversation) <= 1


def test_a_draft_has_no_receipt_yet(visit):
    path = begin(visit)

    assert visit(path + "sent", follow_redirects=True).heading == "Your story, step by step"


@pytest.mark.parametrize("end", [leaving.withdraw, None])
def test_the_receipt_of_a_story_that_is_over_leads_to_its_page(visit_plain, end):
    story = a_story()
    if end:
        end(story, keep_files=False)
    answer = visit_plain.client.get(draft_path(story) + "sent")

    assert answer.status_code == (303 if end else 200)


def test_the_team_reads_what_was_told_and_how_to_answer(visit):
    you = {
        "reply_by": "post",
        "postal": "1 Ring Road\nLeeds",
        "helper": "Bob Hope",
        "needs": "Calm",
    }
    path = tell_all(visit, you=you)
    send(visit, path)
    talk = newest().conversation

    assert (talk.reply_by, talk.postal) == (Way.POST, "1 Ring Road\nLeeds")
    assert (talk.helper, talk.needs) == ("Bob Hope", "Calm")
    assert db.session.scalar(db.select(Message.text).order_by(Message.id)) == TEXT


def test_a_call_says_how_and_when(visit):
    path = begin(visit, "call")
    call = {"call_by": "bsl", "email": ADA, "call": "Mornings", "language": "bfi"}
    fill(visit, path, "story", call)
    send(visit, path)

    text = db.session.scalar(db.select(Message.text).order_by(Message.id))
    assert text.endswith("By video in British Sign Language. Mornings")
    assert newest().conversation.email == ADA


# Who wants no contact


def test_who_comes_back_by_themselves_is_mailed_nothing(visit, mailbox):
    answer = send(visit, tell_all(visit, you={"reply_by": "web"}))
    story = newest()
    handed_over(db.session.get(Story, story.id))

    assert "We do not contact you. Come back to your page" in answer.text
    assert mails_to(mailbox, ADA) == []
    assert story.conversation.state is Lying.WAITING


def test_who_gave_no_way_is_not_contacted_either(visit, mailbox):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    send(visit, path)

    assert newest().conversation.reply_by is Way.WEB
    assert "Come back to your page" in visit(path + "sent").text


def test_the_team_hears_all_the_same_what_they_do(app):
    story = a_story(email="", answers={"reply_by": "web"})
    leaving.withdraw(story, keep_files=False)
    tell.storyteller(story, "ready", an_editor())

    notes = db.session.scalars(db.select(Message.text).where(Message.direction == "note"))
    assert list(notes) == []
    assert story.conversation.state is not Lying.CLOSED


# What looks like a machine


def test_a_doubtful_story_is_held_and_looks_like_any_other(visit, mailbox):
    ordinary = send(visit, tell_all(visit))
    path = visit.send(START, {"way": "write", "extra_note": "Hi"}).response.request.path
    fill(visit, path, "story", STORY)
    fill(visit, path, "you", YOU | {"email": "eve@example.org"})
    doubtful = send(visit, path)

    hide = re.compile(r"http\S+|[A-Z0-9]{4}-[A-Z0-9]{4}")
    assert hide.sub("", doubtful.text) == hide.sub("", ordinary.text)
    assert newest().conversation.state is Lying.HELD
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
    monkeypatch.setattr(share_steps, limit, "1/hour")
    doubts = []
    for _ in range(2):
        send(visit_plain, tell_all(visit_plain))
        doubts.append(newest().conversation.doubts)

    assert doubts == ["", words]


def test_the_receipt_is_mailed_with_the_private_link(visit, mailbox):
    send(visit, tell_all(visit))

    assert any("/stories/mine/" in text_of(mail) for mail in mails_to(mailbox, ADA))
