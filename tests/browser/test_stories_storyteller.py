"""A story shaped by two people, as its storyteller does it: with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db, now
from portal.stories import formats, links, shaping, texts, withdrawal
from portal.stories.models import Story
from portal.stories.states import VersionKind
from tests.browser.keyboard import Keyboard
from tests.stories import a_story, an_editor, approved, content, handed_over, published
from tests.stories.media import a_picture

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
YES = "Yes, publish exactly this"
KEPT = ("Keep this change", "Undo it: go back to what it was", "In my own words")


@pytest.fixture
def tell(app):
    """Makes a story as `make` does; returns its number and the private link to it."""

    def tell(make=None, **changes):
        story = make() if make else shaped(**changes)
        made = story.id, links.storyteller_url(story)
        db.session.remove()
        return made

    return tell


@pytest.fixture
def now_is(app):
    """Reads a story as it is in the database now."""

    def read(story_id):
        db.session.remove()
        return db.session.get_one(Story, story_id)

    return read


def shaped(**changes):
    """A story with three changes by an editor, which waits for its storyteller."""
    story = a_story(text=OLD, **changes)
    story.conversation.opened_at = now()
    whys = {"title": "Readers choose by the title."}
    text = content(story, title="The water holds me", text=NEW)
    shaping.revise(story, an_editor(), text, 1, "It keeps a name to itself.", whys)
    shaping.hand_over(story, an_editor(), 2)
    return story


def change(page, words):
    """The change with these words in it."""
    return page.locator(".change").filter(has_text=words)


def press(page, words):
    page.get_by_role("button", name=words, exact=True).click()


def follow(page, words):
    page.get_by_role("main").get_by_role("link", name=words, exact=True).first.click()


def done(page, words):
    """What was done is said, and has the focus."""
    expect(page.locator(".done")).to_contain_text(words)
    expect(page.locator(".done")).to_be_focused()


def heading(page, words):
    expect(page).to_have_title(re.compile(f"^(Error: )?{re.escape(words)}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_from_the_changes_to_the_yes_and_all_the_way_back(open_page, js, tell, now_is):
    story_id, url = tell()
    page = open_page(url, js=js)
    heading(page, "Your story")
    expect(page.locator(".turn")).to_contain_text("It is your turn.")
    expect(change(page, "free").locator("ins")).to_contain_text("free")
    change(page, "title").get_by_label(KEPT[1]).check()
    change(page, "friend").get_by_label(KEPT[2]).first.check()
    change(page, "friend").get_by_role("textbox").fill("I go with my friend S. We laugh.")
    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    expect(page.locator(".sheet").first).to_contain_text("I go with my friend S.")
    expect(page.locator(".sheet").first).to_contain_text("I feel free.")
    expect(page.locator("#changes")).to_contain_text("This is your own text")

    press(page, YES)
    done(page, "You said yes to exactly this text.")
    press(page, "Take my yes back")
    done(page, "We took your yes back.")
    press(page, YES)
    done(page, "You said yes to exactly this text.")
    shaping.publish(now_is(story_id), an_editor())
    db.session.remove()
    page.reload()
    follow(page, "See your story as readers see it")
    heading(page, "How I found the water")
    public = page.url

    page.goto(url)
    follow(page, "Take my story back")
    heading(page, "Take your story back")
    expect(page.get_by_label("Delete my files now")).to_be_checked()
    press(page, "Take my story back")
    done(page, "You took your story back.")
    assert "/withdraw" not in page.url
    expect(page.locator(".receipt")).to_contain_text("A newsletter that was mailed already.")
    assert page.request.get(public).status == 410

    follow(page, "Erase everything")
    heading(page, "Erase everything")
    press(page, "Erase everything")
    heading(page, "Everything is erased")
    assert page.request.get(url).status == 404


def test_a_yes_is_not_given_past_an_answer_that_is_not_saved(open_page, js, tell, now_is):
    story_id, url = tell()
    page = open_page(url, js=js)
    change(page, "free").get_by_label(KEPT[1]).check()
    press(page, YES)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("You have answers that are not saved yet.")
    expect(change(page, "free").get_by_label(KEPT[1])).to_be_checked()
    assert texts.valid_approval(now_is(story_id)) is None
    db.session.remove()

    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    press(page, YES)
    done(page, "You said yes to exactly this text.")


def test_an_editor_who_was_quicker_costs_nothing(open_page, js, tell, now_is, forgive):
    story_id, url = tell()
    page = open_page(url, js=js)
    change(page, "friend").get_by_label(KEPT[2]).first.check()
    change(page, "friend").get_by_role("textbox").fill("I go with S.")
    story = now_is(story_id)
    text = content(story, text=f"{NEW}\n\nBring a towel.")
    shaping.revise(story, an_editor(), text, 2, "A tip for readers.")
    db.session.remove()

    press(page, "Save my choices")

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("You wrote: I go with S.")
    expect(page.locator(".sheet").first).to_contain_text("Bring a towel.")
    forgive("409")


def test_a_message_does_not_undo_what_was_chosen_and_not_saved(open_page, tell):
    _, url = tell()
    page = open_page(url)
    change(page, "free").get_by_label(KEPT[2]).first.check()
    change(page, "free").get_by_role("textbox").fill("I feel like a fish.")
    page.get_by_label("Write to us").fill("May I keep this?")
    press(page, "Send")
    done(page, "Your message is saved.")
    expect(page.get_by_label("Write to us")).to_have_value("")
    expect(page.locator("#talk")).to_contain_text("May I keep this?")
    expect(change(page, "free").get_by_role("textbox")).to_have_value("I feel like a fish.")
    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    expect(page.locator(".sheet").first).to_contain_text("I feel like a fish.")


def test_answers_to_one_text_do_not_stay_for_another(open_page, tell, now_is):
    story_id, url = tell()
    page = open_page(url)
    change(page, "title").get_by_label(KEPT[1]).check()
    story = now_is(story_id)
    shaping.revise(story, an_editor(), content(story, title="Another title"), 2, "Better.")
    db.session.remove()
    page.get_by_label("Write to us").fill("Hello")
    press(page, "Send")
    done(page, "Your message is saved.")
    expect(change(page, "Another title").get_by_label(KEPT[0])).to_be_checked()


def test_the_whole_text_is_written_anew_and_survives_a_lost_connection(open_page, tell, forgive):
    _, url = tell()
    page = open_page(url)
    follow(page, "Write the whole text myself")
    heading(page, "Write the text yourself")
    expect(page.get_by_label("Your story")).to_have_value(NEW)
    page.get_by_label("Your story").fill("I swim.\n\nThat is all.")
    page.context.set_offline(True)
    press(page, "Save my text")
    expect(page.get_by_role("status")).to_contain_text("We could not reach the site.")
    forgive("ERR_INTERNET_DISCONNECTED")
    forgive("Failed to fetch")
    page.context.set_offline(False)
    press(page, "Save my text")
    done(page, "Your text is saved.")
    expect(page.locator(".sheet").first).to_contain_text("That is all.")
    page.reload()  # it is the address of the page, and not of the form
    heading(page, "Your story")


def test_a_call_is_asked_for_and_choices_are_changed(open_page, js, tell):
    _, url = tell()
    page = open_page(url, js=js)
    follow(page, "Ask us to call you")
    heading(page, "Ask for a call")
    page.get_by_label("By text relay (Relay UK)").check()
    page.get_by_label("Phone number").fill("18001 0161 496 0000")
    press(page, "Ask for a call")
    done(page, "We know that you want a call.")
    expect(page.locator("#talk")).to_contain_text("By text relay (Relay UK): 18001 0161 496 0000")

    follow(page, "Change what we may do")
    heading(page, "What we may do with your story")
    expect(page.get_by_label("The other name")).to_be_hidden()
    page.get_by_label("Another name").check()
    page.get_by_label("The other name").fill("Captain Splash")
    page.get_by_label("social media").uncheck()
    press(page, "Save my choices")
    done(page, "Your choices are saved.")
    expect(page.locator(".facts").first).to_contain_text("Captain Splash")
    expect(page.locator("#allowed")).to_contain_text("You said no to")


def test_by_keyboard_alone(open_page, js, tell):
    _, url = tell()
    page = open_page(url, js=js)
    keyboard = Keyboard(page)
    keyboard.go_to("What changed")
    keyboard.press("Enter")
    keyboard.go_to(KEPT[0])
    keyboard.press("ArrowDown")
    expect(change(page, "title").get_by_label(KEPT[1])).to_be_checked()
    assert keyboard.step() == KEPT[0]
    keyboard.press("ArrowUp")
    expect(change(page, "free").get_by_label(KEPT[2]).first).to_be_checked()
    assert keyboard.step() == KEPT[2]
    keyboard.press("ControlOrMeta+a")
    keyboard.type("The water is mine.")
    keyboard.go_to("Save my choices")
    keyboard.press("Enter")
    done(page, "Your choices are in the text.")
    expect(page.locator(".sheet").first).to_contain_text("The water is mine.")
    keyboard.go_to(YES)
    keyboard.press("Space")
    done(page, "You said yes to exactly this text.")
    keyboard.go_to("Take my story back")
    keyboard.press("Enter")
    heading(page, "Take your story back")
    keyboard.go_to("Delete my files now")
    keyboard.press("ArrowDown")
    keyboard.go_to("Take my story back")
    keyboard.press("Enter")
    done(page, "You took your story back.")


def test_every_state_of_shaping(open_page, check, tell, now_is, forgive):
    story_id, url = tell()
    story = now_is(story_id)
    formats.add_version(
        story, an_editor(), VersionKind.EASY_READ, LONG, "en", text=f"I **swim**.\n\n{LONG}"
    )
    formats.add_version(
        story, an_editor(), VersionKind.BSL, "In BSL", "bfi", link=f"https://example.org/{LONG}"
    )
    shaping.comment(story, LONG)
    db.session.remove()
    page = open_page(url)
    check(page)
    change(page, "free").get_by_label(KEPT[2]).first.check()
    change(page, "free").get_by_role("textbox").fill("")
    check(page)
    press(page, "Save my choices")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    press(page, YES)
    expect(page.get_by_role("alert")).to_contain_text("not saved yet")
    check(page)
    change(page, "free").get_by_role("textbox").fill(LONG)
    story = now_is(story_id)
    shaping.revise(story, an_editor(), content(story, text=f"{NEW}\n\n{LONG}"), 2, LONG)
    db.session.remove()
    press(page, "Save my choices")
    expect(page.get_by_role("alert")).to_contain_text("Your answers were not saved.")
    forgive("409")
    check(page)
    press(page, "Save my choices")
    done(page, "Your choices are in the text.")
    check(page)
    press(page, YES)
    done(page, "You said yes")
    check(page)


def resting():
    story = handed_over()
    story.rested_at = now()
    db.session.commit()
    return story


def asked_yearly():
    story = published()
    shaping.add_use(story, an_editor(), f"The council read it. {LONG}")
    story.checks, story.unlisted_at = 2, now()
    db.session.commit()
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


def without_a_title():
    return a_story(title="", text="قصتي في الماء", language="ar")


def not_allowed():
    return approved(a_story(answers={"name_shown": "none", "consents": {}}))


@pytest.mark.parametrize(
    "make",
    [
        resting,
        asked_yearly,
        declined,
        newer_than_published,
        withdrawn,
        without_a_title,
        not_allowed,
    ],
)
def test_every_other_state(open_page, check, tell, make):
    _, url = tell(make)
    check(open_page(url))


def test_every_page_for_one_thing(open_page, check, tell):
    _, url = tell()
    page = open_page(url)
    for leaf, button in (
        ("rewrite", "Save my text"),
        ("call", "Ask for a call"),
        ("consents", "Save my choices"),
    ):
        page.goto(f"{url}/{leaf}")
        check(page)
        if leaf == "rewrite":
            page.get_by_label("Title").fill("")
        if leaf == "consents":
            page.get_by_label("Another name").check()
            check(page)
        press(page, button)
        expect(page.get_by_role("alert")).to_be_focused()
        check(page)
    for leaf in ("withdraw", "erase", "stop"):
        page.goto(f"{url}/{leaf}")
        check(page)


def test_a_picture_is_added_and_belongs_to_the_text(open_page, js, check, tell, now_is):
    story_id, url = tell()
    page = open_page(url, js=js)
    page.get_by_label("Write to us").fill("A picture comes")
    file = {"name": "pool.png", "mimeType": "image/png", "buffer": a_picture(size=(900, 600))}
    page.get_by_label("Choose files").set_input_files(file)
    press(page, "Add these files")
    expect(page.locator(".file img")).to_be_visible()
    if js:
        press(page, "Send")
        done(page, "Your message is saved.")
        expect(page.locator(".file", has_text="pool.png")).to_be_visible()
    page.reload()
    expect(page.locator(".sheet figure")).to_contain_text("It has no words yet")
    page.get_by_label("What does the picture show?").fill("I am in the pool.")
    page.get_by_role("button", name=re.compile("Save the words")).click()
    expect(page.get_by_text("It has words.")).to_be_visible()
    page.reload()
    expect(page.locator(".sheet").get_by_alt_text("I am in the pool.")).to_be_visible()
    assert now_is(story_id).revisions[-1].number > 3
    db.session.remove()
    if js:
        check(page)


def test_a_text_that_another_was_put_in_front_of(open_page, check, tell, now_is, forgive):
    story_id, url = tell()
    page = open_page(f"{url}/rewrite")
    page.get_by_label("Your story").fill(LONG)
    story = now_is(story_id)
    shaping.revise(story, an_editor(), content(story, text="A newer text."), 2, "Newer.")
    db.session.remove()
    press(page, "Save my text")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Your story")).to_have_value(LONG)
    expect(page.get_by_text("A newer text.")).to_be_visible()
    forgive("409")
    check(page)
    press(page, "Save my text")
    done(page, "Your text is saved.")


def test_a_link_that_was_stopped(open_page, check, tell, forgive):
    _, url = tell()
    page = open_page(url)
    other = page.context.new_page()
    other.goto(f"{url}/stop")
    press(other, "Stop this link")
    heading(other, "Your link is stopped")
    check(other)
    page.get_by_label("Write to us").fill("Still here")
    press(page, "Send")
    expect(page.get_by_role("heading", name="This link does not work")).to_be_focused()
    expect(page.get_by_label("Write to us")).to_have_value("Still here")
    other.goto(url)
    heading(other, "This link does not work")
    check(other)
    forgive("404")


def test_what_is_printed_is_the_receipt(open_page, tell):
    _, url = tell(withdrawn)
    page = open_page(url)
    page.emulate_media(media="print")

    expect(page.locator(".receipt")).to_be_visible()
    expect(page.get_by_text("What we cannot call back")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_hidden()
    expect(page.locator("#leave, #link").first).to_be_hidden()


def test_the_last_page(open_page, check):
    check(open_page("/stories/mine/erased"))
