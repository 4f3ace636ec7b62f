"""Getting in touch as people do it: with JavaScript and without, by keyboard, in every state."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.extensions import db, now
from portal.inbox import links
from portal.inbox.models import Conversation, Direction, Message, Way
from tests.browser.accessible import NARROW
from tests.browser.deeds import heading, is_about, is_told, press
from tests.browser.keyboard import Keyboard
from tests.inbox import a_conversation

FORM = "/contact/"
TEXT = "Is the pool warm in winter?\nI get cold fast."
LONG = "supercalifragilistic" * 12
HELPER = "The name of the person who helps you"
DETAILS = (HELPER, "Email address", "Phone number", "Postal address")
NEEDED = {
    "By email": ["Email address"],
    "By phone": ["Phone number"],
    "By text message": ["Phone number"],
    "By text relay (Relay UK)": ["Phone number"],
    "By video in British Sign Language": ["Email address"],
    "By post": ["Postal address"],
    "Answer the person who helps me": list(DETAILS[:3]),
}


def review(page, address, text=TEXT):
    """Fill in the form for an answer by email, and go to where it is checked."""
    page.get_by_label("A question").check()
    page.get_by_label("Your message").fill(text)
    page.get_by_label("By email").check()
    page.get_by_label("Email address").fill(address)
    press(page, "Check my answers")
    heading(page, "Check your answers")


def is_sent(page):
    expect(page).to_have_url(re.compile("/sent$"))
    is_about(page, "We have your message")


@pytest.fixture
def own(app, address):
    """A conversation with an answer, and the link to its page."""
    conversation = a_conversation(email=address, text=f"{TEXT} {LONG}")
    conversation.opened_at = now()
    answer = Message(direction=Direction.OUTGOING, way=Way.PHONE, text=f"The pool is warm.\n{LONG}")
    conversation.messages.append(answer)
    db.session.commit()
    url = links.own_url(conversation)
    db.session.remove()
    return url


def test_from_the_form_to_the_private_page_by_keyboard_alone(open_page, js, check, address, mail):
    page = open_page("/", js=js)
    keyboard = Keyboard(page)
    page.get_by_role("main").get_by_role("link", name="Get in touch").click()
    check(page, "Get in touch")
    keyboard.use("Check my answers")
    is_told(page)
    check(page)
    assert keyboard.step() == "Choose what it is about."
    keyboard.press("Enter")
    expect(page.get_by_label("A question")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(page.get_by_label("A press enquiry")).to_be_checked()
    day = now() + timedelta(days=30)
    wrong = f"{day + timedelta(days=1):%A} {day:%-d %B %Y}, noon"  # not the weekday of that date
    keyboard.fill("Your deadline (if you have one)", wrong)
    keyboard.fill("Your message", "Hello")
    keyboard.press("Enter")
    keyboard.type("there")
    keyboard.use("By email", "Space")
    assert keyboard.step() == "Email address"
    keyboard.type(address)
    keyboard.press("Enter")
    is_about(page, "Check your answers")
    expect(page.get_by_text("Which do you mean?")).to_be_visible()
    check(page)
    keyboard.use(f"{day:%A %-d %B %Y} at 12:00")
    is_about(page, "Check your answers")
    expect(page.get_by_text("Which do you mean?")).to_have_count(0)
    expect(page.get_by_text("at 12:00")).to_be_visible()
    keyboard.use("Change\nyour message")
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_label("Your message")).to_have_value("Hello\nthere")
    keyboard.use("Check my answers", "Space")
    heading(page, "Check your answers")
    keyboard.use("Send my message")
    is_sent(page)
    check(page)
    reference = page.locator(".reference").inner_text()
    page.reload()
    expect(page.locator(".reference")).to_have_text(reference)

    page.goto(mail(address).link("/contact/"))
    heading(page, "Your message to us")
    expect(page.get_by_text("Hello")).to_be_visible()


def test_five_questions_come_first_and_the_fields_for_what_is_chosen_appear(open_page, js, check):
    page = open_page(FORM, js=js)
    expect(page.locator(".enquiry .field:visible")).to_have_count(5)
    for way, needed in NEEDED.items():
        page.get_by_label(way).check()
        for label in DETAILS:
            expect(page.get_by_label(label)).to_be_visible(visible=label in needed)
    deadline = page.get_by_label("Your deadline")
    expect(deadline).to_be_hidden()
    page.get_by_label("A press enquiry").check()
    deadline.fill("Monday 31 March 2031, 3pm")
    page.get_by_label("A question").check()
    expect(deadline).to_be_hidden()
    page.get_by_label("A press enquiry").check()
    expect(deadline).to_have_value("Monday 31 March 2031, 3pm")
    check(page)
    press(page, "Check my answers")
    is_told(page, "who helps you")
    check(page)


def test_back_and_reload_lose_nothing_and_pressing_twice_is_one_message(
    open_page, js, address, app
):
    """The page to check the answers has its own place in the browser's history."""
    page = open_page(FORM, js=js)
    review(page, address)
    page.go_back()
    heading(page, "Get in touch")
    expect(page.get_by_label("Your message")).to_have_value(TEXT)
    expect(page.get_by_label("Email address")).to_have_value(address)
    page.get_by_label("Your name").fill("Ada")
    press(page, "Check my answers")
    heading(page, "Check your answers")
    page.reload()
    expect(page.get_by_text("Ada", exact=True)).to_be_visible()
    page.get_by_role("button", name="Send my message").dblclick()
    is_sent(page)
    reference = page.locator(".reference").inner_text()
    page.go_back()
    heading(page, "Check your answers")
    press(page, "Send my message")
    is_sent(page)
    expect(page.locator(".reference")).to_have_text(reference)

    assert db.session.query(Conversation).filter_by(email=address).count() == 1


