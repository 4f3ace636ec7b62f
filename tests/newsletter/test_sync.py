"""`flask newsletter sync` brings our list and the provider's together, and a person's word wins."""

from datetime import timedelta

import pytest

from portal import delivery
from portal.delivery.models import Action, Outgoing, OutgoingState
from portal.extensions import db, now
from portal.newsletter import services, sync, sync_repair
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.errors import Busy
from tests.delivery import provide
from tests.newsletter.audiences import Audience, Importer, known, now_is, person, rows, run


@pytest.fixture(params=[Audience, Importer])
def audience(app, request):
    return provide(app, audience=request.param())


def fill(audience):
    """One person of each kind."""
    for email in ("same", "missing", "changed", "left-there", "elsewhere"):
        person(f"{email}@example.org", name="Ada", topics=["water"], format="plain")
    for email, state in (
        ("left", SubscriberState.UNSUBSCRIBED),
        ("bounced", SubscriberState.BOUNCED),
    ):
        person(f"{email}@example.org", state)
    right = {"NAME": "Ada", "TOPICS": "water", "FORMAT": "plain"}
    audience.kept = {
        f"{email}@example.org": known(f"{email}@example.org", **values)
        for email, values in {
            "same": right,
            "changed": {**right, "TOPICS": "dance"},
            "left-there": {"subscribed": False, "stopped": True, **right},
            "elsewhere": {"subscribed": False, **right},
            "left": right,
            "bounced": right,
            "unknown": right,
        }.items()
    }


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
    assert db.session.scalars(db.select(Outgoing)).all() == []
    assert now_is("left-there@example.org").state is SubscriberState.SUBSCRIBED


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
    assert "0 are missing" in again
    assert "0 have other choices" in again
    assert "0 left here" in again
    assert "0 left at" in again


def test_who_left_at_the_provider_has_left_here_and_it_is_on_record(app, audience):
    fill(audience)
    run(app)

    gone = now_is("left-there@example.org")
    assert gone.state is SubscriberState.UNSUBSCRIBED
    assert [(one.given, one.channel) for one in gone.consents] == [(False, "provider")]
    assert "left-there@example.org" not in rows(Action.UPSERT)


def test_who_is_only_known_there_is_left_alone(app, audience):
    fill(audience)
    _, words = run(app)

    assert "unknown@example.org" in audience.kept
    assert Subscriber.with_email("unknown@example.org") is None
    assert ("1 are only known at scripted" in words) == hasattr(audience, "everyone")


def test_what_the_outbox_has_to_say_is_left_to_it(app, audience):
    waiting = person("waiting@example.org")
    delivery.enqueue(services.contact(waiting))
    db.session.commit()
    audience.kept["waiting@example.org"] = known("waiting@example.org", stopped=True)
    _, words = run(app)

    assert "1 are in the outbox already" in words
    assert now_is("waiting@example.org").state is SubscriberState.SUBSCRIBED


def test_a_list_that_seems_to_have_left_as_a_whole_is_not_believed(app, audience):
    for number in range(5):
        person(f"{number}@example.org")
        audience.kept[f"{number}@example.org"] = known(
            f"{number}@example.org", subscribed=False, stopped=True
        )
    code, words = run(app)
    states = {now_is(f"{number}@example.org").state for number in range(5)}
    believed, _ = run(app, "--believe")

    assert (code, states) == (1, {SubscriberState.SUBSCRIBED})
    assert "run it with --believe" in words
    assert believed == 0
    assert now_is("3@example.org").state is SubscriberState.UNSUBSCRIBED


def test_who_came_back_just_now_has_not_left(app, audience):
    """The provider may work through what it took a little later."""
    person("back@example.org", changed_at=now() - timedelta(minutes=5))
    audience.kept["back@example.org"] = known("back@example.org", subscribed=False, stopped=True)
    _, words = run(app)

    assert "0 left at scripted" in words
    assert "or changed just now, and left alone" in words
    assert now_is("back@example.org").state is SubscriberState.SUBSCRIBED


def test_who_comes_back_while_both_lists_are_compared_has_not_left(app, audience):
    person("back@example.org")
    audience.kept["back@example.org"] = known("back@example.org", subscribed=False, stopped=True)
    *_, found = sync.compare()
    now_is("back@example.org").become(SubscriberState.SUBSCRIBED)
    db.session.commit()
    list(sync_repair.repair(found))

    assert found.has_left == ["back@example.org"]
    assert now_is("back@example.org").state is SubscriberState.SUBSCRIBED


@pytest.mark.parametrize("is_there", [True, False])
def test_what_failed_is_sent_again_but_proves_no_leaving(app, audience, is_there):
    ada = person("ada@example.org")
    delivery.enqueue(services.contact(ada)).state = OutgoingState.FAILED
    db.session.commit()
    if is_there:
        audience.kept[ada.email] = known(ada.email, subscribed=False, stopped=True)
    _, words = run(app)

    assert ("1 are in the outbox already" in words) is is_there
    assert ("1 are missing" in words) is not is_there
    assert now_is("ada@example.org").state is SubscriberState.SUBSCRIBED


def test_who_left_and_is_not_even_on_the_list_is_not_put_on_it_again(app):
    provider = provide(app, audience=Importer())
    provider.everyone = lambda: iter(())
    for number in range(9):
        person(f"{number}@example.org")
    provider.kept["3@example.org"] = known("3@example.org", subscribed=False, stopped=True)
    run(app)

    assert now_is("3@example.org").state is SubscriberState.UNSUBSCRIBED
    sent = [address for batch in provider.batches for address in batch]
    assert "3@example.org" not in sent
    assert len(sent) == 8


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
    person("ada@example.org", format="plain")
    audience.kept["ada@example.org"] = known("ada@example.org", **kept)
    _, words = run(app, "--dry-run")

    assert expected in words


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


def test_a_short_wait_that_the_provider_asks_for_is_waited(app, audience, monkeypatch):
    waits, answers = [], [Busy("Slow down", timedelta(seconds=7)), Busy("Slow down")]
    monkeypatch.setattr(sync.time, "sleep", waits.append)
    person("ada@example.org")

    def lookup(_):
        if answers:
            raise answers.pop(0)

    audience.lookup = lookup
    code, words = run(app, "--dry-run")

    assert (code, waits) == (0, [7, 1])
    assert "1 are missing" in words


def test_a_long_wait_is_a_sentence(app, audience):
    person("ada@example.org")

    def lookup(_):
        raise Busy("Come back tomorrow.", timedelta(hours=9))

    audience.lookup = lookup
    code, words = run(app)

    assert code == 1
    assert "Come back tomorrow." in words


def test_without_a_list_there_is_nothing_to_compare(make_app):
    app = make_app(AUDIENCE_PROVIDER="none")
    with app.app_context():
        code, words = run(app)

    assert code == 1
    assert "there is nothing to compare" in words


def test_an_empty_list_is_the_same(app):
    assert run(app)[0] == 0
