"""The first view comes in one go: what one initial TCP window holds (RFC 6928, ten segments)."""

import re

import pytest

from portal.demo.samples import read_all
from portal.stories.library import query
from portal.stories.markdown import measure
from portal.stories.states import VersionKind
from tests.stories.readers import add_version, at, put_up

OF_A_CARD = {
    "summary": "For years I went round the hill behind my house. Then I went up.",
    "topics": ("wheels", "outdoors", "getting-started"),
    "pictures": ["A wheel of a chair before a hill, and the sun behind it"],
}
FIRST_WINDOW = 14_600
BLOCKING = """() => [
  location.href,
  ...performance.getEntriesByType("resource")
    .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name),
]"""
# What a page waits for, beside itself: its styles, and the text size that its reader has chosen.
EVERYWHERE, STYLE = {"", "site.css", "reading.js"}, "library.css"


@pytest.fixture
def first_view(open_page):
    """The names of the files that a browser loads before it draws a page, which must be light."""

    def first_view(path):
        page = open_page("/privacy")  # any page, to measure from
        network = page.context.new_cdp_session(page)
        addresses, sizes = {}, {}

        def has_begun(event):
            addresses[event["requestId"]] = event["response"]["url"]

        def has_come(event):
            sizes[addresses[event["requestId"]]] = event["encodedDataLength"]

        network.on("Network.responseReceived", has_begun)
        network.on("Network.loadingFinished", has_come)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(path, wait_until="networkidle")
        blocking = page.evaluate(BLOCKING)
        assert sum(sizes[address] for address in blocking) <= FIRST_WINDOW
        return {address.rpartition("/")[2].partition("?")[0] for address in blocking}

    return first_view


@pytest.mark.parametrize("path", ["/", "/newsletter/"])
def test_the_first_view_is_light(path, first_view):
    assert first_view(path) == EVERYWHERE


def test_the_first_view_of_the_library_is_light(app, first_view):
    for number in range(query.PAGE + 1):
        put_up(f"A story of several words, {number}", **OF_A_CARD)

    assert first_view("/stories/") == {*EVERYWHERE, STYLE}


def test_the_first_view_of_a_story_of_661_words_is_light(app, first_view):
    for number in range(3):
        put_up(f"Another story, {number}", **OF_A_CARD)
    sample = next(one for one in read_all() if one.key.startswith("02"))
    text = "".join(re.findall(r"(?:## |> )*\w\S*\s*", f"{sample.text}\n\n" * 9)[:661])
    assert measure(text).words == 661
    story = put_up("How I found the water", text=text, **OF_A_CARD)
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    add_version(story, VersionKind.BSL, "Signed", "bfi", link="https://films.example/1")
    assert story.minutes == 6

    assert first_view(at(story)) == {*EVERYWHERE, STYLE}
