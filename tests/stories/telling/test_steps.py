"""Each step of telling: what it takes, what it gives back, and what is kept of it."""

import pytest

from portal.stories import languages
from portal.stories.content import STORY_LONGEST
from portal.stories.states import Telling
from tests.stories import ADA
from tests.stories.telling.steps import CONSENT, STORY, YOU, allowed, begin, fill, newest, refused

TITLES = ("كيف وجدت الماء", "Sut y dois o hyd i'r dŵr", "🏊🏽‍♀️ 💛", "איך מצאתי את המים", "w" * 150)
TEXTS = {
    **{text: text for text in ("", "x", "💚", "' OR 1=1;--", "<b>", "[]", "w" * STORY_LONGEST)},
    "\0": "\ufffd",
    "\u202e": "\u202e",
    "\r\n One\r\nTwo\x07 \r\n\r\n": "One\nTwo",
}
LINKS = {
    "https://example.org/my-film": "https://example.org/my-film",
    "http://example.org:8080/a?b=c#d": "http://example.org:8080/a?b=c#d",
    " youtu.be/abc ": "https://youtu.be/abc",
    "www.example.org": "https://www.example.org",
    "https://مثال.إختبار/": "https://مثال.إختبار/",
}
PHONE = "0161 496 0000"
CALLS = {"phone": {"phone": PHONE}, "relay": {"phone": f"18001 {PHONE}"}, "bsl": {"email": ADA}}
# A good contact detail for each way to reach somebody, and what is asked for without it.
REACHED = {
    "email": ({"email": ADA}, "email", "Enter your email address."),
    "phone": ({"phone": PHONE}, "phone", "Enter a phone number, like"),
    "sms": ({"phone": "07700 900000"}, "phone", "Enter a phone number, like"),
    "relay": ({"phone": f"18001 {PHONE}"}, "phone", "Enter a phone number, like"),
    "bsl": ({"email": ADA}, "email", "Enter your email address."),
    "post": ({"postal": "1 Ring Road\nLeeds"}, "postal", "Enter your postal address."),
    "helper": ({"helper": "Bob", "phone": PHONE}, "helper", "Enter the name of the person who"),
}
AFTER_YOU = "Step 5 of 6: What we may do with it"


def test_a_title_in_any_script_is_kept_whole(visit_plain):
    path = begin(visit_plain)
    for title in TITLES:
        fill(visit_plain, path, "story", STORY | {"title": title})
        page = visit_plain(path + "story")
        assert page.value("title") == newest().title == title
        assert page.has("[name=title][dir=auto]")


def test_a_text_may_be_as_short_or_long_as_it_is_without_what_is_no_writing(visit_plain):
    path = begin(visit_plain)
    for text, kept in TEXTS.items():
        answer = fill(visit_plain, path, "story", STORY | {"text": text})
        assert answer.heading == "Step 3 of 6: Pictures, sound or film"
        assert newest().text == kept


def test_a_megabyte_in_any_script_is_refused_and_kept_on_the_page(visit_plain):
    path, text = begin(visit_plain), "🏊" * 300_000
    answer = fill(visit_plain, path, "story", STORY | {"text": text})

    refused(answer, "text", "must have 200,000 letters or fewer. It has 300,000.")
    assert (answer.value("title"), answer.value("text")) == (STORY["title"], text)
    assert newest().text == ""


def test_a_language_is_kept_as_a_tag_and_if_it_is_not_listed_as_it_was_typed(visit_plain):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"language": "other"})
    refused(answer, "language_name", "Enter the language, like Polish.")
    for name in ("BSL", "Irish Sign Language", "ase-US"):
        typed = STORY | {"language": "other", "language_name": name}
        refused(fill(visit_plain, path, "story", typed), "language_name", languages.NOT_WRITTEN)

    for language, name, tag, kept in (
        ("other", " scottish  gaelic", "gd", "scottish gaelic"),
        ("other", "العربية", "und", "العربية"),
        ("cy", "Klingon", "cy", ""),
    ):
        fill(visit_plain, path, "story", STORY | {"language": language, "language_name": name})
        assert newest().language == tag
        page = visit_plain(path + "story")
        assert page.has(f"option[value={language}][selected]")
        assert " ".join((page.value("language_name") or "").split()) == kept


def test_other_people_in_it_are_noted(visit_plain):
    path = begin(visit_plain)
    noted = {"others": "y", "others_note": "My sister. She knows."}
    fill(visit_plain, path, "story", STORY | noted)

    assert newest().others is True
    assert newest().answers["others_note"] == "My sister. She knows."
    fill(visit_plain, path, "story", STORY)
    assert newest().others is False


