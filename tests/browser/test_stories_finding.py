"""Finding a story again: by four words, by mail and by phone, with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.inbox.models import Conversation
from portal.stories.finding import services
from portal.stories.telling import services as telling_services
from tests.browser.keyboard import Keyboard
from tests.browser.test_contact import heading, press
from tests.stories import a_draft, a_story

FIND = "/stories/share/find"
LONG = "supercalifragilistic" * 9


@pytest.fixture
def draft(app, address):
    """The four words of a story that was begun."""
    words = telling_services.new_phrase(a_draft(email=address))
    db.session.remove()
    return words


@pytest.fixture
def number(app):
    """A phone number that nobody gave before."""
    number = f"0161 {abs(hash(app)) % 10**7:07}"
    a_story(email="", phone=number, answers={"reply_by": "phone"})
    db.session.remove()
    return number


@pytest.fixture
def asked(app, number):
    """The page of the team for somebody who asked to be called."""
    services.ask_for_call(number, [])
    query = db.select(Conversation.id).where(Conversation.phone == number)
    newest = db.session.scalars(query.order_by(Conversation.id.desc())).first()
    db.session.remove()
    return f"/inbox/{newest}"


def words_field(page):
    return page.get_by_role("textbox", name="Your four words")


def test_four_words_lead_to_the_story(open_page, js, draft):
    page = open_page(FIND, js=js)
    words_field(page).fill(f" {draft.upper()} ")
    press(page, "Open my story")

    page.wait_for_url(re.compile("/stories/share/[^/]{20,}/$"))
    heading(page, "Your story, step by step")


def test_wrong_words_keep_what_was_typed_and_say_so(open_page, js, draft):
    page = open_page(FIND, js=js)
    words_field(page).fill("apple apple apple apple")
    press(page, "Open my story")

    expect(page.get_by_role("alert")).to_be_focused()
    expect(words_field(page)).to_have_value("apple apple apple apple")
    page.get_by_role("alert").get_by_role("link").click()
    expect(words_field(page)).to_be_focused()


def test_the_link_comes_by_mail(open_page, js, draft, address, mail):
    page = open_page(FIND, js=js)
    page.get_by_role("textbox", name="Your email address").fill(address)
    press(page, "Send me my link")
    heading(page, "Check your email")

    page.goto(mail(address, "private links").link("/stories/mine/"))
    heading(page, "Your story, step by step")


def test_all_of_it_by_keyboard(open_page, draft, address):
    page = open_page(FIND)
    keyboard = Keyboard(page)
    keyboard.go_to("Your four words")
    keyboard.type(draft)
    keyboard.press("Enter")

    page.wait_for_url(re.compile("/stories/share/[^/]{20,}/$"))


def test_a_person_calls_and_reads_out_words(open_page, open_desk, js, number):
    page = open_page(FIND, js=js)
    page.get_by_role("textbox", name="Your phone number").fill(number)
    press(page, "Call me")
    heading(page, "We will call you")

    desk = open_desk("/inbox/?kind=story", js=js)
    desk.get_by_role("link", name=re.compile("A lost link")).first.click()
    desk.get_by_role("link", name="Help them back to their story").click()
    heading(desk, "Help them back to their story")
    desk.get_by_role("button", name=re.compile("^Make four new words")).first.click()
    heading(desk, "Four new words")
    words = " ".join(desk.locator(".four li").all_inner_texts())

    page.goto(FIND)
    words_field(page).fill(words)
    press(page, "Open my story")
    page.wait_for_url("**/stories/mine/*")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_every_state_of_the_page(open_page, check, address):
    page = open_page(FIND)
    check(page)
    for label, typed, button in (
        ("Your four words", LONG, "Open my story"),
        ("Your email address", "ada@", "Send me my link"),
        ("Your phone number", "12", "Call me"),
    ):
        page.get_by_role("textbox", name=label).fill(typed)
        press(page, button)
        expect(page.get_by_role("alert")).to_be_focused()
        check(page)
    page.get_by_role("textbox", name="Your email address").fill(address)
    press(page, "Send me my link")
    heading(page, "Check your email")
    check(page)
    page.goto(FIND)
    page.get_by_role("textbox", name="Your phone number").fill("0161 496 0000")
    press(page, "Call me")
    heading(page, "We will call you")
    check(page)


def test_every_state_of_the_teams_page(open_desk, check, asked):
    desk = open_desk(f"{asked}/lost")
    check(desk)
    desk.get_by_role("button", name=re.compile("^Make four new words")).first.click()
    heading(desk, "Four new words")
    check(desk)
    desk.goto(asked)
    check(desk)
