"""Files for a story in a browser: with progress, over a lost connection, and without JavaScript."""

import re
from contextlib import nullcontext

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from portal.stories import links
from portal.stories.files import store
from tests.browser.deeds import is_told
from tests.browser.keyboard import Keyboard
from tests.services import until
from tests.stories import a_draft, telling_url
from tests.stories.media import MB, PROGRAM, a_film, a_picture, a_sound

FILM = a_film(1 * MB) + bytes(11 * MB)  # three pieces
PATIENCE = 60_000  # milliseconds until a large file was looked at


@pytest.fixture
def path(app):
    """The page of a new story's files."""
    path = telling_url(a_draft(), "files")
    db.session.remove()
    return path


def choose(page, *chosen):
    of_a_kind = {"mimeType": "application/octet-stream"}
    files = [of_a_kind | {"name": name, "buffer": content} for name, content in chosen]
    page.get_by_label("Choose files").set_input_files(files)


def add(page, *chosen):
    choose(page, *chosen)
    page.get_by_role("button", name="Add these files").click()


def entry(page, name):
    return page.locator(".file").filter(has=page.get_by_role("heading", name=name, exact=True))


def has_come(page, name):
    expect(entry(page, name)).to_contain_text("We have it.", timeout=PATIENCE)


def pieces(page):
    """Where each piece began that the browser has sent, as it is sent."""
    found = []

    def note(request):
        if request.method == "PATCH":
            found.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return found


def listen_to(page):
    """All that the page says by itself, as it is said."""
    said = []
    page.expose_function("heard", lambda words: said.append(words))  # noqa: PLW0108
    page.evaluate(
        """() => new MutationObserver(() => {
          const words = document.getElementById("status").textContent;
          if (words) window.heard(words);
        }).observe(document.getElementById("status"), { childList: true })"""
    )
    return said


