"""Recording sound or film in the page, with Chromium's made-up microphone and camera."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.extensions import db
from portal.stories.files.models import StoryFile
from portal.stories.states import Telling
from portal.stories.telling import services
from tests.browser.keyboard import Keyboard
from tests.browser.visitors import Visitors
from tests.services import until
from tests.stories import telling_url

ASK = "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
FAIL = """(why) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", why) };
}"""
NO_MICROPHONE = f"""() => {{
  {ASK}
  navigator.mediaDevices.getUserMedia = async (wants) => {{
    if (wants.audio) throw new DOMException("", "NotFoundError");
    return ask(wants);
  }};
}}"""
WATCHED = f"""() => {{
  {ASK}
  navigator.mediaDevices.getUserMedia = async (wants) => (window.given = await ask(wants));
}}"""


@pytest.fixture(scope="module")
def recording_browser(launch):
    """Chromium with a made-up microphone and camera, which it may use."""
    browser = launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    yield browser
    browser.close()


@pytest.fixture
def address(app):
    """The page of a new story's files."""
    address = telling_url(services.start(Telling.RECORD), "files")
    db.session.remove()
    return address


@pytest.fixture
def open_recorder(recording_browser, site, address):
    """Opens the page as somebody who allows the microphone and the camera."""
    visitors = Visitors(recording_browser, site)
    yield lambda **options: visitors.open(address, **options)
    visitors.close()


def press(page, words):
    page.locator("#record").get_by_role("button", name=words, exact=True).click()


def heading(page, words):
    return page.locator("#record").get_by_role("heading", name=words)


def status(page):
    return page.locator("#recorder [aria-live=polite]")


def record(page, kind="sound"):
    press(page, f"Record {kind}")
    expect(heading(page, f"Recording {kind}")).to_be_focused()
    expect(page.locator("[data-part=time]")).not_to_have_text("0:00")


def stop(page):
    press(page, "Stop")
    expect(page.locator("[data-part=done]")).to_be_focused()


def player(page, kind):
    return page.locator(f"#recorder [data-part={kind}]")


@pytest.mark.parametrize("kind", ["sound", "film"])
def test_recorded_listened_to_and_kept(open_recorder, check, kind):
    page = open_recorder()
    check(page)
    page.evaluate(WATCHED)
    record(page, kind)
    check(page)
    assert page.evaluate("given.getTracks().every((one) => one.readyState === 'live')")
    press(page, "Pause")
    expect(status(page)).to_contain_text("Paused at")
    time = page.locator("[data-part=time]").text_content()
    check(page)  # which takes longer than a second
    assert page.locator("[data-part=time]").text_content() == time
    press(page, "Go on")
    expect(heading(page, f"Recording {kind}")).to_be_visible()
    stop(page)
    expect(page.locator("[data-part=facts]")).to_contain_text("second")
    assert page.evaluate("given.getTracks().every((one) => one.readyState === 'ended')")
    check(page)

    assert player(page, kind).evaluate("node => node.paused && node.controls")
    expect(player(page, kind)).to_have_js_property("currentTime", 0)
    player(page, kind).evaluate("node => node.play()")
    until(lambda: player(page, kind).evaluate("node => node.currentTime > 0"))
    press(page, "Keep this recording")
    row = page.locator("#files-list .file").last
    expect(row).to_contain_text("We have it")
    expect(row.locator("h3")).to_be_focused()
    expect(page.get_by_role("button", name="Record sound")).to_be_visible()
    file = db.session.scalars(select(StoryFile).order_by(StoryFile.id.desc())).first()
    assert (file.kind, file.state) == (kind, "kept")
    assert file.name.startswith(kind.title())


def test_all_by_keyboard(open_recorder):
    page = open_recorder()
    keyboard = Keyboard(page)
    keyboard.use("Record sound")
    expect(heading(page, "Recording sound")).to_be_focused()
    keyboard.use("Pause", "Space")
    keyboard.press("Space")
    until(lambda: page.evaluate("document.getElementById('record-level').value > 0"))
    expect(status(page)).not_to_contain_text("loud")  # it is told on request only
    keyboard.use("Tell me time and loudness")
    expect(status(page)).to_contain_text(re.compile("second.*loud"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(heading(page, "Listen to your recording")).to_be_focused()
    keep = page.get_by_role("button", name="Keep this recording")
    while not keep.evaluate("node => node === document.activeElement"):
        keyboard.press("Tab")  # over the browser's own buttons to listen
    keyboard.press("Enter")

    expect(page.locator("#files-list h3").last).to_be_focused()
    expect(page.locator("#files-list .file").last).to_contain_text("We have it")


def test_again_asks_once_and_deletes_only_then(open_recorder, check):
    page = open_recorder()
    record(page)
    stop(page)
    press(page, "Record again")
    expect(page.locator("[data-part=asking]")).to_be_focused()
    check(page)
    press(page, "No, go back to it")
    expect(heading(page, "Listen to your recording")).to_be_focused()
    press(page, "Record again")
    press(page, "Delete it and record again")

    expect(heading(page, "Recording sound")).to_be_focused()
    expect(page.locator("[data-part=time]")).not_to_have_text("0:00")
    stop(page)
    expect(page.locator("#files-list .file")).to_have_count(0)


def test_leaving_before_it_is_kept_is_asked_about(open_recorder):
    page = open_recorder()
    record(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Back to the list of steps").click()
    expect(page).not_to_have_url(re.compile("files"))

    assert asked == ["beforeunload"]


def test_device_that_goes_away_loses_nothing(open_recorder):
    page = open_recorder()
    page.evaluate(WATCHED)
    record(page)
    page.evaluate("given.getTracks()[0].dispatchEvent(new Event('ended'))")

    expect(status(page)).to_contain_text("disconnected")
    expect(page.get_by_role("button", name="Keep this recording")).to_be_visible()


def test_full_is_said_before_and_then_it_stops(open_recorder):
    page = open_recorder()
    form = page.locator("form[data-upload]")
    form.evaluate("form => { form.dataset.fileMb = '0.03' }")
    record(page)

    expect(status(page)).to_contain_text("as large as we can take")
    expect(heading(page, "Listen to your recording")).to_be_focused()


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("NotAllowedError", "We may not use your microphone"),
        ("NotFoundError", "We found no microphone"),
    ],
)
def test_why_nothing_can_be_recorded_is_told_with_what_to_do(why, words, open_recorder, check):
    page = open_recorder()
    page.evaluate(FAIL, why)
    press(page, "Record sound")

    expect(page.locator("[data-part=trouble]")).to_be_focused()
    expect(page.locator("[data-part=trouble]")).to_contain_text(words)
    expect(page.get_by_role("button", name="Record sound")).to_be_visible()
    check(page)


def test_film_goes_without_a_microphone(open_recorder):  # of somebody who signs
    page = open_recorder()
    page.evaluate(NO_MICROPHONE)
    record(page, "film")

    expect(status(page)).to_have_text("There is no microphone, so it has no sound.")
    expect(page.locator("#record-level")).to_be_hidden()
    stop(page)


def test_nothing_is_asked_before_somebody_presses(open_recorder):
    page = open_recorder()
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => document.body.remove()")
    page.reload()

    expect(page.get_by_role("button", name="Record sound")).to_be_visible()


def test_without_javascript_a_sentence_leads_to_uploading(open_recorder):
    page = open_recorder(js=False)

    expect(page.get_by_role("button", name="Record sound")).to_be_hidden()
    page.get_by_role("link", name="add the recording as a file").click()
    expect(page.get_by_label("Choose files")).to_be_visible()
