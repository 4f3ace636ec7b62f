"""Finding a story again: by four words, by mail and by phone, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories.telling import services as telling_services
from tests.browser.deeds import heading, is_told, press
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
