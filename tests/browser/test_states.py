"""Everyone gets in: each state that the newsletter's pages can be in, not only the first."""

import pytest
from playwright.sync_api import expect

EMAIL = "Your email address"
TOO_LONG = "Ada " * 30
BY = pytest.mark.parametrize("by", ["htmx", "a whole page"])


def send(page, words, by="htmx"):
    """Press the button; a browser may also send the form itself, and get a whole page."""
    button = page.get_by_role("button", name=words, exact=True)
    if by == "htmx":
        button.click()
    else:
        button.evaluate("button => HTMLFormElement.prototype.submit.call(button.form)")


def heading(page, words):
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@BY
def test_a_sign_up_without_an_address(by, open_page, check):
    page = open_page("/newsletter/")
    send(page, "Sign up", by)
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)


def test_a_sign_up_with_an_address_that_looks_mistyped(open_page, check):
    page = open_page("/newsletter/")
    page.get_by_label(EMAIL).fill("ada.with.a.long.name.and.no.place.to.break.it@gmial.com")
    send(page, "Sign up")
    expect(page.get_by_role("button")).to_have_count(2)
    check(page)


def test_a_sign_up_that_was_taken(open_page, check, address):
    page = open_page("/newsletter/")
    page.get_by_label(EMAIL).fill(address)
    send(page, "Sign up")
    heading(page, "Check your email")
    check(page)


def test_a_confirmation_before_and_after_the_button(open_page, check, fresh_link):
    page = open_page(fresh_link)
    heading(page, "One last step")
    check(page)
    send(page, "Yes, sign me up")
    heading(page, "You are signed up")
    check(page)


def test_a_confirmation_that_came_too_late(open_page, check, old_link):
    page = open_page(old_link, status=410)
    heading(page, "This link no longer works")
    check(page)


def test_choices_when_they_are_seen_and_saved(open_page, check, reader):
    page = open_page(reader.preferences)
    check(page)
    send(page, "Save")
    expect(page.get_by_text("Your choices are saved.")).to_be_focused()
    check(page)


@BY
def test_choices_with_a_name_that_is_too_long(by, open_page, check, reader):
    page = open_page(reader.preferences)
    page.get_by_label("Your name").fill(TOO_LONG)
    send(page, "Save", by)
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)


def test_leaving_and_what_is_offered_afterwards(open_page, check, reader):
    page = open_page(reader.unsubscribe)
    heading(page, "Leave the newsletter")
    check(page)
    send(page, "Leave the newsletter")
    heading(page, "You have left the newsletter")
    check(page)
    page.goto(reader.preferences)
    expect(page.get_by_text("You do not get the newsletter at the moment.")).to_be_visible()
    check(page)


def test_being_forgotten(open_page, check, reader):
    page = open_page(reader.preferences)
    page.get_by_role("link", name="Erase everything about me").click()
    heading(page, "Erase everything about you")
    check(page)
    send(page, "Erase everything about me")
    heading(page, "Your details are erased")
    check(page)


def test_a_lost_link_without_and_with_an_address(open_page, check, address):
    page = open_page("/newsletter/preferences/")
    send(page, "Send me my link")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label(EMAIL).fill(address)
    send(page, "Send me my link")
    heading(page, "Check your email")
    check(page)


def test_more_text_than_the_site_takes(open_page, check, forgive):
    page = open_page("/newsletter/")
    page.get_by_label(EMAIL).fill("a" * 300_000)
    send(page, "Sign up")
    expect(page.get_by_text("That is too much to send at once")).to_be_focused()
    forgive("413")
    assert len(page.get_by_label(EMAIL).input_value()) == 300_000
    page.get_by_label(EMAIL).fill("a")  # a field that is this full is slow to look at
    check(page)
