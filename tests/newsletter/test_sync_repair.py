"""What differs between both lists is sent in batches, and nobody who changes meanwhile is lost."""

import pytest

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.newsletter import services, sync, sync_repair
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.errors import Refused, TryLater
from tests.delivery import provide
from tests.newsletter.audiences import Importer, person, rows, run
from tests.providers.conftest import API_KEY
from tests.providers.fake_brevo import FakeBrevo


def test_a_batch_that_is_refused_goes_one_by_one(app):
    provider = provide(app, audience=Importer())
    for number in range(4):
        person(f"{number}@example.org")

    def refuse():
        raise Refused("One of them is no address.")

    provider.meanwhile = [refuse]
    code, _ = run(app)

    assert code == 0
    assert rows(Action.UPSERT) == ["0@example.org", "1@example.org", "2@example.org"]
    assert provider.batches[1:] == [["3@example.org"]]


def test_who_leaves_during_a_batch_of_which_nothing_is_heard_ends_up_right(app):
    provider = provide(app, audience=Importer())
    ada = person("ada@example.org").public_id

    def meanwhile():
        services.unsubscribe(ada, "web")
        raise TryLater("scripted did not answer.")

    provider.meanwhile = [meanwhile]
    code, _ = run(app)

    assert code == 1
    assert rows(Action.UNSUBSCRIBE) == ["ada@example.org"] * 2


def test_many_go_in_batches(app):
    provider = provide(app, audience=Importer())
    for number in range(10):
        person(f"{number}@example.org")
    run(app)

    assert [len(batch) for batch in provider.batches] == [3, 3, 3, 1]
    assert rows(Action.UPSERT) == []


def test_who_changes_while_a_batch_is_under_way_ends_up_right(app):
    provider = provide(app, audience=Importer())
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
    provider = provide(app, audience=Importer())
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
    provider = provide(app, audience=Importer())
    for number in range(7):
        person(f"{number}@example.org")
    *_, found = sync.compare()
    next(sync_repair.repair(found))
    db.session.rollback()
    first = len(provider.kept)
    run(app)

    assert first == 3
    assert len(provider.kept) == 7


@pytest.mark.enable_socket
def test_a_thousand_people_are_mended_at_brevo(make_app, socket_enabled):
    with FakeBrevo(api_key=API_KEY) as fake:
        app = make_app(BREVO_API_KEY=API_KEY, BREVO_API_URL=fake.url, BREVO_LIST_ID="7")
        with app.app_context():
            people = [
                Subscriber.new(f"{n}@example.org", SubscriberState.SUBSCRIBED) for n in range(1000)
            ]
            db.session.add_all(people)
            db.session.commit()
            code, words = run(app)
            _, again = run(app, "--dry-run")

        imports = [call for call in fake.calls if call["path"] == "/contacts/import"]
        assert (code, len(imports), len(fake.contacts)) == (0, 2, 1000)
        assert "1000 are missing at brevo" in words
        assert "1000 are the same." in again
