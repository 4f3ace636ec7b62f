"""A Deaf storyteller's way: their film becomes the BSL version, with captions, above the text."""

import re

import pytest
from playwright.sync_api import expect

from portal.stories.files import remuxing
from tests.browser.deeds import done, follow, heading, press
from tests.browser.test_stories_files import add, entry, has_come
from tests.browser.test_stories_telling import step, story_of
from tests.services import absent
from tests.stories.recordings import SECRETS, recorded

WORDS = "I roll to the pool. The water holds me."
TEXT = "I roll to the pool each week.\n\nThe water holds me."
PLAYED = """async (film) => {
  film.muted = true;
  await film.play();
  const [track] = film.textTracks;
  const cues = () => [...(track.activeCues ?? [])].map((cue) => cue.text);
  while (!film.ended && !cues().length) await new Promise(requestAnimationFrame);
  return { width: film.videoWidth, length: film.duration, cues: cues() };
}"""


@pytest.fixture(autouse=True)
def ffmpeg():
    if not remuxing.is_there():
        absent("There is no ffmpeg here (on Debian: apt install ffmpeg).")


def tell(page, address):
    """Somebody who signs sends their film, and says which language it is in."""
    page.get_by_label("Send a file", exact=True).check()
    press(page, "Start my story")
    expect(page).to_have_url(re.compile("done=started$"))
    step(page, "Pictures, sound or film")
    add(page, ("Ada 2025-06-14.webm", recorded("film.webm")))
    has_come(page, "Ada 2025-06-14.webm")
    film = entry(page, "Ada 2025-06-14.webm")
    if not film.get_by_label("What is signed or said in it?").count():
        page.reload()
    film.get_by_label("Which language is signed or spoken in it?").select_option(
        "British Sign Language"
    )
    film.get_by_label("What is signed or said in it?").fill(WORDS)
    film.get_by_role("button", name=re.compile("Save the words")).click()
    expect(film).to_contain_text("Your words are saved.")
    for place in ("3 of 6: Your story", "4 of 6: About you"):
        press(page, "Continue")
        heading(page, f"Step {place}")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("By email").check()
    page.get_by_label("Email address").fill(address)
    press(page, "Continue")
    heading(page, "Step 5 of 6: What we may do with it")
    page.get_by_label("My first name").check()
    page.get_by_label(re.compile("You may publish my story on the .* site")).check()
    press(page, "Continue")
    heading(page, "Step 6 of 6: Check your answers")
    press(page, "Send my story")
    expect(page).to_have_url(re.compile("/sent$"))


def shape(desk, title):
    """The editor writes the text, and uses the film as the version in BSL."""
    desk.get_by_label("Title", exact=True).fill(title)
    desk.get_by_label("Text", exact=True).fill(TEXT)
    press(desk, "Check the changes")
    desk.get_by_label("Why, for the whole text").fill("I wrote down what you signed.")
    press(desk, "Save the text")
    expect(desk.locator("#preview")).to_contain_text("Ada")
    press(desk, "Use this film as the BSL version")
    done(desk, "It is added.")
    versions = desk.locator("section", has=desk.get_by_role("heading", name="Other forms"))
    for _ in range(60):
        if "Readers get a copy" in versions.inner_text():
            break
        desk.reload()
    expect(versions).to_contain_text("Readers get a copy without its hidden details")
    press(desk, "Ask the storyteller")


def test_a_signed_film_is_the_first_thing_that_readers_get(
    open_page, open_desk, app, check, address, mail
):
    title = f"The pool {address}"
    page = open_page("/stories/share/")
    tell(page, address)
    desk = open_desk(f"/inbox/{story_of(page).conversation_id}/story")
    shape(desk, title)
    check(desk)

    page.goto(mail(address, "is ready for you").link("/stories/mine/"))
    expect(page.locator(".sheet").first).to_contain_text("The water holds me.")
    page.get_by_role("button", name="Yes, publish exactly this").click()
    done(page, "You said yes to exactly this text.")
    expect(page.locator("#versions")).to_contain_text(WORDS)
    check(page)
    press(page, "Yes, publish this form")
    expect(page.locator("#versions")).to_contain_text("You said yes to it on")

    desk.reload()
    for answer in desk.get_by_label("No, I read all of it").all():
        answer.check()  # they allowed neither where they live nor their condition
    press(desk, "Publish")
    done(desk, "It is published.")
    follow(desk, "Read it as everybody does")
    reader = open_page(desk.url, width=320)
    heading(reader, title)
    film = reader.locator(".signed video")
    above = film.evaluate("(film) => film.compareDocumentPosition(document.querySelector('.told'))")
    assert above & 4  # the text follows it
    played = film.evaluate(PLAYED)
    assert (played["width"], played["cues"]) == (176, ["I roll to the pool."])
    check(reader)
    file = reader.request.get(film.get_attribute("src"))
    told = file.body() + str(file.headers).encode() + reader.content().encode()
    assert [one for one in SECRETS if one.encode() in told] == []
