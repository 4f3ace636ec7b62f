"""Before an issue leaves, its page says who sends it, what that cannot do, and what it lacks."""

from datetime import timedelta

import pytest

from portal import providers
from portal.delivery.models import Pause
from portal.extensions import db, now
from portal.issues import approving, checks
from portal.transaction import NotPossible
from tests.delivery import provide
from tests.issues.desk import a_draft_of, path
from tests.newsletter import a_subscriber
from tests.providers.registered import settings_of
from tests.stories import an_editor
from tests.team import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def issue():
    a_subscriber()
    return a_draft_of("The water", preview="Swim")


@pytest.fixture
def use(app):
    """Puts a provider in the place of that one that has it."""
    return lambda place, name, **changes: provide(
        app, **{place: providers.adapter(name)(settings_of(name, **changes))}
    )


def test_a_setting_that_a_campaign_needs_stops_the_issue_until_it_is_there(issue, use):
    use("audience", "sendgrid", unsubscribe_group="")
    with pytest.raises(NotPossible, match="SENDGRID_UNSUBSCRIBE_GROUP must be set"):
        approving.ask(issue, an_editor())
    use("audience", "sendgrid", unsubscribe_group="7")

    assert checks.stops(issue) == []


@pytest.mark.parametrize(
    ("place", "name", "lane"), [("audience", "brevo", "campaigns"), ("mail", "postmark", "mail")]
)
def test_provider_that_takes_nothing_is_said_and_stops_nothing(issue, use, place, name, lane):
    use(place, name)
    values = {"since": now(), "failures": 1, "reason": "Check BREVO_API_KEY."}
    db.session.add(Pause(lane=f"{name} {lane}", until=now() + timedelta(minutes=5), **values))
    db.session.commit()

    said = [one.words for one in checks.of(issue, {})]
    assert any("takes nothing at the moment" in one and "API_KEY" in one for one in said)
    assert checks.stops(issue) == []


@pytest.mark.parametrize(
    ("place", "name", "said"),
    [
        ("audience", "brevo", True),
        ("audience", "mailchimp", True),
        ("mail", "mailjet", False),  # whose campaigns are none of these mails
        ("mail", "postmark", True),
    ],
)
def test_page_says_who_sends_it_and_what_that_does(app, visit_plain, issue, use, place, name, said):
    sign_in(visit_plain, app)
    one = use(place, name)
    page = visit_plain(path(issue)).text

    assert f"Sent by {one.title}" in page
    assert all((words in page.replace("&#39;", "'")) is said for words in one.cannot)
