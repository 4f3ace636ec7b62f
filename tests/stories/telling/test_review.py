"""Checking a story: every answer is seen before it is sent, and what is missing is named."""

from __future__ import annotations

import pytest

from portal.inbox.models import Conversation, Kind
from portal.stories.files.models import FileKind, FileState
from portal.stories.telling import services
from portal.transaction import NotPossible
from tests.contact import hidden
from tests.stories import a_draft
from tests.stories.telling.steps import (
    STORY,
    TEXT,
    YOU,
    a_file,
    begin,
    consents,
    draft_path,
    fill,
    newest,
    rows,
    said,
    send,
)
from tests.stories.telling.steps import tell as tell_all

ADA = "ada@example.org"
YOUNG = {"under_18": "yes", "guardian": "Bea Lovelace", "guardian_consent": "y"}


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
    with pytest.raises(NotPossible):
        services.submit(story)

    assert rows(Conversation) == 0
