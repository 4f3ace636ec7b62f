"""One mailbox is one person, whether its domain is written in letters or as A-labels (`xn--…`)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal import delivery
from portal.addresses import address_key, mailbox_key, to_ascii, to_unicode
from portal.contact import services as contact
from portal.delivery import uncertain
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db, now
from portal.inbox import reply_addresses
from portal.inbox.incoming import automatic
from portal.inbox.incoming import services as incoming
from portal.inbox.models import Change, Conversation
from portal.newsletter import bounces, retention, services
from portal.newsletter.models import SubscriberState
from portal.newsletter.transfer import sync
from portal.providers.values import Address, Contact, InboundEmail
from portal.providers.webhooks import values
from portal.stories.finding import services as finding
from portal.team import services as team
from portal.team.models import Role
from tests.delivery import Scripted, go, hear, mail, news, provide, saved
from tests.inbox import a_conversation
from tests.newsletter import JOIN, a_subscriber, imported, nothing_is_kept, state_of
from tests.newsletter.audiences import Importer, known, person
from tests.stories import a_draft

LETTERS, LABELS = "ada@bücher.example", "ada@xn--bcher-kva.example"
TYPED = "Ada@BU\u0308CHER。example"
FORMS = [(LETTERS, LABELS), (LABELS, LETTERS), (TYPED, LABELS), (LABELS, TYPED)]
PLACES = []
place = PLACES.append


@place
def outbox_knows_what_it_sent(app, one, other):
    saved(mail(to=one))
    sent = delivery.recently_sent("confirm_signup", other, now() - timedelta(1))
    return sent and delivery.history(other)


@place
def outbox_forgets(app, one, other):
    saved(mail(to=one))
    delivery.forget(other)
    return not delivery.history(one)


@place
def what_was_told_is_shown(app, one, other):
    hear(news("delivered", "1", address=one))
    return delivery.told(other)


@place
def complaint_stops(app, one, other):
    a_subscriber(one)
    hear(news("complained", "1", address=other))
    return state_of(one) is SubscriberState.COMPLAINED


@place
def address_is_allowed_again(app, one, other):
    hear(news("bounced", "1", address=one))
    bounces.allow(a_subscriber(other, SubscriberState.BOUNCED))
    return not delivery.told(one)


@place
def signup_is_held(app, one, other):
    services.hold(one, [], "standard", ["Too quick"])
    return retention.held_for(other)


@place
def erasure_is_remembered(app, one, other):
    services.erase(a_subscriber(one))
    return retention.erased(other)


@place
def erasure_of_before_is_remembered(app, one, other):
    digest = retention._erasure_digest(LETTERS)
    db.session.add(retention.Erasure(digest=digest))
    return retention.erased(other)


@place
def import_leaves_who_left(app, one, other):
    a_subscriber(one, SubscriberState.UNSUBSCRIBED)
    return "Left here" in imported(f"email\n{other}\n")


@place
def provider_has_the_same_contact(app, one, other):
    provide(app, audience=Importer(known(other, stopped=True), known(one)))
    person(one)
    return [*sync.compare()][-1].has_left == [one]


@place
def links_to_what_was_sent_are_found(app, one, other):
    a_conversation(email=one)
    contact.send_links(other)
    return db.session.query(Outgoing).filter_by(name="contact_link", state="queued").count()


@place
def story_is_found(app, one, other):
    a_draft(email=one)
    finding.send_links(other)
    return db.session.query(Outgoing).filter_by(name="story_links", state="queued").count()


@place
def answer_by_mail_is_the_senders_own(app, one, other):
    talk = a_conversation(email=one)
    sender = values.address(f"Ada <{other}>")
    incoming.receive(InboundEmail(sender, (reply_addresses.reply_to(talk).email,)), "local")
    done = [row.what for row in db.session.query(Change)]
    return "received" in done and "other address" not in done


@place
def reply_address_is_ours(app, one, other):
    app.config["INBOUND_EMAIL"] = one
    talk = a_conversation()
    ours = reply_addresses.reply_to(talk).email.replace(one.partition("@")[2], "{}").format
    return reply_addresses.read(ours(other.partition("@")[2])) == talk.id


@place
def our_own_address_is_known(app, one, other):
    app.config["MAIL_FROM"] = one
    return automatic.is_ours(other)


@place
def member_of_the_team_is_found(app, one, other):
    team.invite(one, Role.READER)
    return team.find(other)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize(("one", "other"), FORMS, ids=["letters", "labels", "typed", "as typed"])
def test_address_compares_equal_in_both_forms(app, place, one, other):
    assert place(app, one, other)


class Recorder(Scripted):
    """Keeps the addresses that it is called with."""

    smtputf8 = False

    def send(self, email, key):
        return self.answer("send", email.to.email, email.sender.email, email.reply_to.email)

    def find(self, key, address):
        return self.answer("find", address)

    def upsert(self, contact):
        return self.answer("upsert", contact.email)

    def lookup(self, address):
        self.answer("lookup", address)


@pytest.mark.parametrize("written", [LETTERS, LABELS])
def test_domain_leaves_as_labels_and_who_is_stopped_is_so_in_both_forms(app, written):
    provider = Recorder()
    provide(app, mail=provider, audience=provider)
    mine = Address(written)
    hello = replace(mail(to=written), sender=mine, reply_to=mine)
    row_id, *_ = saved(
        *(hello, Contact(written), delivery.Unsubscribe(written), delivery.Erase(written))
    )
    go()
    db.session.get(Outgoing, row_id).state = OutgoingState.UNCERTAIN
    db.session.get(Outgoing, row_id).address = written
    db.session.get(Outgoing, row_id).unsure_since = now()
    db.session.commit()
    uncertain.prove.call_local()
    person(written)
    [*sync.compare()]

    both = [(deed, form) for deed in ("unsubscribe", "erase") for form in (LABELS, LETTERS)]
    assert provider.calls == [
        *[("send", LABELS, LABELS, LABELS), ("upsert", LABELS), *both],
        *[("find", LABELS), ("lookup", LABELS)],
    ]


def test_who_writes_is_shown_in_letters(app):
    incoming.receive(InboundEmail(values.address(f"Ada <{LABELS}>"), text="Hello"), "local")

    (talk,) = db.session.query(Conversation)
    assert (talk.email, talk.messages[0].sender) == (LETTERS, f"Ada ({LETTERS})")


@pytest.mark.parametrize("reached", [True, False])
def test_letters_before_the_at_are_taken_where_the_provider_reaches_them(app, visit_plain, reached):
    provide(app, mail=Recorder()).smtputf8 = reached
    answer = visit_plain.send(JOIN, {"email": "zoë@bücher.example"})

    assert answer.status == (200 if reached else 422)
    assert ("cannot send to an address with these letters" in answer.text) is not reached
    assert nothing_is_kept() is not reached


LABEL = st.text(st.characters(exclude_categories=()), max_size=12)
PUNY = st.text("abcxyz0189-", max_size=12).map("xn--{}".format)
REAL = st.sampled_from(
    ["bücher", "BÜCHER", "straße", "пример", "xn--bcher-kva", "example", "1", "אב"]
)
DOMAIN = st.lists(LABEL | PUNY | REAL, max_size=4).map(".".join)


@given(LABEL, DOMAIN)
@example("ada", "xn--a.example")
@example("ada", "☃" * 10_000)
def test_key_is_the_same_in_each_form_and_no_address_is_too_odd(user, domain):
    address = f"{user}@{domain}"
    key = address_key(address)

    assert {address_key(form(address)) for form in (to_ascii, to_unicode, address_key)} == {key}


@pytest.mark.parametrize(
    ("spellings", "others"),
    [
        (
            ["ada@example.org", "ADA@Example.org", "ada+x@example.org", "ada+x+y@example.org"],
            ["a.da@example.org", "+ada@example.org", "ada@example.com"],
        ),
        (
            ["ada@gmail.com", "a.d.a@gmail.com", "Ada@GoogleMail.com", "a.da+x@googlemail.com"],
            ["ada@gmail.com.example"],
        ),
        ([LETTERS, LABELS, TYPED, "ada+x@bücher.example"], ["ada@bucher.example"]),
        (["", " "], ["@", "ada"]),
    ],
)
def test_all_spellings_of_a_mailbox_count_as_one(spellings, others):
    (one,) = {mailbox_key(address) for address in spellings}
    assert one not in {mailbox_key(address) for address in others}
