"""Telling a story as people do it: with JavaScript and without, by keyboard, in every state."""

import re

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from portal.stories.models import Story
from tests.browser.accessible import NARROW
from tests.browser.keyboard import Keyboard
from tests.browser.test_contact import LONG, heading, press
from tests.stories import a_draft

START = "/stories/share/"
TEXT = "I roll to the pool each week.\n\nThe water holds me."
DARK = "Some days I want to kill myself. Then I swim."
STEPS = ("way", "story", "files", "you", "consent", "check")


def begin(page, way="Write it here"):
    """Begin a story on the first page."""
    page.get_by_label(way, exact=True).check()
    press(page, "Start my story")
    page.wait_for_url("**done=started")
    heading(page, "Your story, step by step")


def step(page, name):
    page.locator(".steps").get_by_role("link", name=name).click()
    heading(page, name)


def text(page):
    return page.get_by_label("Your story", exact=True)


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


def test_from_the_first_page_to_the_receipt(open_page, js, app, address, mail):
    page = open_page(START, js=js)
    begin(page)
    step(page, "Your story")
    page.get_by_label("A title").fill("Sut y dois o hyd i'r dŵr 💛")
    text(page).fill(TEXT)
    page.get_by_label("Which language").select_option("Another language")
    page.get_by_label("Which other language?").fill("Welsh")
    page.get_by_label("Other people are in my story").check()
    page.get_by_label("Who are they").fill("My sister. She knows.")
    press(page, "Continue")
    heading(page, "Pictures, sound or film")
    press(page, "Continue")
    heading(page, "About you")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("By email", exact=True).check()
    page.get_by_label("Email address").fill(address)
    press(page, "Continue")
    heading(page, "What we may do with it")
    page.get_by_label("On this site").check()
    page.get_by_label("My first name").check()
    press(page, "Continue")
    heading(page, "Check your answers")
    expect(page.locator("dd[lang=cy]", has_text="dŵr 💛")).to_be_visible()
    expect(page.get_by_text("“Show this name with my story: Ada.”")).to_be_visible()
    press(page, "Send my story")
    page.wait_for_url("**/sent")
    heading(page, "We have your story")
    reference = page.locator(".reference").inner_text()
    page.reload()
    expect(page.locator(".reference")).to_have_text(reference)

    story = story_of(page)
    assert (story.text, story.language, story.others) == (TEXT, "cy", True)
    page.goto(mail(address, "We have your story").link("/stories/mine/"))
    expect(page.get_by_text("The water holds me.").first).to_be_visible()


def test_they_stop_and_come_back_by_the_link_and_by_four_words(open_page, js, address, mail):
    page = open_page(START, js=js)
    begin(page)
    step(page, "Your story")
    text(page).fill(TEXT)
    press(page, "Save and go to the list")
    expect(page.get_by_text("It is saved.")).to_be_focused()
    expect(page.locator(".steps .is-done")).to_have_count(2)
    page.get_by_label("Your email address").fill(address)
    page.get_by_label("Remind me once").check()
    press(page, "Email me my link")
    expect(page.get_by_text("An email with your link is on its way.")).to_be_focused()
    press(page, "Show me four words")
    heading(page, "Your four words")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    words = page.locator(".four li").all_inner_texts()
    assert len(words) == 4

    other = open_page("/stories/share/find", js=js)
    other.get_by_role("textbox", name="Your four words").fill(" ".join(words).upper())
    press(other, "Open my story")
    heading(other, "Your story, step by step")
    step(other, "Your story")
    expect(text(other)).to_have_value(TEXT)
    page.goto(mail(address).link("/stories/mine/"))
    heading(page, "Your story, step by step")


def test_words_are_kept_while_they_are_typed(open_page, app):
    page = open_page(START)
    begin(page)
    step(page, "Your story")
    status = page.get_by_role("status")
    text(page).press_sequentially("I swim")
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    expect(status).to_have_text("Your words are saved as you type.")
    text(page).press_sequentially(" each week", delay=20)
    expect(text(page)).to_be_focused()
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    with page.expect_response("**/keep"):
        text(page).press_sequentially(".")
    expect(status).to_be_empty()  # it is said once
    page.close()

    story = db.session.query(Story).order_by(Story.id.desc()).first()
    db.session.commit()
    assert story.text.startswith("I swim")


def test_what_was_typed_is_there_after_the_tab_was_closed(open_page, draft):
    path = draft(title="", text="")
    page = open_page(f"{path}story")
    with page.expect_response("**/keep"):
        text(page).fill(TEXT)
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    page.close()

    again = open_page(f"{path}story")
    expect(text(again)).to_have_value(TEXT)
    press(again, "Continue")
    heading(again, "Pictures, sound or film")


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
    heading(page, "Pictures, sound or film")
    assert story_of(page).text == TEXT


