"""Everyone gets in: each public page, in all colours and at any width."""

import pytest

PAGES = (
    *("/", "/newsletter/", "/newsletter/thanks", "/newsletter/preferences/"),
    *("/newsletter/preferences/sent", "/newsletter/erased", "/newsletter/embed"),
    *("/stories/", "/contact/", "/accessibility", "/privacy"),
)


@pytest.mark.parametrize("path", PAGES)
def test_everyone_can_use(path, open_page, check):
    check(open_page(path))


def test_everyone_can_use_the_page_that_says_there_is_none(open_page, check):
    check(open_page("/nothing-here", status=404))
