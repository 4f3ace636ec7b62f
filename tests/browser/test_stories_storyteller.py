"""A story shaped by two people, as its storyteller does it: with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db, now
from portal.stories import formats, links, shaping, texts, withdrawal
from portal.stories.states import VersionKind
from portal.stories.storyteller.page import StorytellerPage
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.stories import a_story, an_editor, approved, content, handed_over, published
from tests.stories.media import a_picture
from tests.stories.much_changed import much_changed

OLD = (
    "I roll to the pool each week. It is a long way.\n\n"
    "The water holds me. I feel light.\n\n"
    "I go with Sam. We laugh a lot."
)
NEW = (
    "I roll to the pool each week. It is a long way.\n\n"
    "The water holds me. I feel free.\n\n"
    "I go with a friend. We laugh a lot."
)
LONG = "supercalifragilistic" * 12
FAR = f"https://example.org/{LONG}"
YES = "Yes, publish exactly this"
KEPT = ("Keep this change", "Undo it: go back to what it was", "In my own words")


@pytest.fixture
def tell(app):
    """Makes a story as `make` does; returns its number and the private link to it."""

    def tell(make=shaped):
        story = make()
        db.session.commit()
        made = story.id, links.storyteller_url(story)
        db.session.remove()
        return made

    return tell


def shaped():
    """A story with three changes by an editor, which waits for its storyteller."""
    story = a_story(text=OLD)
    story.conversation.opened_at = now()
    whys = {"title": "Readers choose by the title."}
    text = content(story, title="The water holds me", text=NEW)
    shaping.revise(story, an_editor(), text, 1, "It keeps a name to itself.", whys)
    shaping.hand_over(story, an_editor(), 2)
    return story


def change(page, words):
    """The change with these words in it."""
    return page.locator(".change").filter(has_text=words)


def opened(page, words):
    """The same, once it was opened."""
    found = change(page, words)
    found.locator("summary").click()
    return found


def asked_anew():
    """One whose yes ended, and who is asked about the newer text."""
    return handed_over(approved(shaped()), text=OLD)


def test_the_first_screen_says_what_to_do_and_the_page_stays_short(
    open_page, js, check, tell, now_is
):
    ended = open_page(tell(asked_anew)[1], js=js)
    expect(ended.locator(".turn")).to_contain_text("The text has changed since.")
    story_id, url = tell(much_changed)
    page = open_page(url, js=js)
    for one in (ended, page):
        one.set_viewport_size({"width": 320, "height": 700})
        turn = one.get_by_role("heading", name="It is your turn")
        for first in (turn, one.get_by_role("link", name="Read my story")):
            box = first.bounding_box()
            assert box["y"] + box["height"] < 700
    assert len(StorytellerPage(now_is(story_id)).changes) == 17
    db.session.remove()
    end = page.get_by_role("contentinfo").bounding_box()
    assert end["y"] < 10_600  # 20,700 when each change stood open
    check(page)


def test_no_answer_is_lost_by_a_quick_yes_or_by_an_editor_who_was_quicker(
    open_page, js, check, tell, now_is, forgive
):
    story_id, url = tell()
    story, editor = now_is(story_id), an_editor()
    swum, film = f"I **swim**.\n\n{LONG}", f"https://example.org/{LONG}"
    formats.add_version(story, editor, VersionKind.EASY_READ, LONG, "en", text=swum)
    formats.add_version(story, editor, VersionKind.BSL, "In BSL", "bfi", link=film)
    shaping.comment(story, LONG)
    db.session.remove()
    page = open_page(url, js=js)
    check(page)
    mine = opened(page, "free")
    mine.get_by_label(KEPT[2]).first.check()
    mine.get_by_role("textbox").fill("")
    check(page)
    press(page, "Save my choices")
    is_told(page)
    check(page)
    press(page, YES)
    is_told(page, "You have answers that are not saved yet.")
    expect(mine.get_by_label(KEPT[2]).first).to_be_checked()
    check(page)
    assert texts.valid_approval(now_is(story_id)) is None

    mine.get_by_role("textbox").fill("I feel like a fish.")
    story = now_is(story_id)
    newer = content(story, text=f"{NEW}\n\nA towel. {LONG}")
    shaping.revise(story, an_editor(), newer, 2, LONG)
    db.session.remove()
    press(page, "Save my choices")
    is_told(page, "Your answers were not saved.")
    is_told(page, "You wrote: I feel like a fish.")
    expect(page.locator(".sheet").first).to_contain_text("A towel.")
    forgive("409")
    check(page)
    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    check(page)
    press(page, YES)
    done(page, "You said yes")
    check(page)


def test_a_message_does_not_undo_what_was_chosen_for_this_text(open_page, tell, now_is):
    story_id, url = tell()
    page = open_page(url)
    opened(page, "title").get_by_label(KEPT[1]).check()
    story = now_is(story_id)
    shaping.revise(story, an_editor(), content(story, title="Another title"), 2, "Better.")
    db.session.remove()
    page.get_by_label("Write to us").fill("Hello")
    press(page, "Send")
    done(page, "Your message is saved.")
    expect(change(page, "Another title").get_by_label(KEPT[0])).to_be_checked()

    opened(page, "free").get_by_label(KEPT[2]).first.check()
    change(page, "free").get_by_role("textbox").fill("I feel like a fish.")
    page.get_by_label("Write to us").fill("May I keep this?")
    press(page, "Send")
    done(page, "Your message is saved.")
    expect(page.get_by_label("Write to us")).to_have_value("")
    expect(page.locator("#talk")).to_contain_text("May I keep this?")
    expect(change(page, "free").get_by_role("textbox")).to_be_visible()
    expect(change(page, "free").get_by_role("textbox")).to_have_value("I feel like a fish.")
    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    expect(page.locator(".sheet").first).to_contain_text("I feel like a fish.")


def test_the_whole_text_is_written_anew_whoever_was_quicker(
    open_page, check, tell, now_is, forgive
):
    story_id, url = tell()
    page = open_page(url)
    follow(page, "Write the whole text myself")
    check(page, "Write the text yourself")
    expect(page.get_by_label("Your story")).to_have_value(NEW)
    page.get_by_label("Title").fill("")
    press(page, "Save my text")
    is_told(page)
    check(page)
    page.get_by_label("Title").fill("I swim")
    page.get_by_label("Your story").fill(LONG)
    story = now_is(story_id)
    shaping.revise(story, an_editor(), content(story, text="A newer text."), 2, "Newer.")
    db.session.remove()
    press(page, "Save my text")
    is_told(page)
    expect(page.get_by_label("Your story")).to_have_value(LONG)
    expect(page.get_by_text("A newer text.")).to_be_visible()
    forgive("409")
    check(page)
    page.get_by_label("Your story").fill("I swim.\n\nThat is all.")
    press(page, "Save my text")
    done(page, "Your text is saved.")
    expect(page.locator(".sheet").first).to_contain_text("That is all.")
    page.reload()  # it is the address of the page, and not of the form
    heading(page, "Your story")


def test_a_call_is_asked_for_and_choices_are_changed(open_page, js, check, tell):
    _, url = tell()
    page = open_page(url, js=js)
    follow(page, "Ask us to call you")
    check(page, "Ask for a call")
    press(page, "Ask for a call")
    is_told(page)
    check(page)
    page.get_by_label("By text relay (Relay UK)").check()
    page.get_by_label("Phone number").fill("18001 0161 496 0000")
    press(page, "Ask for a call")
    done(page, "We know that you want a call.")

    follow(page, "Change what we may do")
    heading(page, "What we may do with your story")
    expect(page.get_by_label("The other name")).to_be_hidden()
    page.get_by_label("Another name").check()
    check(page)
    press(page, "Save my choices")
    is_told(page)
    check(page)
    page.get_by_label("The other name").fill("Captain Splash")
    press(page, "Save my choices")
    done(page, "Your choices are saved.")


def resting():
    story = handed_over()
    story.rested_at = now()
    return story


def asked_yearly():
    story = published()
    uses.add(story, Channel.SITE, f"The council read it. {LONG}", an_editor(), link=FAR)
    story.checks, story.unlisted_at = 2, now()
    return story


def declined():
    story = a_story(text=LONG)
    shaping.decline(story, an_editor(), f"It names somebody. {LONG}")
    return story


def newer_than_published():
    story = published()
    shaping.revise(story, an_editor(), content(story, text=NEW), 1, "Newer.")
    shaping.hand_over(story, an_editor(), 2)
    return story


def withdrawn():
    story = asked_yearly()
    withdrawal.withdraw(story, keep_files=False)
    return story


def test_every_other_state(open_page, check, tell, forgive):
    page = open_page("/stories/")
    for make in (
        *(resting, asked_yearly, declined, newer_than_published, withdrawn),
        lambda: a_story(title="", text="قصتي في الماء", language="ar"),
        lambda: approved(a_story(answers={"name_shown": "none", "consents": {}})),
    ):
        _, url = tell(make)
        page.goto(url)
        check(page)
    page.goto(f"{url}/stop")
    check(page)
    press(page, "Stop this link")
    check(page, "Your link is stopped")
    page.goto(url)
    check(page, "This link does not work")
    forgive("404")


def test_a_picture_is_added_and_belongs_to_the_text_and_ends_the_yes(
    open_page, js, check, tell, now_is
):
    story_id, url = tell(lambda: approved(shaped()))
    page = open_page(url, js=js)
    expect(page.locator("#yes")).to_contain_text("You said yes to exactly this text")
    page.get_by_label("Write to us").fill("A picture comes")
    file = {"name": "pool.png", "mimeType": "image/png", "buffer": a_picture(size=(900, 600))}
    page.get_by_label("Choose files").set_input_files(file)
    press(page, "Add these files")
    expect(page.locator(".file img")).to_be_visible()
    expect(page.locator(".turn")).to_contain_text("The text has changed since.")
    expect(page.locator("#yes")).to_contain_text("So we ask you again.")
    expect(page.locator(".sheet figure")).to_contain_text("It has no words yet")
    if js:
        press(page, "Send")
        done(page, "Your message is saved.")
        expect(page.locator(".file", has_text="pool.png")).to_be_visible()
    page.get_by_label("What does the picture show?").fill("I am in the pool.")
    page.get_by_role("button", name=re.compile("Save the words")).click()
    expect(page.get_by_text("It has words.")).to_be_visible()
    expect(page.locator(".sheet").get_by_alt_text("I am in the pool.")).to_be_visible()
    assert now_is(story_id).revisions[-1].number > 3
    db.session.remove()
    check(page)


def test_what_comes_by_itself_takes_no_error_away(open_page, tell):
    _, url = tell(shaped)
    page = open_page(url)
    press(page, "Send")
    problem = page.get_by_role("heading", name="There is a problem")
    expect(problem).to_be_visible()
    file = {"name": "pool.png", "mimeType": "image/png", "buffer": a_picture(size=(900, 600))}
    page.get_by_label("Choose files").set_input_files(file)
    press(page, "Add these files")
    page.get_by_label("What does the picture show?").fill("I am in the pool.")
    page.get_by_role("button", name=re.compile("Save the words")).click()
    expect(page.get_by_text("It has words.")).to_be_visible()

    expect(page).to_have_title(re.compile("^Error: "))
    expect(problem).to_be_visible()


def test_what_is_printed_is_the_receipt(open_page, tell):
    _, url = tell(withdrawn)
    page = open_page(url)
    page.emulate_media(media="print")

    expect(page.locator(".receipt")).to_be_visible()
    expect(page.get_by_text("What we cannot call back")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_hidden()
    expect(page.locator("#leave, #link").first).to_be_hidden()
