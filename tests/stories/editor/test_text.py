"""An editor writes a text: sees it, checks each change, says why, and saves it."""

import pytest

from portal.extensions import db
from portal.stories import shaping
from portal.stories.content import STORY_LONGEST
from portal.stories.models import Revision
from portal.stories.states import StoryState
from portal.stories.telling import services as telling_services
from portal.words import day
from tests.stories import TEXT, a_draft, a_story, an_editor, content, edited, fresh, published
from tests.stories.desk import WHY, newest, path, texts, typed, with_file, words_of, write
from tests.stories.media import a_picture
from tests.stories.storyteller import url_of

FREE = TEXT.replace("light", "free")
CHANGE = "We changed “light” to “free”."


def whys(page):
    """The names of the fields for a reason, by the change that they are for."""
    labels = [(one.to_text(separator=""), one) for one in page.page.query(".changes label")]
    return {" ".join(text.partition(": ")[2].split()): one.attrs["for"] for text, one in labels}


def held(page, name="text"):
    return page.page.query(f"#{name}")[0].to_text(separator="").strip()


def preview(visit, story, **changes):
    return visit.post(path(story, "preview"), typed(visit, story) | {"do": "show"} | changes)


def test_text_as_it_was_makes_no_new_one(visit_plain):
    story = a_story()

    assert "Nothing was different" in write(visit_plain, story).text
    assert texts(story) == [TEXT]


def test_preview_shows_it_as_readers_would_see_it_and_keeps_nothing(visit):
    story = a_story()
    long_words = " ".join(["Rehabilitation equipment requires professional supervision"] * 9)
    page = preview(visit, story, text=f"## Now\n\n{FREE}\n\n{long_words}.")

    assert page.status == 200
    assert page.page.query(".read h3")[0].to_text() == "Now"
    assert "Advanced, LIX" in page.text
    assert CHANGE[:-1] in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert visit(path(story)).headers["Cache-Control"] == "private, no-store"
    assert db.session.scalar(db.select(db.func.count(Revision.id))) == 1
    if visit.htmx:
        assert page.has("section#preview")
        assert not page.has("form")
    else:
        assert held(page).startswith("## Now")


