"""Everyone gets in: the pages that no journey leads over, and the way through a page with Tab."""

import pytest

from tests.browser.keyboard import Keyboard

TEAM = "media@getyourselfactive.org"  # the last link of each page


def test_everyone_can_use_the_pages_around_the_doors(open_page, check, forgive):
    page = open_page("/")
    check(page)
    for path in ("/accessibility", "/privacy", "/nothing-here"):
        page.goto(path)
        check(page)
    forgive("404")


@pytest.mark.parametrize("forced", [False, True], ids=["own colours", "forced colours"])
@pytest.mark.parametrize("path", ["/", "/newsletter/"])
def test_each_step_shows_and_the_last_leads_out_of_the_page(path, forced, open_page):
    keyboard = Keyboard(open_page(path, forced=forced))

    assert keyboard.step() == "Skip to the main content"
    keyboard.go_to(TEAM)
    assert not keyboard.step()