def test_two_tabs_and_both_texts(open_page, js, draft, app, forgive):
    path = draft()
    one, other = (open_page(f"{path}story", js=js) for _ in range(2))
    text(one).fill("What the first tab says.")
    press(one, "Continue")
    heading(one, "Pictures, sound or film")
    text(other).fill("What the second tab says.")
    press(other, "Continue")
    heading(other, "You changed this in another place")
    expect(other.get_by_text("What the first tab says.")).to_be_visible()
    forgive("409 ")
    mine = other.get_by_label("Your story: you can change it here")
    expect(mine).to_have_value("What the second tab says.")
    mine.fill("What both say.")
    press(other, "Keep what I have just sent")
    heading(other, "Pictures, sound or film")
    assert story_of(other).text == "What both say."


def test_a_text_that_is_too_long_stays_on_the_page(open_page, js, draft):
    page = open_page(f"{draft(text='')}story", js=js)
    too_long = "swim " * 50_000
    text(page).fill(too_long)
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("must have 200,000 letters or fewer")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(text(page)).to_have_value(too_long)


def test_help_is_shown_when_words_are_dark(open_page, js, draft):
    page = open_page(f"{draft(text='')}story", js=js)
    text(page).fill(DARK)
    panel = page.get_by_role("region", name="You can get help now")
    if js:
        expect(panel).to_be_visible()
        expect(text(page)).to_be_focused()
        expect(page.get_by_role("status")).to_contain_text("get help now")
    press(page, "Continue")
    heading(page, "Pictures, sound or film")
    expect(panel).to_contain_text("116 123")


def test_an_answer_is_changed_from_the_page_where_it_is_checked(open_page, js, draft):
    page = open_page(f"{draft()}check", js=js)
    for question, label, value in (
        ("title", "A title", "Another title"),
        ("your name", "Your name", "Grace Hopper"),
    ):
        page.get_by_role("link", name=f"Change {question}", exact=True).click()
        page.get_by_label(label).fill(value)
        press(page, "Save and check again")
        heading(page, "Check your answers")
        expect(page.get_by_text(value).first).to_be_visible()


def test_pressing_twice_is_one_story(open_page, js, draft, app):
    page = open_page(f"{draft()}check", js=js)
    page.get_by_role("button", name="Send my story").dblclick()
    page.wait_for_url("**/sent")
    heading(page, "We have your story")
    story = story_of(page)

    assert len(story.revisions) == 1
    db.session.commit()


def test_a_draft_is_deleted(open_page, js, draft, forgive):
    path = draft()
    page = open_page(path, js=js)
    page.get_by_role("link", name="Delete this story").click()
    heading(page, "Delete this story")
    press(page, "Delete this story")
    heading(page, "Your story is deleted")
    page.goto(path)
    heading(page, "This link does not work")
    forgive("404 ")


def test_what_another_answer_asks_for_appears(open_page, js, draft):
    path = draft(answers={})
    page = open_page(f"{path}you", js=js)
    expect(page.get_by_label("Postal address")).to_be_hidden()
    page.get_by_label("By post").check()
    expect(page.get_by_label("Postal address")).to_be_visible()
    expect(page.get_by_label("your parent or guardian")).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    expect(page.get_by_label("your parent or guardian")).to_be_visible()
    page.goto(f"{path}consent")
    expect(page.get_by_label("Your full name")).to_be_hidden()
    page.get_by_label("My full name").check()
    expect(page.get_by_label("Your full name")).to_be_visible()
    page.get_by_label("Another name").check()
    expect(page.get_by_label("The other name")).to_be_visible()


def test_by_keyboard_alone(open_page, js, address):
    page = open_page(START, js=js)
    keyboard = Keyboard(page)
    keyboard.go_to("Start my story")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    assert keyboard.step() == "Choose how you want to tell it."
    keyboard.press("Enter")
    expect(page.get_by_label("Write it here")).to_be_focused()
    keyboard.press("Space")
    keyboard.go_to("Start my story")
    keyboard.press("Enter")
    page.wait_for_url("**done=started")
    keyboard.go_to("Your story")
    keyboard.press("Enter")
    heading(page, "Your story")
    keyboard.go_to("Your story")
    keyboard.type("I swim.")
    keyboard.go_to("Continue")
    keyboard.press("Enter")
    heading(page, "Pictures, sound or film")
    keyboard.go_to("Continue")
    keyboard.press("Enter")
    heading(page, "About you")
    keyboard.go_to("By email")
    keyboard.press("Space")
    assert keyboard.step() == "Email address"
    keyboard.type(address)
    keyboard.press("Enter")
    heading(page, "What we may do with it")
    keyboard.go_to("On this site\nYou may publish my story on the Get Yourself Active site.")
    keyboard.press("Space")
    keyboard.go_to("Continue")
    keyboard.press("Enter")
    heading(page, "Check your answers")
    keyboard.go_to("Send my story")
    keyboard.press("Enter")
    page.wait_for_url("**/sent")
    heading(page, "We have your story")


