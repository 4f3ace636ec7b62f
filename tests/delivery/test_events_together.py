"""Events of one mail, and what people do, in the same moment."""

import pytest
from sqlalchemy import select

from portal.delivery import Event, events, ledger
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.newsletter import services
from portal.newsletter.models import Consent, Subscriber, SubscriberState
from tests.at_once import at_once
from tests.delivery import ADA, act, deliver, event, look, mail, news, saved
from tests.newsletter import state_of

pytestmark = pytest.mark.usefixtures("each_database")

ROUNDS = 5


def mailed():
    row_id = saved(mail())
    deliver(row_id)
    return look(row_id)


@pytest.fixture
def ada(app, provider):
    """Subscribed, and mailed."""
    person = Subscriber.new(ADA, SubscriberState.SUBSCRIBED)
    words = {"purpose": "newsletter", "wording": "Yes", "channel": "web"}
    person.consents.append(Consent(given=True, at=now(), **words))
    db.session.add(person)
    return mailed()


@pytest.fixture
def together(app):
    """Calls functions in the same moment; none may fail."""

    def run(*functions):
        answers = at_once(app, *functions)
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers

    return run


def kept(*told):
    """Keep what is told, and return for each what a worker would do with it."""
    events.save("scripted", told)
    return [events.act] * len(told)


def erase():
    services.erase(Subscriber.with_email(ADA, to_change=True))


def test_two_workers_that_act_on_events_of_one_mail_agree(ada, together, caplog):
    for number in range(ROUNDS):
        kinds = ("delivered", "bounced", "sent")
        together(*kept(*(news(kind, f"{number}-{kind}", key=ada.key) for kind in kinds)))

        assert look(ada.id).state is OutgoingState.BOUNCED
    assert state_of() is SubscriberState.BOUNCED
    assert "could not be acted on" not in caplog.text
    assert ledger.read().balances


def test_three_workers_that_each_hear_of_a_soft_bounce_count_to_three(ada, together):
    together(*kept(*(news("soft-bounced", str(number)) for number in range(3))))

    assert state_of() is SubscriberState.BOUNCED


def test_what_is_told_twice_in_one_moment_is_kept_once_and_acted_on_once(ada, together):
    one = news("unsubscribed", "1", key=ada.key)
    together(*[lambda: events.save("scripted", [one])] * 4)
    assert len(db.session.scalars(select(Event.id)).all()) == 1
    db.session.commit()
    together(*[events.act] * 3)

    left = select(Consent.id).where(Consent.given.is_(False))
    assert state_of() is SubscriberState.UNSUBSCRIBED
    assert len(db.session.scalars(left).all()) == 1


def test_person_who_is_erased_in_the_moment_of_an_event_is_gone(ada, together, caplog):
    """Each holds what the other waits for, if they take it in different orders."""
    for number in range(ROUNDS):
        person = Subscriber.with_email(ADA) or Subscriber.new(ADA, SubscriberState.SUBSCRIBED)
        db.session.add(person)
        row = mailed()
        words = {"key": row.key, "original": {"email": ADA}, "reason": ADA}
        told = [news(kind, f"{number}-{kind}", **words) for kind in ("bounced", "complained")]
        together(*kept(*told), erase)
        act()

        assert state_of() is None
        assert look(row.id).address == ""
        for one in told:
            found = event(one.id)
            assert (found.address, found.reason, found.original) == ("", "", {})
    assert "could not be acted on" not in caplog.text
    left = select(Outgoing.address).where(Outgoing.address != "", Outgoing.action == "email")
    assert db.session.scalars(left).all() == []
