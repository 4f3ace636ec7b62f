"""Signed out while writing: another tab, twelve hours, a new password. No text is lost."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.team.models import Member
from tests.browser.deeds import done, heading, press
from tests.stories import TEXT, a_story
from tests.team import a_member, signed_in

# What is written where, with what it is sent, and what is seen then.
ANSWER = ("Your answer", "We open at nine.", "Answer", "Your answer is saved.")
NOTE = ("Note for the team", "Call her first.", "Save the note", "The note is saved.")
REWRITE = ("Text", TEXT.replace("light", "free"), "Check the changes", "Check the changes")


@pytest.fixture
def session_of(app):
    """The cookie of a member who is in, by a session that is new each time."""
    number = a_member(email=f"{uuid4().hex}@team.example").id
    held = app.session_interface.get_signing_serializer(app)

    def session_of(**values):
        cookie = held.dumps(signed_in(db.session.get(Member, number), **values))
        db.session.remove()
        return cookie

    return session_of


def sign_out_elsewhere(page):
    """Sign out in another tab of the same browser."""
    other = page.context.new_page()
    other.goto("/team/account/sessions")
    other.get_by_role("button", name="Sign out (here)").click()
    heading(other, "You are signed out")
    other.close()


# A note with JavaScript is in test_team.py, with a new password.
@pytest.mark.parametrize(
    ("js", "written"),
    [(True, ANSWER), (True, REWRITE), (False, ANSWER), (False, NOTE), (False, REWRITE)],
)
def test_what_is_written_is_sent_by_the_same_press_or_given_back(
    session_of, site, visitors, conversation, js, written, check, forgive
):
    label, words, button, then = written
    place = conversation()
    if written is REWRITE:
        place = f"/inbox/{a_story().conversation_id}/story"
        db.session.remove()
    page = visitors.open(place, session=session_of(), js=js)
    field = page.get_by_label(label, exact=True)
    title = page.title()
    page.wait_for_load_state("networkidle")
    sign_out_elsewhere(page)
    in_again = [{"name": "portal", "value": session_of(), "url": site.url}]
    field.fill(words)
    press(page, button)
    if js:
        expect(page.locator(".shut h2")).to_be_focused()
        expect(page.locator(".shut")).to_contain_text("What you typed is still here.")
        expect(page).to_have_title(re.compile(re.escape(title)))
        expect(field).to_have_value(words)
        check(page)
        forgive("401")
        page.context.add_cookies(in_again)
        press(page, button)
        expect(page.locator(".shut")).to_have_count(0)
    else:
        expect(page.get_by_text("What you sent is kept for you.")).to_be_visible()
        check(page, "Sign in")
        page.context.add_cookies(in_again)
        page.goto("/team/session/kept")
        expect(page.get_by_text(words.splitlines()[0])).to_be_visible()
        check(page, "What you wrote is here")
        page.get_by_role("button", name=re.compile("Send it now")).click()
    if written is REWRITE:
        heading(page, then)
    else:
        done(page, then)


def test_before_the_session_ends_one_press_lets_it_go_on_beside_what_is_typed(
    session_of, visitors, conversation, js, check
):
    place = conversation()
    page = visitors.open(place, session=session_of(lasts=timedelta(minutes=30)), js=js)
    page.get_by_label("Your answer").fill("We open at nine.")
    check(page)
    if js:
        title = page.title()
        press(page, "Stay signed in")
        expect(page.get_by_text("You stay signed in until")).to_be_focused()
        expect(page).to_have_title(title)
    else:
        with page.expect_popup() as other:
            press(page, "Stay signed in")
        heading(other.value, "How long you are signed in")

    expect(page.get_by_label("Your answer")).to_have_value("We open at nine.")
