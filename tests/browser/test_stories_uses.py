"""Where stories are used: found by what they allow, noted, and cleaned up, by anybody anyhow."""

from uuid import uuid4

from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from tests.browser.deeds import done, follow, is_told, press
from tests.inbox import a_conversation
from tests.stories.readers import put_up

LONG = "supercalifragilistic" * 12


def test_a_use_is_noted_its_consent_ends_and_it_is_cleaned_up(open_desk, open_page, check, js):
    story = put_up("The water and the lift", topics=("water",))
    address = links.storyteller_url(story)
    db.session.remove()
    page = open_desk("/inbox/stories/?may=social", js=js)
    check(page)
    follow(page, "The water and the lift")
    page.get_by_text("Note where it was used").click()
    page.get_by_label("On social media").check()
    page.get_by_label("Which one, and what came of it?").fill("Our post of May")
    page.get_by_label("Its address on the web").fill(f"https://social.example/{LONG}")
    press(page, "Note it")
    done(page, "It is noted.")

    mine = open_page(address, js=js)
    check(mine)
    follow(mine, "Change what we may do")
    mine.get_by_label("You may use my story on social media.").uncheck()
    press(mine, "Save my choices")
    done(mine, "Your choices are saved.")
    check(mine)

    page.goto("/inbox/stories/?may=clean")
    check(page)
    follow(page, "The water and the lift")
    check(page)
    page.get_by_role("link", name="Note what came of it").click()
    press(page, "Note it")
    check(page)
    page.get_by_label("We cannot take it back from there").check()
    page.get_by_label("What else the storyteller should know").fill("Two people shared it.")
    press(page, "Note it")
    done(page, "It is noted what came of it.")
    mine.reload()
    check(mine)
    expect(mine.locator("#uses")).to_contain_text("Two people shared it.")


def test_a_journalist_asks_and_the_storyteller_decides(open_desk, open_page, mail, check, js):
    address = f"teller.{uuid4().hex[:8]}@example.org"
    story = put_up(f"A pool {address}", email=address)
    enquiry = a_conversation(kind="press", text="I am Bob of The Paper.")
    path, mine = f"/inbox/{enquiry.id}", links.storyteller_url(story)
    db.session.remove()
    page = open_desk(path, js=js)
    check(page)
    follow(page, "Find a storyteller to ask")
    page.get_by_role("searchbox").fill(address)
    press(page, "Find")
    check(page)
    follow(page, f"A pool {address}")
    check(page)
    press(page, "Ask the storyteller")
    is_told(page, "Say what the journalist wants")
    page.get_by_label("What the storyteller reads").fill("A local paper writes about pools.")
    press(page, "Ask the storyteller")
    done(page, "The storyteller is asked.")
    check(page)
    assert "A local paper" in mail(address, "A question about your story").text

    own = open_page(mine, js=js)
    check(own)
    follow(own, "Read the question")
    check(own)
    own.get_by_label("Yes, a journalist can contact me about this").check()
    press(own, "Save my answer")
    done(own, "Your answer is saved.")
    check(own)
    page.goto(path)
    expect(page.get_by_text("Yes. Talk with them about how.")).to_be_visible()
    check(page)