def test_anything_can_be_looked_at_and_nothing_in_it_runs(visit_plain):
    story = a_story()
    for text, says in (
        ("<script>alert(1)</script> [x](javascript:alert(1))", "<script>alert(1)</script>"),
        ("", "There is no text yet."),
        ("I swim. " * (STORY_LONGEST // 8 + 1), "200,000 letters or fewer. It has 200,007"),
    ):
        page = preview(visit_plain, story, text=text, title="", language="??")
        assert page.status == 200
        assert says in page.text
        assert not page.has(".read script, .read a")


def test_check_lists_each_change_and_saves_nothing(visit_plain):
    story, changes = a_story(), {"summary": "A pool, and me.", "topics": ["water"]}
    page = write(visit_plain, story, do="check", text=FREE, **changes)

    assert page.heading == "Check the changes"
    added = ["We added the summary “A pool, and me”.", "We added the topic “In the water”."]
    assert list(whys(page)) == [*added, CHANGE]
    assert page.has("del")
    assert page.has("ins")
    assert texts(story) == [TEXT]


def test_check_page_saves_all_that_was_typed_with_its_reasons(visit):
    story = a_story()
    changes = {"title": "Água", "text": f"{FREE}\n\nA “quote” & <b>", "language": "Welsh"}
    page = write(visit, story, do="check", **changes)
    form = page.page.query("#check-form")[0]
    sent = {one.attrs["name"]: one.attrs.get("value") or "" for one in form.query("input")}
    sent |= {"do": "save", "reason": WHY, whys(page)[CHANGE]: " It says   more. "}
    page = visit.post(form.attrs["action"], sent)
    revision = newest(story)

    assert "The text is saved." in page.text
    assert (revision.number, revision.author.name, revision.reason) == (2, "Eda", WHY)
    assert (revision.title, revision.text) == (changes["title"], changes["text"])
    assert revision.language == "cy"
    assert revision.reasons == {"p1": "It says more."}
    assert fresh(story).state is StoryState.EDITING


def test_reason_that_is_missing_or_too_long_saves_nothing_and_loses_nothing(visit_plain):
    story, too_long = a_story(), "Each reason must have 1,000 letters or fewer."
    of_change = whys(write(visit_plain, story, do="check", text=FREE))[CHANGE]
    long = "x" * 1001
    for name, reason, says in (
        ("reason", " ", "Say why"),
        ("reason", long, too_long),
        (of_change, long, too_long),
    ):
        page = write(visit_plain, story, text=FREE, **{name: reason})
        assert (page.status, page.heading) == (422, "Check the changes")
        assert says in page.text
        assert page.has(".problem a[href='#reason']")
        assert page.value("text") == FREE
        assert reason.strip() in page.response.text
    assert texts(story) == [TEXT]


def test_reasons_stay_with_their_changes_on_the_way_back_and_in_the_next_text(visit_plain):
    visit, story = visit_plain, a_story()
    why = {whys(write(visit, story, do="check", text=FREE))[CHANGE]: "It says more."}
    (name,) = why
    page = write(visit, story, do="edit", text=FREE, **why)
    assert (page.status, held(page)) == (200, FREE)
    assert (page.value("reason"), page.value(name)) == (WHY, why[name])
    assert page.has("h2[autofocus]")

    page = write(visit, story, do="check", text=f"Now.\n\n{FREE}", **why)
    fields = {one.attrs["name"]: one.attrs["value"] for one in page.page.query(".changes input")}
    assert [*fields.values()] == ["", "It says more."]
    assert whys(page)[CHANGE] == [*fields][1]

    write(visit, story, text=FREE, **why)
    sent = typed(visit, story, text=f"Now.\n\n{FREE}")
    assert (sent["reason"], sent[name]) == (WHY, why[name])
    visit.post(path(story, "text"), sent | {"do": "save"})
    assert newest(story).reasons == {"p2": "It says more."}


def test_two_changes_that_are_alike_have_a_reason_each(visit_plain):
    story = a_story(text="I swim.\n\nBye.\n\nI swim.")
    page = write(visit_plain, story, do="check", text="I run.\n\nBye.\n\nI run.")

    assert len({one.attrs["for"] for one in page.page.query(".changes label")}) == 2


def test_what_the_storyteller_wrote_is_what_the_next_text_is_compared_with(visit_plain):
    story = a_story()
    write(visit_plain, story, text=FREE)
    shaping.revise(story, None, content(story, text=f"{FREE}\n\nAnd warm."), 2)
    page = write(visit_plain, story, do="check", text=f"{FREE}\n\nAnd warm!")

    assert typed(visit_plain, story)["reason"] == ""
    assert "the storyteller\u2019s own text, text 3" in page.text
    assert len(whys(page)) == 1


@pytest.mark.parametrize("do", ["check", "save"])
@pytest.mark.parametrize("who", ["the storyteller", "Ben"])
def test_text_over_one_that_somebody_wrote_meanwhile_shows_both(visit, do, who):
    story = a_story()
    sent = typed(visit, story, text=FREE, summary="Mine", topics=["water"]) | {"reason": WHY}
    author, why = (an_editor(who), "Clearer") if who == "Ben" else (None, "")
    shaping.revise(story, author, content(story, text=f"{TEXT}\n\nI wrote this."), 1, why)
    page = visit.post(path(story, "text"), sent | {"do": do})

    assert page.status == 409
    assert page.heading == "The story has changed"
    assert f"Text 2, by {who}" in page.text
    assert why in page.text
    assert "We added “I wrote this”" in page.text
    assert (held(page), held(page, "summary")) == (FREE, "Mine")
    assert page.has("input[name=topics][value=water][checked]")
    assert page.value("reason") == WHY
    assert len(texts(story)) == 2
    # Going on from there is no conflict any more, and lists what it would take out of theirs.
    page = visit.post(path(story, "text"), sent | {"seen": page.value("seen"), "do": "check"})
    assert page.heading == "Check the changes"
    assert ("We took out “I wrote this”." in page.text) is (who != "Ben")


def test_form_that_does_not_say_what_it_saw_saves_nothing_and_loses_nothing(visit_plain):
    story = a_story()
    for seen in ("", "x", "-1", "9" * 30, "²"):
        page = write(visit_plain, story, text=FREE, seen=seen)
        assert (page.status, held(page), page.value("seen")) == (409, FREE, "1")
    assert texts(story) == [TEXT]


def test_first_text_of_a_story_that_was_told_on_the_phone_needs_only_a_reason(visit_plain):
    story = a_story(telling="call", title="", text="", answers={"call_by": "phone", "call": "Soon"})
    first = {"title": "My hill", "text": "I went up."}
    checked = write(visit_plain, story, do="check", **first)
    assert "This is the first text of the story." in checked.text

    assert "Ask the storyteller" in write(visit_plain, story, **first).text
    assert newest(story).title == "My hill"


def test_pictures_can_be_put_in_order_described_and_left_out(visit_plain):
    visit, story = visit_plain, a_draft()
    pool = with_file(story, "pool.png", alt="A pool").key
    hill = with_file(story, "hill.png", a_picture(colour=(1, 2, 3)), alt="A hill\nin fog").key
    telling_services.submit(story)
    nowhere = {f"place-{pool}": "7"}
    assert write(visit, story, do="check", **nowhere).status == 422
    assert preview(visit, story, **nowhere).status == 200

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


def test_longest_text_in_any_script_can_be_saved(visit_plain):
    story = a_story()
    long = ("水" * 99 + "。") * (STORY_LONGEST // 100)
    write(visit_plain, story, text=long)

    assert newest(story).text == long


def test_a_yes_that_ended_is_said_and_the_editor_knows_before(visit_plain):
    url = url_of(story := published())
    ends = "If you save another text, that yes ends. Readers go on seeing text 1."
    assert ends in visit_plain(path(story)).text
    assert ends in write(visit_plain, story, do="check", text="New.").text
    edited(story)

    page = visit_plain(url)
    said = f"You said yes on {day(story.approvals[0].at)}. The text has changed since."
    assert said in words_of(page, ".turn")
    assert "So we ask you again." in words_of(page, "#yes")
