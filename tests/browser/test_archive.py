"""Reading old newsletters, and the home page that leads there, as people do it."""

from uuid import uuid4

import pytest

from portal.extensions import db
from portal.issues.models import Part, PartKind
from portal.stories import withdrawal
from tests.browser.deeds import heading
from tests.issues import an_issue, sent
from tests.stories.readers import put_up

ARCHIVE = "/newsletter/issues/"


@pytest.fixture
def issue(app):
    """One with two stories, of which one was taken back; the newest of all."""
    first = put_up("Round the hill", pictures=["Ada before a hill"], summary="Then I went up.")
    gone = put_up("How I found the water", pictures=["A pool"])
    issue = an_issue(
        first,
        gone,
        opening="Spring is here. **Come out!**",
        preview="Up a hill",
        subject=f"News {uuid4().hex[:6]}",
    )
    issue.parts.append(Part(position=2, kind=PartKind.WORDS, text="See you soon."))
    db.session.commit()
    sent(issue)
    withdrawal.withdraw(gone, keep_files=False)
    return issue


@pytest.mark.parametrize("js", [True, False])
def test_from_home_to_the_last_newsletter_and_its_story(open_page, check, issue, js):
    page = open_page("/", js=js)
    check(page)
    page.get_by_role("link", name=issue.subject).click()
    heading(page, issue.subject)
    check(page)
    page.get_by_role("link", name="All newsletters").click()
    heading(page, "Our newsletters")
    check(page)
    page.get_by_role("link", name=issue.subject).click()
    page.get_by_role("link", name="Round the hill").click()
    heading(page, "Round the hill")


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_archive_fits_every_width(open_page, check, issue, width):
    for address in ("/", ARCHIVE, f"{ARCHIVE}{issue.slug}/"):
        check(open_page(address, width=width))