def test_the_own_page_and_a_lost_link_by_keyboard_alone(open_page, js, check, own, address, mail):
    page = open_page(own, js=js)
    check(page, "Your message to us")
    expect(page.get_by_text("The pool is warm.")).to_be_visible()
    keyboard = Keyboard(page)
    keyboard.use("Send")
    is_told(page)
    check(page)
    page.get_by_label("Write to us again").fill(LONG)
    keyboard.use("Send")
    expect(page.get_by_text("Your message is saved.")).to_be_focused()
    expect(page.get_by_label("Write to us again")).to_have_value("")
    expect(page.get_by_text(LONG, exact=True)).to_be_visible()
    check(page)
    keyboard.use("stop this link")
    check(page, "Stop this link")
    keyboard.use("Stop this link")
    check(page, "Your link is stopped")
    keyboard.use("Get your private link again")
    check(page, "Get your private link again")
    keyboard.use("Send me my link")
    is_told(page)
    check(page)
    page.get_by_label("Your email address").fill(address)
    keyboard.use("Your email address")
    is_about(page, "Check your email")
    check(page)

    page.goto(mail(address, "Your private link").link("/contact/"))
    heading(page, "Your message to us")


def test_a_link_that_was_stopped_loses_nothing_that_was_typed(open_page, check, own, forgive):
    page = open_page(own)
    other = page.context.new_page()
    other.goto(f"{own}/stop")
    press(other, "Stop this link")
    heading(other, "Your link is stopped")
    page.get_by_label("Write to us again").fill("Still here")
    press(page, "Send")
    expect(page.get_by_role("heading", name="This link does not work")).to_be_focused()
    expect(page.get_by_label("Write to us again")).to_have_value("Still here")
    check(page)
    other.goto(own)
    check(other, "This link does not work")
    forgive("404")


@pytest.mark.parametrize("width", [NARROW["width"], 1280])
def test_what_is_printed_has_the_reference_and_the_whole_link(open_page, address, width):
    page = open_page(FORM, width=width)
    review(page, address)
    press(page, "Send my message")
    is_sent(page)
    url = page.locator(".private a").get_attribute("href")
    page.emulate_media(media="print")

    expect(page.locator(".reference")).to_be_visible()
    expect(page.locator(".on-paper", has_text=url)).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_hidden()
    page.goto(url)
    expect(page.get_by_text("Is the pool warm")).to_be_visible()
