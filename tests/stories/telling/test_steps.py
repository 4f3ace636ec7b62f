"""Each step of telling: what it takes, what it gives back, and what is kept of it."""

from __future__ import annotations

import pytest

from portal.stories.content import STORY_LONGEST
from portal.stories.states import Telling
from tests.every_form import MADE_UP
from tests.stories.telling.steps import STORY, TEXT, YOU, begin, fill, newest, refused

TITLES = {
    "Arabic": "كيف وجدت الماء",
    "Welsh": "Sut y dois o hyd i'r dŵr",
    "emoji": "🏊🏽‍♀️ Water 💛",
    "Hebrew": "איך מצאתי את המים",
    "long": "w" * 150,
}
BAD_TITLES = {"long": "w" * 151, "two lines": "a\nb", "override": "\u202ewater", "nul": "wa\0ter"}
LINKS = {
    "https://example.org/my-film": "https://example.org/my-film",
    "http://example.org:8080/a?b=c#d": "http://example.org:8080/a?b=c#d",
    " youtu.be/abc ": "https://youtu.be/abc",
    "www.example.org": "https://www.example.org",
    "https://مثال.إختبار/": "https://مثال.إختبار/",
}
BAD_LINKS = (
    *("my film", "javascript:alert(1)", "ftp://example.org/film", "https://", "https://localhost"),
    *("https://ada@example.org/", "https://a:b@example.org/", "https://[::1", "//example.org"),
    *("https://example.org\\@evil.example", "https://exa mple.org", "https://example.org:pool/"),
    *("data:text/html,x", "https://example.org/\u202efilm", "https://example.org/" + "f" * 2000),
)
CALLS = {
    "phone": {"phone": "0161 496 0000"},
    "relay": {"phone": "18001 0161 496 0000"},
    "bsl": {"email": "ada@example.org"},
}
# A good contact detail for each way to reach somebody, and what is asked for without it.
REACHED = {
    "email": ({"email": "ada@example.org"}, "email", "Enter your email address."),
    "phone": ({"phone": "0161 496 0000"}, "phone", "Enter a phone number, like"),
    "sms": ({"phone": "07700 900000"}, "phone", "Enter a phone number, like"),
    "relay": ({"phone": "18001 0161 496 0000"}, "phone", "Enter a phone number, like"),
    "bsl": ({"email": "ada@example.org"}, "email", "Enter your email address."),
    "post": ({"postal": "1 Ring Road\nLeeds"}, "postal", "Enter your postal address."),
    "helper": (
        {"helper": "Bob Hope", "phone": "0161 496 0001"},
        "helper",
        "Enter the name of who helps you.",
    ),
    "web": ({}, "", ""),
}


# The story


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_title_in_any_script_is_kept_whole(visit, title):
    path = begin(visit)
    fill(visit, path, "story", STORY | {"title": title})

    assert newest().title == title
    assert visit(path + "story").value("title") == title
    assert visit(path + "story").has("[name=title][dir=auto]")


@pytest.mark.parametrize("title", BAD_TITLES.values(), ids=BAD_TITLES)
def test_a_title_that_is_none_comes_back_with_the_rest(visit_plain, title):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"title": title})

    refused(answer, "title", "The title")
    assert answer.value("text") == TEXT
    assert newest().text == ""


@pytest.mark.parametrize("text", ["", "Swim.", "x", *MADE_UP, "w" * STORY_LONGEST])
def test_a_story_may_be_as_short_or_long_as_it_is(visit_plain, text):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"text": text})

    assert answer.heading == "Pictures, sound or film"
    assert newest().text == text.replace("\r\n", "\n").replace("\0", "\ufffd").strip()


@pytest.mark.parametrize(
    "text",
    ["w" * (STORY_LONGEST + 1), "w" * 1_000_000, "ش" * 500_000, "🏊" * 300_000],
    ids=["one letter more", "1 MB", "1 MB of Arabic", "1 MB of emoji"],
)
def test_a_text_that_is_too_long_is_refused_and_kept_on_the_page(visit, text):
    path = begin(visit)
    answer = fill(visit, path, "story", STORY | {"text": text})

    refused(answer, "text", f"must have 200,000 letters or fewer. It has {len(text):,}.")
    assert answer.value("text") == text
    assert answer.value("title") == STORY["title"]
    assert newest().text == ""


