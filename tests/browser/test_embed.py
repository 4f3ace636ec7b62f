"""The sign-up form in a frame on a site that may show it."""

from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect


class OtherSite(BaseHTTPRequestHandler):
    """A page of somebody else with our form in a frame."""

    def __init__(self, framed, *args):
        self.page = (
            "<!doctype html><html lang=en><title>Another site</title>"
            f'<h1>Another site</h1><iframe src="{framed}" title="Newsletter" '
            'style="width: 100%; height: 60rem; border: 0"></iframe>'
        ).encode()
        super().__init__(*args)

    def do_GET(self):
        self.send_response(200 if self.path == "/" else 204)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page if self.path == "/" else b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def other_site(site):
    """The other site, at the address that EMBED_ORIGINS names."""
    handler = partial(OtherSite, f"{site.url}/newsletter/embed")
    port = urlsplit(site.elsewhere).port
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield site.elsewhere
        server.shutdown()
        thread.join()


def test_people_sign_up_on_another_site(open_page, js, check, other_site, address, mail, forgive):
    page = open_page(other_site, js=js)
    frame = page.frames[1]
    check(frame)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("alert")).to_be_visible()
    if js:
        expect(frame.get_by_role("alert")).to_be_focused()
    check(frame)
    frame.get_by_label("Your email address").fill(address)
    frame.get_by_role("button", name="Sign up").click()

    expect(frame.get_by_role("heading", level=1)).to_have_text("Check your email")
    check(frame)
    assert mail(address).link("/confirm/")
    # Browsers do not let a page that was just loaded in another site's frame take the focus.
    forgive("Blocked autofocusing")
