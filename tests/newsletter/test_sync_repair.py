"""What differs between both lists is sent in batches, and nobody who changes meanwhile is lost."""

import pytest

from portal.delivery.models import Action, Outgoing
from portal.extensions import db
from portal.newsletter import services, sync, sync_repair
from portal.newsletter.models import Subscriber, SubscriberState
from portal.providers.errors import Refused, TryLater
from tests.delivery import provide
from tests.newsletter import ADA
from tests.newsletter.audiences import Importer, person, rows, run
from tests.providers.brevo import FakeBrevo
from tests.providers.conftest import API_KEY


@pytest.fixture
def importer(app):
    """Takes three at once; what is in `meanwhile` happens during its calls."""
    return provide(app, audience=Importer())


def people(number):
    """So many who are missing at the provider."""
    return [person(f"{one}@example.org").email for one in range(number)]


def raising(error):
    def fail():
        raise error

    return fail


def leave(email):
    services.unsubscribe(Subscriber.with_email(email).public_id, "web")


def test_many_go_in_batches_and_one_that_is_refused_goes_one_by_one(app, importer):
    emails = people(10)
    importer.meanwhile = [raising(Refused("One of them is no address."))]
    code, _ = run(app)

    assert code == 0
    assert [len(batch) for batch in importer.batches] == [3, 3, 3, 1]
    assert rows(Action.UPSERT) == emails[:3]


def test_who_leaves_during_a_batch_of_which_nothing_is_heard_ends_up_right(app, importer):
    person(ADA)
    importer.meanwhile = [lambda: leave(ADA) or raising(TryLater("No answer."))()]
    code, _ = run(app)

    assert code == 1
    assert rows(Action.UNSUBSCRIBE) == [ADA] * 2


def test_who_changes_while_a_batch_is_under_way_ends_up_right(app, importer):
    for name in ("leaves", "changes", "goes"):
        person(f"{name}@example.org")

    def meanwhile():
        leave("leaves@example.org")
        services.change(Subscriber.with_email("changes@example.org"), "Zoë", [], "plain")
        services.erase(Subscriber.with_email("goes@example.org"))

    importer.meanwhile = [meanwhile]
    run(app)

    last = {row.address: row.action for row in db.session.scalars(db.select(Outgoing))}
    assert last["leaves@example.org"] is Action.UNSUBSCRIBE
    assert last["changes@example.org"] is Action.UPSERT
    assert last["goes@example.org"] is Action.ERASE
    assert rows(Action.UNSUBSCRIBE) == ["leaves@example.org"] * 2


def test_a_provider_that_stops_answering_is_a_sentence_and_the_next_run_goes_on(app, importer):
    people(7)
    importer.meanwhile = [lambda: None, raising(TryLater("scripted answered 503."))]
    code, words = run(app)
    again, _ = run(app)

    assert (code, again) == (1, 0)
    assert "scripted answered 503. What was done is kept. Run it again." in words
    assert len(importer.kept) == 7


def test_a_kill_half_way_loses_nothing(app, importer):
    """Each step is committed by itself, so a generator that is dropped is a process that died."""
    people(7)
    *_, found = sync.compare()
    next(sync_repair.repair(found))
    db.session.rollback()
    first = len(importer.kept)
    run(app)

    assert (first, len(importer.kept)) == (3, 7)


@pytest.mark.enable_socket
def test_several_hundred_people_are_mended_at_brevo(make_app):
    with FakeBrevo(api_key=API_KEY) as fake:
        app = make_app(BREVO_API_KEY=API_KEY, BREVO_API_URL=fake.url, BREVO_LIST_ID="7")
        with app.app_context():
            emails = [f"{number}@example.org" for number in range(600)]
            db.session.add_all(Subscriber.new(one, SubscriberState.SUBSCRIBED) for one in emails)
            db.session.commit()
            code, words = run(app)
            _, again = run(app, "--dry-run")

        imports = [call for call in fake.calls if call["path"] == "/contacts/import"]
        assert (code, len(imports), len(fake.contacts)) == (0, 2, 600)
        assert "600 are missing at brevo" in words
        assert "600 are the same." in again
