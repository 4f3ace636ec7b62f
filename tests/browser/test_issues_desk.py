"""Making an issue as the team does: with JavaScript and without, by keyboard, two at once."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.issues import drafts
from portal.issues.models import Issue, IssueState
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.browser.keyboard import Keyboard
from tests.issues import an_open_issue
from tests.issues.desk import DESK, a_draft_of, path, titled
from tests.newsletter import put_on
from tests.stories import an_editor, published

READ = "I have read this issue in each format"


@pytest.fixture
def issue(app, address):
    """Makes a draft with stories of these titles, and somebody who gets it; returns its path."""

    def make(*titles, **values):
        put_on(address)
        where = path(a_draft_of(*titles, **values))
        db.session.remove()
        return where

    return make


@pytest.fixture
def issue_now(app):
    """Reads the issue of a path as it is now."""

    def read(where):
        db.session.remove()
        found = db.session.get_one(Issue, int(where.removeprefix(DESK)))
        db.session.remove()  # what was only read holds SQLite's lock too
        return found

    return read


def full(where):
    """With everything on its page that can be there."""
    number = int(where.removeprefix(DESK))
    drafts.add_words(db.session.get_one(Issue, number), an_editor())
    db.session.remove()


def test_everyone_can_use_each_page_in_each_state(open_desk, issue, check):
    where = issue(
        "How I found the water", "Who is the gym for?", opening="Hello.", topics=["ideas"]
    )
    full(where)
    page = open_desk(DESK)
    for end in ("", "/stories", "/delete"):
        page.goto(f"{where}{end}")
        check(page)
    page.goto(DESK)
    check(page)
    page.goto(where)
    press(page, "Ask for the second yes")
    done(page, "You asked.")
    check(page)
    ben = open_desk(f"{where}/yes", name="Ben")
    check(ben)
    press(ben, "Say yes to this")
    is_told(ben, "Read it in each format first.")
    check(ben)
    ben.get_by_label(READ).check()
    press(ben, "Say yes to this")
    done(ben, "You said yes.")
    check(ben)
    press(ben, "Send it")
    is_told(ben, "Choose when it leaves.")
    check(ben)
    ben.get_by_label("In 15 minutes").check()
    press(ben, "Send it")
    done(ben, "It is to go.")
    check(ben)
    sending = path(an_open_issue(published()).issue)
    db.session.remove()
    page.goto(sending)
    check(page)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_list_cuts_no_subject_off(open_desk, issue, width):
    subject = "News of May: how we found the water"
    where = issue("How I found the water", subject=subject)
    words = open_desk(DESK, width=width).locator(f"a[href='{where}'] :text('{subject}')")

    assert words.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_the_whole_way_of_two_people(open_desk, issue, issue_now, js, app):
    titled("How I found the water")
    where = issue(subject="")
    page = open_desk(where, js=js)
    page.get_by_label("Subject").fill("News of May")
    page.get_by_label("Preview line").fill("One story")
    page.get_by_label("Opening").fill("Hello all.")
    press(page, "Add a story")
    heading(page, "Choose a story")
    page.get_by_role("button", name=re.compile("Put it in.*How I found")).first.click()
    done(page, "The story is in the issue")
    expect(page.get_by_label("Opening")).to_have_value("Hello all.")
    press(page, "Add your own words")
    expect(page.get_by_label("Your own words")).to_be_focused()
    page.keyboard.type("See you soon.")
    page.get_by_role("button", name=re.compile("Move up.*Your own words")).click()
    expect(page.get_by_role("button", name=re.compile("Move down.*Your own words"))).to_be_focused()
    press(page, "Ask for the second yes")
    done(page, "You asked.")
    ben = open_desk(where, name="Ben", js=js)
    follow(ben, "Read it, and decide")
    expect(ben.frame_locator("iframe").first.get_by_text("See you soon.")).to_be_visible()
    ben.get_by_label(READ).check()
    press(ben, "Say yes to this")
    done(ben, "You said yes.")
    ben.get_by_label("At a day and time").check()
    ben.get_by_label("Day and time", exact=True).fill("tomorrow 9am")
    press(ben, "Send it")
    done(ben, "It is to go.")
    page.goto(where)
    expect(page.get_by_text("Nothing has left yet.")).to_be_visible()
    assert issue_now(where).state is IssueState.SCHEDULED
    press(page, "Stop it")
    done(page, "It is stopped.")

    assert issue_now(where).state is IssueState.APPROVED


def is_kept(response):
    return response.url.endswith("/keep")


def test_words_are_kept_while_they_are_typed_and_a_colleague_sees_them_come(
    open_desk, issue, issue_now
):
    where = issue("How I found the water")
    page = open_desk(where)
    ben = open_desk(where, name="Ben")
    with page.expect_response(is_kept):
        page.get_by_label("Opening").press_sequentially("Hello all.", delay=30)
    expect(page.locator("#kept")).to_contain_text("Saved at")
    expect(page.locator("#kept")).to_contain_text("very easy")
    with page.expect_response(is_kept):
        page.get_by_label("Opening").blur()
    assert issue_now(where).opening == "Hello all."
    expect(ben.get_by_text("A colleague has changed something.")).to_be_visible()
    expect(ben.locator("#presence")).to_contain_text("Ada")


def test_two_write_in_the_same_field_and_both_texts_are_there(
    open_desk, issue, issue_now, js, forgive
):
    where = issue("How I found the water")
    page, ben = open_desk(where, js=js), open_desk(where, name="Ben", js=False)
    ben.get_by_label("Opening").fill("Words of Ben.")
    press(ben, "Save")
    done(ben, "It is saved.")
    page.get_by_label("Opening").fill("My words.")
    if js:
        page.get_by_label("Opening").blur()
    else:
        press(page, "Save")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("A colleague has changed this too")
    expect(told).to_contain_text("Words of Ben.")
    expect(page.get_by_label("Opening")).to_have_value("My words.")
    assert issue_now(where).opening == "Words of Ben."
    press(page, "save mine")
    done(page, "It is saved.")
    forgive("409")

    assert issue_now(where).opening == "My words."


def test_parts_are_put_in_order_by_keyboard_and_the_focus_stays_on_the_button(open_desk, issue):
    page = open_desk(issue("A", "B", "C"))
    Keyboard(page).go_to("Move down\n: A, place 1 of 3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("down.*A, place 2 of 3"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("up.*A, place 3 of 3"))).to_be_focused()

    expect(page.locator(".parts h3")).to_have_text(["B, by Ada", "C, by Ada", "A, by Ada"])
