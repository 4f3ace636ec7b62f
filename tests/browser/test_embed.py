"""The sign-up form in a frame on a site that may show it."""

from playwright.sync_api import expect

THEIRS = """<!doctype html><html lang=en><title>Another site</title><h1>Another site</h1>
<iframe src="%s/newsletter/embed" title="Newsletter" style="width: 100%%; height: 60rem; border: 0">
</iframe>"""


def test_people_sign_up_on_another_site(open_page, js, check, site, address, mail, forgive):
    page = open_page(js=js)
    # Chromium takes what the test itself answers for a site of the internet.
    page.context.grant_permissions(["local-network-access"], origin=site.elsewhere)
    page.route(
        f"{site.elsewhere}/**",  # the site that EMBED_ORIGINS names
        lambda route: route.fulfill(content_type="text/html", body=THEIRS % site.url),
    )
    page.goto(site.elsewhere)
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
