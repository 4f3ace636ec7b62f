"""After signing out, nobody reads the inbox on a shared computer by going back."""

from playwright.sync_api import expect


def test_going_back_after_signing_out_shows_nothing(open_desk, conversation, js):
    page = open_desk(conversation(text="For the team alone"), js=js)
    page.goto("/team/account/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    page.go_back()
    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_text("For the team alone")).to_have_count(0)
