"""The first view comes in one go: what one initial TCP window holds (RFC 6928, ten segments)."""

import pytest

FIRST_WINDOW = 14_600
BLOCKING = """() => [
  location.href,
  ...performance.getEntriesByType("resource")
    .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name),
]"""


@pytest.mark.parametrize("path", ["/", "/newsletter/"])
def test_the_first_view_is_light(path, open_page):
    page = open_page("/privacy")  # any page, to measure from
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
    assert len(blocking) == 2, "the page and its stylesheet"
    assert sum(by_address[address] for address in blocking) <= FIRST_WINDOW
