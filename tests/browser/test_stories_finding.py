"""Finding a story again: by four words, by mail and by phone, with JavaScript and without."""

import random
import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories.telling import services as telling_services
from tests.browser.deeds import done, heading, is_told, press
from tests.browser.keyboard import Keyboard
from tests.stories import a_draft, a_story

FIND = "/stories/share/find"
LONG = "supercalifragilistic" * 9


@pytest.fixture
def draft(app, address):
    """The four words of a story that was begun."""
    words = telling_services.new_phrase(a_draft(email=address))
    db.session.remove()
    return words


def field(page, name):
    return page.get_by_role("textbox", name=name)


def refused(page, check, name, typed, button):
    """Send what cannot be right, and see that it is said."""
    field(page, name).fill(typed)
    press(page, button)
    is_told(page)
    check(page)


def test_four_words_lead_to_the_story_by_keyboard_alone(open_page, js, check, draft):
    page = open_page(FIND, js=js)
    keyboard = Keyboard(page)
    check(page)
    refused(page, check, "Your four words", LONG, "Open my story")
    expect(field(page, "Your four words")).to_have_value(LONG)
    keyboard.step()
    keyboard.press("Enter")
    expect(field(page, "Your four words")).to_be_focused()
    field(page, "Your four words").fill("")
    keyboard.type(f" {draft.upper()} ")
    keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/stories/share/[^/]{20,}/$"))
    heading(page, "Your story, step by step")


def test_the_link_comes_by_mail(open_page, js, check, draft, address, mail):
    page = open_page(FIND, js=js)
    refused(page, check, "Your email address", "ada@", "Send me my link")
    field(page, "Your email address").fill(address)
    press(page, "Send me my link")
    check(page, "Check your email")

    page.goto(mail(address, "private links").link("/stories/mine/"))
    heading(page, "Your story, step by step")


def test_a_person_calls_and_reads_out_words(open_page, open_desk, app, js, check):
    number = f"0161 {abs(hash(app)) % 10**7:07}"  # that nobody gave before
    a_story(email="", phone=number, answers={"reply_by": "phone"})
    db.session.remove()
    page = open_page(FIND, js=js)
    refused(page, check, "Your phone number", "12", "Call me")
    field(page, "Your phone number").fill(number)
    press(page, "Call me")
    check(page, "We will call you")

    desk = open_desk("/inbox/?kind=story&sort=newest", js=js)
    desk.get_by_role("link", name=re.compile("A lost link")).first.click()
    check(desk)
    desk.get_by_role("link", name="Help them back to their story").click()
    check(desk, "Help them back to their story")
    desk.get_by_role("button", name=re.compile("^Make four new words")).first.click()
    check(desk, "Four new words")
    words = " ".join(desk.locator(".four b").all_inner_texts())

    page.goto(FIND)
    field(page, "Your four words").fill(words)
    press(page, "Open my story")
    expect(page).to_have_url(re.compile("/stories/mine/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_who_has_only_a_phone_tells_by_a_call_comes_back_and_changes_their_number(
    open_page, open_desk, app, js, check
):
    number, other = (f"07700 9{digits:05}" for digits in random.sample(range(10**5), 2))
    page = open_page("/stories/share/", js=js, width=320)
    page.get_by_label("Ask us to call you").check()
    press(page, "Start my story")
    page.locator(".steps").get_by_role("link", name="Your story").click()
    page.get_by_label("By phone", exact=True).check()
    page.get_by_label("Phone number").fill(f"+44 (0){number[1:]}")
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Step 3")
    page.goto(f"{page.url.rpartition('/')[0]}/check")
    press(page, "Send my story")
    heading(page, "We have your story")

    desk = open_desk(f"/inbox/?folder=all&q={number.replace(' ', '')}", js=js)
    desk.locator(".row .subject").first.click()
    desk.get_by_role("link", name=re.compile("Shape the story")).click()
    story = desk.url
    desk.get_by_role("link", name="Help them back to their story").click()
    desk.get_by_role("button", name=re.compile("^Make four new words")).click()
    check(desk, "Four new words")
    words = desk.locator(".four b").all_inner_texts()

    page = open_page(FIND, js=js, width=320)
    field(page, "Your four words").fill(", ".join(reversed(words)))
    press(page, "Open my story")
    heading(page, "Your story")
    check(page)
    page.get_by_role("link", name="Change how you reach me").click()
    check(page, "How we reach you")
    field(page, "Phone number").fill("12")
    press(page, "Save how you reach me")
    is_told(page)
    field(page, "Phone number").fill(other)
    press(page, "Save how you reach me")
    done(page, "A person in our team asks you first.")
    check(page)

    desk.goto(story)
    check(desk)
    press(desk, "They confirmed it")
    done(desk, "It is saved how we reach them.")
    page.reload()
    expect(page.locator("#reach")).to_contain_text(other)
    expect(page.locator("#reach")).not_to_contain_text("You asked for another way")
    press(page, "Show me four new words")
    check(page, "Your four words")
