"""Reading stories as people do it: by eye, ear, keyboard, on paper, and without JavaScript."""

import io
import wave
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal import storage
from portal.extensions import db, now
from portal.stories import formats, withdrawal
from portal.stories.models import Story
from portal.stories.states import VersionKind
from tests.browser.deeds import heading, is_told, press
from tests.browser.keyboard import Keyboard
from tests.services import until
from tests.stories import an_editor
from tests.stories.desk import with_file
from tests.stories.readers import add_recording, add_version, at, put_up

LIBRARY = "/stories/"
TEXT = """## In the pool

I roll to the pool. The *water* holds me! It is warm.

> I feel light.

- Bring a towel
- Ask for the [hoist](https://hoist.example/). It works.
"""
HEARD = [
    "How I found the water",
    "A short one.",
    "In the pool",
    "I roll to the pool.",
    "The water holds me!",
    "It is warm.",
    "I feel light.",
    "Bring a towel",
    "Ask for the hoist.",
    "It works.",
]
# A voice that is quick: it has finished a sentence when the test says so.
VOICE = """
window.heard = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [%s],
  addEventListener: () => {},
  speak(words) { this.now = words; heard.push([words.text, words.lang, words.rate]) },
  cancel() { this.now?.onerror({ error: "interrupted" }); this.now = null },
} });
window.finish = () => speechSynthesis.now.onend();
"""
OURS = "{ lang: 'en-GB', localService: true, default: true }"


@pytest.fixture
def word():
    """A word that no other test's story has."""
    return f"w{uuid4().hex[:10]}"


@pytest.fixture
def story(app, word):
    """Publishes a story that can be found by the test's word; returns where it is."""

    def story(title="How I found the water", *, extend=lambda one: None, **changes):
        values = {"text": f"{TEXT}\n{word}", "summary": "A short one.", "topics": ("water",)}
        one = put_up(title, **(values | changes))
        extend(one)
        address = at(one)
        db.session.remove()
        return address

    return story


@pytest.fixture
def listen(open_page):
    """Opens a page in a browser that has a voice of its own."""

    def listen(address, **options):
        page = open_page(address, **options)
        page.add_init_script(VOICE % OURS)
        page.reload()
        return page

    return listen


def extras(one):
    add_version(
        one, VersionKind.EASY_READ, "Water, easy", text="I use a **wheelchair**.\n\nI swim."
    )
    add_version(one, VersionKind.BSL, "Signed", "bfi", link="https://films.example/1")
    add_recording(one)


def marked(page):
    """The words that are marked as heard now."""
    return page.evaluate("[...(CSS.highlights.get('aloud') ?? [])].join('')")


def heard(page):
    return page.evaluate("heard.map(([text]) => text)")


def test_a_library_without_stories(open_page, app, check):
    mine = now()
    unlist = db.update(Story).where(Story.unlisted_at.is_(None)).values(unlisted_at=mine)
    db.session.execute(unlist)
    db.session.commit()
    try:
        page = open_page(LIBRARY)
        expect(page.get_by_role("heading", name="Be the first")).to_be_visible()
        check(page)
    finally:
        db.session.execute(db.update(Story).filter_by(unlisted_at=mine).values(unlisted_at=None))
        db.session.commit()


def test_a_story_is_found_and_read_by_keyboard_alone(open_page, check, story, word, js):
    story(pictures=["Ada floats on her back"], extend=extras)
    page = open_page(f"{LIBRARY}?q=nothing{word}&level=advanced", js=js)
    keyboard = Keyboard(page)
    expect(page.get_by_role("heading", name="No story fits")).to_be_visible()
    check(page)
    page.goto(LIBRARY)
    keyboard.fill("Search the stories", word)
    keyboard.use("Choose a topic, a level or a format")
    page.get_by_label("Also as").select_option("Easy Read")
    keyboard.use("Show these")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 story")
    check(page)
    keyboard.use("How I found the water")
    heading(page, "How I found the water")
    page.go_back()
    expect(page.get_by_label("Search the stories")).to_have_value(word)
    keyboard.use("How I found the water")
    heading(page, "How I found the water")
    keyboard.use("Skip to the main content")
    keyboard.use("In the water")
    heading(page, "Stories: In the water")


def test_everyone_can_use_a_story_with_all_its_parts_and_one_that_was_taken_back(
    open_page, check, story, forgive
):
    story("Another on the topic", topics=("water", "dance"), summary="Long " * 30)
    address = story(pictures=["Ada", "The pool"], extend=extras, topics=("water", "dance"))
    page = open_page(address)
    expect(page.get_by_role("heading", name="More stories like this")).to_be_visible()
    page.get_by_text("Read what is said").click()
    check(page)
    page.get_by_role("link", name="Easy Read").click()
    check(page, "Water, easy")
    page.get_by_role("link", name="Back to the story").click()
    heading(page, "How I found the water")
    page.get_by_role("link", name="Report it to our team").click()
    press(page, "Send the report")
    is_told(page, "Choose what it is about.")
    check(page, "Report this story to our team")
    page.get_by_label("Something else").check()
    press(page, "Send the report")
    check(page, "We have your message")
    page.goto(address)
    one = db.session.scalar(select(Story).where(Story.slug == address.split("/")[2]))
    withdrawal.withdraw(one, keep_files=False)
    db.session.remove()
    page.reload()
    check(page, "This story was taken back")
    forgive("410")


