"""Telling a story: how it begins, how it is kept, and how to come back to it."""

from __future__ import annotations

import re

import pytest

from portal import floods
from portal.stories.states import Telling
from portal.stories.telling import step_routes
from tests.contact import hidden
from tests.newsletter import settings
from tests.stories import a_draft, a_story
from tests.stories.telling.steps import (
    CONSENT,
    START,
    STORY,
    TEXT,
    YOU,
    begin,
    draft_path,
    fill,
    its_own_page,
    newest,
    stories,
    tell,
)

ADA = "ada@example.org"
LIMITED = {"RATELIMIT_ENABLED": "1"}


def progress(page):
    """What the list of steps says of each: its words and where it is."""
    return {
        one.query("a")[0].to_text().strip(): one.query(".at")[0].to_text().strip()
        for one in page.page.query(".steps li")
    }


def test_the_first_page_says_what_can_be_sent_before_it_asks(visit):
    page = visit(START)

    assert page.heading == "Tell us your story"
    for words in ("text relay", "British Sign Language", "500 MB", "25 MB", "20 files", "60 days"):
        assert words in page.text
    assert "Someone can help you." in page.text
    assert not page.has("form [checked]")


@pytest.mark.parametrize("way", list(Telling))
def test_a_story_begins_with_the_way_it_is_told(visit, way):
    page = visit.send(START, {"way": str(way)})

    assert page.heading == "Your story, step by step"
    assert "Your story is started." in page.text
    assert newest().telling is way
    assert progress(page)["How you want to tell it"] == "Done"


@pytest.mark.parametrize("way", [None, "", "dance", "Write", "\0"])
def test_a_way_that_was_not_offered_begins_nothing(visit, way):
    answer = visit.send(START, {} if way is None else {"way": way})

    assert answer.status == 422
    assert answer.has("[role=alert] a[href='#way-0']")
    assert stories() == 0


def test_looking_begins_nothing_and_asks_for_nothing(visit):
    visit(START)
    path = begin(visit)
    before = newest().version
    for step in ("", "way", "story", "files", "you", "consent", "check", "delete"):
        assert visit(path + step).status == 200

    assert newest().version == before


def test_the_list_shows_what_is_done_started_and_not(visit):
    path = begin(visit)
    fill(visit, path, "story", STORY)
    visit.post(f"{path}you/keep", {"name": "Ada", "seen": "1", "tab": "x"})

    assert progress(visit(path)) == {
        "How you want to tell it": "Done",
        "Your story": "Done",
        "Pictures, sound or film": "Not started yet",
        "About you": "Started",
        "What we may do with it": "Not started yet",
        "Check and send": "Not sent yet",
    }


def test_a_step_that_lacks_something_is_not_done(visit):
    path = begin(visit)
    fill(visit, path, "story", {"language": "en"})
    fill(visit, path, "you", {"under_18": "yes"})

    found = progress(visit(path))
    assert found["Your story"] == "Started"
    assert found["About you"] == "Started"


def test_each_step_leads_to_the_next(visit):
    path = begin(visit)
    answers = {"way": {"way": "write"}, "story": STORY, "files": {}, "you": YOU, "consent": CONSENT}
    headings = [fill(visit, path, step, answers[step]).heading for step in answers]

    assert headings == [
        "Your story",
        "Pictures, sound or film",
        "About you",
        "What we may do with it",
        "Check your answers",
    ]


@pytest.mark.parametrize("way", ["record", "upload"])
def test_who_sends_files_is_led_to_these_first(visit, way):
    path = begin(visit, way)

    steps = list(progress(visit(path)))
    assert steps.index("Pictures, sound or film") < steps.index("Your story")
    assert fill(visit, path, "way", {"way": way}).heading == "Pictures, sound or film"


def test_steps_are_taken_in_any_order(visit):
    path = begin(visit)
    for step, answers in (("consent", CONSENT), ("you", YOU), ("story", STORY)):
        fill(visit, path, step, answers)

    story = newest()
    assert (story.title, story.text, story.name, story.email) == (
        STORY["title"],
        TEXT,
        "Ada Lovelace",
        ADA,
    )


def test_stopping_leads_to_the_list_and_keeps_the_words(visit):
    path = begin(visit)
    page = fill(visit, path, "story", STORY | {"stop": "yes"})

    assert page.heading == "Your story, step by step"
    assert "It is saved." in page.text
    assert newest().text == TEXT


def test_what_was_said_is_there_when_they_come_back(visit):
    path = tell(visit)

    page = visit(path + "story")
    assert page.value("title") == STORY["title"]
    assert TEXT in page.page.query("textarea[name=text]")[0].to_text(separator="")
    page = visit(path + "you")
    assert page.value("email") == ADA
    assert page.has("[name=reply_by][value=email][checked]")
    page = visit(path + "consent")
    chosen = [box.attrs["value"] for box in page.page.query("[name=allow][checked]")]
    assert chosen == ["publish", "photo"]
    assert page.has("[name=name_shown][value=first][checked]")