def test_a_link_is_kept_whole(visit_plain):
    path = begin(visit_plain, "link")
    for typed, kept in LINKS.items():
        fill(visit_plain, path, "story", {"link": typed, "language": "en"})
        assert newest().answers["link"] == kept


@pytest.mark.parametrize("way", CALLS)
def test_a_call_is_asked_for_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain, "call")
    data = {"call_by": way, "call": "After 2pm", "language": "en"}
    answer = fill(visit_plain, path, "story", data)
    ((field, reach),) = CALLS[way].items()
    refused(answer, field, "Enter ")
    assert answer.value("call") == "After 2pm"

    answer = fill(visit_plain, path, "story", data | {field: reach})
    assert answer.heading == "Step 3 of 6: Pictures, sound or film"
    story = newest()
    assert (story.answers["call_by"], story.answers["call"]) == (way, "After 2pm")
    assert getattr(story, field) == reach


def test_no_step_takes_away_what_another_took(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "you", YOU | {"phone": PHONE})
    fill(visit_plain, path, "story", STORY)
    fill(visit_plain, path, "consent", {"name_shown": "none", "name": ""})

    story = newest()
    assert (story.name, story.email, story.phone) == ("Ada Lovelace", ADA, PHONE)


@pytest.mark.parametrize("way", REACHED)
def test_a_way_to_reach_somebody_is_kept_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain)
    details, field, words = REACHED[way]
    typed = {"reply_by": way, "name": "Ada", "needs": "Big letters"}
    answer = fill(visit_plain, path, "you", typed)
    refused(answer, field, words)
    assert (answer.value("name"), answer.value("needs")) == ("Ada", "Big letters")
    assert answer.has(f"[name=reply_by][value={way}][checked]")

    if way == "helper":
        answer = fill(visit_plain, path, "you", typed | {"helper": "Bob"})
        refused(answer, "helper", "Enter their email address or phone number too.")
    answer = fill(visit_plain, path, "you", typed | details)
    assert answer.heading == AFTER_YOU
    assert newest().answers["reply_by"] == way


def test_nothing_about_them_is_needed_and_the_browser_may_fill_it_in(visit_plain):
    path = begin(visit_plain)
    for typed in ({}, {"reply_by": "web"}):
        assert fill(visit_plain, path, "you", typed).heading == AFTER_YOU

    page = visit_plain(path + "you")
    assert "your private link or your four words" in page.text
    assert not page.has("[required]")
    own = {"name": "name", "email": "email", "phone": "tel", "postal": "street-address"}
    assert all(page.has(f"[name={name}][autocomplete={fills}]") for name, fills in own.items())


def test_nothing_is_ticked_for_anybody_and_each_thing_is_allowed_while_it_is(visit_plain):
    path = begin(visit_plain)
    page = visit_plain(path + "consent")
    assert not page.has("main form [checked]")
    assert len(page.page.query("[name=allow]")) == 8
    assert "You may publish my story on the Get Yourself Active site." in page.text

    for allow in (["publish"], ["publish", "press"], CONSENT["allow"], ["photo"]):
        fill(visit_plain, path, "consent", {"allow": allow})
        assert newest().answers["name_shown"] == ""
        assert allowed(newest()) == set(allow)
        assert len(newest().answers["consents"]) == 8


@pytest.mark.parametrize("shown", ["first", "full", "other"])
def test_a_name_that_is_to_be_shown_must_be_known(visit_plain, shown):
    path, field = begin(visit_plain), "other_name" if shown == "other" else "name"
    typed = {"allow": ["publish"], "name_shown": shown, "name": ""}
    answer = fill(visit_plain, path, "consent", typed)
    refused(answer, field, "Enter the name that" if shown == "other" else "Enter your name, or")
    assert answer.has("[name=allow][value=publish][checked]")

    fill(visit_plain, path, "consent", typed | {field: "Ada"})
    assert (newest().answers["other_name"] if shown == "other" else newest().name) == "Ada"


def test_a_form_without_the_marks_of_its_page_comes_back_and_checking_takes_none(visit_plain):
    path = begin(visit_plain)
    for step in ("way", "story", "you", "consent"):
        answer = visit_plain.post(path + step, {"way": "call", "text": "Hello", "language": "en"})
        assert answer.status == 422
        assert "Your answers are still here. Send them again." in answer.text
        assert int(answer.value("seen")) == newest().version
        assert newest().telling is Telling.WRITE
    assert visit_plain.post(path + "check").status == 405
    assert visit_plain.post(path + "check/keep").status == 404