def test_what_is_no_writing_is_left_out_of_a_text(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "story", STORY | {"text": "\r\n One\r\nTwo\x07 \r\n\r\n"})

    assert newest().text == "One\nTwo"


@pytest.mark.parametrize(
    ("language", "name", "tag"),
    [
        ("en", "", "en"),
        ("cy", "", "cy"),
        ("bfi", "", "bfi"),
        ("other", "Polish", "pl"),
        ("other", " scottish  gaelic", "gd"),
        ("other", "pt-br", "pt-BR"),
        ("other", "Klingon", "und"),
        ("other", "العربية", "und"),
    ],
)
def test_a_language_is_kept_as_a_tag_and_as_it_was_typed(visit_plain, language, name, tag):
    path = begin(visit_plain)
    fill(visit_plain, path, "story", STORY | {"language": language, "language_name": name})

    assert newest().language == tag
    page = visit_plain(path + "story")
    assert page.has(f"option[value={language}][selected]")
    assert (page.value("language_name") or "").split() == name.split()


def test_another_language_must_be_named(visit):
    path = begin(visit)
    answer = fill(visit, path, "story", STORY | {"language": "other"})

    refused(answer, "language_name", "Enter the language, like Polish.")
    assert answer.value("text") == TEXT


def test_going_back_to_a_listed_language_forgets_the_other(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "story", STORY | {"language": "other", "language_name": "Klingon"})
    fill(visit_plain, path, "story", STORY | {"language": "cy", "language_name": "Klingon"})

    assert (newest().language, newest().answers["language_name"]) == ("cy", "")


@pytest.mark.parametrize("language", ["", "xx", "EN", "\0"])
def test_a_language_that_was_not_offered_is_refused(visit_plain, language):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"language": language})

    assert answer.status == 422
    assert answer.value("text") == TEXT


def test_other_people_in_it_are_noted(visit_plain):
    path = begin(visit_plain)
    fill(
        visit_plain, path, "story", STORY | {"others": "y", "others_note": "My sister. She knows."}
    )

    assert newest().others is True
    assert newest().answers["others_note"] == "My sister. She knows."
    fill(visit_plain, path, "story", STORY)
    assert newest().others is False


# A link, and a call


@pytest.mark.parametrize("typed", LINKS)
def test_a_link_is_kept_whole(visit_plain, typed):
    path = begin(visit_plain, "link")
    fill(visit_plain, path, "story", {"link": typed, "language": "en"})

    assert newest().answers["link"] == LINKS[typed]


@pytest.mark.parametrize("typed", BAD_LINKS)
def test_what_is_no_link_comes_back(visit_plain, typed):
    path = begin(visit_plain, "link")
    answer = fill(visit_plain, path, "story", STORY | {"link": typed})

    refused(answer, "link", "link")
    assert answer.value("text") == TEXT
    assert "link" not in newest().answers


def test_only_the_ways_that_need_them_ask_for_a_link_or_a_number(visit_plain):
    for way in Telling:
        page = visit_plain(begin(visit_plain, str(way)) + "story")
        assert page.has("[name=link]") is (way is Telling.LINK)
        assert page.has("[name=call_by]") is (way is Telling.CALL)
        assert page.has("[name=phone]") is (way is Telling.CALL)
        assert page.has("[name=text]")


@pytest.mark.parametrize("way", CALLS)
def test_a_call_is_asked_for_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain, "call")
    data = {"call_by": way, "call": "After 2pm", "language": "en"} | CALLS[way]
    answer = fill(visit_plain, path, "story", data)

    story = newest()
    assert answer.heading == "Pictures, sound or film"
    assert (story.answers["call_by"], story.answers["call"]) == (way, "After 2pm")
    assert [story.phone or story.email] == list(CALLS[way].values())


