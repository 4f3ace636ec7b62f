"""What differs between both lists is sent in batches, and nobody who changes meanwhile is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.newsletter import services
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer import sync, sync_repair
from portal.providers.errors import Refused, TryLater
from tests.delivery import go, provide
from tests.newsletter.audiences import Importer, person, run
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


@pytest.fixture
def send(app, importer):
    """Runs the command and then the worker; returns what the command said."""

    def send():
        code, words = run(app)
        assert code == 0
        go()
        return words

    return send


@pytest.mark.parametrize("error", [Refused("One of them is no address."), KeyError("x")])
def test_many_go_in_batches_and_those_of_a_batch_that_goes_wrong_go_by_themselves(
    importer, send, error
):
    emails = people(10)
    importer.meanwhile = [raising(error)]
    send()

    assert [len(batch) for batch in importer.batches] == [3, 3, 3]
    assert importer.alone == [*emails[:3], emails[9]]
    assert set(db.session.scalars(select(Outgoing.state))) == {"accepted"}


def test_who_leaves_or_changes_while_a_batch_is_under_way_ends_up_right(importer, send, clock):
    """Nothing is heard of the batch, so it goes once more; what they said since comes after it."""
    for name in ("leaves", "changes"):
        person(f"{name}@example.org")

    def meanwhile():
        services.unsubscribe(Subscriber.with_email("leaves@example.org").public_id, "web")
        services.change(Subscriber.with_email("changes@example.org"), "Zoë", [], "plain")
        raise TryLater("No answer.")

    importer.meanwhile = [meanwhile]
    send()
    clock.shift(timedelta(hours=1))
    go()

    assert len(importer.batches) == 2
    assert importer.alone == ["changes@example.org"]
    assert importer.kept["changes@example.org"].attributes["name"] == "Zoë"
    assert importer.left == ["leaves@example.org"]


def test_a_kill_half_way_loses_nothing(importer, send, monkeypatch):
    """Each step is committed by itself, so a generator that is dropped is a process that died."""
    monkeypatch.setattr(sync_repair, "AT_ONCE", 3)
    people(7)
    *_, found = sync.compare()
    next(sync_repair.repair(found))
    db.session.rollback()
    send()

    assert len(importer.kept) == 7


@pytest.mark.enable_socket
def test_several_hundred_people_are_mended_at_brevo(make_app):
    with FakeBrevo(api_key=API_KEY) as fake:
        app = make_app(BREVO_API_KEY=API_KEY, BREVO_API_URL=fake.url, BREVO_LIST_ID="7")
        with app.app_context():
            emails = [f"{number}@example.org" for number in range(600)]
            db.session.add_all(Subscriber.new(one, SubscriberState.SUBSCRIBED) for one in emails)
            db.session.commit()
            code, words = run(app)
            go()
            _, again = run(app, "--dry-run")

        imports = [call for call in fake.calls if call["path"] == "/contacts/import"]
        assert (code, len(imports), len(fake.contacts)) == (0, 2, 600)
        assert "600 are missing at brevo" in words
        assert "600 are the same." in again
