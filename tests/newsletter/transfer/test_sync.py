"""`flask newsletter sync` brings our list and the provider's together, and a person's word wins."""

from datetime import timedelta

import pytest

from portal import delivery
from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db, now
from portal.newsletter import services
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer import holding, jobs, sync, sync_repair, sync_work, theirs, working
from portal.newsletter.transfer.models import JobState, ListJob
from portal.providers import patience
from portal.providers.errors import Busy
from tests.delivery import provide
from tests.newsletter import ADA, state_of
from tests.newsletter.audiences import Audience, Importer, known, now_is, person, rows, run

HERE, GONE = SubscriberState.SUBSCRIBED, SubscriberState.UNSUBSCRIBED


@pytest.fixture(params=[Audience, Importer])
def audience(app, request):
    return provide(app, audience=request.param())


def left_there(audience, email, **values):
    """Somebody who is subscribed here, and left at the provider."""
    audience.kept[email] = known(email, subscribed=False, stopped=True)
    return person(email, **values)


def fill(audience):
    """One person of each kind."""
    for email in ("same", "missing", "changed", "left-there", "elsewhere"):
        person(f"{email}@example.org", name="Ada", topics=["water"], format="plain")
    person("left@example.org", GONE)
    person("bounced@example.org", SubscriberState.BOUNCED)
    right = {"NAME": "Ada", "TOPICS": "water", "FORMAT": "plain"}
    theirs = {
        **dict.fromkeys(["same", "left", "bounced", "unknown"], right),
        "changed": right | {"TOPICS": "dance"},
        "left-there": right | {"subscribed": False, "stopped": True},
        "elsewhere": right | {"subscribed": False},
    }
    emails = {name: f"{name}@example.org" for name in theirs}
    audience.kept = {emails[name]: known(emails[name], **theirs[name]) for name in theirs}


def test_each_difference_is_found_and_nothing_is_changed_by_looking(app, audience):
    fill(audience)
    code, words = run(app, "--dry-run", "--verbose")

    assert code == 0
    assert "1 are the same." in words
    assert "2 are missing at scripted, or not on its list.\n  missing@example.org" in words
    assert "  elsewhere@example.org" in words
    assert "1 have other choices at scripted.\n  changed@example.org" in words
    assert "2 left here and still get mail from scripted.\n  left@example.org" in words
    assert "1 left at scripted and not yet here.\n  left-there@example.org" in words
    assert ("1 are only known at scripted" in words) == hasattr(audience, "everyone")
    assert db.session.scalars(db.select(Outgoing)).all() == []
    assert state_of("left-there@example.org") is HERE


def test_what_differs_is_mended_and_then_there_is_nothing_to_mend(app, audience, work):
    fill(audience)
    code, _ = run(app)
    work()
    for email in ("left", "bounced"):  # the provider has been told
        audience.kept[f"{email}@example.org"] = known(email, subscribed=False, stopped=True)
    _, again = run(app, "--dry-run")

    assert code == 0
    assert {"missing@example.org", "elsewhere@example.org"} <= set(audience.kept)
    assert audience.kept["changed@example.org"].attributes["topics"] == ["water"]
    assert rows(Action.UNSUBSCRIBE) == ["left@example.org", "bounced@example.org"]
    for words in ("0 are missing", "0 have other choices", "0 left here", "0 left at"):
        assert words in again


def test_who_left_at_the_provider_has_left_here_on_record_and_who_is_only_there_is_let_alone(
    app, audience
):
    fill(audience)
    run(app)

    gone = now_is("left-there@example.org")
    assert gone.state is GONE
    assert [(one.given, one.channel) for one in gone.consents] == [(False, "provider")]
    assert "left-there@example.org" not in rows(Action.UPSERT)
    assert "unknown@example.org" in audience.kept
    assert Subscriber.with_email("unknown@example.org") is None


def test_what_the_outbox_has_to_say_is_left_to_it(app, audience):
    delivery.enqueue(services.contact(left_there(audience, ADA)))
    db.session.commit()
    _, words = run(app)

    assert "1 are in the outbox already" in words
    assert state_of() is HERE


def test_a_list_that_seems_to_have_left_as_a_whole_is_not_believed(app, audience):
    emails = [f"{number}@example.org" for number in range(5)]
    for email in emails:
        left_there(audience, email)
    code, words = run(app)
    states = {state_of(email) for email in emails}
    believed, _ = run(app, "--believe")

    assert (code, states) == (1, {HERE})
    assert "run it with --believe" in words
    assert (believed, state_of(emails[3])) == (0, GONE)


def test_who_came_back_just_now_has_not_left(app, audience):
    """The provider may work through what it took a little later."""
    left_there(audience, ADA, changed_at=now() - timedelta(minutes=5))
    _, words = run(app)

    assert "0 left at scripted" in words
    assert "or changed just now, and left alone" in words
    assert state_of() is HERE


