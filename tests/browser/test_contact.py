"""Getting in touch as people do it: with JavaScript and without, by keyboard, in every state."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db, now
from portal.inbox import links
from portal.inbox.models import Conversation, Direction, Message
from portal.ways import Way
from tests.browser.accessible import NARROW
from tests.browser.keyboard import Keyboard
from tests.browser.site import DONE_WITHIN
from tests.inbox import a_conversation
from tests.services import until

FORM = "/contact/"
TEXT = "Is the pool warm in winter?\nI get cold fast."
LONG = "supercalifragilistic" * 12
DETAILS = ("The name of who helps you", "Email address", "Phone number", "Postal address")
NEEDED = {
    "By email": ["Email address"],
    "By phone": ["Phone number"],
    "By text message": ["Phone number"],
    "By text relay (Relay UK)": ["Phone number"],
    "By video in British Sign Language": ["Email address"],
    "By post": ["Postal address"],
    "Someone is helping me. Answer them": list(DETAILS[:3]),
}


def heading(page, words):
    expect(page).to_have_title(re.compile(f"^(Error: )?{re.escape(words)}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def press(page, words):
    page.get_by_role("button", name=words, exact=True).click()


def fill(page, address, text=TEXT):
    """Fill in the form, for an answer by email."""
    page.get_by_label("A question").check()
    page.get_by_label("Your message").fill(text)
    page.get_by_label("By email").check()
    page.get_by_label("Email address").fill(address)


def send(page, address):
    """Send a message and wait for its receipt; returns the address of the private page."""
    fill(page, address)
    press(page, "Check my answers")
    heading(page, "Check your answers")
    press(page, "Send my message")
    page.wait_for_url("**/sent")
    heading(page, "We have your message")
    return page.locator("a.go").get_attribute("href")


@pytest.fixture
def own(app, address):
    """A conversation with an answer, and the link to its page."""
    conversation = a_conversation(email=address, text=f"{TEXT} {LONG}")
    conversation.opened_at = now()
    db.session.add(
        Message(
            conversation_id=conversation.id,
            direction=Direction.OUTGOING,
            way=Way.PHONE,
            text=f"The pool is warm.\n{LONG}",
        )
    )
    db.session.commit()
    url = links.own_url(conversation)
    db.session.remove()
    return url


def test_from_the_form_to_the_answer_and_back(open_page, js, app, address, mail):
    page = open_page("/", js=js)
    page.get_by_role("main").get_by_role("link", name="Get in touch").click()
    url = send(page, address)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    reference = page.locator(".reference").inner_text()
    page.reload()
    expect(page.locator(".reference")).to_have_text(reference)
    assert mail(address).link("/contact/")

    page.goto(url)
    heading(page, "Your message to us")
    expect(page.get_by_text("Is the pool warm")).to_be_visible()

    def handed():
        page.reload()
        return page.locator(".way .reached").count() == 2

    until(handed, DONE_WITHIN)
    conversation = db.session.query(Conversation).filter_by(reference=reference).one()
    db.session.add(
        Message(
            conversation_id=conversation.id,
            direction=Direction.OUTGOING,
            way=Way.PHONE,
            text="The pool is warm.",
        )
    )
    db.session.commit()
    page.reload()
    expect(page.get_by_text("The pool is warm.")).to_be_visible()
    page.get_by_label("Write to us again").fill("Thank you.\nSee you there.")
    press(page, "Send")
    expect(page.get_by_text("Your message is saved.")).to_be_focused()
    expect(page.get_by_label("Write to us again")).to_have_value("")
    expect(page.get_by_text("See you there.")).to_be_visible()


def test_an_answer_is_changed_and_nothing_else_is_lost(open_page, js, address):
    page = open_page(FORM, js=js)
    fill(page, address)
    press(page, "Check my answers")
    heading(page, "Check your answers")
    for name, label in (
        ("how we should answer", "By email"),
        ("your message", "Your message"),
        ("the email address", "Email address"),
    ):
        press(page, f"Change {name}")
        heading(page, "Get in touch")
        expect(page.get_by_label(label, exact=True)).to_be_focused()
        expect(page.get_by_label("Your message")).to_have_value(TEXT)
        expect(page.get_by_label("Email address")).to_have_value(address)
        expect(page.get_by_label("A question")).to_be_checked()
        press(page, "Check my answers")
        heading(page, "Check your answers")


def test_the_field_for_the_chosen_way_appears(open_page, js):
    page = open_page(FORM, js=js)
    for label in (*DETAILS, "Your deadline (if you have one)"):
        expect(page.get_by_label(label)).to_be_visible()  # nothing is chosen yet
    for way, needed in NEEDED.items():
        page.get_by_label(way).check()
        for label in DETAILS:
            expect(page.get_by_label(label)).to_be_visible(visible=label in needed)
    page.get_by_label("A question").check()
    expect(page.get_by_label("Your deadline")).to_be_hidden()
    page.get_by_label("A press enquiry").check()
    expect(page.get_by_label("Your deadline")).to_be_visible()


def test_going_back_and_sending_again_is_one_message(open_page, address):
    page = open_page(FORM, js=False)  # a whole page, which “back” leads to in a test too
    send(page, address)
    reference = page.locator(".reference").inner_text()
    page.go_back()
    heading(page, "Check your answers")
    press(page, "Send my message")
    page.wait_for_url("**/sent")
    expect(page.locator(".reference")).to_have_text(reference)


def test_pressing_twice_is_one_message(open_page, js, address, app):
    page = open_page(FORM, js=js)
    fill(page, address)
    press(page, "Check my answers")
    page.get_by_role("button", name="Send my message").dblclick()
    page.wait_for_url("**/sent")
    heading(page, "We have your message")

    assert db.session.query(Conversation).filter_by(email=address).count() == 1
    db.session.commit()


def test_by_keyboard_alone(open_page, js, address):
    page = open_page(FORM, js=js)
    keyboard = Keyboard(page)
    keyboard.go_to("Check my answers")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert keyboard.step() == "Choose what it is about."
    keyboard.press("Enter")
    expect(page.get_by_label("A question")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(page.get_by_label("A press enquiry")).to_be_checked()
    keyboard.go_to("Your deadline (if you have one)")
    keyboard.type("tomorrow at noon")
    keyboard.go_to("Your message")
    keyboard.type("Hello")
    keyboard.press("Enter")
    keyboard.type("there")
    keyboard.go_to("By email")
    keyboard.press("Space")
    assert keyboard.step() == "Email address"
    keyboard.type(address)
    keyboard.press("Enter")
    heading(page, "Check your answers")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("at 12:00")).to_be_visible()
    keyboard.go_to("Change\nyour message")
    keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_label("Your message")).to_have_value("Hello\nthere")
    keyboard.go_to("Check my answers")
    keyboard.press("Space")
    heading(page, "Check your answers")
    keyboard.go_to("Send my message")
    keyboard.press("Enter")
    page.wait_for_url("**/sent")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_own_page_by_keyboard_alone(open_page, js, own, address):
    page = open_page(own, js=js)
    keyboard = Keyboard(page)
    keyboard.go_to("Write to us again")
    keyboard.type("One thing more")
    keyboard.go_to("Send")
    keyboard.press("Enter")
    expect(page.get_by_text("Your message is saved.")).to_be_focused()
    keyboard.go_to("stop this link")
    keyboard.press("Enter")
    heading(page, "Stop this link")
    keyboard.go_to("Stop this link")
    keyboard.press("Enter")
    heading(page, "Your link is stopped")
    keyboard.go_to("Get your private link again")
    keyboard.press("Enter")
    heading(page, "Get your private link again")
    keyboard.go_to("Your email address")
    keyboard.type(address)
    keyboard.press("Enter")
    heading(page, "Check your email")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_lost_link_is_mailed_again(open_page, js, own, address, mail):
    page = open_page("/contact/lost", js=js)
    page.get_by_label("Your email address").fill(address)
    press(page, "Send me my link")
    heading(page, "Check your email")

    page.goto(mail(address, "Your private link").link("/contact/"))
    heading(page, "Your message to us")


def test_every_state_of_the_form(open_page, check, address):
    page = open_page(FORM)
    check(page)
    press(page, "Check my answers")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("A press enquiry").check()
    page.get_by_label("Someone is helping me").check()
    check(page)
    press(page, "Check my answers")
    expect(page.get_by_role("alert")).to_contain_text("who helps you")
    check(page)


def test_every_state_of_checking_and_the_receipt(open_page, check, address):
    page = open_page(FORM)
    fill(page, address, f"{TEXT} {LONG}")
    press(page, "Check my answers")
    heading(page, "Check your answers")
    check(page)
    press(page, "Change your message")
    heading(page, "Get in touch")
    check(page)
    press(page, "Check my answers")
    press(page, "Send my message")
    page.wait_for_url("**/sent")
    check(page)


def test_every_state_of_the_own_page(open_page, check, own, forgive):
    page = open_page(own)
    heading(page, "Your message to us")
    check(page)
    press(page, "Send")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Write to us again").fill(LONG)
    press(page, "Send")
    expect(page.get_by_text("Your message is saved.")).to_be_focused()
    check(page)
    other = page.context.new_page()
    other.goto(f"{own}/stop")
    check(other)
    press(other, "Stop this link")
    heading(other, "Your link is stopped")
    check(other)
    page.get_by_label("Write to us again").fill("Still here")
    press(page, "Send")
    expect(page.get_by_role("heading", name="This link does not work")).to_be_focused()
    expect(page.get_by_label("Write to us again")).to_have_value("Still here")
    check(page)
    other.goto(own)
    heading(other, "This link does not work")
    check(other)
    forgive("404")


def test_every_state_of_a_lost_link(open_page, check, address):
    page = open_page("/contact/lost")
    check(page)
    press(page, "Send me my link")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Your email address").fill(address)
    press(page, "Send me my link")
    heading(page, "Check your email")
    check(page)


@pytest.mark.parametrize("width", [NARROW["width"], 1280])
def test_what_is_printed_has_the_reference_and_the_whole_link(open_page, address, width):
    page = open_page(FORM, width=width)
    url = send(page, address)
    page.emulate_media(media="print")

    expect(page.locator(".reference")).to_be_visible()
    expect(page.get_by_text(url)).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_hidden()
    page.goto(url)
    expect(page.get_by_text("Is the pool warm")).to_be_visible()


def test_a_message_is_not_lost_when_the_site_cannot_be_reached(open_page, address, forgive):
    page = open_page(FORM)
    fill(page, address)
    press(page, "Check my answers")
    heading(page, "Check your answers")
    page.context.set_offline(True)
    press(page, "Send my message")
    expect(page.get_by_role("status")).to_contain_text("We could not reach the site.")
    forgive("ERR_INTERNET_DISCONNECTED")
    forgive("Failed to fetch")
    page.context.set_offline(False)
    press(page, "Send my message")
    page.wait_for_url("**/sent")
    heading(page, "We have your message")
