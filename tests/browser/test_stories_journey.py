"""A story that both sides shape, from the editor's text to the page that is gone."""

import re

from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from tests.browser.deeds import done, follow, heading, press
from tests.browser.keyboard import Keyboard
from tests.browser.test_stories_storyteller import KEPT, NEW, OLD, YES, change
from tests.stories import a_story

TITLE = "The water holds me"


def shape(desk, title):
    """The editor writes another text, says why, and asks the storyteller."""
    desk.get_by_role("link", name=re.compile(title)).click()
    desk.get_by_role("link", name=re.compile("Shape the story")).click()
    desk.get_by_label("Title", exact=True).fill(TITLE)
    desk.get_by_label("Text", exact=True).fill(NEW)
    desk.get_by_label("In the water").check()
    press(desk, "Check the changes")
    desk.get_by_label("Why, for the whole text").fill("It keeps a name to itself.")
    press(desk, "Save the text")
    press(desk, "Ask the storyteller")
    done(desk, "The storyteller is asked.")


def answer(page, keyboard):
    """The storyteller undoes one change, writes another anew, and says yes, by keyboard."""
    heading(page, "Your story")
    expect(page.locator(".turn")).to_contain_text("It is your turn")
    expect(page.get_by_text("It keeps a name to itself.").first).to_be_visible()
    keyboard.use("What changed")
    keyboard.use(change(page, "title").locator("summary").inner_text())
    keyboard.use(KEPT[0], "ArrowDown")
    expect(change(page, "title").get_by_label(KEPT[1])).to_be_checked()
    keyboard.use(change(page, "free").locator("summary").inner_text())
    expect(change(page, "free").locator("ins")).to_contain_text("free")
    assert keyboard.step() == KEPT[0]
    keyboard.press("ArrowUp")
    expect(change(page, "free").get_by_label(KEPT[2]).first).to_be_checked()
    assert keyboard.step() == KEPT[2]
    keyboard.press("ControlOrMeta+a")
    keyboard.type("The water is mine.")
    keyboard.use("Save my choices")
    done(page, "Your choices are in the text.")
    expect(page.locator(".sheet").first).to_contain_text("The water is mine.")
    expect(page.locator(".sheet").first).to_contain_text("I go with a friend.")
    expect(page.locator("#changes")).to_contain_text("This is your own text")
    keyboard.use(YES, "Space")
    done(page, "You said yes to exactly this text.")


def read(reader, title):
    """Everybody finds it and reads it."""
    heading(reader, title)
    expect(reader.get_by_text("The water is mine.")).to_be_visible()
    reader.goto("/stories/")
    expect(reader.get_by_role("link", name=title)).to_be_visible()


def take_back(page, keyboard, check):
    keyboard.use("Take my story back")
    heading(page, "Take your story back")
    check(page)
    keyboard.use("Take my story back")
    done(page, "You took your story back.")
    assert "/withdraw" not in page.url
    expect(page.locator(".receipt")).to_contain_text("A newsletter that was mailed already.")
    check(page)


def test_a_story_is_shaped_said_yes_to_published_taken_back_and_erased(
    open_page, open_desk, js, app, check, address, mail, forgive
):
    title = f"The pool {address}"
    url = links.storyteller_url(a_story(title=title, text=OLD, email=address))
    db.session.remove()
    desk = open_desk("/inbox/?kind=story&sort=newest", js=js)
    shape(desk, title)
    page = open_page(mail(address, "is ready for you").link("/stories/mine/"), js=js)
    keyboard = Keyboard(page)
    answer(page, keyboard)

    desk.reload()
    press(desk, "Publish")
    done(desk, "It is published.")
    follow(desk, "Read it as everybody does")
    reader = open_page(desk.url, js=js)
    read(reader, title)
    page.reload()
    follow(page, "See it as readers see it")
    heading(page, title)

    page.goto(url)
    take_back(page, keyboard, check)
    assert reader.goto(desk.url).status == 410
    forgive("410")
    assert title not in reader.content()
    follow(page, "Erase everything")
    check(page, "Erase everything")
    press(page, "Erase everything")
    check(page, "Everything is erased")
    assert page.request.get(url).status == 404