def test_who_comes_back_while_both_lists_are_compared_has_not_left(app, audience):
    left_there(audience, ADA)
    *_, found = sync.compare()
    now_is(ADA).become(HERE)
    db.session.commit()
    list(sync_repair.repair(found))

    assert found.has_left == [ADA]
    assert state_of() is HERE


@pytest.mark.parametrize("is_there", [True, False])
def test_what_failed_is_sent_again_but_proves_no_leaving(app, audience, is_there):
    ada = left_there(audience, ADA)
    row_id = delivery.enqueue(services.contact(ada))
    db.session.get_one(Outgoing, row_id).state = OutgoingState.FAILED
    db.session.commit()
    if not is_there:
        audience.kept.clear()
    _, words = run(app)

    assert ("1 are in the outbox already" in words) is is_there
    assert ("1 are missing" in words) is not is_there
    assert state_of() is HERE


def test_who_left_and_is_not_even_on_the_list_is_not_put_on_it_again(app):
    provider = provide(app, audience=Importer())
    provider.everyone = lambda: iter(())
    for number in range(8):
        person(f"{number}@example.org")
    left_there(provider, ADA)
    run(app)

    assert state_of() is GONE
    assert rows(Action.UPSERT) == [f"{number}@example.org" for number in range(8)]


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({}, "Of 1 of these scripted does not tell what they chose."),
        ({"F": "plain"}, "0 have other choices"),
        ({"F": "plain", "T": "water"}, "1 have other choices"),
        ({"F": "plain", "T": "dance,water"}, "1 have other choices"),
        ({"F": "plain", "T": "of the team's own"}, "0 have other choices"),
        ({"F": "plain", "U": "http://portal.test/newsletter/preferences/x"}, "0 have other"),
        ({"F": "plain", "U": "https://old.example.org/newsletter/preferences/x"}, "1 have other"),
    ],
)
def test_topics_that_somebody_gave_up_and_links_to_another_site_differ(
    app, audience, kept, expected
):
    app.config["TOPICS"] = {"water": "In the water", "dance": "Dance"}
    person(ADA, format="plain")
    audience.kept[ADA] = known(ADA, **kept)

    assert expected in run(app, "--dry-run")[1]


def test_no_transaction_is_open_while_the_provider_is_asked(app, audience, monkeypatch):
    """On SQLite it would keep everybody from writing."""
    open_ = []
    for name in ("everyone", "lookup", "upsert_many"):
        if call := getattr(audience, name, None):

            def look(*values, call=call):
                open_.append(db.session().in_transaction())
                return call(*values)

            monkeypatch.setattr(audience, name, look)
    fill(audience)
    run(app)

    assert open_
    assert not any(open_)


@pytest.mark.parametrize(
    ("asked", "code", "waited", "said"),
    [
        ([timedelta(seconds=7), None], 0, [7, 1], "1 are missing"),
        ([timedelta(hours=9)], 1, [], "Slow down."),
    ],
    ids=["short", "long"],
)
def test_a_short_wait_that_the_provider_asks_for_is_waited_and_a_long_one_is_a_sentence(
    app, audience, monkeypatch, asked, code, waited, said
):
    waits, answers = [], [Busy("Slow down.", after) for after in asked]
    monkeypatch.setattr(patience.time, "sleep", waits.append)
    person(ADA)

    def lookup(_):
        if answers:
            raise answers.pop(0)

    audience.lookup = lookup
    given, words = run(app, "--dry-run")

    assert (given, waits) == (code, waited)
    assert said in words


def test_a_list_that_takes_long_to_be_read_is_held_and_others_can_write(app, clock, monkeypatch):
    """A provider may give a hundred people in half a second: a job is held for ten minutes."""
    monkeypatch.setattr(sync_work, "OFTEN", 0.0)
    audience = provide(app, audience=Importer())
    lease = holding.OF_SYNC / 2

    def everyone():
        for number in range(500):
            if number % theirs.OFTEN == 0:
                assert not db.session().in_transaction()
                clock.shift(lease)
            yield known(f"{number}@example.org")

    audience.everyone = everyone
    person(ADA)
    jobs.compare(None)
    assert working.work()

    job = db.session.scalars(db.select(ListJob)).one()
    assert (job.state, job.counts["missing"]) == (JobState.TRIED, 1)


def test_without_a_list_there_is_nothing_to_compare(make_app):
    app = make_app(AUDIENCE_PROVIDER="none")
    with app.app_context():
        code, words = run(app)

    assert code == 1
    assert "there is nothing to compare" in words


def test_an_empty_list_is_the_same(app):
    assert run(app)[0] == 0
