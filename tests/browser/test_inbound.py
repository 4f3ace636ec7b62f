"""The round on a laptop: a mail is answered in the mailbox, as everyone can."""

import pytest
from playwright.sync_api import expect

from portal.newsletter import services


@pytest.fixture
def invited(app, address, mail):
    """An address that was asked to confirm; the mail has come."""
    services.sign_up(address, ["stories"], "large")
    mail(address)
    return address


def open_mail(page, address):
    page.get_by_role("listitem").filter(has_text=address).get_by_role("link").click()


def send(page, text):
    page.get_by_label("Your answer").fill(text)
    page.get_by_role("button", name="Send the answer").click()


def test_everyone_can_answer_a_mail_in_the_mailbox(open_page, check, invited):
    page = open_page("/mailbox")
    open_mail(page, invited)
    send(page, "")
    expect(page.get_by_role("alert")).to_contain_text("Write your answer.")
    check(page)

    send(page, "Who are you?")
    expect(page.get_by_text("Your answer has come in.")).to_be_focused()
    check(page)


def test_a_mail_can_be_answered_without_javascript(open_page, invited):
    page = open_page("/mailbox", js=False)
    open_mail(page, invited)
    send(page, "")
    expect(page.get_by_role("alert")).to_contain_text("Write your answer.")

    send(page, "Who are you?")
    expect(page.get_by_text("Your answer has come in.")).to_be_visible()
