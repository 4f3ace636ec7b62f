"""The team's inbox and its figures as the team meets them."""

import csv
import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from portal.extensions import db, now
from portal.inbox.models import Conversation, ConversationState, Kind
from portal.team.models import Role
from tests.browser.deeds import heading, press

LATER = 15_000  # milliseconds until the page asks what is new


def test_everyone_can_use_list_conversation_and_shortcuts(open_desk, conversation, check):
    path = conversation(needs="x" * 300, text="word " * 500 + "y" * 300)
    conversation(kind=Kind.PRESS, about="press", outlet="The Daily Example")
    page = open_desk("/inbox/", width=768)
    check(page)
    page.goto(path)
    check(page)
    page.goto("/inbox/keys")
    check(page)
    press(page, "Switch the shortcuts off")
    page.goto(path)
    page.keyboard.press("r")
    expect(page.get_by_label("Your answer")).not_to_be_focused()


def test_draft_is_kept_while_it_is_written_and_its_reading_level_is_shown(open_desk, conversation):
    path = conversation()
    page = open_desk(path)
    page.get_by_label("Your answer").press_sequentially("We meet at ten. Bring a towel.")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    expect(page.get_by_text("very easy")).to_be_visible()
    page.goto(path)

    expect(page.get_by_label("Your answer")).to_have_value("We meet at ten. Bring a towel.")


def test_two_people_in_one_conversation_see_each_other_and_lose_nothing(
    open_desk, conversation, forgive
):
    path = conversation()
    ada, ben = open_desk(path, "Ada"), open_desk(path, "Ben", clock=True)
    ada.get_by_label("Your answer").press_sequentially("From Ada.")
    expect(ada.get_by_text("Draft kept")).to_be_visible()
    ben.get_by_label("Your answer").press_sequentially("From Ben.")

    expect(ben.get_by_text("Ada has changed this draft")).to_be_visible()
    expect(ben.locator("#draft")).to_contain_text("From Ada.")
    expect(ben.get_by_label("Your answer")).to_have_value("From Ben.")
    ben.clock.fast_forward(LATER)
    expect(ben.locator("#presence")).to_contain_text("Ada is writing")
    forgive("409")


def test_what_is_typed_stays_when_something_else_is_saved(open_desk, conversation):
    page = open_desk(conversation())
    page.get_by_label("Your answer").fill("Half a sent")
    page.get_by_label("Tags").fill("pool")
    press(page, "Save")

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Half a sent")
    expect(page.get_by_label("Tags")).to_have_value("pool")


def test_new_conversation_is_announced_and_moves_nothing(open_desk, conversation):
    conversation(text="First one here")
    page = open_desk("/inbox/", clock=True)
    page.get_by_label("Search names").focus()
    conversation(text="Second one here")

    page.clock.fast_forward(LATER)
    expect(page.locator("#status")).to_have_text(re.compile("new or changed in the inbox"))
    expect(page.get_by_label("Search names")).to_be_focused()
    expect(page.get_by_role("link", name=re.compile("Second one here"))).to_be_hidden()
    page.get_by_role("link", name=re.compile("Show the list as it is now")).click()
    expect(page.get_by_role("link", name=re.compile("Second one here"))).to_be_visible()


def test_letters_do_what_the_list_of_shortcuts_says(open_desk, conversation):
    path = conversation(text="Open me by key")
    page = open_desk("/inbox/?sort=newest")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=re.compile("Open me by key"))).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url(f"**{path}")
    page.keyboard.press("r")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("jkoreane?/")
    expect(page.get_by_label("Your answer")).to_have_value("jkoreane?/")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("a")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.keyboard.press("?")
    page.wait_for_url("**/inbox/keys")


def test_bulk_action_can_be_undone(open_desk, conversation, address):
    conversation(text=f"Close {address}")
    page = open_desk("/inbox/?sort=newest")
    page.get_by_role("checkbox", name=re.compile(re.escape(address))).check(force=True)
    page.get_by_label("Do", exact=True).select_option("Close them")
    press(page, "Do it")
    expect(page.get_by_text("1 conversation changed.")).to_be_visible()
    press(page, "Undo")

    expect(page.get_by_text("1 conversation put back.")).to_be_visible()


def test_dashboard_is_accessible_without_pictures_and_its_tables_scroll_by_keyboard(
    app, open_desk, conversation, check
):
    conversation()
    path = conversation()
    answered = db.session.get(Conversation, int(path.rsplit("/", 1)[1]))
    answered.created_at, answered.answered_at = (now() - timedelta(days=days) for days in (2, 1))
    answered.state = ConversationState.WAITING
    db.session.commit()
    db.session.remove()
    page = open_desk("/inbox/dashboard", width=320)

    expect(page.get_by_text("half of the people had an answer")).to_be_visible()
    expect(page.get_by_role("table")).not_to_have_count(0)
    expect(page.get_by_role("img")).to_have_count(0)
    table = page.get_by_role("group", name="Time to a first answer")
    table.focus()
    expect(table).to_be_focused()
    check(page)


def test_manager_gets_the_file(open_desk, conversation, check):
    conversation(text="In the file")
    page = open_desk("/inbox/export", role=Role.MANAGER)
    check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Get the file").click()

    rows = [*csv.DictReader(Path(download.value.path()).read_text().splitlines())]
    assert download.value.suggested_filename.startswith("inbox-")
    assert "In the file" in [row["subject"] for row in rows]
    expect(page.get_by_role("heading", name="Export")).to_be_visible()


def test_going_back_after_signing_out_shows_nothing(open_desk, conversation, js):
    page = open_desk(conversation(text="For the team alone"), js=js)
    page.goto("/team/account/")
    press(page, "Sign out")
    heading(page, "You are signed out")
    page.go_back()
    page.go_back()

    heading(page, "Sign in")
    expect(page.get_by_text("For the team alone")).to_have_count(0)
