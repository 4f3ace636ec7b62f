"""The newsletter's list, as the team has it before them: each page and state, and by keyboard."""

import re

from playwright.sync_api import expect

from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import SubscriberState
from portal.team.models import Role
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.browser.keyboard import Keyboard
from tests.newsletter import a_subscriber

LIST, HELD = "/newsletter/list/", "/newsletter/list/held"
PROOF = "They have said it, and I keep what proves it. They get the newsletter from now on."
WAY = "How did they tell you?"


def test_from_a_signed_sheet_to_being_forgotten(open_desk, mail, address, js, check):
    page = open_desk(LIST, role=Role.MANAGER, js=js)
    check(page, "Newsletter")
    follow(page, "Put somebody on")
    check(page, "Put somebody on the list")
    page.get_by_label("Their email address").fill(address)
    press(page, "Put them on the list")
    is_told(page, "Choose how they told you.")
    check(page)
    expect(page.get_by_label("Their email address")).to_have_value(address)
    page.get_by_label(WAY).select_option("On paper")
    page.get_by_label(PROOF).check()
    page.get_by_label("What proves it, and where is it kept?").fill("The sheet of the open day")
    press(page, "Put them on the list")
    done(page, "They are on the list.")
    check(page, address)
    expect(page.get_by_role("main")).to_contain_text("The sheet of the open day")
    assert mail(address).link("/newsletter/unsubscribe/")

    follow(page, "Back to the list")
    follow(page, "Put somebody on")
    page.get_by_label("Their email address").fill(address)
    page.get_by_label(WAY).select_option("By phone")
    page.get_by_label("By an email that we send them now.").check()
    press(page, "Put them on the list")
    is_told(page, "They are on the list already.")
    check(page)
    follow(page, f"Look at {address} on the list")
    follow(page, "Change it for them")
    check(page, "Change what they get")
    page.get_by_label("Large print").check()
    page.get_by_label(WAY).select_option("By phone")
    press(page, "Save")
    done(page, "Their choices are saved.")
    press(page, "Take them off the list")
    is_told(page, "Choose how they told you.")
    check(page)
    page.get_by_label(WAY).last.select_option("By post")
    press(page, "Take them off the list")
    done(page, "They are taken off.")
    check(page)

    follow(page, "Erase their newsletter details")
    check(page, "Erase their newsletter details")
    page.get_by_label(WAY).select_option("By post")
    press(page, "Erase it all")
    done(page, "Their newsletter details are erased.")
    page.get_by_role("searchbox").fill(address)
    press(page, "Find")
    expect(page.get_by_role("main")).to_contain_text("Nobody fits.")
    check(page)


def test_why_somebody_gets_nothing_is_found_by_keyboard(app, open_desk, address, js, check):
    a_subscriber(address, SubscriberState.BOUNCED, name="Zoë O\u2019Hara")
    db.session.remove()
    page = open_desk(LIST, js=js)
    keys = Keyboard(page)
    keys.fill("Find somebody by a part of their address or name", f"o'hara {address[:12]}")
    keys.press("Enter")
    keys.use(page.locator(".row a").inner_text())
    heading(page, "Zoë O\u2019Hara")
    expect(page.get_by_role("main")).to_contain_text("our mail came back on")
    check(page)
    keys.go_to(WAY)
    keys.type("By ph")
    keys.use("They ask us to: let mail go there again")
    done(page, "Mail may go to them again.")
    check(page)


def decide(page, words, address):
    """Press the button called so of one address."""
    page.get_by_role("button", name=re.compile(f"^{words} ?: {re.escape(address)}$")).click()


def test_a_held_sign_up_is_decided_about_and_thought_over(app, open_desk, address, js, check):
    services.hold(address, ["ideas"], "plain", ["The form came back after 0.2 seconds"])
    db.session.remove()
    page = open_desk("/inbox/dashboard", js=js)
    page.locator(f".figures a[href='{HELD}']").click()
    check(page, "Held sign-ups")
    decide(page, "Discard", address)
    done(page, "It is discarded, and soon erased.")
    check(page)
    decide(page, "Undo", address)
    done(page, "It waits for a decision again.")
    decide(page, "Let it through", address)
    done(page, "Its owner gets the email")
    check(page)
