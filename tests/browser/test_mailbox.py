"""The mailbox on a laptop, and the mails in it, which can be answered there."""

import pytest
from playwright.sync_api import expect

from portal.newsletter import services
from tests.browser.deeds import done, heading, press


@pytest.fixture
def invited(app, address, mail):
    """An address that was asked to confirm; the mail has come."""
    services.sign_up(address, ["stories"], "large")
    mail(address)
    return address


def open_mail(page, address):
    page.get_by_role("listitem").filter(has_text=address).get_by_role("link").click()


def test_everyone_can_read_and_answer_a_mail_in_the_mailbox(open_page, js, check, site, invited):
    with site.mail_down():
        page = open_page("/mailbox", js=js)
        expect(page.get_by_text("There is no mail yet.")).to_be_visible()
        check(page)
    page.reload()
    check(page)
    open_mail(page, invited)
    expect(page.get_by_role("heading", name="As text")).to_be_visible()
    check(page)
    press(page, "Send the answer")
    expect(page.get_by_role("alert")).to_contain_text("Write your answer.")
    check(page)
    page.get_by_label("Your answer").fill("Who are you?")
    press(page, "Send the answer")
    done(page, "Your answer has come in.")
    check(page)


def test_the_button_in_the_shown_mail_leads_to_the_site(open_page, invited):
    page = open_page("/mailbox")
    open_mail(page, invited)
    page.frame_locator("iframe").get_by_role("link", name="Confirm my sign-up").click()

    heading(page, "One last step")