def test_everyone_can_use_a_story_from_right_to_left_and_one_of_long_words(open_page, check, story):
    page = open_page(story("رحلتي إلى الماء", text="أذهب إلى المسبح.\n\n> أطفو.", language="ar"))
    check(page)
    assert page.locator(".told p").first.evaluate("one => getComputedStyle(one).direction") == "rtl"
    page.goto(story("Supercalifragilistic" * 7, text="wheel" * 60, summary="w" * 200))
    check(page)


def test_a_page_is_read_aloud_sentence_by_sentence(listen, story, check):
    page = listen(story(text=TEXT))
    press(page, "Listen")
    check(page)
    for sentence in HEARD:
        assert marked(page) == sentence
        page.evaluate("finish()")
    assert heard(page) == HEARD
    assert page.evaluate("heard.every(([, lang]) => lang === 'en')")
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert not marked(page)


def test_any_other_page_is_read_from_its_main_part_and_what_has_gone_is_passed_over(listen):
    page = listen("/contact/")
    press(page, "Listen")
    assert marked(page) == "Get in touch"
    page.evaluate("finish()")
    assert marked(page) == "Ask us anything."
    page.evaluate("document.querySelector('#contact .enquiry').remove()")
    while page.evaluate("speechSynthesis.now && (finish(), true)"):
        pass
    said = heard(page)
    assert not {"Newsletter", "Check my answers", "Leave this empty"} & {*said}
    assert "You can also write an email to media@getyourselfactive.org." in said


@pytest.mark.parametrize("path", ["/", "/contact/", "/stories/", "/stories/share/", "/privacy"])
def test_every_page_holds_the_largest_text_and_the_widest_spacing(open_page, check, path):
    page = open_page(path)
    page.get_by_text("Text size", exact=True).click()
    page.get_by_role("group", name="Size").get_by_label("Very large").check()
    page.get_by_role("group", name="Spacing").get_by_label("Wide").check()
    check(page)
    assert page.context.cookies() == [] or path in {"/contact/", "/stories/share/"}


def test_title_of_one_letter_is_as_easy_to_hit_as_any(open_page, check, story):
    story("C", extend=lambda one: add_version(one, VersionKind.EASY_READ, "C", text="I roll."))
    for path in ("/", LIBRARY, story("D")):
        check(open_page(path, width=320))


def test_reading_is_paused_gone_on_with_and_stopped_by_keyboard_alone(listen, story):
    page = listen(story(text=TEXT))
    keyboard = Keyboard(page)
    keyboard.use("Listen")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.evaluate("finish()")
    keyboard.press("Space")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    assert marked(page) == HEARD[1], "the place is still marked"
    assert page.evaluate("speechSynthesis.now") is None
    keyboard.press("Space")
    assert heard(page) == [HEARD[0], HEARD[1], HEARD[1]]
    keyboard.use("Stop")
    assert not marked(page)
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    keyboard.press("Enter")
    assert heard(page)[-1] == HEARD[0], "it begins anew"


def test_another_speed_begins_the_sentence_again_and_a_voice_that_fails_is_said_so(listen, story):
    page = listen(story(text=TEXT))
    press(page, "Listen")
    page.get_by_label("Speed").select_option("Fast")
    press(page, "Pause")
    page.get_by_label("Speed").select_option("Slow")
    press(page, "Go on")
    assert page.evaluate("heard.map(([, , rate]) => rate)") == [1, 1.3, 0.7]
    assert set(heard(page)) == {HEARD[0]}

    page.evaluate("speechSynthesis.now.onerror({ error: 'synthesis-failed' })")
    expect(page.get_by_role("status")).to_have_text("Your browser could not read this aloud.")
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    assert not marked(page)


