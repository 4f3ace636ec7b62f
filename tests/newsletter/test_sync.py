"""`flask newsletter sync` brings our list and the provider's together, and a person's word wins."""

from __future__ import annotations

import pytest
from click import unstyle

from portal import delivery
from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.newsletter import services, sync
from portal.newsletter.models import State, Subscriber
from portal.providers.base import KnownContact, Receipt, TryLater
from tests.providers.conftest import API_KEY
from tests.providers.fake_brevo import FakeBrevo


def run(app, *options):
    result = app.test_cli_runner().invoke(args=["newsletter", "sync", *options])
    return result.exit_code, unstyle(result.output)


def person(email, state=State.SUBSCRIBED, **values):
    """A subscriber of whom the outbox has told the provider all."""
    subscriber = Subscriber.new(email, state)
    for name, value in values.items():
        setattr(subscriber, name, value)
    db.session.add(subscriber)
    db.session.commit()
    return subscriber


def now_is(email):
    db.session.expire_all()
    return Subscriber.with_email(email)


def rows(action):
    query = db.select(Outgoing.address).where(Outgoing.action == action).order_by(Outgoing.id)
    return list(db.session.scalars(query))


class Audience:
    """An audience that can do only what every one can; `kept` are its contacts."""

    name = "scripted"

    def __init__(self, *kept):
        self.kept = {one.email: one for one in kept}

    def lookup(self, address):
        return self.kept.get(address)

    def upsert(self, contact):
        self.kept[contact.email] = known(contact.email, **contact.to_json())
        return Receipt()

    def unsubscribe(self, address):
        return Receipt()

    def erase(self, address):
        self.kept.pop(address, None)
        return Receipt()


class Importer(Audience):
    """One that can be read whole and takes many at once."""

    most_at_once = 3

    def __init__(self, *kept):
        super().__init__(*kept)
        self.batches, self.meanwhile = [], []

    def everyone(self):
        yield from self.kept.values()

    def upsert_many(self, contacts):
        self.batches.append([one.email for one in contacts])
        for one in contacts:
            self.upsert(one)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return Receipt()


@pytest.fixture(params=[Audience, Importer])
def audience(app, request):
    app.extensions["audience_provider"] = provider = request.param()
    return provider


def known(email, /, *, subscribed=True, stopped=False, **attributes):
    return KnownContact(email, subscribed, attributes, stopped)


def fill(audience):
    """One person of each kind."""
    for email in ("same", "missing", "changed", "left-there", "elsewhere"):
        person(f"{email}@example.org", name="Ada", topics=["water"], format="plain")
    for email, state in (("left", State.UNSUBSCRIBED), ("bounced", State.BOUNCED)):
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
    assert now_is("left-there@example.org").state is State.SUBSCRIBED


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
    assert gone.state is State.UNSUBSCRIBED
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
    assert now_is("waiting@example.org").state is State.SUBSCRIBED


def test_a_list_that_seems_to_have_left_as_a_whole_is_not_believed(app, audience):
    for number in range(5):
        person(f"{number}@example.org")
        audience.kept[f"{number}@example.org"] = known(
            f"{number}@example.org", subscribed=False, stopped=True
        )
    code, words = run(app)
    states = {now_is(f"{number}@example.org").state for number in range(5)}
    believed, _ = run(app, "--believe")

    assert (code, states) == (1, {State.SUBSCRIBED})
    assert "run it with --believe" in words
    assert believed == 0
    assert now_is("3@example.org").state is State.UNSUBSCRIBED


def test_many_go_in_batches(app):
    app.extensions["audience_provider"] = provider = Importer()
    for number in range(10):
        person(f"{number}@example.org")
    run(app)

    assert [len(batch) for batch in provider.batches] == [3, 3, 3, 1]
    assert rows(Action.UPSERT) == []


def test_who_changes_while_a_batch_is_under_way_ends_up_right(app):
    app.extensions["audience_provider"] = provider = Importer()
    for name in ("leaves", "changes", "goes"):
        person(f"{name}@example.org")

    def meanwhile():
        services.unsubscribe(Subscriber.with_email("leaves@example.org").public_id, "web")
        services.change(Subscriber.with_email("changes@example.org"), "Zoë", [], "plain")
        services.erase(Subscriber.with_email("goes@example.org"))

    provider.meanwhile = [meanwhile]
    run(app)

    last = {row.address: row.action for row in db.session.scalars(db.select(Outgoing))}
    assert last["leaves@example.org"] is Action.UNSUBSCRIBE
    assert last["changes@example.org"] is Action.UPSERT
    assert last["goes@example.org"] is Action.ERASE
    assert rows(Action.UNSUBSCRIBE) == ["leaves@example.org"] * 2


def test_a_provider_that_stops_answering_is_a_sentence_and_the_next_run_goes_on(app):
    app.extensions["audience_provider"] = provider = Importer()
    for number in range(7):
        person(f"{number}@example.org")

    def fail():
        raise TryLater("scripted answered 503.")

    provider.meanwhile = [lambda: None, fail]
    code, words = run(app)
    again, _ = run(app)

    assert code == 1
    assert "scripted answered 503. What was done is kept. Run it again." in words
    assert again == 0
    assert len(provider.kept) == 7


def test_a_kill_half_way_loses_nothing(app):
    """Each step is committed by itself, so a generator that is dropped is a process that died."""
    app.extensions["audience_provider"] = provider = Importer()
    for number in range(7):
        person(f"{number}@example.org")
    *_, found = sync.compare()
    next(sync.repair(found))
    db.session.rollback()
    first = len(provider.kept)
    run(app)

    assert first == 3
    assert len(provider.kept) == 7


def test_without_a_list_there_is_nothing_to_compare(make_app):
    app = make_app(AUDIENCE_PROVIDER="none")
    with app.app_context():
        code, words = run(app)

    assert code == 1
    assert "there is nothing to compare" in words


def test_an_empty_list_is_the_same(app):
    assert run(app)[0] == 0


@pytest.mark.enable_socket
def test_a_thousand_people_are_mended_at_brevo(make_app, socket_enabled):
    with FakeBrevo(api_key=API_KEY) as fake:
        app = make_app(BREVO_API_KEY=API_KEY, BREVO_API_URL=fake.url, BREVO_LIST_ID="7")
        with app.app_context():
            people = [Subscriber.new(f"{n}@example.org", State.SUBSCRIBED) for n in range(1000)]
            db.session.add_all(people)
            db.session.commit()
            code, words = run(app)
            _, again = run(app, "--dry-run")

        imports = [call for call in fake.calls if call["path"] == "/contacts/import"]
        assert (code, len(imports), len(fake.contacts)) == (0, 2, 1000)
        assert "1000 are missing at brevo" in words
        assert "1000 are the same." in again
