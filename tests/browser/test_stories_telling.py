"""Telling a story as people do it: with JavaScript and without, by keyboard, in every state."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from portal.stories.models import Story
from tests.browser.deeds import heading, is_about, is_told, press
from tests.browser.keyboard import Keyboard
from tests.browser.test_contact import LONG
from tests.stories import a_draft

START = "/stories/share/"
TEXT = "I roll to the pool each week.\n\nThe water holds me."
DARK = "Some days I want to kill myself. Then I swim."


def begin(page):
    """Begin a story on the first page."""
    page.get_by_label("Write it here", exact=True).check()
    press(page, "Start my story")
    expect(page).to_have_url(re.compile("done=started$"))
    heading(page, "Your story, step by step")


def step(page, name, place=2):
    page.locator(".steps").get_by_role("link", name=name).click()
    heading(page, f"Step {place} of 6: {name}")


def text(page):
    return page.get_by_label("Your words", exact=True)


def story_of(page):
    """The story that a page is about, as the database has it."""
    token = re.search(r"/share/([^/?]+)/", page.url)[1]
    db.session.expire_all()
    found = db.session.get(Story, links.read(token).id)
    db.session.commit()
    return found


@pytest.fixture
def draft(app, address):
    """Makes a draft, and returns the address of its list of steps."""

    def make(**changes):
        story = a_draft(**{"email": address} | changes)
        path = f"{START}{links.token(story)}/"
        db.session.remove()
        return path

    return make


def test_from_the_first_page_to_the_receipt_by_keyboard_alone(
    open_page, js, app, check, address, mail
):
    page = open_page(START, js=js)
    keyboard = Keyboard(page)
    check(page)
    keyboard.use("Start my story")
    is_told(page)
    check(page)
    assert keyboard.step() == "Choose how you want to tell it."
    keyboard.press("Enter")
    expect(page.get_by_label("Ask us to call you")).to_be_focused()
    keyboard.press("ArrowUp")  # to the last way: to write it
    keyboard.use("Start my story")
    expect(page).to_have_url(re.compile("done=started$"))
    check(page)
    keyboard.use("Your story")
    heading(page, "Step 2 of 6: Your story")
    page.get_by_label("Which language").select_option("Another language")
    page.get_by_label("Which other language?").fill("Welsh")
    keyboard.fill("Your words", "Nofio yn y dŵr 💛")
    keyboard.use("Continue")
    heading(page, "Step 3 of 6: Pictures, sound or film")
    keyboard.use("Continue")
    check(page, "Step 4 of 6: About you")
    page.get_by_label("Your name").fill("Ada Lovelace")
    keyboard.use("By email", "Space")
    assert keyboard.step() == "Email address"
    keyboard.type(address)
    keyboard.press("Enter")
    check(page, "Step 5 of 6: What we may do with it")
    page.get_by_label("My first name").check()
    keyboard.use("You may publish my story on the Get Yourself Active site.", "Space")
    keyboard.use("Continue")
    heading(page, "Step 6 of 6: Check your answers")
    expect(page.locator("dd[lang=cy]", has_text="dŵr 💛")).to_be_visible()
    expect(page.get_by_text("“Show this name with my story: Ada.”")).to_be_visible()
    check(page)
    keyboard.use("Send my story")
    expect(page).to_have_url(re.compile("/sent$"))
    check(page, "We have your story")
    reference = page.locator(".reference").inner_text()
    page.reload()
    expect(page.locator(".reference")).to_have_text(reference)

    page.goto(mail(address, "We have your story").link("/stories/mine/"))
    expect(page.get_by_text("dŵr 💛").first).to_be_visible()


def test_they_stop_and_come_back_by_the_link(open_page, js, check, address, mail):
    page = open_page(START, js=js)
    begin(page)
    step(page, "Your story")
    text(page).fill(TEXT)
    press(page, "Save and go to the list")
    expect(page.get_by_text("It is saved.")).to_be_focused()
    expect(page.locator(".steps .is-done")).to_have_count(2)
    press(page, "Email me my link")
    is_told(page)
    check(page)
    page.get_by_label("Your email address").fill(address)
    page.get_by_label("Remind me once").check()
    press(page, "Email me my link")
    expect(page.get_by_text("An email with your link is on its way.")).to_be_focused()
    press(page, "Show me four words")
    is_about(page, "Your four words")
    check(page)

    page.goto(mail(address).link("/stories/mine/"))
    heading(page, "Your story, step by step")
    step(page, "Your story")
    expect(text(page)).to_have_value(TEXT)


def test_words_are_kept_while_they_are_typed_though_the_tab_is_closed(open_page):
    page = open_page(START)
    begin(page)
    step(page, "Your story")
    status = page.get_by_role("status")
    text(page).press_sequentially("I swim")
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    expect(status).to_have_text("Your words are saved as you type.")
    text(page).press_sequentially(" each week", delay=20)
    expect(text(page)).to_be_focused()
    expect(page.locator(".htmx-request")).to_have_count(0)
    with page.expect_response("**/keep") as answer:
        text(page).press_sequentially(".")
    assert "saved as you type" not in answer.value.text()  # it is said once
    address = page.url
    page.close()

    again = open_page(address)
    expect(text(again)).to_have_value("I swim each week.")
    press(again, "Continue")
    heading(again, "Step 3 of 6: Pictures, sound or film")


def test_words_are_not_lost_when_the_site_cannot_be_reached(open_page, draft, forgive):
    page = open_page(f"{draft(text='')}story")
    page.context.set_offline(True)
    text(page).fill(TEXT)
    expect(page.get_by_role("status")).to_contain_text("We could not reach the site.")
    press(page, "Continue")
    expect(text(page)).to_have_value(TEXT)
    expect(page.get_by_role("status")).to_contain_text("We could not reach the site.")
    forgive("ERR_INTERNET_DISCONNECTED")
    forgive("Failed to fetch")
    page.context.set_offline(False)
    press(page, "Continue")
    heading(page, "Step 3 of 6: Pictures, sound or film")
    assert story_of(page).text == TEXT


def test_two_tabs_and_both_texts(open_page, js, check, draft, app, forgive):
    path = draft()
    one, other, late = (open_page(f"{path}story", js=js) for _ in range(3))
    text(one).fill("What the first tab says.")
    press(one, "Continue")
    heading(one, "Step 3 of 6: Pictures, sound or film")
    text(other).fill("What the second tab says.")
    if js:
        expect(other.get_by_text("You changed this in another place")).to_be_visible()
        check(other)
    press(other, "Continue")
    heading(other, "You changed this in another place")
    expect(other.get_by_text("What the first tab says.")).to_be_visible()
    check(other)
    mine = other.get_by_label("Your words: you can change it here")
    expect(mine).to_have_value("What the second tab says.")
    mine.fill("What both say.")
    press(other, "Keep what I have just sent")
    heading(other, "Step 3 of 6: Pictures, sound or film")

    one.goto(f"{path}check")
    press(one, "Send my story")
    expect(one).to_have_url(re.compile("/sent$"))
    press(late, "Continue")
    check(late, "Your story was sent already")
    forgive("409 ")
    assert story_of(other).text == "What both say."


def test_help_is_shown_when_words_are_dark(open_page, js, check, draft):
    page = open_page(f"{draft(text='')}story", js=js)
    text(page).fill(DARK)
    panel = page.get_by_role("region", name="You can get help now")
    if js:
        expect(panel).to_be_visible()
        expect(text(page)).to_be_focused()
        expect(page.get_by_role("status")).to_contain_text("get help now")
    page.get_by_label("Other people are in my story").check()
    page.get_by_label("Which language").select_option("Another language")
    check(page)
    press(page, "Continue")
    is_told(page, "Enter the language")
    check(page)
    page.get_by_label("Which other language?").fill("Welsh")
    press(page, "Continue")
    heading(page, "Step 3 of 6: Pictures, sound or film")
    expect(panel).to_contain_text("116 123")


def test_what_another_answer_asks_for_appears(open_page, js, draft):
    path = draft(answers={})
    page = open_page(f"{path}you", js=js)
    expect(page.get_by_label("Postal address")).to_be_hidden()
    page.get_by_label("By post").check()
    expect(page.get_by_label("Postal address")).to_be_visible()
    expect(page.get_by_label("Phone of your parent or guardian")).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    expect(page.get_by_label("Phone of your parent or guardian")).to_be_visible()
    page.goto(f"{path}consent")
    expect(page.get_by_label("Your full name")).to_be_hidden()
    page.get_by_label("My full name").check()
    expect(page.get_by_label("Your full name")).to_be_visible()
    page.get_by_label("Another name").check()
    expect(page.get_by_label("The other name")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "answers", "labels", "told"),
    [
        ("story", {"telling": "call", "email": ""}, ["By phone"], "Enter a phone number"),
        ("you", {"email": "", "answers": {}}, ["By post", "Yes"], "Enter your postal address."),
        ("consent", {"name": "", "answers": {}}, ["My first name"], "Enter your name"),
    ],
)
def test_a_step_with_everything_open_and_with_something_wrong(
    open_page, check, draft, path, answers, labels, told
):
    page = open_page(f"{draft(**answers)}{path}")
    for label in labels:
        page.get_by_label(label, exact=True).check()
    check(page)
    press(page, "Continue")
    is_told(page, told)
    check(page)


def test_a_check_with_nine_refusals_and_a_long_story_fits_a_phone(open_page, draft):
    page = open_page(f"{draft(text=TEXT * 100, answers={})}check", width=320)
    expect(page.get_by_role("link", name="Change")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollHeight") < 3_000  # 7,645 with a line each


def test_pages_for_other_ways_to_tell_for_what_is_missing_and_for_deleting(
    open_page, check, draft, forgive
):
    page = open_page(f"{draft(telling='link')}story")
    check(page)
    page.goto(f"{draft()}way")
    check(page)
    young = {"under_18": "yes", "others_note": LONG}
    path = draft(title=LONG[:150], text=f"{DARK} {LONG}", answers=young)
    page.goto(f"{path}check")
    check(page)
    press(page, "Send my story")
    is_told(page)
    check(page)
    page.goto(f"{path}delete")
    check(page)
    press(page, "Delete this story")
    check(page, "Your story is deleted")
    page.goto(path)
    check(page, "This link does not work")
    forgive("404 ")


def test_the_private_link_is_copied_or_shown_where_that_is_not_allowed(open_page, draft, check):
    page = open_page(draft())
    address = page.get_by_role("link", name="Your private page").get_attribute("href")
    expect(page.get_by_text(address).first).to_be_hidden()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    press(page, "Copy the link")
    expect(page.locator(".private details").get_by_text(address)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Your browser did not let us copy it.")
    check(page)
    page.reload()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(page, "Copy the link")
    expect(page.get_by_role("status")).to_contain_text("The link is copied.")
    address = page.get_by_role("link", name="Your private page").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == address
    without = open_page(page.url, js=False)
    expect(without.get_by_role("link", name="Your private page")).to_be_visible()
    expect(without.get_by_role("button", name="Copy the link")).to_be_hidden()


def test_words_and_link_can_be_printed(open_page, draft):
    page = open_page(draft())
    page.emulate_media(media="print")
    expect(page.locator(".on-paper", has_text="/stories/mine/")).to_be_visible()
    expect(page.locator("form").first).to_be_hidden()
    page.emulate_media(media="screen")
    press(page, "Show me four words")
    heading(page, "Your four words")
    page.emulate_media(media="print")
    expect(page.locator(".four li")).to_have_count(4)
    expect(page.locator(".four")).to_be_visible()
    expect(page.get_by_role("link", name="Go on with your story")).to_be_hidden()
