"""Somebody of 16 and their guardian; and somebody who has a phone and nothing else."""

import re

from playwright.sync_api import expect

from portal.extensions import db
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.browser.test_stories_storyteller import YES
from tests.browser.test_stories_telling import START, begin, step, text
from tests.stories import ALL_YES, a_story

TEXT = "I swim with my cousin.\n\nThe water holds me."
NEEDS_YES = "A story that needs your yes"
NOTE_YES = "They said yes by phone or in person: note it"


def tell(page, title, email, guardian):
    """Tell a story as somebody of 16."""
    begin(page)
    step(page, "Your story")
    page.get_by_label("Title").fill(title)
    text(page).fill(TEXT)
    press(page, "Continue")
    heading(page, "Step 3 of 6: Pictures, sound or film")
    press(page, "Continue")
    heading(page, "Step 4 of 6: About you")
    page.get_by_label("Your name").fill("Kim")
    page.get_by_label("By email", exact=True).check()
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("The name of your parent").fill("Maya")
    page.get_by_label("Email of your parent").fill(guardian)
    page.get_by_label("My parent or guardian agrees").check()


def send(page):
    press(page, "Continue")
    heading(page, "Step 5 of 6: What we may do with it")
    page.get_by_label("My first name").check()
    page.get_by_label("You may publish my story").check()
    press(page, "Continue")
    heading(page, "Step 6 of 6: Check your answers")
    expect(page.get_by_text("Maya").first).to_be_visible()
    press(page, "Send my story")
    heading(page, "We have your story")


def shape(desk, words):
    """The editor writes another text and asks the storyteller."""
    desk.get_by_label("Text", exact=True).fill(words)
    press(desk, "Check the changes")
    desk.get_by_label("Why, for the whole text").fill("It is shorter.")
    press(desk, "Save the text")
    press(desk, "Ask the storyteller")
    done(desk, "The storyteller is asked.")


def test_a_story_of_somebody_of_16_waits_for_their_guardian(
    open_page, open_desk, app, check, address, mail, forgive
):
    title, guardians_address = f"The pool {address}", f"maya-{address}"
    page = open_page(START)
    tell(page, title, address, guardians_address)
    check(page)
    send(page)
    desk = open_desk("/inbox/?kind=story&sort=newest")
    desk.get_by_role("link", name=re.compile(title)).click()
    desk.get_by_role("link", name=re.compile("Shape the story")).click()
    expect(desk.locator(".cautions")).to_contain_text("Nobody has asked Maya about this text.")
    shape(desk, "I swim with my cousin.")
    page.goto(mail(address, "is ready for you").link("/stories/mine/"))
    press(page, YES)
    done(page, "You said yes to exactly this text.")
    expect(page.locator(".turn")).to_contain_text("Maya must say yes too.")
    check(page)

    desk.reload()
    expect(desk.locator(".standing")).to_contain_text("It waits for their guardian")
    expect(desk.get_by_role("button", name="Publish")).to_have_count(0)
    check(desk)
    guardian = open_page(mail(guardians_address, "needs your yes").link("/stories/guardian/"))
    check(guardian, NEEDS_YES)
    expect(guardian.locator(".sheet")).to_contain_text("I swim with my cousin.")
    press(guardian, "Send")
    is_told(guardian, "Write what you want to talk about.")
    check(guardian)
    guardian.get_by_label("What do you want to talk about?").fill("Is her name shown?")
    press(guardian, "Send")
    done(guardian, "We have what you wrote.")
    press(guardian, YES)
    done(guardian, "You said yes to exactly this text.")
    check(guardian)
    desk.reload()
    for answer in desk.get_by_label("No, I read all of it").all():
        answer.check()
    press(desk, "Publish")
    done(desk, "It is published.")
    guardian.reload()
    check(guardian)
    follow(desk, "Read it as everybody does")
    reader = open_page(desk.url)
    heading(reader, title)

    desk.go_back()
    shape(desk, "I swim with my cousin and my aunt.")
    expect(desk.get_by_role("button", name="Publish")).to_have_count(0)
    guardian.reload()
    expect(guardian.locator(".sheet")).not_to_contain_text("aunt")
    press(guardian, "Take my yes back, and the story off the site")
    done(guardian, "We took your yes back.")
    check(guardian)
    assert reader.reload().status == 404
    forgive("404")


def test_a_yes_that_was_said_on_the_phone_is_noted_published_and_undone(
    open_page, open_desk, app, check, address, forgive
):
    story = a_story(
        title=f"The pool {address}",
        email="",
        phone="0161 496 0000",
        answers=ALL_YES | {"reply_by": "phone"},
    )
    desk_url = f"/inbox/{story.conversation_id}/story"
    db.session.remove()
    desk = open_desk(desk_url)
    shape(desk, TEXT)
    follow(desk, NOTE_YES)
    check(desk, "Note a yes that they said to you")
    press(desk, "Note their yes")
    is_told(desk, "Choose how you spoke with them.")
    check(desk)
    desk.get_by_label("By phone").check()
    desk.get_by_label("I read all of this out").check()
    press(desk, "Note their yes")
    done(desk, "Their yes is noted")
    check(desk)
    press(desk, "Publish")
    done(desk, "It is published.")
    follow(desk, "Help them back to their story")
    desk.get_by_role("button", name=re.compile("^Make four new words")).click()
    heading(desk, "Four new words")
    words = " ".join(desk.locator(".four b").all_inner_texts())
    desk.goto(desk_url)
    follow(desk, "Read it as everybody does")

    page = open_page("/stories/share/find", width=320)
    page.get_by_role("textbox", name="Your four words").fill(words)
    press(page, "Open my story")
    expect(page.locator("#yes")).to_contain_text("by phone, noted by")
    check(page)
    follow(page, "Take my story back")
    heading(page, "Take your story back")
    check(page)
    press(page, "Take my story back")
    done(page, "You took your story back.")
    assert desk.reload().status == 410
    forgive("410")