def test_changing_the_way_keeps_what_was_told(visit):
    path = begin(visit, "link")
    fill(visit, path, "story", {"link": "https://example.org/film", "language": "en"})
    fill(visit, path, "way", {"way": "write"})

    assert visit(path + "story").value("link") == "https://example.org/film"


def test_a_link_of_a_sent_story_leads_to_its_own_page(visit):
    story = a_story()
    path = draft_path(story)

    for step in ("", "way", "story", "files", "you", "consent", "check", "delete"):
        answer = visit.client.get(path + step)
        assert answer.status_code == 303
        assert its_own_page(answer.location).id == story.id


@pytest.mark.parametrize("page", ["", "story", "check", "sent", "delete"])
def test_a_link_that_we_did_not_make_says_so_kindly(visit, page):
    answer = visit(f"{START}made-up/{page}")

    assert answer.status == 404
    assert answer.heading == "This link does not work"
    assert answer.has("a[href='/stories/share/find']")


@pytest.mark.parametrize("page", ["story", "story/keep", "words", "link", "send", "delete"])
def test_nothing_can_be_sent_to_it_either(visit, page):
    answer = visit.post(f"{START}made-up/{page}", {"text": "Hello there"})

    assert answer.status == 404
    assert stories() == 0


def test_a_private_page_is_kept_by_no_cache(visit):
    path = begin(visit)

    assert visit(path).headers["Cache-Control"] == "no-store"
    assert visit(path + "story").headers["Cache-Control"] == "no-store"


def test_the_private_pages_set_no_cookie(app):
    path = draft_path(a_draft())

    for step in ("", "story", "check"):
        assert "Set-Cookie" not in app.test_client().get(path + step).headers


def test_only_the_step_that_records_may_use_microphone_and_camera(visit):
    path = begin(visit)

    for step in ("", "story", "you", "check"):
        headers = visit(path + step).headers
        assert "camera=()" in headers["Permissions-Policy"]
        assert "blob:" not in headers["Content-Security-Policy"]
    headers = visit(path + "files").headers
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert "media-src 'self' blob:" in headers["Content-Security-Policy"]


def test_htmx_opens_each_page_at_its_own_address(visit):
    path = begin(visit)
    answer = fill(visit, path, "story", STORY)

    moved = answer.headers.get("HX-Redirect")
    assert moved == (answer.response.request.path if visit.htmx else None)
    assert answer.response.request.path.endswith("/files")


# What looks like a machine


def test_what_looks_like_a_machine_is_noted_and_not_told_so(visit):
    ordinary = visit.send(START, {"way": "write"})
    doubtful = visit.send(START, {"way": "write", "extra_note": "Hi"})

    assert newest().answers["doubts"] == ["A field that people do not see was filled in"]
    hide = re.compile(r"http\S+|\S{20,}")
    assert hide.sub("", doubtful.text) == hide.sub("", ordinary.text)


def test_no_person_sees_or_hears_the_trap(visit):
    (trap,) = visit(START).page.query("[name=extra_note]")

    assert "hidden" in trap.parent.attrs
    assert trap.attrs["tabindex"] == "-1"


@settings(**LIMITED)
def test_many_from_one_network_are_noted(visit, monkeypatch):
    monkeypatch.setattr(floods, "MANY_FROM_ONE_PLACE", "2/hour")
    doubts = []
    for _ in range(3):
        begin(visit)
        doubts.append(newest().answers.get("doubts", []))

    assert doubts == [[], [], ["Many were begun in one place in an hour"]]


@settings(**LIMITED)
def test_a_flood_is_turned_away_with_the_answer_kept(visit, monkeypatch):
    monkeypatch.setattr(floods, "FLOOD", "1/hour")
    path = begin(visit)

    answer = visit.send(START, {"way": "call"})
    assert answer.status == 429
    assert "Send them again in an hour." in answer.text
    assert answer.has("[value=call][checked]")
    assert hidden(answer)["stamp"]
    mail = visit.send(path, {"email": ADA}, button="Email me my link")
    assert mail.status == 429
    assert mail.value("email") == ADA
    assert stories() == 1


@settings(**LIMITED)
def test_a_flood_of_words_is_turned_away_with_them_kept(visit, monkeypatch):
    monkeypatch.setattr(step_routes, "STORMY", "1/hour")
    path = begin(visit)
    fill(visit, path, "way", {"way": "write"})

    answer = fill(visit, path, "story", STORY)
    assert answer.status == 429
    assert TEXT in answer.page.query("textarea[name=text]")[0].to_text(separator="")
    assert newest().text == ""
