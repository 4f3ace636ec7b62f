"""What people do on every kind of page, and what they then see."""

import re

from playwright.sync_api import Page, expect


def press(page: Page, words: str) -> None:
    """Press the button called so."""
    page.get_by_role("button", name=words, exact=True).click()


def follow(page: Page, words: str) -> None:
    """Follow the first link called so, below the header."""
    page.get_by_role("main").get_by_role("link", name=words, exact=True).first.click()


def heading(page: Page, words: str) -> None:
    """The page is about this: its title and its heading say so."""
    expect(page).to_have_title(re.compile(f"^(Error: )?{re.escape(words)}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def is_about(page: Page, words: str) -> None:
    """After a form was sent, the page is about this, and the new heading has the focus."""
    heading(page, words)
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def is_told(page: Page, words: str | re.Pattern[str] = "") -> None:
    """What is wrong is said, and has the focus."""
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text(words)


def done(page: Page, words: str | re.Pattern[str]) -> None:
    """What was done is said, and has the focus."""
    expect(page.locator(".done")).to_contain_text(words)
    expect(page.locator(".done")).to_be_focused()
