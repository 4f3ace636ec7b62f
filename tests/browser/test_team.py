"""How somebody of the team gets in: each page and state, by keyboard and by passkey."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.team import links, services
from portal.team.models import Role
from tests.browser.deeds import done, heading, is_about, is_told, press
from tests.browser.keyboard import Keyboard
from tests.team import PASSWORD, App, a_member, signed_in, with_password


@pytest.fixture
def team_address():
    return f"ada.{uuid4().hex[:8]}@team.example"


@pytest.fixture
def ada(app, team_address):
    """A member with a password and an app: their address, and the app."""
    phone = with_password(a_member(Role.MANAGER, "Ada", team_address))
    db.session.remove()
    return team_address, phone


def test_invitation_password_and_code_by_keyboard(open_page, app, mail, team_address, js, check):
    services.invite(team_address, Role.MANAGER)
    db.session.remove()
    page = open_page(mail(team_address).link("/team/invite/"), js=js)
    keys = Keyboard(page)
    check(page)
    keys.fill("New password", "short")
    keys.press("Enter")
    is_told(page)
    check(page)
    keys.fill("Your name", "Ada Lovelace")
    keys.fill("New password", PASSWORD)
    keys.press("Enter")
    check(page, "Add a second step")
    phone = App.of_key(page.locator(".key").inner_text())
    keys.fill("Code", "000000")
    keys.press("Enter")
    is_told(page)
    check(page)
    page.get_by_label("Code", exact=True).fill("")
    keys.fill("Code", phone.code())
    keys.press("Enter")
    is_about(page, "Keep these codes")
    expect(page.locator("code")).to_have_count(8)
    check(page)
    keys.use("I have them. Go on")

    expect(page).to_have_url(re.compile("/inbox/$"))
    expect(page.get_by_role("link", name="People", exact=True)).to_be_visible()


def test_signing_in_with_what_is_pasted_and_out_for_good_by_keyboard(open_page, ada, js, check):
    address, phone = ada
    page = open_page("/inbox/", js=js)
    check(page, "Sign in")
    if not js:
        expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    keys = Keyboard(page)
    keys.fill("Your email address", PASSWORD)
    keys.press("ControlOrMeta+a")
    keys.press("ControlOrMeta+x")
    keys.type(address)
    keys.press("Enter")
    is_told(page)
    check(page)
    keys.use("Your password", "ControlOrMeta+v")
    keys.press("Enter")
    check(page, "Second step")
    keys.fill("Code", "000000")
    keys.press("Enter")
    is_told(page)
    check(page)
    page.get_by_label("Code", exact=True).fill("")
    keys.fill("Code", phone.code())
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/inbox/$"))

    page.goto("/team/account/")
    check(page)
    press(page, "Sign out")
    check(page, "You are signed out")
    for _ in ("the account", "the inbox"):
        page.go_back()
        heading(page, "Sign in")


def test_everyone_can_use_each_page_of_an_account_and_what_is_refused(
    open_page, open_desk, ada, mail, check, forgive
):
    page = open_page("/team/invite/over", status=410)
    check(page, "This link no longer works")
    page.goto("/team/reset")
    check(page)
    page.get_by_label("Your email address").fill(ada[0])
    press(page, "Send me the link")
    check(page, "Check your email")
    page.goto(mail(ada[0], "password").link("/team/reset/"))
    check(page)
    page = open_desk("/team/account/")
    for path in ("account/password", "account/app", "account/passkeys", "account/sessions"):
        page.goto(f"/team/{path}")
        check(page)
    page.goto("/team/people/")
    check(page, "You cannot do that")
    forgive("403")


def test_people_are_invited_and_asked_again_nothing_that_was_typed_is_lost(
    open_desk, mail, check, js
):
    new = f"new.{uuid4().hex[:8]}@team.example"
    page = open_desk("/team/people/", role=Role.MANAGER, fresh=False, js=js)
    page.get_by_label("Their email address").fill(new)
    press(page, "Invite")
    check(page, "Is it you?")
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Go on")
    assert mail(new).link("/team/invite/")
    page.goto("/team/people/")
    page.get_by_label("Their email address").fill("nobody")
    press(page, "Invite")
    is_told(page)
    check(page)
    page.get_by_label("Their email address").fill(f"other.{new}")
    press(page, "Invite")
    done(page, "The invitation is on its way.")
    check(page)


def test_page_whose_session_a_new_password_ended_goes_on_after_a_sign_in_in_a_new_tab(
    app, visitors, ada, conversation, forgive
):
    address, phone = ada
    place, held = conversation(), app.session_interface.get_signing_serializer(app)
    session = held.dumps(signed_in(services.find(address)))
    db.session.remove()
    page = visitors.open(place, session=session)
    page.wait_for_load_state("networkidle")
    services.change_password(services.find(address), PASSWORD)
    db.session.remove()
    page.get_by_label("Note for the team").fill("Call her.")
    press(page, "Save the note")
    with page.expect_popup() as other:
        page.get_by_role("link", name="Sign in in a new tab").click()
    tab = other.value
    tab.get_by_label("Your email address").fill(address)
    tab.get_by_label("Your password").fill(PASSWORD)
    press(tab, "Sign in")
    tab.get_by_label("Code", exact=True).fill(phone.code())
    press(tab, "Go on")
    heading(tab, "You are signed in")
    forgive("401")
    press(page, "Save the note")

    done(page, "The note is saved.")


@pytest.fixture
def on_localhost(site, visitors):
    """A page of the site at localhost: no browser makes a passkey for a number."""

    def on_localhost(path):
        page = visitors.open("/accessibility")
        tools = page.context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(site.url.replace("127.0.0.1", "localhost") + path)
        return page

    yield on_localhost
    visitors.forgive("another site was asked: http://localhost")


def test_passkey_takes_the_place_of_password_and_code(app, site, on_localhost, team_address, check):
    services.invite(team_address, Role.EDITOR)
    path = links.invite_url(services.find(team_address)).removeprefix(site.url)
    db.session.remove()
    page = on_localhost(path)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("New password").fill(PASSWORD)
    press(page, "Go on")
    check(page)
    page.get_by_label("What do you call it?").fill("My laptop")
    press(page, "Make a passkey")
    heading(page, "Keep these codes")
    page.get_by_role("link", name="I have them. Go on").click()
    page.get_by_role("link", name="Your account").click()
    press(page, "Sign out")
    page.get_by_role("link", name="Sign in again").click()
    press(page, "Sign in with a passkey")
    expect(page).to_have_url(re.compile("/inbox/$"))
    page.goto(page.url.replace("/inbox/", "/team/account/passkeys"))
    expect(page.get_by_text("My laptop, last used")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Remove (My laptop)").click()
    expect(page.get_by_text("This is your only second step.")).to_be_focused()
