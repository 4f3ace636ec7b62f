"""What somebody agreed to: a record to which is only ever added."""

from datetime import UTC, datetime

import time_machine

from portal.extensions import db
from portal.newsletter import links, services
from portal.newsletter.models import Consent
from tests.newsletter import ADA, JOIN, state_of


def records():
    found = db.session.scalars(db.select(Consent).order_by(Consent.id)).all()
    return [(one.purpose, one.given, one.wording, one.channel, one.at) for one in found]


def test_saying_yes_leaving_and_coming_back_are_three_records(joined):
    moments = [datetime(2026, 3, day, 9, tzinfo=UTC) for day in (1, 2, 3)]
    with time_machine.travel(moments[0], tick=False) as clock:
        subscriber = joined()
        clock.move_to(moments[1])
        services.unsubscribe(subscriber.public_id, "one-click")
        clock.move_to(moments[2])
        token = links.confirm_url(subscriber, [], "plain").rpartition("/")[2]
        services.confirm(links.read_confirm(token))

    assert records() == [
        ("newsletter", True, services.wording(), "web", moments[0]),
        ("newsletter", False, "Leave the newsletter", "one-click", moments[1]),
        ("newsletter", True, services.wording(), "web", moments[2]),
    ]


def test_the_words_name_who_is_agreed_with_and_stay_when_they_change(app, joined):
    app.config["ORG_NAME"] = "Wheels United"
    joined()
    agreed = records()
    app.config["ORG_NAME"] = "Somebody else"

    assert "I agree to get the Wheels United newsletter" in agreed[0][2]
    assert records() == agreed


def test_the_button_that_leaves_is_recorded_in_its_own_words(visit_plain, joined):
    link = links.unsubscribe_url(joined())
    button = visit_plain(link).page.query("main button")[0].to_text().strip()
    visit_plain.send(link)

    assert records()[-1][1:4] == (False, button, "web")


def test_a_change_of_topics_is_no_new_consent(visit_plain, joined):
    visit_plain.send(links.preferences_url(joined()), {"name": "Ada", "topics": "ideas"})

    assert len(records()) == 1


def test_nothing_is_recorded_before_somebody_says_yes(visit_plain):
    visit_plain.send(JOIN, {"email": ADA})

    assert state_of()
    assert records() == []
