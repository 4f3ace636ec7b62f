"""An editor writes a text: sees it, checks each change, says why, and saves it."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.stories import shaping, withdrawal
from portal.stories import texts as stories_texts
from portal.stories.content import STORY_LONGEST
from portal.stories.models import Revision
from portal.stories.states import StoryState
from portal.stories.telling import services as telling_services
from tests.stories import TEXT, a_draft, a_story, an_editor, approved, content, fresh, published
from tests.stories.desk import WHY, newest, path, texts, typed, with_file, write
from tests.stories.media import a_picture
from tests.team import sign_in

FREE = TEXT.replace("light", "free")


@pytest.fixture(autouse=True)
def eda(app, visit):
    """The visitor, signed in as an editor."""
    return sign_in(visit, app, name="Eda")


def whys(page):
    """The names of the fields for a reason, by the change that they are for."""
    return {
        " ".join(one.to_text(separator="").partition(": ")[2].split()): one.attrs["for"]
        for one in page.page.query(".changes label")
    }


def preview(visit, story, **changes):
    return visit.post(path(story, "preview"), typed(visit, story) | {"do": "show"} | changes)


def test_form_as_it_is_says_what_the_newest_text_says(visit):
    story = a_story()
    sent = typed(visit, story)

    assert (sent["title"], sent["text"]) == ("How I found the water", TEXT)
    assert (sent["language"], sent["seen"], sent["reason"]) == ("en", "1", "")


def test_preview_shows_it_as_readers_would_see_it_and_keeps_nothing(visit):
    story = a_story()
    long_words = " ".join(["Rehabilitation equipment requires professional supervision"] * 9)
    page = preview(visit, story, text=f"## Now\n\n{FREE}\n\n{long_words}.")

    assert page.status == 200
    shown = page.page.query(".read")[0]
    assert shown.query("h3")[0].to_text() == "Now"
    assert "Advanced, LIX" in page.text
    assert "We changed “light” to “free”" in page.text
    assert texts(story) == [TEXT]
    if visit.htmx:
        assert page.has("section#preview")
        assert not page.has("form")
    else:
        assert page.page.query("#text")[0].to_text(separator="").strip().startswith("## Now")


def test_nothing_that_is_typed_can_run_in_the_preview(visit):
    page = preview(visit, a_story(), text="<script>alert(1)</script> [x](javascript:alert(1))")

    assert not page.has(".read script, .read a")
    assert "<script>alert(1)</script>" in page.text


def test_half_a_text_can_be_looked_at(visit):
    page = preview(visit, a_story(), title="", text="", language="??")

    assert page.status == 200
    assert "There is no text yet." in page.text


def test_far_too_long_a_text_is_not_drawn_and_says_so(visit):
    story = a_story()
    long = "I swim. " * (STORY_LONGEST // 8 + 1)

    assert (
        "must have 200,000 letters or fewer. It has 200,007"
        in preview(visit, story, text=long).text
    )


def test_check_lists_each_change_and_saves_nothing(visit):
    story = a_story()
    page = write(visit, story, do="check", text=FREE, summary="A pool, and me.", topics=["water"])

    assert page.heading == "Check the changes"
    assert list(whys(page)) == [
        "We added the summary “A pool, and me”.",
        "We added the topic “In the water”.",
        "We changed “light” to “free”.",
    ]
    assert page.has("del")
    assert page.has("ins")
    assert texts(story) == [TEXT]


def test_saved_text_has_the_reason_and_those_for_single_changes(visit):
    story = a_story()
    page = write(visit, story, do="check", text=FREE, summary="A pool.", reason="")
    name = whys(page)["We changed “light” to “free”."]
    page = write(visit, story, text=FREE, summary="A pool.", **{name: " It says   more. "})
    revision = newest(story)

    assert "The text is saved." in page.text
    assert (revision.number, revision.author.name, revision.reason) == (2, "Eda", WHY)
    assert (revision.text, revision.summary) == (FREE, "A pool.")
    assert revision.reasons == {"p1": "It says more."}
    assert fresh(story).state is StoryState.EDITING


def test_check_page_itself_carries_all_that_was_typed(visit):
    story = a_story()
    page = write(visit, story, do="check", text=f"{FREE}\n\nA “quote” & <b>", title="Água")
    form = page.page.query("#check-form")[0]
    sent = {one.attrs["name"]: one.attrs.get("value") or "" for one in form.query("input")}
    page = visit.post(form.attrs["action"], sent | {"do": "save", "reason": WHY})

    assert "The text is saved." in page.text
    assert (newest(story).text, newest(story).title) == (f"{FREE}\n\nA “quote” & <b>", "Água")


def test_reason_for_the_whole_is_asked_for(visit):
    story = a_story()
    page = write(visit, story, text=FREE, reason=" ")

    assert page.status == 422
    assert page.heading == "Check the changes"
    assert page.has(".problem a[href='#reason']")
    assert page.page.query("input[name=text]")[0].attrs["value"] == FREE
    assert texts(story) == [TEXT]


@pytest.mark.parametrize("where", ["reason", "why"])
def test_reason_that_is_too_long_comes_back_whole(visit, where):
    story = a_story()
    page = write(visit, story, do="check", text=FREE)
    name = "reason" if where == "reason" else whys(page)["We changed “light” to “free”."]
    page = write(visit, story, text=FREE, **{name: "x" * 1001})

    assert page.status == 422
    assert "Each reason must have 1,000 letters or fewer." in page.text
    assert "x" * 1001 in page.response.text
    assert texts(story) == [TEXT]


def test_going_back_to_change_more_keeps_text_and_reasons(visit):
    story = a_story()
    page = write(visit, story, do="check", text=FREE)
    name = whys(page)["We changed “light” to “free”."]
    page = write(visit, story, do="edit", text=FREE, **{name: "It says more."})

    assert page.status == 200
    assert page.page.query("#text")[0].to_text(separator="").strip() == FREE
    assert page.value("reason") == WHY
    assert page.value(name) == "It says more."
    assert page.has("h2[autofocus]")


def test_reason_stays_with_its_change_when_another_comes_before_it(visit):
    story = a_story()
    page = write(visit, story, do="check", text=FREE)
    name = whys(page)["We changed “light” to “free”."]
    page = write(visit, story, do="check", text=f"Now.\n\n{FREE}", **{name: "It says more."})
    fields = {one.attrs["name"]: one.attrs["value"] for one in page.page.query(".changes input")}

    assert [*fields.values()] == ["", "It says more."]
    assert whys(page)["We changed “light” to “free”."] == [*fields][1]


def test_next_text_of_an_editor_starts_with_the_reasons_that_still_stand(visit):
    story = a_story()
    page = write(visit, story, do="check", text=FREE)
    name = whys(page)["We changed “light” to “free”."]
    write(visit, story, text=FREE, **{name: "It says more."})
    sent = typed(visit, story, text=f"Now.\n\n{FREE}")

    assert sent["reason"] == WHY
    assert sent[name] == "It says more."
    visit.post(path(story, "text"), sent | {"do": "save"})
    assert newest(story).reasons == {"p2": "It says more."}


def test_what_the_storyteller_wrote_is_what_the_next_text_is_compared_with(visit):
    story = a_story()
    write(visit, story, text=FREE)
    shaping.revise(story, None, content(story, text=f"{FREE}\n\nAnd warm."), 2)
    page = write(visit, story, do="check", text=f"{FREE}\n\nAnd warm!")

    assert typed(visit, story)["reason"] == ""
    assert "the storyteller\u2019s own text, text 3" in page.text
    assert len(whys(page)) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", " ", "Give the story a title."),
        ("title", "x" * 151, "The title must have 150 letters or fewer."),
        ("title", "a\u202eb", "The title has hidden marks in it."),
        ("summary", "x" * 501, "The summary must have 500 letters or fewer."),
        ("text", " \n ", "Write the text."),
        ("text", "x" * 200_001, "must have 200,000 letters or fewer"),
        ("language", "what??", "Enter a language, such as Welsh"),
        ("language", "", "Enter a language, such as Welsh"),
    ],
)
def test_what_cannot_be_used_comes_back_with_all_that_was_typed(visit, field, value, says):
    story = a_story()
    page = write(visit, story, do="check", **{"summary": "Typed", field: value})

    assert page.status == 422
    assert says in page.text
    assert page.has(f".problem a[href='#{field}']")
    if field != "summary":
        assert "Typed" in page.page.query("#summary")[0].to_text()
    if field == "text" and value.strip():
        assert len(page.page.query("#text")[0].to_text(separator="").strip()) == 200_001
    assert texts(story) == [TEXT]


def test_topic_that_we_do_not_have_is_refused(visit):
    story = a_story()

    assert write(visit, story, do="check", topics=["cooking"]).status == 422


@pytest.mark.parametrize(
    ("said", "tag"), [("Welsh", "cy"), ("AR", "ar"), ("zh-hant", "zh-Hant"), ("und", "und")]
)
def test_language_is_taken_by_name_or_code(visit, said, tag):
    story = a_story()
    write(visit, story, language=said)

    assert newest(story).language == tag


def test_text_as_it_was_makes_no_new_one(visit):
    story = a_story()
    page = write(visit, story)

    assert "Nothing was different" in page.text
    assert texts(story) == [TEXT]


@pytest.mark.parametrize("do", ["check", "save"])
def test_text_over_one_that_the_storyteller_wrote_meanwhile_shows_both(visit, do):
    story = a_story()
    sent = typed(visit, story, text=FREE, summary="Mine", topics=["water"])
    shaping.revise(story, None, content(story, text=f"{TEXT}\n\nI wrote this."), 1)
    page = visit.post(path(story, "text"), sent | {"do": do, "reason": WHY})

    assert page.status == 409
    assert page.heading == "The story has changed"
    assert "Text 2, by the storyteller" in page.text
    assert "We added “I wrote this”" in page.text
    assert page.page.query("#text")[0].to_text(separator="").strip() == FREE
    assert page.page.query("#summary")[0].to_text().strip() == "Mine"
    assert page.has("input[name=topics][value=water][checked]")
    assert page.value("reason") == WHY
    assert len(texts(story)) == 2
    # Going on from there is no conflict any more, and lists what it would take out.
    sent["seen"] = page.value("seen")
    page = visit.post(path(story, "text"), sent | {"do": "check"})
    assert "We took out “I wrote this”." in page.text


def test_two_editors_lose_neither_text(app, visit):
    story = a_story()
    sent = typed(visit, story, text=FREE)
    shaping.revise(story, an_editor("Ben"), content(story, title="Bens"), 1, "Clearer")
    page = visit.post(path(story, "text"), sent | {"do": "save", "reason": WHY})

    assert page.status == 409
    assert "Text 2, by Ben" in page.text
    assert "Clearer" in page.text


def test_what_was_typed_is_not_lost_when_the_story_is_taken_back_meanwhile(visit):
    story = published()
    sent = typed(visit, story, text=f"{FREE}\n\nHours of work.")
    withdrawal.withdraw(story, keep_files=False)
    page = visit.post(path(story, "text"), sent | {"do": "save", "reason": WHY})

    assert page.status == 409
    assert "This story was taken back." in page.text
    assert "Hours of work." in page.text
    assert not page.has("main form")


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "²"])
def test_form_that_does_not_say_what_it_saw_saves_nothing_and_loses_nothing(visit, seen):
    story = a_story()
    page = write(visit, story, text=FREE, seen=seen)

    assert page.status == 409
    assert page.page.query("#text")[0].to_text(separator="").strip() == FREE
    assert page.value("seen") == "1"
    assert texts(story) == [TEXT]


def test_approved_text_that_is_changed_needs_a_new_yes(visit):
    story = approved()
    write(visit, story, text=f"{FREE}\n\nOne word more.")

    assert fresh(story).state is StoryState.EDITING
    assert stories_texts.valid_approval(story) is None


def test_first_text_of_a_story_that_was_told_on_the_phone_needs_only_a_reason(visit):
    story = a_story(telling="call", title="", text="", answers={"call_by": "phone", "call": "Soon"})
    page = write(visit, story, do="check", title="My hill", text="I went up.")
    assert "This is the first text of the story." in page.text
    page = write(visit, story, title="My hill", text="I went up.")

    assert newest(story).title == "My hill"
    assert "Ask the storyteller" in page.text


@pytest.fixture
def pictured():
    """A story with two pictures."""
    draft = a_draft()
    one = with_file(draft, "pool.png", alt="A pool")
    two = with_file(draft, "hill.png", a_picture(colour=(1, 2, 3)), alt="A hill\nin fog")
    telling_services.submit(draft)
    return draft, one.key, two.key


def test_pictures_can_be_put_in_order_described_and_left_out(visit, pictured):
    story, pool, hill = pictured
    sent = {f"place-{pool}": "2", f"place-{hill}": "1", f"alt-{pool}": "A warm pool"}
    page = write(visit, story, do="check", **sent)
    assert "We put the pictures in another order." in page.text
    write(visit, story, **sent)
    shown = [(one["file"], one["alt"]) for one in newest(story).pictures]
    assert shown == [(hill, "A hill\nin fog"), (pool, "A warm pool")]

    write(visit, story, **{f"place-{hill}": "out"})
    assert [one["file"] for one in newest(story).pictures] == [pool]
    again = typed(visit, story)
    assert (again[f"place-{pool}"], again[f"place-{hill}"]) == ("1", "out")


def test_place_that_is_none_is_refused(visit, pictured):
    story, pool, _ = pictured

    assert write(visit, story, do="check", **{f"place-{pool}": "7"}).status == 422
    assert preview(visit, story, **{f"place-{pool}": "7"}).status == 200


def test_longest_text_in_any_script_can_be_saved(visit):
    story = a_story()
    long = ("水" * 99 + "。") * (STORY_LONGEST // 100)
    write(visit, story, text=long)

    assert newest(story).text == long


def test_nothing_typed_is_kept_by_a_browser(visit):
    story = a_story()

    assert preview(visit, story).headers["Cache-Control"] == "no-store"
    assert visit(path(story)).headers["Cache-Control"] == "no-store"
    assert db.session.scalar(db.select(db.func.count(Revision.id))) == 1
