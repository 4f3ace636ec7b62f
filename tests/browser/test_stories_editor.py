"""The story desk as the team meets it: with JavaScript and without, at any width, by keyboard."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import formats, shaping, withdrawal
from portal.stories.files import checking, receiving
from portal.stories.states import VersionKind
from portal.stories.telling import services as telling_services
from tests.browser.deeds import done, heading, is_about, press
from tests.browser.keyboard import Keyboard
from tests.stories import (
    ALL_YES,
    TEXT,
    a_draft,
    a_story,
    an_editor,
    approved,
    content,
    edited,
    handed_over,
    published,
)
from tests.stories.media import a_picture, a_sound

FREE = TEXT.replace("light", "free")
LATER = 15_000  # milliseconds until the page asks what is new
LONG = "supercalifragilistic" * 12


@pytest.fixture
def desk(app):
    """Makes a story as `make` does; returns its number and the path of its desk."""

    def make_one(make=a_story, **changes):
        story = make(**changes)
        made = story.id, f"/inbox/{story.conversation_id}/story"
        db.session.remove()
        return made

    return make_one


def full():
    """A story with everything on its desk."""
    told = {"reply_by": "email", "needs": "Large print", "helper": "Sam", "under_18": "yes"}
    told |= {"guardian_consent": "yes", "others_note": "My sister"}
    withheld = dict.fromkeys(("place", "condition", "photo"), "no")
    answers = ALL_YES | told | {"consents": ALL_YES["consents"] | withheld}
    maya = {"guardian_name": "Maya", "guardian_phone": "0161 496 0000"}
    story = a_draft(text=f"# My week\n\n{TEXT}\n\n> Come in!\n\n- {LONG}", others=True, **maya)
    telling_services.save(story, story.version, answers=answers)
    for name, data in (("pool.png", a_picture()), ("me.mp3", a_sound())):
        checking.now_or_soon([receiving.take(story.id, name, BytesIO(data))])
    telling_services.submit(story)
    editor = an_editor()
    text = content(story, text=f"# My week\n\n{FREE}\n\n- {LONG}", topics=("water",))
    shaping.revise(story, editor, text, 1, "Shorter", {"p1": "Why not"})
    formats.add_version(story, editor, VersionKind.EASY_READ, "Easy", "en", text="I swim.")
    return story


def withdrawn():
    story = published()
    withdrawal.withdraw(story, keep_files=False)
    return story


def withheld():
    """Public, with another text to publish; neither may say where they live."""
    story = approved(edited(newer_than_published(), text="I swim.").story)
    shaping.set_consents(story, {"place": (False, "")})
    return story


def newer_than_published():
    story = published(handed_over())
    edited(story, text=f"{TEXT}\n\nMore.")
    return story


def told_on_the_phone():
    answers = {"reply_by": "phone", "call_by": "phone", "call": "Mornings"}
    phone = "020 7946 0018"
    return a_story(telling="call", title="", text="", phone=phone, answers=ALL_YES | answers)


def is_live_preview(request):
    return request.url.endswith("/preview") and "do=" not in (request.post_data or "")


def type_text(page, text):
    page.get_by_label("Text", exact=True).fill(text)


def check_changes(page):
    press(page, "Check the changes")
    heading(page, "Check the changes")


def test_everyone_can_use_the_desk_in_every_state(open_desk, desk, check):
    page = open_desk("/inbox/keys")
    for make in (full, told_on_the_phone, approved, newer_than_published, withheld, withdrawn):
        _, path = desk(make)
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        check(page)
        page.goto(path.removesuffix("/story"))
        check(page)


def test_what_is_typed_is_shown_below_while_typing(open_desk, desk, now_is):
    story_id, path = desk()
    page = open_desk(path)
    page.get_by_label("Text", exact=True).press("Control+End")
    page.get_by_label("Text", exact=True).press_sequentially(" And proud.")
    preview = page.get_by_role("region", name="How it reads")

    expect(preview.locator(".read")).to_contain_text("I feel light. And proud.")
    expect(preview.get_by_text("We added “And proud”.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    assert len(now_is(story_id).revisions) == 1


def test_preview_on_request_is_led_to_without_a_script(open_desk, desk):
    _, path = desk()
    page = open_desk(path, js=False)
    type_text(page, FREE)
    press(page, "Show me how it reads")

    expect(page.locator(".read")).to_contain_text("I feel free.")
    expect(page.get_by_label("Text", exact=True)).to_have_value(FREE)
    expect(page.locator("#preview")).to_be_in_viewport()


def test_live_preview_that_comes_later_leaves_what_was_said(open_desk, desk):
    _, path = desk()
    page = open_desk(path)
    # What is typed is shown 0.7 s later, when the button has had its answer.
    with page.expect_response(lambda answer: is_live_preview(answer.request)):
        type_text(page, FREE)
        press(page, "Show me how it reads")

    expect(page.locator(".read")).to_contain_text("I feel free.")
    expect(page.locator("#status")).to_contain_text("1 change, 1 minute to read.")


def test_text_is_checked_with_a_reason_and_saved_by_keyboard(open_desk, desk, check, now_is, js):
    story_id, path = desk()
    page = open_desk(path, js=js)
    keyboard = Keyboard(page)
    keyboard.use("Title", "Control+A")
    keyboard.type("The water holds me")
    keyboard.use("Check the changes")
    is_about(page, "Check the changes")
    check(page)
    keyboard.use("Save the text")
    expect(page.get_by_text("Say why, for the storyteller.").first).to_be_visible()
    if js:
        expect(page.locator(".problem")).to_be_focused()
    check(page)
    keyboard.fill("Why, for the whole text", "It says what it is about.")
    keyboard.use("Save the text")
    done(page, "The text is saved.")

    newest = now_is(story_id).revisions[-1]
    assert (newest.title, newest.reason) == ("The water holds me", "It says what it is about.")


def test_what_the_storyteller_writes_meanwhile_is_told_and_neither_text_is_lost(
    open_desk, desk, now_is, forgive, check
):
    story_id, path = desk()
    page = open_desk(path, clock=True)
    type_text(page, FREE)
    story = now_is(story_id)
    shaping.revise(story, None, content(story, text=f"{TEXT}\n\nI wrote this."), 1)
    db.session.remove()
    page.clock.fast_forward(LATER)
    expect(page.locator("#story-news")).to_contain_text("The storyteller wrote text 2.")
    expect(page.locator("#status")).to_contain_text("The storyteller wrote text 2.")
    expect(page.get_by_label("Text", exact=True)).to_have_value(FREE)
    press(page, "Check the changes")

    heading(page, "The story has changed")
    expect(page.get_by_text("We added “I wrote this”.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(FREE)
    forgive("409")
    check(page)
    check_changes(page)
    expect(page.get_by_text("We took out “I wrote this”.", exact=True)).to_be_visible()


def test_who_else_has_it_open_is_said_and_opening_it_counts(open_desk, desk, now_is):
    story_id, path = desk()
    open_desk(path, "Ben")
    page = open_desk(path, "Ada")

    expect(page.locator("#presence")).to_contain_text("Ben has this open too")
    assert now_is(story_id).conversation.opened_at


def test_old_texts_can_be_read_and_sound_be_heard(open_desk, desk, check):
    _, path = desk(full)
    page = open_desk(path)
    page.get_by_role("link", name="Text 2", exact=True).click()
    check(page, "Text 2")
    page.get_by_role("link", name="Text 1", exact=True).click()

    expect(page.locator(".read")).to_contain_text("I feel light.")
    page.goto(path)
    player = page.locator("audio")  # the policy of the page lets the browser ask for it
    with page.expect_response(lambda answer: "/story/files/" in answer.url) as asked:
        player.evaluate("(audio) => { audio.preload = 'auto'; audio.load() }")
    assert asked.value.status in {200, 206}


def test_another_form_is_added_with_a_file_and_taken_away(open_desk, desk):
    _, path = desk()
    page = open_desk(path)
    page.get_by_text("Add another form").click()
    page.get_by_label("What it is").select_option("Sound")
    page.get_by_label("Its title").fill("Read aloud")
    file = {"name": "me.mp3", "mimeType": "audio/mpeg", "buffer": a_sound()}
    page.get_by_label("Or a file").set_input_files(file)
    press(page, "Add it")
    done(page, "It is added.")
    expect(page.get_by_role("button", name=re.compile("Save me.mp3"))).to_be_visible()
    press(page, "Take it away")
    done(page, "It is taken away.")
