"""Checking a story: every answer is seen before it is sent, and what is missing is named."""

import pytest

from portal.inbox.models import Conversation
from portal.stories.files.models import FileKind, FileState
from portal.stories.telling import services
from portal.transaction import NotPossible
from tests.stories import ADA, ALL_YES, a_draft, count
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
    said,
    send,
    tell,
)

YOUNG = {"under_18": "yes", "guardian": "Bea Lovelace", "guardian_consent": "y"}
SHOWN = {
    "How you tell it": "Write it here",
    "Title": STORY["title"],
    "Your story": TEXT,
    "Language": "English",
    "Other people are in it": "No",
    "Your name": "Ada Lovelace",
    "How we reach you": "By email",
    "Email address": ADA,
    "Phone number": "Not given",
    "Files": "Not given",
    "On this site": "Yes. “You may publish my story on the Get Yourself Active site.”",
    "Name that readers see": "Yes. “Show this name with my story: Ada.”",
    "On social media": "No",
}


def test_every_answer_is_shown_in_the_words_that_are_kept_with_a_way_to_change_it(visit_plain):
    path = tell(visit_plain)
    page = visit_plain(path + "check")

    assert page.heading == "Check your answers"
    assert {question: said(page, question) for question in SHOWN} == SHOWN
    pages = {}
    for row in page.page.query(".answers > div"):
        question = row.query("dt")[0].to_text().strip().lower()
        (link,) = row.query("a")
        address, _, field = link.attrs["href"].partition("#")
        assert address.endswith("?to=check")
        pages[address] = pages.get(address) or visit_plain(address)
        assert pages[address].has(f"#{field}")
        assert question == "files" or f"Change {question}" in " ".join(link.to_text().split())
    send(visit_plain, path)
    kept = consents()
    assert f"“{kept['publish'].wording}”" in SHOWN["On this site"]
    assert f"“{kept['name'].wording}”" in SHOWN["Name that readers see"]


def test_a_change_leads_back_to_the_check(visit):
    path = draft_path(a_draft())
    another = STORY | {"title": "Another title"}
    back = visit.send(f"{path}story?to=check", another, button="Save and check again")

    assert back.heading == "Check your answers"
    assert said(back, "Title") == "Another title"
    for query in ("to=//evil.example", "to=steps", "to=check&x=1", "%ff=%00", "done=sent"):
        assert visit(f"{path}story?{query}").value("to") in {"", None}


def test_what_way_asks_for_what(visit_plain):
    path = begin(visit_plain, "call")
    data = {"call_by": "relay", "phone": "18001 0161 496 0000", "call": "Noon", "language": "en"}
    fill(visit_plain, path, "story", data)
    page = visit_plain(path + "check")
    assert said(page, "How we call you") == "By text relay (Relay UK)"
    assert said(page, "When we call you") == "Noon"

    fill(visit_plain, path, "way", {"way": "link"})
    fill(visit_plain, path, "story", {"link": "https://example.org/film", "language": "en"})
    page = visit_plain(path + "check")
    assert said(page, "Link to your story") == "https://example.org/film"


def test_a_text_is_shown_in_its_language_and_direction(visit_plain):
    path = begin(visit_plain)
    arabic = {"title": "الماء", "text": "أسبح كل أسبوع", "language": "other"}
    fill(visit_plain, path, "story", arabic | {"language_name": "Arabic"})
    page = visit_plain(path + "check")

    assert len(page.page.query("dd[lang=ar][dir=auto]")) == 2
    assert said(page, "Language") == "Arabic"


# What is needed


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileState.COMING, "It is still on its way to us. You can send your story now."),
        (FileState.CHECKING, "It is still being checked. You can send your story now."),
        (FileState.KEPT, "We have it."),
        (FileState.REFUSED, "We did not take it. It is empty."),
    ],
)
def test_each_file_says_where_it_is_and_is_a_story_unless_we_did_not_take_it(
    visit_plain, state, words
):
    story = a_draft(telling="upload", title="", text="")
    path, is_refused = draft_path(story), state is FileState.REFUSED
    a_file(story, state=state, kind=FileKind.FILM, reason="It is empty." if is_refused else "")

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
    ("way", "data"),
    [
        ("write", {"title": "Water"}),
        ("write", {"text": "Swim!"}),
        ("link", {"link": "https://example.org/film"}),
        ("call", {"call_by": "phone", "phone": "0161 496 0000"}),
    ],
)
def test_the_least_that_is_a_story_is_sent(visit_plain, way, data):
    path = begin(visit_plain, way)
    fill(visit_plain, path, "story", {"language": "en"} | data)

    assert send(visit_plain, path).heading == "We have your story"


def test_a_way_that_was_kept_while_they_typed_needs_what_it_leads_to(visit_plain):
    path = draft_path(a_draft(name="", email="", answers={}))
    for way in ("email", "phone", "sms", "relay", "bsl", "post", "helper"):
        typed = {"reply_by": way, "name": "Ada", "seen": newest().version, "tab": "x"}
        visit_plain.post(path + "you/keep", typed)
        answer = visit_plain.post(path + "send")
        assert answer.status == 422
        assert "Tell us what we need to reach you that way" in answer.text


@pytest.mark.parametrize(
    ("changes", "answers", "words"),
    [
        ({}, {"under_18": "yes", "guardian_consent": "yes"}, "Enter the name of your parent or"),
        ({}, {"under_18": "yes", "guardian": "Bea"}, "Ask your parent or guardian if they agree."),
        ({"name": ""}, {}, "You want your name shown."),
    ],
    ids=["guardian", "their yes", "name"],
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
    for under_18 in ("no", "yes"):
        path = draft_path(a_draft())
        fill(visit_plain, path, "you", YOU | YOUNG | {"under_18": under_18})
        assert "guardian" not in consents()
        send(visit_plain, path)

    agreed = consents()["guardian"]
    assert agreed.given
    assert agreed.wording == "My parent or guardian, Bea Lovelace, agrees that I tell this."
