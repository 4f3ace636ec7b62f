"""The team looks at the mails of an issue, and gets one as a test."""

import pytest
from playwright.sync_api import expect

from portal.extensions import db
from tests.browser.deeds import done, press
from tests.issues import an_issue
from tests.stories.readers import put_up


@pytest.fixture
def issue(app):
    story = put_up(pictures=["A warm pool"], summary="The water holds me.")
    issue = an_issue(story, opening="Hello,\n\nwe swam.", preview="Warm water").id
    db.session.remove()
    return f"/newsletter/issues/desk/{issue}"


@pytest.mark.parametrize("format_", ["large", "plain"])
def test_a_mail_is_seen_before_it_goes_and_comes_as_a_test(
    open_desk, js, check, mail, issue, format_
):
    page = open_desk(issue, js=js)
    page.locator("#people ~ ul").get_by_role("link", name=format_).click()
    if format_ == "large":
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("link", name="on our site")).to_be_visible()
        picture = frame.get_by_role("img", name="A warm pool")
        expect(picture).to_have_js_property("naturalWidth", 120)
    check(page)
    to = page.get_by_text("The test goes to").inner_text().split()[4]
    press(page, "Send me this format")
    done(page, "The test is on its way to you.")
    check(page)

    sent = mail(to, "): News of May")
    assert "The water holds me." in sent.text
    assert ("1.5rem" in sent.html) is (format_ == "large")
