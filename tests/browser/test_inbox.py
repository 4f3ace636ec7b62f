"""The team's inbox as the team meets it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from portal.inbox.models import Kind
from portal.team.models import Role

AUTOSAVE = 5000  # milliseconds within which a draft is kept


def press(page, words):
    page.get_by_role("button", name=words, exact=True).click()


def test_list_and_conversation_are_accessible(open_desk, conversation, check):
    path = conversation(needs="Short sentences", text="Where do you meet?")
    conversation(kind=Kind.PRESS, about="press", outlet="The Daily Example")
    page = open_desk("/inbox/")
    check(page)
    page.goto(path)
    check(page)


def test_answer_is_mailed_after_a_moment_and_can_be_read_by_the_person(
    open_desk, conversation, mail, address, js
):
    page = open_desk(conversation(), js=js)
    page.get_by_label("Your answer").fill("Yes, it is warm.")
    press(page, "Answer")
    expect(page.get_by_text("Your answer is saved.")).to_be_focused()
    expect(page.get_by_role("button", name="Undo: take it back")).to_be_visible()

    assert "Yes, it is warm." in mail(address, "Re:").text


def test_answer_taken_back_in_time_is_a_draft_again(open_desk, conversation, js):
    page = open_desk(conversation(), js=js)
    page.get_by_label("Your answer").fill("Too quick")
    press(page, "Answer")
    press(page, "Undo: take it back")

    expect(page.get_by_text("The answer was stopped. It is a draft again.")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Too quick")


def test_draft_is_kept_while_it_is_written_and_its_reading_level_is_shown(open_desk, conversation):
    path = conversation()
    page = open_desk(path)
    page.get_by_label("Your answer").press_sequentially("We meet at ten. Bring a towel.")
    expect(page.get_by_text("Draft kept")).to_be_visible(timeout=AUTOSAVE)
    expect(page.get_by_text("very easy")).to_be_visible()
    page.goto(path)

    expect(page.get_by_label("Your answer")).to_have_value("We meet at ten. Bring a towel.")


def test_two_people_in_one_conversation_see_each_other_and_lose_nothing(
    open_desk, conversation, forgive
):
    path = conversation()
    ada, ben = open_desk(path, "Ada"), open_desk(path, "Ben")
    ada.get_by_label("Your answer").press_sequentially("From Ada.")
    expect(ada.get_by_text("Draft kept")).to_be_visible(timeout=AUTOSAVE)
    ben.get_by_label("Your answer").press_sequentially("From Ben.")

    expect(ben.get_by_text("Ada has changed this draft")).to_be_visible(timeout=AUTOSAVE)
    expect(ben.locator("#draft")).to_contain_text("From Ada.")
    expect(ben.get_by_label("Your answer")).to_have_value("From Ben.")
    expect(ben.locator("#presence")).to_contain_text("Ada is writing", timeout=20_000)
    forgive("409")


def test_second_answer_from_an_old_page_shows_both_texts(open_desk, conversation, forgive):
    path = conversation()
    ada, ben = open_desk(path, "Ada", js=False), open_desk(path, "Ben", js=False)
    ada.get_by_label("Your answer").fill("The answer from Ada")
    press(ada, "Answer")
    ben.get_by_label("Your answer").fill("The answer from Ben")
    press(ben, "Answer")

    expect(ben.get_by_role("heading", level=1)).to_have_text("Somebody else was quicker")
    expect(ben.get_by_text("The answer from Ada")).to_be_visible()
    expect(ben.get_by_label("Your text")).to_have_value("The answer from Ben")
    press(ben, "Save mine all the same")
    expect(ben.get_by_text("Your answer is saved.")).to_be_visible()
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
    page = open_desk("/inbox/")
    page.get_by_label("Search names").focus()
    conversation(text="Second one here")

    expect(page.locator("#status")).to_have_text(
        re.compile("new or changed in the inbox"), timeout=25_000
    )
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


def test_shortcuts_can_be_switched_off(open_desk, conversation, check):
    path = conversation()
    page = open_desk("/inbox/keys")
    check(page)
    press(page, "Switch the shortcuts off")
    page.goto(path)
    page.keyboard.press("r")

    expect(page.get_by_label("Your answer")).not_to_be_focused()


def test_bulk_action_can_be_undone(open_desk, conversation, js, address):
    conversation(text=f"Close {address}")
    page = open_desk("/inbox/?sort=newest", js=js)
    page.get_by_role("checkbox", name=re.compile(re.escape(address))).check(force=True)
    page.get_by_label("Do", exact=True).select_option("Close them")
    press(page, "Do it")
    expect(page.get_by_text("1 conversation changed.")).to_be_visible()
    press(page, "Undo")

    expect(page.get_by_text("1 conversation put back.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768])
def test_conversation_with_everything_in_it_fits(open_desk, conversation, check, width):
    page = open_desk(conversation(needs="x" * 300, text="word " * 500 + "y" * 300), width=width)
    check(page)


def test_reader_sees_and_cannot_change(open_desk, conversation, check):
    page = open_desk(conversation(), role=Role.READER)
    check(page)

    expect(page.get_by_label("Your answer")).to_have_count(0)
    expect(page.get_by_role("button", name="Close", exact=True)).to_have_count(0)
