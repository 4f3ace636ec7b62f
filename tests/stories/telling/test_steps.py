"""Each step of telling: what it takes, what it gives back, and what is kept of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.forms import tidy
from portal.stories.content import STORY_LONGEST
from portal.stories.states import Telling
from tests.stories import ADA, a_draft
from tests.stories.telling.steps import (
    CONSENT,
    STORY,
    TEXT,
    YOU,
    begin,
    draft_path,
    fill,
    newest,
    refused,
)

TITLES = {
    "Arabic": "كيف وجدت الماء",
    "Welsh": "Sut y dois o hyd i'r dŵr",
    "emoji": "🏊🏽‍♀️ Water 💛",
    "Hebrew": "איך מצאתי את המים",
    "long": "w" * 150,
}
TEXTS = {
    **{text: text for text in ("", "x", "💚", "' OR 1=1;--", "<b>", "[]")},
    "\0": "\ufffd",
    "\u202e": "\u202e",
    "\r\n One\r\nTwo\x07 \r\n\r\n": "One\nTwo",
    "w" * STORY_LONGEST: "w" * STORY_LONGEST,
}
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
# Text as a browser can send it: no halves of characters.
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
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
    "helper": ({"helper": "Bob", "phone": PHONE}, "helper", "Enter the name of who helps you."),
}


# The story


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_title_in_any_script_is_kept_whole(visit_plain, title):
    path = begin(visit_plain)
    fill(visit_plain, path, "story", STORY | {"title": title})

    assert newest().title == title
    page = visit_plain(path + "story")
    assert page.value("title") == title
    assert page.has("[name=title][dir=auto]")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_a_text_may_be_as_short_or_long_as_it_is_without_what_is_no_writing(visit_plain, text):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"text": text})

    assert answer.heading == "Pictures, sound or film"
    assert newest().text == TEXTS[text]


@pytest.mark.parametrize("text", ["ش" * 500_000, "🏊" * 300_000], ids=["Arabic", "emoji"])
def test_a_megabyte_in_any_script_is_refused_and_kept_on_the_page(visit, text):
    path = begin(visit)
    answer = fill(visit, path, "story", STORY | {"text": text})

    refused(answer, "text", f"must have 200,000 letters or fewer. It has {len(text):,}.")
    assert answer.value("text") == text
    assert answer.value("title") == STORY["title"]
    assert newest().text == ""


@pytest.mark.parametrize(
    ("language", "name", "tag"),
    [
        ("en", "", "en"),
        ("bfi", "", "bfi"),
        ("other", "Polish", "pl"),
        ("other", " scottish  gaelic", "gd"),
        ("other", "pt-br", "pt-BR"),
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


def test_another_language_must_be_named_and_a_listed_one_forgets_it(visit_plain):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "story", STORY | {"language": "other"})
    refused(answer, "language_name", "Enter the language, like Polish.")

    for language in ("other", "cy"):
        typed = {"language": language, "language_name": "Klingon"}
        fill(visit_plain, path, "story", STORY | typed)

    assert (newest().language, newest().answers["language_name"]) == ("cy", "")


def test_other_people_in_it_are_noted(visit_plain):
    path = begin(visit_plain)
    typed = STORY | {"others": "y", "others_note": "My sister. She knows."}
    fill(visit_plain, path, "story", typed)

    assert newest().others is True
    assert newest().answers["others_note"] == "My sister. She knows."
    fill(visit_plain, path, "story", STORY)
    assert newest().others is False


@given(title=ANYTHING, text=ANYTHING, note=ANYTHING)
def test_any_words_are_taken_whole_or_come_back(visit_plain, title, text, note):
    path = draft_path(a_draft())
    typed = {"title": title, "text": text, "others_note": note}
    answer = fill(visit_plain, path, "story", STORY | typed)

    if answer.status == 422:
        assert answer.has("#title-error")
        assert answer.page.query("textarea[name=text]")
    else:
        story = newest()
        assert story.text == tidy(text.replace("\0", "\ufffd"))
        assert visit_plain(path + "check").status == 200


# A link, and a call


def test_a_link_is_kept_whole(visit_plain):
    path = begin(visit_plain, "link")
    for typed, kept in LINKS.items():
        fill(visit_plain, path, "story", {"link": typed, "language": "en"})
        assert newest().answers["link"] == kept


def test_what_is_no_link_comes_back(visit_plain):
    path = begin(visit_plain, "link")
    for typed in BAD_LINKS:
        answer = fill(visit_plain, path, "story", STORY | {"link": typed})
        refused(answer, "link", "link")
        assert answer.value("text") == TEXT
    assert "link" not in newest().answers


@pytest.mark.parametrize("way", CALLS)
def test_a_call_is_asked_for_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain, "call")
    data = {"call_by": way, "call": "After 2pm", "language": "en"}
    answer = fill(visit_plain, path, "story", data)
    (field,) = CALLS[way]
    refused(answer, field, "Enter ")
    assert answer.value("call") == "After 2pm"

    answer = fill(visit_plain, path, "story", data | CALLS[way])
    story = newest()
    assert answer.heading == "Pictures, sound or film"
    assert (story.answers["call_by"], story.answers["call"]) == (way, "After 2pm")
    assert [story.phone or story.email] == list(CALLS[way].values())


def test_no_step_takes_away_what_another_took(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "you", YOU | {"phone": PHONE})
    fill(visit_plain, path, "story", STORY)
    fill(visit_plain, path, "consent", {"name_shown": "none", "name": ""})

    story = newest()
    assert (story.name, story.email, story.phone) == ("Ada Lovelace", ADA, PHONE)


# About you


@pytest.mark.parametrize("way", REACHED)
def test_a_way_to_reach_somebody_is_kept_with_what_it_needs(visit_plain, way):
    path = begin(visit_plain)
    details, field, words = REACHED[way]
    typed = {"reply_by": way, "name": "Ada", "needs": "Big letters"}
    answer = fill(visit_plain, path, "you", typed)
    refused(answer, field, words)
    assert answer.value("name") == "Ada"
    assert answer.value("needs") == "Big letters"
    assert answer.has(f"[name=reply_by][value={way}][checked]")

    if way == "helper":
        answer = fill(visit_plain, path, "you", typed | {"helper": "Bob"})
        refused(answer, "helper", "Enter their email address or phone number too.")
    answer = fill(visit_plain, path, "you", typed | details)
    assert answer.heading == "What we may do with it"
    assert newest().answers["reply_by"] == way


def test_nothing_about_them_is_needed(visit_plain):
    path = begin(visit_plain)

    for typed in ({}, {"reply_by": "web"}):
        assert fill(visit_plain, path, "you", typed).heading == "What we may do with it"
    assert "your private link or your four words" in visit_plain(path + "you").text


def test_fields_about_the_person_say_so_to_the_browser(visit_plain):
    page = visit_plain(begin(visit_plain) + "you").page

    found = {f.attrs["name"]: f.attrs.get("autocomplete") for f in page.query("[autocomplete]")}
    assert (found["name"], found["email"]) == ("name", "email")
    assert (found["phone"], found["postal"]) == ("tel", "street-address")
    assert not page.query("[required]")


# What we may do with it


def allowed():
    """What was ticked, of all that was asked."""
    said = newest().answers["consents"]
    assert len(said) == 8
    return {key for key, word in said.items() if word == "yes"}


def test_nothing_is_ticked_and_no_name_chosen_for_anybody(visit_plain):
    path = begin(visit_plain)
    page = visit_plain(path + "consent")

    assert not page.has("main form [checked]")
    assert len(page.page.query("[name=allow]")) == 8
    assert "You may publish my story on the Get Yourself Active site." in page.text
    fill(visit_plain, path, "consent", {"allow": ["publish"]})
    assert newest().answers["name_shown"] == ""


def test_each_thing_is_allowed_by_itself_until_it_is_no_longer_ticked(visit_plain):
    path = begin(visit_plain)
    for allow in (["publish", "press"], CONSENT["allow"], ["photo"]):
        fill(visit_plain, path, "consent", {"allow": allow, "name_shown": "none"})
        assert allowed() == set(allow)


@pytest.mark.parametrize(
    ("shown", "field", "words", "name"),
    [
        ("first", "name", "Enter your name, or choose another or none.", "Ada Lovelace"),
        ("full", "name", "Enter your name, or choose another or none.", "Ada Lovelace"),
        ("other", "other_name", "Enter the name that readers may see.", "The swimmer"),
    ],
)
def test_a_name_that_is_to_be_shown_must_be_known(visit_plain, shown, field, words, name):
    path = begin(visit_plain)
    typed = {"allow": ["publish"], "name_shown": shown, "name": ""}
    answer = fill(visit_plain, path, "consent", typed)

    refused(answer, field, words)
    assert answer.has("[name=allow][value=publish][checked]")
    fill(visit_plain, path, "consent", typed | {field: name})
    assert (newest().answers["other_name"] if shown == "other" else newest().name) == name


# All of them


@pytest.mark.parametrize("step", ["way", "story", "you", "consent"])
def test_a_form_without_the_marks_of_its_page_comes_back(visit_plain, step):
    path = begin(visit_plain)
    answer = visit_plain.post(path + step, {"way": "call", "text": "Hello", "language": "en"})

    assert answer.status == 422
    assert "Your answers are still here. Send them again." in answer.text
    assert int(answer.value("seen")) == newest().version
    assert newest().telling is Telling.WRITE


def test_checking_takes_no_form(visit_plain):
    path = begin(visit_plain)

    assert visit_plain.post(path + "check").status == 405
    assert visit_plain.post(path + "check/keep").status == 404