# Every state


def test_every_state_of_the_first_page(open_page, check):
    page = open_page(START)
    check(page)
    press(page, "Start my story")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Ask us to call you").check()
    check(page)


@pytest.mark.parametrize("path", STEPS)
def test_every_step(open_page, check, draft, path):
    check(open_page(draft(answers={}) + path))


def test_every_state_of_the_list(open_page, check, draft):
    page = open_page(START)
    begin(page)
    check(page)
    press(page, "Email me my link")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    press(page, "Show me four words")
    heading(page, "Your four words")
    check(page)
    page = open_page(f"{draft(text=DARK)}delete")
    check(page)
    press(page, "Delete this story")
    heading(page, "Your story is deleted")
    check(page)


def test_every_state_of_the_story(open_page, check, draft):
    page = open_page(f"{draft(title='', text='')}story")
    text(page).fill(DARK)
    expect(page.get_by_role("region", name="You can get help now")).to_be_visible()
    page.get_by_label("Other people are in my story").check()
    page.get_by_label("Which language").select_option("Another language")
    check(page)
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("Enter the language")
    check(page)
    for telling in ("call", "link"):
        check(open_page(f"{draft(telling=telling)}story"))


def test_every_state_of_a_call(open_page, check, draft):
    page = open_page(f"{draft(telling='call', email='')}story")
    page.get_by_label("By phone").check()
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("Enter a phone number")
    check(page)


def test_every_state_of_about_you(open_page, check, draft):
    page = open_page(f"{draft(email='', answers={})}you")
    page.get_by_label("By post").check()
    page.get_by_label("Yes", exact=True).check()
    check(page)
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("Enter your postal address.")
    check(page)


def test_every_state_of_consent(open_page, check, draft):
    page = open_page(f"{draft(name='', answers={})}consent")
    page.get_by_label("On this site").check()
    page.get_by_label("My first name").check()
    check(page)
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("Enter your name")
    check(page)


def test_every_state_of_checking_and_of_what_comes_after(open_page, check, draft):
    young = {"under_18": "yes", "others_note": LONG}
    page = open_page(f"{draft(title=LONG[:150], text=f'{DARK} {LONG}', answers=young)}check")
    check(page)
    press(page, "Send my story")
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page = open_page(f"{draft(text=DARK)}check")
    press(page, "Send my story")
    page.wait_for_url("**/sent")
    check(page)


def test_every_state_of_two_tabs(open_page, check, draft, forgive):
    path = draft()
    one, other, late = (open_page(f"{path}story") for _ in range(3))
    text(one).fill("First.")
    press(one, "Continue")
    heading(one, "Pictures, sound or film")
    text(other).fill("Second.")
    expect(other.get_by_text("You changed this in another place")).to_be_visible()
    check(other)
    press(other, "Continue")
    heading(other, "You changed this in another place")
    check(other)
    one.goto(f"{path}check")
    press(one, "Send my story")
    one.wait_for_url("**/sent")
    press(late, "Continue")
    heading(late, "Your story was sent already")
    check(late)
    forgive("409 ")


def test_a_link_that_does_not_work(open_page, check):
    check(open_page(f"{START}made-up/", status=404))


@pytest.mark.parametrize("path", ["", *STEPS])
def test_it_can_be_read_without_javascript_on_a_small_screen(open_page, draft, path):
    page = open_page(draft(title=LONG[:150], text=LONG) + path, js=False, width=NARROW["width"])

    assert page.locator("h1").count() == 1
    assert page.locator("main").bounding_box()["width"] <= NARROW["width"]


def test_words_and_link_can_be_printed(open_page, draft):
    page = open_page(draft())
    page.emulate_media(media="print")
    expect(page.locator("a.go", has_text="/stories/mine/")).to_be_visible()
    expect(page.locator("form").first).to_be_hidden()
    page.emulate_media(media="screen")
    press(page, "Show me four words")
    heading(page, "Your four words")
    page.emulate_media(media="print")
    expect(page.locator(".four li")).to_have_count(4)
    expect(page.locator(".four")).to_be_visible()
    expect(page.get_by_role("link", name="Go on with your story")).to_be_hidden()
