"""A new conversation, begun by somebody of the team."""

from playwright.sync_api import expect

from tests.browser.deeds import done, heading, is_told, press


def test_call_is_written_down_and_corrected(open_desk, js, check):
    page = open_desk(js=js, width=320)
    page.get_by_role("link", name="New conversation").click()
    heading(page, "New conversation")
    check(page)
    page.get_by_label("They called", exact=True).check()
    page.get_by_label("What they said, or what you write").fill("Is there a hoist?")
    page.get_by_label("How they want the answer").select_option("phone")
    press(page, "Save the conversation")
    is_told(page, "Enter their phone number")
    page.get_by_label("Phone number").fill("0161 496 0000")
    press(page, "Save the conversation")
    done(page, "It is kept, and you look after it.")
    page.reload()  # the page has its own address
    expect(page.get_by_label("What they need")).to_contain_text("0161 496 0000")

    page.get_by_role("link", name="Correct the details").click()
    heading(page, "Correct the details")
    check(page)
    page.get_by_label("Kind").select_option("press")
    page.get_by_label("Deadline").fill("in two days")
    press(page, "Save")
    done(page, "Saved.")
    expect(page.get_by_label("What they need")).to_contain_text("Deadline")
