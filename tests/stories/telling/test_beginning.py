"""Telling a story: how it begins, how it is kept, and how to come back to it or delete it."""

import re

import pytest

from portal import floods
from portal.stories.finding import phrase
from portal.stories.models import Story
from portal.stories.states import Telling
from portal.stories.telling.answers import steps_in_order
from tests.contact import mails_to, text_of
from tests.newsletter import settings
from tests.stories import ADA, a_draft, a_story, count
from tests.stories.finding.back import story_at
from tests.stories.telling import steps
from tests.stories.telling.steps import CONSENT, START, STORY, YOU, begin, draft_path, fill, newest

PAGES = ("", "way", "story", "files", "you", "consent", "check", "delete")
FILES_FIRST = {Telling.RECORD, Telling.UPLOAD}


def progress(page):
    """What the list of steps says of each: its words and where it is."""
    return {
        one.query("a")[0].to_text().strip(): one.query(".at")[0].to_text().strip()
        for one in page.page.query(".steps li")
    }


def test_the_first_page_says_what_can_be_sent_before_it_asks(visit_plain):
    page = visit_plain(START)

    assert page.heading == "Tell us your story"
    for words in ("text relay", "British Sign Language", "500 MB", "25 MB", "20 files", "60 days"):
        assert words in page.text
    assert "Someone can help you." in page.text
    assert not page.has("form [checked]")
    assert count(Story) == 0


@pytest.mark.parametrize("way", list(Telling))
def test_a_story_begins_with_the_way_it_is_told(visit_plain, way):
    page = visit_plain.send(START, {"way": str(way)})
    path = page.response.request.path

    assert page.heading == "Your story, step by step"
    assert "Your story is started." in page.text
    assert newest().telling is way
    at = [*progress(page)]
    following = at[at.index("How you want to tell it") + 1]
    assert following == ("Pictures, sound or film" if way in FILES_FIRST else "Your story")
    after = fill(visit_plain, path, "way", {"way": str(way)})
    assert after.heading == f"Step 2 of 6: {following}"
    step = visit_plain(path + "story")
    assert step.has("[name=link]") is (way is Telling.LINK)
    assert step.has("[name=call_by]") is step.has("[name=phone]") is (way is Telling.CALL)
    assert step.has("[name=text]")


def test_the_list_shows_what_is_done_started_and_not(visit_plain):
    path = begin(visit_plain)
    visit_plain.post(f"{path}you/keep", {"name": "Ada", "seen": "1", "tab": "x"})
    fill(visit_plain, path, "story", {"language": "en"})  # which lacks something
    assert progress(visit_plain(path))["Your story"] == "Started"

    fill(visit_plain, path, "story", STORY)
    at = ["Done", "Done", "Not started yet", "Started", "Not started yet", "Not sent yet"]
    assert [*progress(visit_plain(path)).values()] == at
    fill(visit_plain, path, "you", {"under_18": "yes"})
    assert progress(visit_plain(path))["About you"] == "Started"


@pytest.mark.parametrize("way", list(Telling))
def test_no_step_says_the_same_twice(visit_plain, way):
    story = a_draft(way, answers={"under_18": "yes"})
    for step in steps_in_order(story):
        page = visit_plain(draft_path(story) + step)
        nodes = page.page.query(
            "main h1, main h2, main h3, main p, main li, main legend, main label"
        )
        texts = [one.to_text(separator="", strip=False) for one in nodes if not one.query("label")]
        said = [" ".join(text.split()) for text in texts]
        said = [words.rpartition(": ")[2].strip(".:?").casefold() for words in said if words]
        assert [words for words in said if said.count(words) > 1] == []


def test_each_step_leads_to_the_next_and_htmx_opens_each_at_its_own_address(visit):
    path = begin(visit)
    answers = {"way": {"way": "write"}, "story": STORY, "files": {}, "you": YOU, "consent": CONSENT}
    pages = [fill(visit, path, step, answers[step]) for step in answers]
    addresses = [page.response.request.path if visit.htmx else None for page in pages]

    assert [page.headers.get("HX-Redirect") for page in pages] == addresses
    after = ("Your story", "Pictures, sound or film", "About you", "What we may do with it")
    after = [*after, "Check your answers"]
    placed = [f"Step {place} of 6: {title}" for place, title in enumerate(after, 2)]
    assert [page.heading for page in pages] == placed