@pytest.mark.parametrize("way", CALLS)
def test_a_call_without_what_it_needs_comes_back(visit, way):
    path = begin(visit, "call")
    answer = fill(visit, path, "story", {"call_by": way, "call": "After 2pm", "language": "en"})

    (field,) = CALLS[way]
    refused(answer, field, "Enter ")
    assert answer.value("call") == "After 2pm"


def test_the_story_step_takes_no_contact_away(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "you", YOU | {"phone": "0161 496 0000"})
    fill(visit_plain, path, "story", STORY)

    assert (newest().email, newest().phone) == ("ada@example.org", "0161 496 0000")


# About you


@pytest.mark.parametrize("way", REACHED)
def test_each_way_to_reach_somebody_is_kept_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "you", {"reply_by": way} | REACHED[way][0])

    assert answer.heading == "What we may do with it"
    assert newest().answers["reply_by"] == way


@pytest.mark.parametrize("way", [way for way in REACHED if way != "web"])
def test_a_way_without_what_it_needs_comes_back(visit, way):
    path = begin(visit)
    _, field, words = REACHED[way]
    answer = fill(visit, path, "you", {"reply_by": way, "name": "Ada", "needs": "Big letters"})

    refused(answer, field, words)
    assert answer.value("name") == "Ada"
    assert answer.value("needs") == "Big letters"
    assert answer.has(f"[name=reply_by][value={way}][checked]")


def test_a_helper_is_reached_by_mail_or_phone(visit_plain):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "you", {"reply_by": "helper", "helper": "Bob Hope"})

    refused(answer, "helper", "Enter their email address or phone number too.")


def test_nothing_about_them_is_needed(visit_plain):
    path = begin(visit_plain)

    assert fill(visit_plain, path, "you", {}).heading == "What we may do with it"
    assert "your private link or your four words" in visit_plain(path + "you").text


@pytest.mark.parametrize("field", ["name", "helper", "guardian"])
@pytest.mark.parametrize("typed", ["n" * 201, "Ada\nBcc: x", "\u202eadA", "A\0da"])
def test_a_name_that_is_none_comes_back(visit_plain, field, typed):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "you", {field: typed, "needs": "Big letters"})

    refused(answer, field, "name")
    assert answer.value("needs") == "Big letters"


@pytest.mark.parametrize("name", ["reply_by", "under_18"])
@pytest.mark.parametrize("made_up", ["pigeon", "EMAIL", "\0", "18"])
def test_a_choice_that_was_not_offered_is_refused(visit_plain, name, made_up):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "you", {"name": "Ada", name: made_up})

    refused(answer, f"{name}-0", "Choose from the list.")
    assert answer.value("name") == "Ada"


def test_fields_about_the_person_say_so_to_the_browser(visit_plain):
    page = visit_plain(begin(visit_plain) + "you").page

    found = {f.attrs["name"]: f.attrs.get("autocomplete") for f in page.query("[autocomplete]")}
    assert found["name"] == "name"
    assert found["email"] == "email"
    assert found["phone"] == "tel"
    assert found["postal"] == "street-address"
    assert not page.query("[required]")


# All of them


@pytest.mark.parametrize("step", ["way", "story", "you", "consent"])
def test_a_form_without_the_marks_of_its_page_comes_back(visit, step):
    path = begin(visit)
    answer = visit.post(path + step, {"way": "call", "text": "Hello", "language": "en"})

    assert answer.status == 422
    assert "Your answers are still here. Send them again." in answer.text
    assert int(answer.value("seen")) == newest().version
    assert newest().telling is Telling.WRITE


@pytest.mark.parametrize("step", ["way", "story", "you", "consent"])
def test_two_answers_to_one_question_are_asked_again(visit_plain, step):
    path = begin(visit_plain)
    names = {"way": "way", "story": "title", "you": "name", "consent": "other_name"}
    answer = fill(visit_plain, path, step, {"language": "en", names[step]: ["call", "link"]})

    assert answer.status == 422
    assert "We got two answers to this. Give one." in answer.text


def test_checking_takes_no_form(visit_plain):
    assert visit_plain.post(begin(visit_plain) + "check").status == 405
    assert visit_plain.post(begin(visit_plain) + "check/keep").status == 404