def test_no_switch_is_shown_that_would_do_nothing_or_tell_others(open_page, story):
    page = open_page(story())
    late = VOICE.replace("addEventListener: () => {}", "addEventListener(_, tell) { told = tell }")
    page.add_init_script(late % "...JSON.parse(sessionStorage.voices ?? '[]')")
    for voices in (
        [],
        [{"lang": "en-GB", "localService": False}],  # a voice elsewhere
        [{"lang": "cy-GB", "localService": True}],  # another language
    ):
        page.evaluate("voices => { sessionStorage.voices = JSON.stringify(voices) }", voices)
        page.reload()
        expect(page.get_by_text("Text size", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Listen")).to_be_hidden()

    page.evaluate(f"sessionStorage.voices = JSON.stringify([{OURS}]); told()")  # it comes late
    expect(page.get_by_role("button", name="Listen")).to_be_visible()


def test_the_sentence_that_is_heard_is_kept_in_sight(listen, story):
    page = listen(story(text="A line.\n\n" * 80), width=320)
    press(page, "Listen")
    for _ in range(60):
        page.evaluate("finish()")
    # Above the switches, which stand at the foot of a small screen.
    assert page.evaluate(
        "[...CSS.highlights.get('aloud')][0].getBoundingClientRect().bottom"
        " < document.getElementById('listen').getBoundingClientRect().top"
    )
    assert page.evaluate("scrollY") > 0
    expect(page.get_by_role("button", name="Pause")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    for _ in range(3):
        page.evaluate("finish()")
    assert page.evaluate("scrollY") == 0, "who went elsewhere is left there"


def size_of(page):
    return page.locator(".told").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")


def test_text_size_and_spacing_are_remembered_on_the_device_only(open_page, story, check):
    address = story(extend=extras)
    page = open_page(address)
    usual = size_of(page)
    page.get_by_text("Text size", exact=True).click()
    check(page)
    page.get_by_role("group", name="Size").get_by_label("Very large").check()
    page.get_by_role("group", name="Spacing").get_by_label("Wide").check()
    assert size_of(page) > 1.5 * usual
    check(page)
    page.reload()
    assert size_of(page) > 1.5 * usual
    page.get_by_text("Text size", exact=True).click()
    expect(page.get_by_role("group", name="Size").get_by_label("Very large")).to_be_checked()
    page.get_by_role("link", name="Easy Read").click()
    expect(page.locator("html")).to_have_attribute("data-spacing", "wide")
    assert page.context.cookies() == []
    page.get_by_text("Text size", exact=True).click()
    page.get_by_role("group", name="Size").get_by_label("Normal").check()
    page.goto(address)
    assert size_of(page) == usual


def test_the_readers_size_is_there_before_the_page_is_drawn(open_page, story):
    address = story()
    page = open_page(address)
    page.evaluate("localStorage.setItem('reading', JSON.stringify({ size: 'larger' }))")
    page.add_init_script(
        "new PerformanceObserver(() => { window.drawn ??= document.documentElement.dataset.size })"
        ".observe({ type: 'paint', buffered: true })"
    )
    page.reload()
    assert until(lambda: page.evaluate("window.drawn")) == "larger"


def test_whatever_the_device_remembers_the_page_works(open_page, story):
    page = open_page(story())
    for kept in ("nonsense", "7", "null", '{"size": "<b>"}', '{"size": "\\"]"}'):
        page.evaluate("kept => localStorage.setItem('reading', kept)", kept)
        page.reload()
        page.get_by_text("Text size", exact=True).click()
        sizes = page.get_by_role("group", name="Size")
        sizes.get_by_label("Large", exact=True).check()
        expect(page.locator("html")).to_have_attribute("data-size", "large")


def test_without_a_script_no_switch_is_there_that_needs_one(open_page, story):
    page = open_page(story(extend=extras), js=False)
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Text size", exact=True)).to_be_hidden()
    expect(page.get_by_text("I feel light.")).to_be_visible()
    page.locator("main").get_by_role("link", name="Get our newsletter").click()
    heading(page, "Get our newsletter")


def test_the_newsletter_form_comes_when_it_is_asked_for(open_page, story, check, address, mail):
    page = open_page(story())
    title = page.title()
    assert page.context.cookies() == []
    page.get_by_role("link", name="Get our newsletter").first.click()
    expect(page.get_by_role("heading", name="Get our newsletter")).to_be_focused()
    check(page)
    page.get_by_label("Your email address").fill("nobody")
    press(page, "Sign up")
    is_told(page)
    check(page)
    page.get_by_label("Your email address").fill(address)
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Check your email")).to_be_focused()
    check(page)
    assert page.title() == title
    assert mail(address).link("/newsletter/confirm/")


def test_nothing_is_dropped_on_a_small_screen_and_on_paper_only_what_it_cannot_do(listen, story):
    page = listen(story(pictures=["Ada floats"], extend=extras))
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for words in ("Reading level", "Reading time", "Topics", "I feel light.", "Easy Read"):
            expect(page.get_by_text(words, exact=True).first).to_be_visible()
        expect(page.get_by_role("img", name="Ada floats")).to_be_visible()
    page.emulate_media(media="print")
    for words in ("I feel light.", "This story is at http"):
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("img", name="Ada floats")).to_be_visible()
    for gone in (".tools", ".versions", ".next", ".crumb", "footer"):
        expect(page.locator(gone)).to_be_hidden()


def test_captions_of_a_sound_are_shown_as_it_is_heard(open_page, app, check):
    story = put_up()
    sound = with_file(story, "a.wav", a_tone(), transcript="I roll. I swim & float.", seconds=2.0)
    version = formats.add_version(story, an_editor(), VersionKind.AUDIO, "Heard", "en", file=sound)
    formats.approve_version(story, version.id, version.digest)
    sound.public_place, sound.public_size, sound.public_digest = storage.keep_stream([a_tone()])
    path = at(story)
    db.session.remove()
    page = open_page(path)
    page.locator(".versions audio").evaluate("(sound) => { sound.muted = true; sound.play() }")

    for words in ("I roll.", "I swim & float."):
        expect(page.locator(".cue")).to_have_text(words)
    check(page)


def a_tone() -> bytes:
    """Two seconds of silence that a browser plays."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\x80" * 16_000)
    return made.getvalue()
