"""Sign-ups that nobody confirmed are deleted, and nobody else."""

from datetime import timedelta

from portal.newsletter import links, retention, services, tasks
from portal.newsletter.models import Subscriber, SubscriberState
from tests.newsletter import ADA, anything_kept_about, tables


def test_the_purge_deletes_old_pending_signups_and_nobody_else(add, clock):
    for state in SubscriberState:
        add(f"{state}@example.org", state)
    clock.shift(timedelta(days=7))
    add("new@example.org", SubscriberState.PENDING)
    everybody = {row.email for row in tables()["subscriber"]}
    tasks.tidy.call_local()
    before = {row.email for row in tables()["subscriber"]}
    clock.shift(1)
    tasks.tidy.call_local()

    assert before == everybody
    assert {row.email for row in tables()["subscriber"]} == everybody - {"pending@example.org"}


def test_a_purged_address_is_nowhere(asked, clock):
    asked()
    clock.shift(timedelta(days=8))
    tasks.tidy.call_local()

    assert not anything_kept_about(ADA)


def test_leaving_before_confirming_leaves_nothing_and_stops_the_mail(visit_plain, mailbox):
    services.sign_up(ADA, [], "standard")
    answer = visit_plain.send(links.unsubscribe_url(Subscriber.with_email(ADA)))

    assert answer.heading == "You have left the newsletter"
    assert not anything_kept_about(ADA)
    assert tables()["subscriber"] == mailbox() == []


def test_the_team_is_told_that_sign_ups_wait_for_a_person(app, caplog):
    services.hold("eve@example.org", [], "standard", ["Too quick"])
    tasks.tidy.call_local()

    assert "Sign-ups that a person must look at: 1" in caplog.text
    assert "eve@" not in caplog.text


def test_a_held_sign_up_that_nobody_decided_about_ends_a_few_at_a_time(app, clock, monkeypatch):
    app.config["HELD_SIGNUP_DAYS"] = 40
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    services.sign_up("p0@example.org", [], "standard")
    for number in range(5):
        services.hold(f"p{number}@example.org", [], "standard", ["Too quick"])
    clock.shift(timedelta(days=40))
    services.hold("new@example.org", [], "standard", ["Too quick"])
    tasks.tidy.call_local()
    assert retention.waiting() == 6

    clock.shift(1)
    services.sign_up("p0@example.org", [], "standard")  # it is somebody's, whoever else was held
    tasks.tidy.call_local()
    assert [row.email for row in tables()["held_signup"]] == ["new@example.org"]
    assert tables()["outgoing"][-1].address == "p0@example.org"


def test_who_asks_again_in_time_is_not_purged(visit_plain, asked, clock):
    asked()
    clock.shift(timedelta(days=6))
    link = asked()
    clock.shift(timedelta(days=2))
    tasks.tidy.call_local()

    assert visit_plain.send(link).heading == "You are signed up"