def test_what_was_said_in_any_order_is_there_when_they_come_back(visit_plain):
    path = begin(visit_plain)
    for step, answers in (("consent", CONSENT), ("you", YOU), ("story", STORY)):
        fill(visit_plain, path, step, answers)

    story = newest()
    assert (story.name, story.email_key) == ("Ada Lovelace", ADA)
    for step, answers in (("consent", CONSENT), ("you", YOU), ("story", STORY)):
        shown = visit_plain(path + step).form()
        assert {name: shown[name] for name in answers} == answers


def test_stopping_leads_to_the_list_and_another_way_and_keeps_what_was_told(visit_plain):
    path = begin(visit_plain, "link")
    told = {"text": steps.TEXT, "link": "https://example.org/film", "language": "en"}
    page = fill(visit_plain, path, "story", told | {"stop": "yes"})
    assert page.heading == "Your story, step by step"
    assert "It is saved." in page.text

    fill(visit_plain, path, "way", {"way": "write"})
    page = visit_plain(path + "story")
    assert (page.value("text"), page.value("link")) == (steps.TEXT, told["link"])


def test_a_link_of_a_sent_story_leads_to_its_own_page(visit_plain):
    path = draft_path(story := a_story())
    for step in PAGES:
        answer = visit_plain.client.get(path + step)
        assert answer.status_code == 303
        assert story_at(answer.location) == story.id
    page = visit_plain.post(f"{path}words")
    assert page.heading == "Your four words"
    assert story_at(page.page.query("a.button")[0].attrs["href"]) == story.id


def test_a_link_that_we_did_not_make_says_so_kindly(visit_plain):
    for page in ("", "story", "sent"):
        answer = visit_plain(f"{START}made-up/{page}")
        assert answer.heading == "This link does not work"
        assert answer.has("a[href='/stories/share/find']")


def test_only_the_step_that_records_may_use_microphone_and_camera(client):
    path = draft_path(a_draft())
    for step in PAGES:
        headers = client.get(path + step).headers
        records, policy = "self" if step == "files" else "", headers["Content-Security-Policy"]
        for device in ("camera", "microphone"):
            assert f"{device}=({records})" in headers["Permissions-Policy"]
        assert ("media-src 'self' blob:" in policy) is ("blob:" in policy) is bool(records)


def test_four_words_are_shown_once_and_new_ones_end_them(visit_plain):
    path = begin(visit_plain)
    first = newest().phrase
    page = visit_plain.send(path, button="Show me four words")

    words = [one.to_text().strip() for one in page.page.query(".four li")]
    second = newest().phrase
    assert len(words) == 4
    assert second in phrase.digests(" ".join(words))
    for told in (visit_plain(path).text, str(page.headers)):
        assert not all(word in told for word in words)  # one may be there by chance
    visit_plain.send(path, button="Show me four words")
    assert len({first, second, newest().phrase}) == 3


def mail_me(visit, path, **changes):
    return visit.send(path, {"email": ADA} | changes, button="Email me my link")


def test_the_link_is_mailed_once_a_day_without_a_word_of_the_story(visit, mailbox):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    page = mail_me(visit, path)
    assert "An email with your link is on its way." in page.text
    assert page.value("email") == newest().email_key == ADA
    # A reminder is wanted only where they say so.
    assert newest().wants_reminder is False
    mail_me(visit, path, remind="y")
    assert newest().wants_reminder is True
    assert visit(path).has("[name=remind][checked]")

    (mail,) = mails_to(mailbox, ADA)
    assert "water" not in mail.as_string()
    (link,) = re.findall(r"http\S+/mine/\S+", text_of(mail))
    assert story_at(link) == newest().id


def test_a_draft_is_deleted_after_one_question(visit):
    path = draft_path(a_draft())
    assert "Nobody can bring them back." in visit(path + "delete").text
    assert count(Story) == 1

    page = visit.send(path + "delete", button="Delete this story")
    assert page.heading == "Your story is deleted"
    assert count(Story) == 0


# What looks like a machine


@settings(RATELIMIT_ENABLED="1")
def test_many_from_one_network_are_noted(visit_plain, monkeypatch):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "2/hour")
    for doubts in ([], [], ["Many were begun in one place in an hour"]):
        begin(visit_plain)
        assert newest().answers.get("doubts", []) == doubts