def break_piece(page, number):
    """Break the connection when the piece with this number (from 1) is sent, once."""
    seen = []

    def handle(route):
        if route.request.method == "PATCH":
            seen.append(1)
        if len(seen) == number and route.request.method == "PATCH":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/tus/*", handle)


def test_files_are_added_described_and_removed_by_keyboard(open_page, js, path):
    page = open_page(path, js=js)
    keyboard = Keyboard(page)
    expect(page.get_by_text("There are no files yet.")).to_be_visible()
    # The browser's own window to choose files is for its keyboard users.
    choose(page, ("lake.png", a_picture(size=(600, 400))), ("voice.mp3", a_sound()))
    keyboard.use("Add these files")
    has_come(page, "lake.png")
    has_come(page, "voice.mp3")
    expect(page.get_by_text("There are no files yet.")).to_have_count(0)
    expect(entry(page, "lake.png")).to_contain_text("It has no words yet.")

    page.get_by_role("heading", level=1).click()
    keyboard.fill("What does the picture show?", "I swim.\nSam laughs.")
    keyboard.use("Save the words\nfor lake.png")
    expect(entry(page, "lake.png")).to_contain_text("It has words.")
    if js:
        expect(page.get_by_text("Your words are saved.")).to_be_focused()
    image = entry(page, "lake.png").get_by_role("img", name="I swim.")
    expect(image).to_have_js_property("complete", True)  # noqa: FBT003
    assert image.evaluate("image => image.naturalWidth") > 0

    page.get_by_label("What is said in it?").fill("Hello")
    page.get_by_role("button", name=re.compile(r"Save the words\s+for voice.mp3")).click()
    if js:
        expect(entry(page, "voice.mp3").get_by_text("Your words are saved.")).to_be_focused()
    expect(page.get_by_label("What does the picture show?")).to_have_value("I swim.\nSam laughs.")
    page.reload()
    expect(page.get_by_label("What is said in it?")).to_have_value("Hello")

    keyboard.use("Remove it\n(lake.png)")
    expect(entry(page, "lake.png")).to_have_count(0)
    expect(entry(page, "voice.mp3")).to_be_visible()


def test_one_picture_is_typed_on_while_others_come(open_page, path):
    page = open_page(path)
    add(page, ("first.png", a_picture()))
    has_come(page, "first.png")
    page.get_by_label("What does the picture show?").fill("Not saved yet")

    add(page, ("second.png", a_picture()), ("sign.mp4", FILM))
    has_come(page, "second.png")
    has_come(page, "sign.mp4")

    first = entry(page, "first.png").get_by_label("What does the picture show?")
    expect(first).to_have_value("Not saved yet")


def test_of_several_files_one_summary_is_said_and_the_first_refused_has_the_focus(open_page, path):
    page = open_page(path)
    said = listen_to(page)
    good = (("lake.png", a_picture()), ("voice.mp3", a_sound()), ("pool.png", a_picture()))
    add(page, good[0], ("sign.mp4", PROGRAM), *good[1:], ("setup.exe", PROGRAM), ("empty.png", b""))
    summary = "3 files are saved. 3 we could not take."
    expect(page.get_by_role("status").first).to_have_text(summary)

    assert said == ["6 files are being sent.", summary]
    name = page.get_by_role("heading", name="sign.mp4")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("We could not take it. It is a program"))
    for refused in ("sign.mp4", "setup.exe", "empty.png"):
        expect(entry(page, refused)).to_contain_text("We could not take it. It is")
        expect(entry(page, refused)).to_have_attribute("data-state", "refused")

    choose(page, ("again.exe", PROGRAM))
    page.get_by_label("What does the picture show?").first.focus()
    page.evaluate("document.querySelector('[data-upload]').requestSubmit()")
    expect(entry(page, "again.exe")).to_contain_text("We could not take it.")
    expect(page.get_by_label("What does the picture show?").first).to_be_focused()


def test_a_large_file_shows_its_progress_and_says_so_now_and_then(open_page, path):
    page = open_page(path)
    said = listen_to(page)
    offsets = pieces(page)
    add(page, ("sign.mp4", FILM))
    expect(page.get_by_role("progressbar", name="How much of sign.mp4 has arrived")).to_be_visible()
    has_come(page, "sign.mp4")
    expect(page.get_by_role("status").first).to_have_text("sign.mp4: We have it.")

    assert offsets == [0, 5 * MB, 10 * MB]
    assert said[0] == "sign.mp4 is being sent."
    percents = [words for words in said if "%" in words]
    assert 1 <= len(percents) <= 4
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_a_broken_connection_loses_nothing_and_it_goes_on_by_itself(open_page, path, forgive):
    page = open_page(path)
    break_piece(page, 2)
    offsets = pieces(page)
    add(page, ("sign.mp4", FILM))
    has_come(page, "sign.mp4")

    assert offsets == [0, 5 * MB, 5 * MB, 10 * MB]
    forgive("ERR_CONNECTION_RESET")


def test_without_a_network_it_waits_and_goes_on_when_that_is_back(open_page, path, forgive):
    page = open_page(path)
    page.route(
        "**/files/tus/*",
        lambda route: (page.context.set_offline(True), route.abort("internetdisconnected")),
        times=1,
    )
    add(page, ("sign.mp4", FILM))
    expect(entry(page, "sign.mp4")).to_contain_text("The connection is lost.")
    expect(page.get_by_role("status").first).to_contain_text("It goes on by itself")
    go_on = page.get_by_role("button", name=re.compile("^Go on"))
    expect(go_on).to_be_visible()

    page.context.set_offline(False)
    expect(go_on).to_be_hidden()
    has_come(page, "sign.mp4")
    forgive("ERR_INTERNET_DISCONNECTED")


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(open_page, path, forgive, js):
    page = open_page(path)
    break_piece(page, 2)
    add(page, ("sign.mp4", FILM))
    with page.expect_event("requestfailed"):
        pass
    page.close()
    page = open_page(path, js=js)
    expect(entry(page, "sign.mp4")).to_contain_text("Only 41% of it has arrived.")
    offsets = pieces(page)

    with nullcontext() if js else page.expect_navigation(timeout=PATIENCE):
        add(page, ("sign.mp4", FILM))
    if not js:
        until(lambda: page.reload() and "We have it." in page.inner_text("main"), 60)
    has_come(page, "sign.mp4")

    assert offsets == ([5 * MB, 10 * MB] if js else [])
    expect(entry(page, "sign.mp4")).to_have_count(1)
    forgive("ERR_CONNECTION_RESET")


def test_an_upload_can_be_stopped(open_page, path):
    page = open_page(path)
    page.route("**/files/tus/*", lambda route: None, times=1)
    with page.expect_request(lambda request: request.method == "PATCH", timeout=PATIENCE):
        add(page, ("sign.mp4", FILM), ("next.png", a_picture()))
    page.get_by_role("button", name=re.compile(r"Stop\s+\(sign.mp4\)")).click()
    expect(entry(page, "sign.mp4")).to_contain_text("You stopped it. We kept nothing of it.")
    expect(page.get_by_role("heading", name="sign.mp4")).to_be_focused()
    has_come(page, "next.png")

    page.reload()
    expect(entry(page, "sign.mp4")).to_have_count(0)


def test_every_state_of_the_files(open_page, check, path):
    page = open_page(path)
    check(page)
    add(
        page,
        ("lake.png", a_picture(size=(1200, 800))),
        (f"{'long' * 20}.mp3", a_sound()),
        ("setup.exe", PROGRAM),
        ("empty.png", b""),
        ("sign.mp4", PROGRAM),
    )
    has_come(page, "lake.png")
    for name, why in (
        ("setup.exe", "It is a program."),
        ("empty.png", "It is empty."),
        ("sign.mp4", "It is a program."),
    ):
        expect(entry(page, name)).to_contain_text(why)
    check(page)
    story = links.read(path.split("/")[-2])
    store.refuse(story.id, "huge.png", 10, "It is larger than 25 MB.")
    for state in ("coming", "checking"):
        store.add(story.id, f"{state}.mp4", 1000, store.FileState(state))
    db.session.commit()
    db.session.remove()
    page.reload()
    check(page)
    page.get_by_label("What does the picture show?").fill("x" * 1001)
    page.get_by_role("button", name=re.compile(r"Save the words\s+for lake.png")).click()
    is_told(page)
    check(page)
    page.route("**/files/tus/*", lambda route: None, times=1)
    add(page, ("sign.mp4", FILM))
    expect(page.get_by_role("progressbar")).to_be_visible()
    check(page)
    page.goto(path.replace("/files", "/files/add"))
    check(page)
