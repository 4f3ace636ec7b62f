"""The mails of an issue before they go: each format to look at, and as a test to oneself."""

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing, Urgency
from portal.extensions import db
from portal.issues.mail import personal, testing
from portal.providers.campaigns import PREFERENCES_URL
from portal.stories import consents
from portal.team.models import Role
from tests.issues import an_issue
from tests.stories.readers import put_up
from tests.team import sign_in

EVA = "eva@team.example"


@pytest.fixture
def story(app):
    return put_up(pictures=["A warm pool"])


@pytest.fixture
def path(story):
    issue = an_issue(story, opening="Hello.", preview="Warm and wet").id
    db.session.commit()
    return f"/newsletter/issues/desk/{issue}/preview/"


@pytest.fixture
def look(app, visit_plain):
    sign_in(visit_plain, app, Role.EDITOR, name="Eva", email=EVA)
    return visit_plain


def sent_tests():
    rows = db.session.scalars(select(Outgoing).where(Outgoing.name == personal.TEST_NAME)).all()
    db.session.commit()
    return rows


@pytest.mark.parametrize("format_", ["standard", "large", "easy-read"])
def test_each_format_is_shown_with_both_its_parts_and_its_weight(look, path, format_):
    page = look(f"{path}{format_}")
    (frame,) = page.page.query("iframe")
    mail = look.client.get(frame.attrs["src"])
    policy = mail.headers["Content-Security-Policy"]

    assert "News of May" in page.text
    assert "Warm and wet" in page.text
    assert "kB" in page.text
    assert "Read “How I found the water” on our site:" in page.text
    assert "How I found the water" in mail.text
    assert PREFERENCES_URL not in mail.text + page.text
    assert {"default-src 'none'", "script-src 'none'", "frame-ancestors 'self'"} <= {
        *policy.split("; ")
    }
    assert "allow-scripts" not in policy


def test_plain_text_is_shown_as_it_is(look, path):
    page = look(f"{path}plain")

    assert not page.has("iframe")
    assert "Read “How I found the water” on our site:" in page.text
    assert look(f"{path}plain/mail").status == 404


def test_a_story_that_may_not_be_sent_is_in_no_preview(look, path, story):
    consents.record(story, "newsletter", given=False, channel="web")
    page = look(f"{path}standard")
    mail = look.client.get(f"{path}standard/mail")

    assert "How I found the water" not in page.text + mail.text


@pytest.mark.parametrize(("chosen", "number"), [({}, 1), ({"all": "yes"}, 4)])
def test_a_test_goes_to_oneself_before_all_that_is_much_and_says_so(look, path, chosen, number):
    page = look.send(f"{path}large", chosen)
    sent = sent_tests()

    assert "The test is on its way to you." in page.text
    assert len({row.payload["subject"] for row in sent}) == number
    assert "Test (Large print): News of May" in [row.payload["subject"] for row in sent]
    for row in sent:
        assert row.payload["to"] == [EVA, ""]
        assert row.urgency == Urgency.PERSON
        assert "List-Unsubscribe" not in dict(row.payload["headers"])


def test_nobody_can_send_tests_without_end(look, path):
    for _ in range(testing.AN_HOUR // 4):
        look.send(f"{path}large", {"all": "yes"})
    page = look.send(f"{path}large", {"all": "yes"})

    assert page.status == 422
    assert testing.TOO_MANY in page.text
    assert len(sent_tests()) == testing.AN_HOUR


def test_a_format_or_an_issue_that_is_not_there_has_no_preview(look, path):
    for address in (f"{path}gold", f"{path}gold/mail", "/newsletter/issues/desk/99/preview/plain"):
        assert look(address).status == 404


def test_who_only_reads_sees_the_mails_and_sends_none(app, visit_plain, path):
    sign_in(visit_plain, app, Role.READER)
    page = visit_plain(f"{path}plain")

    assert page.has("#mail")
    assert not page.has("#mail form")
