"""Where stories are used: found by what they allow, noted, and cleaned up, by anybody anyhow."""

from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from tests.browser.deeds import done, follow, press
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
