"""A story from its first word to the page that is gone: both sides, as people do it."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.test_contact import heading, press

WORDS = "I roll to the pool each week.\n\nThe water holds me."


def begin(page):
    """Start a story, from the library's empty or full list."""
    page.get_by_role("main").get_by_role("link", name="Tell us your story").first.click()
    heading(page, "Tell us your story")
    page.get_by_label(re.compile("^Write it here")).check()
    press(page, "Start my story")
    expect(page.get_by_text("Your story is started.")).to_be_visible()


def step(page, name):
    page.locator(".steps").get_by_role("link", name=name).click()


def tell(page, title, address):
    """Take the steps in another order than they stand, then see what there is to check."""
    step(page, "About you")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("By email", exact=True).check()
    page.get_by_label("Email address").fill(address)
    press(page, "Save and go to the list")
    step(page, "Your story")
    page.get_by_label("A title").fill(title)
    page.get_by_label("Your story", exact=True).fill(WORDS)
    press(page, "Save and go to the list")
    step(page, "What we may do with it")
    page.get_by_label(re.compile("On this site")).check()
    page.get_by_label(re.compile("^My first name|^First name")).check()
    press(page, "Continue")


def read(reader, title):
    """Everybody finds it and reads it, with what helps to choose it at its top."""
    heading(reader, title)
    expect(reader.get_by_text("The water carries me home.")).to_be_visible()
    for words in ("Reading level", "Reading time", "Topics"):
        expect(reader.get_by_text(words, exact=True).first).to_be_visible()
    reader.goto("/stories/")
    expect(reader.get_by_role("link", name=title)).to_be_visible()


def take_back(page):
    page.get_by_role("link", name="Take my story back").first.click()
    page.get_by_label(re.compile("Delete")).check()
    press(page, "Take my story back")
    expect(page.locator(".done")).to_be_focused()


def test_a_story_is_told_shaped_said_yes_to_published_and_taken_back(
    open_page, open_desk, js, app, address, mail, forgive
):
    title = f"The pool {uuid4().hex[:6]}"
    page = open_page("/stories/", js=js)
    begin(page)
    tell(page, title, address)
    heading(page, "Check your answers")
    press(page, "Send my story")
    page.wait_for_url("**/sent")
    page.goto(page.locator("a.go[href*='/stories/mine/']").first.get_attribute("href"))
    heading(page, "Your story")
    assert mail(address, "We have your story").link("/stories/mine/")

    desk = open_desk("/inbox/?kind=story", js=js)
    desk.get_by_role("link", name=re.compile(title)).click()
    desk.get_by_role("link", name=re.compile("Shape the story")).click()
    desk.get_by_label("Text", exact=True).fill(
        "I roll to the pool each week.\n\nThe water carries me."
    )
    desk.get_by_label("In the water").check()
    press(desk, "Check the changes")
    desk.get_by_label(re.compile("^Why, for all of it|^Why")).last.fill("Carries says more.")
    press(desk, "Save the text")
    press(desk, "Ask the storyteller")
    expect(desk.get_by_role("button", name="Publish", exact=True)).to_have_count(0)

    page.goto(mail(address, "waits for you").link("/stories/mine/"))
    expect(page.get_by_text("Carries says more.").first).to_be_visible()
    expect(page.locator("#changes ins").first).to_be_visible()
    change = page.locator(".change").filter(has_text="carries")
    change.get_by_role("radio", name="In my own words").check()
    change.get_by_role("textbox").fill("The water carries me home.")
    press(page, "Save my choices")
    expect(page.locator(".done")).to_be_focused()
    press(page, "Yes, publish exactly this")
    expect(page.locator("#yes").get_by_text("You said yes to exactly this")).to_be_visible()

    desk.reload()
    press(desk, "Publish")
    desk.get_by_role("link", name="Read it as everybody does").click()
    reader = open_page(desk.url, js=js)
    read(reader, title)

    page.reload()
    take_back(page)
    reader.goto("/stories/")
    expect(reader.get_by_role("link", name=title)).to_have_count(0)
    assert reader.goto(desk.url).status == 410
    forgive("410")
    assert title not in reader.content()
    assert mail(address, "taken back")
