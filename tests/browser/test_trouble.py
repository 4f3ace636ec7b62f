"""Kept before we say so: what people see while something of ours does not work."""

from playwright.sync_api import expect

from portal.config import ROOT
from tests.browser.deeds import heading, press

EMAIL = "Your email address"


def sign_up(page, address):
    page.get_by_label(EMAIL).fill(address)
    press(page, "Sign up")


def test_what_was_typed_stays_while_the_site_is_away(open_page, site, address, check, forgive):
    page = open_page("/newsletter/")
    page.get_by_label("Large print").check()
    site.stop("web")
    try:
        sign_up(page, address)
        expect(page.get_by_role("status")).to_contain_text("What you typed is still here.")
    finally:
        site.start_web()
    forgive("ERR_CONNECTION_REFUSED")
    forgive("Failed to fetch")
    expect(page.get_by_label(EMAIL)).to_have_value(address)
    expect(page.get_by_label("Large print")).to_be_checked()
    check(page)

    press(page, "Sign up")
    heading(page, "Check your email")
    expect(page.get_by_role("status")).to_be_empty()


def test_what_was_typed_stays_where_a_proxy_says_that_the_site_is_away(
    open_page, address, check, forgive
):
    page = open_page("/newsletter/")
    away = {"status": 503, "content_type": "text/html", "path": ROOT / "deploy" / "away.html"}
    page.route("**/newsletter/", lambda route: route.fulfill(**away))
    sign_up(page, address)
    expect(page.get_by_role("status")).to_contain_text("What you typed is still here.")
    forgive("503")
    expect(page.get_by_label(EMAIL)).to_have_value(address)
    check(page)


def test_a_worker_that_is_away_delays_nobody_and_loses_nothing(open_page, site, address, mail):
    page = open_page("/newsletter/")
    site.stop("worker")
    try:
        sign_up(page, address)
        heading(page, "Check your email")
        assert site.mails(address) == []
    finally:
        site.start_worker()
    assert mail(address).link("/confirm/")
