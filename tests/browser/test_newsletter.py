"""The newsletter as people meet it: each journey with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.site import DONE_WITHIN
from tests.services import until

EMAIL = "Your email address"


def heading(page, words):
    """Expect that the page is about this, in its title and its heading."""
    expect(page).to_have_title(re.compile(f"^{re.escape(words)}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def press(page, words):
    page.get_by_role("button", name=words, exact=True).click()


@pytest.fixture
def sign_up(open_page, js):
    """Sends the form with this address; returns the page that answers."""

    def sign_up(address):
        page = open_page("/newsletter/", js=js)
        page.get_by_label(EMAIL).fill(address)
        press(page, "Sign up")
        return page

    return sign_up


def test_from_the_first_page_to_the_providers_list(open_page, js, mail, address, site):
    page = open_page("/", js=js)
    page.get_by_role("main").get_by_role("link", name="Get our newsletter").click()
    page.get_by_label(EMAIL).fill(address)
    page.get_by_label("Stories from Disabled people").check()
    page.get_by_label("Large print").check()
    press(page, "Sign up")
    heading(page, "Check your email")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert site.contact(address) is None

    mail(address)
    page.goto("/mailbox")
    page.get_by_role("listitem").filter(has_text=address).get_by_role("link").click()
    page.locator("pre a[href*='/confirm/']").click()
    heading(page, "One last step")
    expect(page.get_by_role("definition")).to_have_text(
        ["Stories from Disabled people", "Large print"]
    )
    assert site.contact(address) is None
    press(page, "Yes, sign me up")
    heading(page, "You are signed up")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    contact = until(lambda: site.contact(address), DONE_WITHIN)
    assert contact["state"] == "subscribed"
    assert contact["attributes"]["topics"] == ["stories"]
    assert contact["attributes"]["format"] == "large"
    assert mail(address, "Welcome").link("/preferences/")


def test_what_was_typed_and_chosen_stays_after_an_error(open_page, js):
    page = open_page("/newsletter/", js=js)
    page.get_by_label(EMAIL).fill("ada@")
    page.get_by_label("Activities and events").check()
    page.get_by_label("Plain text").check()
    press(page, "Sign up")

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label(EMAIL)).to_have_value("ada@")
    expect(page.get_by_label("Activities and events")).to_be_checked()
    expect(page.get_by_label("Plain text")).to_be_checked()
    summary.get_by_role("link", name="Enter a full email address").click()
    expect(page.get_by_label(EMAIL)).to_be_focused()


def test_a_mistyped_address_can_be_put_right_with_one_button(sign_up, address, mail):
    name = address.partition("@")[0]
    page = sign_up(f"{name}@gmial.com")
    press(page, f"Use {name}@gmail.com")

    heading(page, "Check your email")
    assert mail(f"{name}@gmail.com").link("/confirm/")


def test_an_address_that_looks_mistyped_can_be_kept(sign_up, address, mail):
    name = address.partition("@")[0]
    page = sign_up(f"{name}@gmial.com")
    expect(page.get_by_role("alert")).to_contain_text(f"Did you mean {name}@gmail.com?")
    press(page, "Sign up")

    heading(page, "Check your email")
    assert mail(f"{name}@gmial.com").link("/confirm/")


def test_choices_can_be_changed_with_the_private_link(open_page, js, reader, site):
    page = open_page(reader.preferences, js=js)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Ideas for moving at home").check()
    page.get_by_label("Plain text").check()
    press(page, "Save")
    expect(page.get_by_text("Your choices are saved.")).to_be_focused()

    page.goto(reader.preferences)
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(page.get_by_label("Ideas for moving at home")).to_be_checked()
    expect(page.get_by_label("Plain text")).to_be_checked()

    def attributes():
        return (site.contact(reader.email) or {}).get("attributes", {})

    until(lambda: attributes().get("name") == "Ada Lovelace", DONE_WITHIN)
    assert attributes()["topics"] == ["stories", "ideas"]


def test_people_leave_with_one_button(open_page, js, reader, site):
    page = open_page(reader.preferences, js=js)
    page.get_by_role("link", name="Leave the newsletter").click()
    heading(page, "Leave the newsletter")
    press(page, "Leave the newsletter")

    heading(page, "You have left the newsletter")
    until(lambda: reader.contact().get("state") == "unsubscribed", DONE_WITHIN)


def test_people_who_ask_for_it_are_forgotten_everywhere(open_page, js, reader, forgive):
    page = open_page(reader.preferences, js=js)
    page.get_by_role("link", name="Erase everything about me").click()
    press(page, "Erase everything about me")

    heading(page, "Your details are erased")
    until(lambda: not reader.contact(), DONE_WITHIN)
    page.goto(reader.preferences)
    heading(page, "We cannot find that page")
    forgive("404")


def test_a_lost_link_is_mailed_again(open_page, js, reader, mail):
    page = open_page("/newsletter/preferences/", js=js)
    page.get_by_label(EMAIL).fill(reader.email)
    press(page, "Send me my link")
    heading(page, "Check your email")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    page.goto(mail(reader.email).link("/preferences/"))
    expect(page.get_by_text(reader.email)).to_be_visible()


def test_confirming_twice_is_harmless(sign_up, address, mail, site):
    page = sign_up(address)
    heading(page, "Check your email")
    link = mail(address).link("/confirm/")
    page.goto(link)
    other = page.context.new_page()
    other.goto(link)
    press(page, "Yes, sign me up")
    heading(page, "You are signed up")
    press(other, "Yes, sign me up")
    heading(other, "You are signed up")
    page.goto(link)
    heading(page, "You are signed up")

    mail(address, "Welcome")
    assert len(site.mails(address)) == 2  # the question and the welcome


def test_an_old_link_offers_a_new_one(open_page, js, old_link, address, mail):
    page = open_page(old_link, js=js, status=410)
    press(page, "Send me a new link")

    heading(page, "Check your email")
    assert mail(address).link("/confirm/")
