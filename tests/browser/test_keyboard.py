"""Every flow by keyboard alone: from the address bar on, with Tab, Enter and Space."""

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard

EMAIL = "Your email address"


def heading(page):
    return page.get_by_role("heading", level=1)


@pytest.mark.parametrize("forced", [False, True], ids=["own colours", "forced colours"])
@pytest.mark.parametrize("path", ["/", "/newsletter/"])
def test_each_step_shows_and_the_last_leads_out_of_the_page(path, forced, open_page):
    page = open_page(path, forced=forced)
    keyboard = Keyboard(page)

    way = [keyboard.step()]
    while name := keyboard.step():
        way.append(name)
        assert len(way) < 60, f"there is no way out: {way}"
    assert way[0] == "Skip to the main content"
    assert way[-1] == "media@getyourselfactive.org"


def test_somebody_signs_up_and_confirms(open_page, js, address, mail):
    page = open_page("/", js=js)
    keyboard = Keyboard(page)
    assert keyboard.step() == "Skip to the main content"
    keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    assert keyboard.step() == "Get our newsletter"  # the header was skipped
    keyboard.press("Enter")
    expect(heading(page)).to_have_text("Get our newsletter")

    keyboard.go_to("Sign up")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert keyboard.step() == "Enter your email address."
    keyboard.press("Enter")
    expect(page.get_by_label(EMAIL)).to_be_focused()
    keyboard.type(address)
    keyboard.go_to("Activities and events")
    keyboard.press("Space")
    keyboard.go_to("Standard, with pictures")
    keyboard.press("ArrowDown")
    expect(page.get_by_label("Plain text")).to_be_checked()
    keyboard.go_to("Sign up")
    keyboard.press("Space")
    expect(heading(page)).to_have_text("Check your email")
    expect(heading(page)).to_be_focused()

    page.goto(mail(address).link("/confirm/"))
    Keyboard(page).go_to("Yes, sign me up")
    keyboard.press("Enter")
    expect(heading(page)).to_have_text("You are signed up")
    expect(heading(page)).to_be_focused()
    assert keyboard.step() == "Change what you get"


def test_enter_in_the_field_sends_what_was_typed_and_takes_no_suggestion(
    open_page, js, address, mail
):
    mistyped = address.replace("example.org", "gmial.com")
    page = open_page("/newsletter/", js=js)
    keyboard = Keyboard(page)
    keyboard.go_to(EMAIL)
    keyboard.type(mistyped)
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    keyboard.step()
    keyboard.press("Enter")
    expect(page.get_by_label(EMAIL)).to_be_focused()
    keyboard.press("Enter")

    expect(heading(page)).to_have_text("Check your email")
    assert mail(mistyped)


def test_somebody_changes_their_choices_and_leaves(open_page, js, reader):
    page = open_page(reader.preferences, js=js)
    keyboard = Keyboard(page)
    keyboard.go_to("Your name (if you like)")
    keyboard.type("Ada")
    keyboard.go_to("Save")
    keyboard.press("Space")
    expect(page.get_by_text("Your choices are saved.")).to_be_focused()
    keyboard.go_to("Leave the newsletter")
    keyboard.press("Enter")
    expect(heading(page)).to_have_text("Leave the newsletter")
    keyboard.go_to("Leave the newsletter")
    keyboard.press("Enter")

    expect(heading(page)).to_have_text("You have left the newsletter")
    expect(heading(page)).to_be_focused()


def test_somebody_gets_a_lost_link(open_page, js, address):
    page = open_page("/newsletter/preferences/", js=js)
    keyboard = Keyboard(page)
    keyboard.go_to(EMAIL)
    keyboard.type(address)
    keyboard.press("Enter")

    expect(heading(page)).to_have_text("Check your email")
    expect(heading(page)).to_be_focused()


def test_somebody_is_erased(open_page, js, reader):
    page = open_page(reader.preferences, js=js)
    keyboard = Keyboard(page)
    for words in ("Erase everything about me",) * 2:
        keyboard.go_to(words)
        keyboard.press("Enter")
        page.wait_for_url("**/erase*")

    expect(heading(page)).to_have_text("Your details are erased")
