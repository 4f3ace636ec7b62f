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
# What a page waits for, beside itself and the site's stylesheet.
STYLE, TEXT_SIZE = "library.css", "reading.js"


@pytest.fixture
def first_view(open_page):
    """What a browser loads before it draws a page: the number of bytes by address."""

    def first_view(path):
        return _first_view(open_page("/privacy"), path)  # any page, to measure from

    return first_view


@pytest.mark.parametrize("path", ["/", "/newsletter/"])
def test_the_first_view_is_light(path, first_view):
    sizes = first_view(path)

    assert len(sizes) == 2, "the page and its stylesheet"
    assert sum(sizes.values()) <= FIRST_WINDOW


def test_the_first_view_of_the_library_is_light(app, first_view):
    for number in range(query.PAGE + 1):
        put_up(f"A story of several words, {number}", **OF_A_CARD)
    sizes = first_view("/stories/")

    assert {*map(_file, sizes)} == {"", "site.css", STYLE}
    assert sum(sizes.values()) <= FIRST_WINDOW


def test_the_first_view_of_a_story_of_661_words_is_light(app, first_view):
    for number in range(3):
        put_up(f"Another story, {number}", **OF_A_CARD)
    sample = next(one for one in read_all() if one.key.startswith("02"))
    text = _words(sample.text, 661)
    assert measure(text).words == 661
    story = put_up("How I found the water", text=text, **OF_A_CARD)
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    add_version(story, VersionKind.BSL, "Signed", "bfi", link="https://films.example/1")
    assert story.minutes == 6
    sizes = first_view(at(story))

    assert {*map(_file, sizes)} == {"", "site.css", STYLE, TEXT_SIZE}
    assert sum(sizes.values()) <= FIRST_WINDOW


def _words(text, number):
    """So many words of a text, with its paragraphs, and again from the start where it is short."""
    found = re.findall(r"(?:## |> )*\w\S*\s*", f"{text}\n\n" * number)
    return "".join(found[:number])


def _file(address):
    return address.rpartition("/")[2].partition("?")[0]


def _first_view(page, path):
    network = page.context.new_cdp_session(page)
    addresses, sizes = {}, {}
    network.on(
        "Network.responseReceived",
        lambda event: addresses.update({event["requestId"]: event["response"]["url"]}),
    )
    network.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(path, wait_until="networkidle")

    by_address = {addresses[key]: size for key, size in sizes.items() if key in addresses}
    blocking = page.evaluate(BLOCKING)
    return {address: by_address[address] for address in blocking}
