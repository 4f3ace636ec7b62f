"""Reading stories as people do it: by eye, ear, keyboard, on paper, and without JavaScript."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.extensions import db, now
from portal.stories import withdrawal
from portal.stories.models import Story
from portal.stories.states import StoryState, VersionKind
from tests.browser.keyboard import Keyboard
from tests.stories.readers import add_recording, add_version, at, put_up, unlist

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
    """Opens a page in a browser that has these voices."""

    def listen(address, voices=OURS, **options):
        page = open_page(address, **options)
        page.add_init_script(VOICE % voices)
        page.reload()
        return page

    return listen


@pytest.fixture
def empty_library(app):
    """No story is in the library, for the time of the test."""
    listed = select(Story).where(Story.state == StoryState.PUBLISHED, Story.unlisted_at.is_(None))
    ids = [one.id for one in db.session.scalars(listed)]
    _set_unlisted(ids, now())
    yield
    _set_unlisted(ids, None)


def _set_unlisted(ids, moment):
    db.session.execute(db.update(Story).where(Story.id.in_(ids)).values(unlisted_at=moment))
    db.session.commit()
    db.session.remove()


def extras(one):
    add_version(
        one, VersionKind.EASY_READ, "Water, easy", text="I use a **wheelchair**.\n\nI swim."
    )
    add_version(one, VersionKind.BSL, "Signed", "bfi", link="https://films.example/1")
    add_recording(one)


def heading(page, words):
    expect(page).to_have_title(re.compile(f"^{re.escape(words)}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def marked(page):
    """The words that are marked as heard now."""
    return page.evaluate("[...(CSS.highlights.get('aloud') ?? [])].join('')")


def heard(page):
    return page.evaluate("heard.map(([text]) => text)")


def test_a_library_without_stories(open_page, check, empty_library):
    page = open_page(LIBRARY)
    expect(page.get_by_role("heading", name="Be the first")).to_be_visible()
    check(page)


def test_a_search_that_finds_nothing(open_page, check, story):
    story()
    page = open_page(f"{LIBRARY}?q=nothing{uuid4().hex}&level=advanced")
    expect(page.get_by_role("heading", name="No story fits")).to_be_visible()
    check(page)


def test_a_story_is_found_by_words_and_choices(open_page, check, story, word, js):
    story(pictures=["Ada floats on her back"], extend=extras)
    page = open_page(LIBRARY, js=js)
    page.get_by_label("Search the stories").fill(word)
    page.get_by_text("Choose a topic, a level or a format").click()
    page.get_by_label("Topic", exact=True).select_option("In the water")
    page.get_by_label("Reading level").select_option("Beginner")
    page.get_by_label("Also as").select_option("Easy Read")
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 story")
    if js:
        check(page)
    page.get_by_role("link", name="How I found the water").click()
    heading(page, "How I found the water")
    page.go_back()
    expect(page.get_by_label("Search the stories")).to_have_value(word)


def test_everyone_can_use_a_story_with_all_its_parts(open_page, check, story):
    story("Another on the topic", topics=("water", "dance"), summary="Long " * 30)
    page = open_page(story(pictures=["Ada", "The pool"], extend=extras, topics=("water", "dance")))
    heading(page, "How I found the water")
    expect(page.get_by_role("heading", name="More stories like this")).to_be_visible()
    page.get_by_text("Read what is said").click()
    check(page)


def test_everyone_can_use_a_story_from_right_to_left(open_page, check, story):
    page = open_page(story("رحلتي إلى الماء", text="أذهب إلى المسبح.\n\n> أطفو.", language="ar"))
    check(page)
    assert page.locator(".told p").first.evaluate("one => getComputedStyle(one).direction") == "rtl"


def test_everyone_can_use_a_title_that_is_one_long_word(open_page, check, story):
    check(open_page(story("Supercalifragilistic" * 7, text="wheel" * 60, summary="w" * 200)))


def test_everyone_can_use_the_easy_read_page(open_page, check, story):
    page = open_page(story(extend=extras))
    page.get_by_role("link", name="Easy Read").click()
    heading(page, "Water, easy")
    check(page)
    page.get_by_role("link", name="Back to the story").click()
    heading(page, "How I found the water")


def test_a_story_that_was_taken_back(open_page, check, story, app):
    address = story()
    withdrawal.withdraw(_at(address), keep_files=False)
    db.session.remove()
    page = open_page(address, status=410)
    heading(page, "This story was taken back")
    check(page)
    page.get_by_role("link", name="Read other stories").click()
    heading(page, "Stories")


def _at(address):
    return db.session.scalar(select(Story).where(Story.slug == address.split("/")[2]))


def test_a_story_that_left_the_library_is_still_read(open_page, story, word):
    address = story(extend=unlist)
    heading(open_page(address), "How I found the water")
    page = open_page(f"{LIBRARY}?q={word}")
    expect(page.get_by_role("heading", name="No story fits")).to_be_visible()


def test_a_page_is_read_aloud_sentence_by_sentence(listen, story, check):
    page = listen(story(text=TEXT))
    page.get_by_role("button", name="Listen").click()
    check(page)
    for sentence in HEARD:
        assert marked(page) == sentence
        page.evaluate("finish()")
    assert heard(page) == HEARD
    assert page.evaluate("heard.every(([, lang]) => lang === 'en')")
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert not marked(page)


def test_reading_aloud_can_be_paused_gone_on_with_and_stopped(listen, story):
    page = listen(story(text=TEXT))
    page.get_by_role("button", name="Listen").click()
    page.evaluate("finish()")
    page.get_by_role("button", name="Pause").click()
    assert marked(page) == "A short one.", "the place is still marked"
    assert page.evaluate("speechSynthesis.now") is None
    page.get_by_role("button", name="Go on").click()
    assert heard(page) == [HEARD[0], HEARD[1], HEARD[1]]
    page.get_by_role("button", name="Stop").click()
    assert not marked(page)
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    page.get_by_role("button", name="Listen").click()
    assert heard(page)[-1] == HEARD[0], "it begins anew"


def test_another_speed_begins_the_sentence_again(listen, story):
    page = listen(story(text=TEXT))
    page.get_by_role("button", name="Listen").click()
    page.get_by_label("Speed").select_option("Fast")
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Speed").select_option("Slow")
    page.get_by_role("button", name="Go on").click()
    assert page.evaluate("heard.map(([, , rate]) => rate)") == [1, 1.3, 0.7]
    assert set(heard(page)) == {HEARD[0]}


@pytest.mark.parametrize(
    "voices",
    [
        "",
        "{ lang: 'en-GB', localService: false }",
        "{ lang: 'cy-GB', localService: true }",
    ],
    ids=["no voice", "a voice elsewhere", "another language"],
)
def test_no_switch_is_shown_that_would_do_nothing_or_tell_others(listen, story, voices):
    page = listen(story(), voices)
    expect(page.get_by_text("Text size and spacing")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_be_hidden()


def test_voices_that_come_late_are_offered(open_page, story):
    page = open_page(story())
    page.add_init_script(
        VOICE.replace(
            "addEventListener: () => {}", "addEventListener(_, tell) { this.tell = tell }"
        )
        % "...(window.voices ?? [])"
    )
    page.reload()
    expect(page.get_by_role("button", name="Listen")).to_be_hidden()
    page.evaluate(f"window.voices = [{OURS}]; speechSynthesis.tell()")
    expect(page.get_by_role("button", name="Listen")).to_be_visible()


def test_a_voice_that_fails_is_said_so(listen, story):
    page = listen(story())
    page.get_by_role("button", name="Listen").click()
    page.evaluate("speechSynthesis.now.onerror({ error: 'synthesis-failed' })")
    expect(page.get_by_role("status")).to_have_text("Your browser could not read this aloud.")
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    assert not marked(page)


def test_the_sentence_that_is_heard_is_kept_in_sight(listen, story):
    page = listen(story(text="A line.\n\n" * 80), width=320)
    page.get_by_role("button", name="Listen").click()
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


def test_a_story_is_heard_by_keyboard_alone(listen, story):
    page = listen(story(text=TEXT))
    keyboard = Keyboard(page)
    keyboard.go_to("Listen")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    keyboard.press("Space")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    keyboard.press("Space")
    keyboard.go_to("Stop")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    assert heard(page) == [HEARD[0], HEARD[0]]


def size_of(page):
    return page.locator(".told").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")


def test_text_size_and_spacing_are_remembered_on_the_device_only(open_page, story, check):
    address = story(extend=extras)
    page = open_page(address)
    usual = size_of(page)
    page.get_by_text("Text size and spacing").click()
    check(page)
    page.get_by_role("group", name="Text size").get_by_label("Very large").check()
    page.get_by_role("group", name="Spacing").get_by_label("Wide").check()
    assert size_of(page) > 1.5 * usual
    check(page)
    page.reload()
    assert size_of(page) > 1.5 * usual
    page.get_by_text("Text size and spacing").click()
    expect(page.get_by_role("group", name="Text size").get_by_label("Very large")).to_be_checked()
    page.get_by_role("link", name="Easy Read").click()
    expect(page.locator("html")).to_have_attribute("data-spacing", "wide")
    assert page.context.cookies() == []
    page.get_by_text("Text size and spacing").click()
    page.get_by_role("group", name="Text size").get_by_label("Normal").check()
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
    page.wait_for_function("window.drawn !== undefined")
    assert page.evaluate("window.drawn") == "larger"


@pytest.mark.parametrize("kept", ["nonsense", "7", "null", '{"size": "<b>"}', '{"size": "\\"]"}'])
def test_whatever_the_device_remembers_the_page_works(open_page, story, kept):
    page = open_page(story())
    page.evaluate("kept => localStorage.setItem('reading', kept)", kept)
    page.reload()
    page.get_by_text("Text size and spacing").click()
    page.get_by_role("group", name="Text size").get_by_label("Large", exact=True).check()
    expect(page.locator("html")).to_have_attribute("data-size", "large")


def test_without_a_script_no_switch_is_there_that_needs_one(open_page, story):
    page = open_page(story(extend=extras), js=False)
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Text size and spacing")).to_be_hidden()
    expect(page.get_by_text("I feel light.")).to_be_visible()


def test_the_newsletter_form_comes_when_it_is_asked_for(open_page, story, check, address, mail):
    page = open_page(story())
    title = page.title()
    assert page.context.cookies() == []
    page.get_by_role("link", name="Get our newsletter").first.click()
    expect(page.get_by_role("heading", name="Get our newsletter")).to_be_focused()
    check(page)
    page.get_by_label("Your email address").fill("nobody")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_be_focused()
    check(page)
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_focused()
    check(page)
    assert page.title() == title
    assert mail(address).link("/newsletter/confirm/")


def test_without_a_script_the_newsletter_has_its_own_page(open_page, story):
    page = open_page(story(), js=False)
    page.locator("main").get_by_role("link", name="Get our newsletter").click()
    heading(page, "Get our newsletter")


def test_a_story_goes_on_paper_without_what_paper_cannot_do(listen, story):
    page = listen(story(pictures=["Ada on paper"], extend=extras))
    page.emulate_media(media="print")
    expect(page.get_by_text("I feel light.")).to_be_visible()
    expect(page.get_by_text("This story is at http")).to_be_visible()
    expect(page.get_by_role("img", name="Ada on paper")).to_be_visible()
    for gone in (".tools", ".versions", ".next", ".crumb", "footer"):
        expect(page.locator(gone)).to_be_hidden()


def test_a_story_is_found_and_read_by_keyboard_alone(open_page, story, word):
    story()
    page = open_page(LIBRARY)
    keyboard = Keyboard(page)
    keyboard.go_to("Search the stories")
    keyboard.type(word)
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("1 story")
    keyboard.go_to("How I found the water")
    keyboard.press("Enter")
    heading(page, "How I found the water")
    keyboard.go_to("Skip to the main content")
    keyboard.press("Enter")
    keyboard.go_to("In the water")
    keyboard.press("Enter")
    heading(page, "Stories: In the water")


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_dropped_on_a_small_screen(open_page, story, width):
    page = open_page(story(pictures=[f"Ada at {width}"], extend=extras), width=width)
    for words in ("Reading level", "Reading time", "Topics", "I feel light.", "Easy Read"):
        expect(page.get_by_text(words, exact=True).first).to_be_visible()
    expect(page.get_by_role("img", name=f"Ada at {width}")).to_be_visible()
