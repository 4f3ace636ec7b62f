"""The newsletter as people meet it: by keyboard, with JavaScript and without, in every state."""

import re

from playwright.sync_api import expect

from tests.browser.deeds import done, heading, is_about, is_told, press
from tests.browser.keyboard import Keyboard
from tests.services import until
from tests.site import DONE_WITHIN

FORM = "/newsletter/"
EMAIL = "Your email address"


def test_from_the_first_page_to_the_providers_list(open_page, js, check, mail, address, site):
    page = open_page("/", js=js)
    keyboard = Keyboard(page)
    assert keyboard.step() == "Skip to the main content"
    keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    assert keyboard.step() == "Get our newsletter"  # the header was skipped
    keyboard.press("Enter")
    check(page, "Get our newsletter")

    keyboard.use("Stories from Disabled people", "Space")
    keyboard.use("Standard, with pictures", "ArrowDown")
    expect(page.get_by_label("Plain text")).to_be_checked()
    keyboard.use("Sign up")
    is_told(page)
    expect(page).to_have_title(re.compile("^Error: Get our newsletter"))
    check(page)
    assert keyboard.step() == "Enter your email address."
    keyboard.press("Enter")
    expect(page.get_by_label(EMAIL)).to_be_focused()
    expect(page.get_by_label("Stories from Disabled people")).to_be_checked()
    expect(page.get_by_label("Plain text")).to_be_checked()
    keyboard.type("ada@")
    keyboard.press("Enter")
    is_told(page, "Enter a full email address")
    expect(page.get_by_label(EMAIL)).to_have_value("ada@")
    page.get_by_label(EMAIL).fill(address)
    keyboard.use("Sign up", "Space")
    is_about(page, "Check your email")
    check(page)

    mail(address)
    page.goto("/mailbox")
    page.get_by_role("listitem").filter(has_text=address).get_by_role("link").click()
    page.locator("pre a[href*='/confirm/']").click()
    check(page, "One last step")
    expect(page.get_by_role("definition")).to_have_text(
        ["Stories from Disabled people", "Plain text"]
    )
    assert site.contact(address) is None
    keyboard.use("Yes, sign me up")
    is_about(page, "You are signed up")
    check(page)
    assert keyboard.step() == "Change what you get"

    contact = until(lambda: site.contact(address), DONE_WITHIN)
    assert contact["state"] == "subscribed"
    assert contact["attributes"]["topics"] == ["stories"]
    assert contact["attributes"]["format"] == "plain"
    assert mail(address, "Welcome").link("/preferences/")


def test_enter_in_the_field_sends_what_was_typed_and_takes_no_suggestion(
    open_page, js, check, address, mail
):
    mistyped = f"with.a.long.name.and.no.place.to.break.it.{address}"
    mistyped = mistyped.replace("example.org", "gmial.com")
    page = open_page(FORM, js=js)
    keyboard = Keyboard(page)
    keyboard.fill(EMAIL, mistyped)
    keyboard.press("Enter")
    is_told(page, "Did you mean")
    expect(page.locator("main").get_by_role("button")).to_have_count(2)
    check(page)
    keyboard.step()
    keyboard.press("Enter")
    expect(page.get_by_label(EMAIL)).to_be_focused()
    keyboard.press("Enter")

    is_about(page, "Check your email")
    assert mail(mistyped)


def test_choices_are_changed_and_they_leave_and_are_forgotten_everywhere(
    open_page, js, check, preferences, site, address, mail, forgive
):
    page = open_page(preferences, js=js)
    keyboard = Keyboard(page)
    check(page)
    page.get_by_label("Your name").fill("Ada " * 30)
    keyboard.use("Save")
    is_told(page)
    check(page)
    page.get_by_label("Your name").fill("Ada Lovelace")
    keyboard.use("Ideas for moving at home", "Space")
    keyboard.use("Save", "Space")
    done(page, "Your choices are saved.")
    check(page)
    page.goto(preferences)
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(page.get_by_label("Ideas for moving at home")).to_be_checked()

    def contact(part):
        return (site.contact(address) or {}).get(part, {})

    until(lambda: contact("attributes").get("name") == "Ada Lovelace", DONE_WITHIN)
    assert contact("attributes")["topics"] == ["stories", "ideas"]

    keyboard.use("Leave the newsletter")
    check(page, "Leave the newsletter")
    keyboard.use("Leave the newsletter")
    is_about(page, "You have left the newsletter")
    check(page)
    until(lambda: contact("state") == "unsubscribed", DONE_WITHIN)
    page.goto(preferences)
    expect(page.get_by_text("You do not get the newsletter at the moment.")).to_be_visible()
    check(page)

    keyboard.use("Erase my newsletter details")
    check(page, "Erase your newsletter details")
    page.goto(preferences)
    keyboard.use("Send me the link")
    check(page, "Check your email")
    page.goto(mail(address, "erase what we keep").link("/your-details/"))
    check(page, "All that we keep about you")
    keyboard.use("Erase everything about me")
    check(page, "Erase everything about you")
    keyboard.use("Erase everything about me")
    check(page, "Everything about you is erased")
    until(lambda: not site.contact(address), DONE_WITHIN)
    page.goto(preferences)
    heading(page, "We cannot find that page")
    forgive("404")


def test_a_lost_link_is_mailed_again_and_an_old_one_offers_it(
    open_page, js, check, preferences, address, mail, old_link
):
    check(open_page(old_link, js=js, status=410), "This link no longer works")
    page = open_page("/newsletter/preferences/", js=js)
    keyboard = Keyboard(page)
    check(page)
    keyboard.use("Send me my link")
    is_told(page)
    check(page)
    page.get_by_label(EMAIL).fill(address)
    keyboard.use(EMAIL)
    is_about(page, "Check your email")
    check(page)

    page.goto(mail(address).link("/preferences/"))
    expect(page.get_by_text(address).first).to_be_visible()


def test_more_text_than_the_site_takes(open_page, check, forgive):
    page = open_page(FORM)
    page.get_by_label(EMAIL).fill("a" * 300_000)
    press(page, "Sign up")
    expect(page.get_by_text("That is too much to send at once")).to_be_focused()
    forgive("413")
    assert len(page.get_by_label(EMAIL).input_value()) == 300_000
    page.get_by_label(EMAIL).fill("a")  # a field that is this full is slow to look at
    check(page)
