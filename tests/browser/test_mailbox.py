"""The mailbox on a laptop, and the mails in it."""

import pytest
from playwright.sync_api import expect

from portal.newsletter import emails, services
from portal.newsletter.models import Subscriber

MAILS = {
    "already subscribed": emails.already_subscribed,
    "confirm sign-up": lambda subscriber: emails.confirm_signup(subscriber, ["stories"], "large"),
    "preferences link": emails.preferences_link,
    "welcome": emails.welcome,
}


@pytest.fixture
def invited(app, address, mail):
    """An address that was asked to confirm; the mail has come."""
    services.sign_up(address, ["stories"], "large")
    mail(address)
    return address


def open_mail(page, address):
    page.get_by_role("listitem").filter(has_text=address).get_by_role("link").click()


def test_everyone_can_use_the_mailbox(open_page, check, invited):
    page = open_page("/mailbox")
    check(page)
    open_mail(page, invited)
    expect(page.get_by_role("heading", name="As text")).to_be_visible()
    check(page)


def test_everyone_can_use_the_empty_mailbox(open_page, check, site):
    with site.mail_down():
        page = open_page("/mailbox")
        expect(page.get_by_text("There is no mail yet.")).to_be_visible()
        check(page)


def test_the_button_in_the_shown_mail_leads_to_the_site(open_page, invited):
    page = open_page("/mailbox")
    open_mail(page, invited)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name="Confirm my sign-up")).to_be_visible()
    assert frame.locator("base[target=_top]").count() == 1
    frame.get_by_role("link", name="Confirm my sign-up").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("One last step")


@pytest.mark.parametrize("name", MAILS)
def test_everyone_can_read_each_mail(name, app, open_page, check, address):
    page = open_page("/mailbox").context.new_page()
    page.set_content(MAILS[name](Subscriber.new(address)).html)
    check(page)
