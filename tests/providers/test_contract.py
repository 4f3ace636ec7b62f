"""One contract for every registered adapter: to register one is to have it tested here.

An adapter with an HTTP API needs a server in SERVERS that speaks for its provider.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import providers
from portal.providers.errors import ProviderError, Refused, TryLater, Uncertain
from portal.providers.http.provider import HTTPProvider
from portal.providers.values import Address, Email, MailFile

from .conftest import API_KEY, KEY
from .fake_brevo import FakeBrevo
from .fake_mailchimp import FakeMailchimp
from .fake_mailerlite import FakeMailerLite
from .fake_mailjet import FakeMailjet
from .fake_mandrill import FakeMandrill
from .fake_postmark import FakePostmark
from .fake_resend import FakeResend
from .fake_sendgrid import FakeSendGrid
from .raw_server import answer

pytestmark = pytest.mark.enable_socket

OTHER_KEY = "6a9c5c62-3c7e-4f0c-b4a4-6a3c4f9f1e02"
SERVERS = {
    "brevo": FakeBrevo,
    "mailchimp": FakeMailchimp,
    "mailerlite": FakeMailerLite,
    "mailjet": FakeMailjet,
    "mandrill": FakeMandrill,
    "postmark": FakePostmark,
    "resend": FakeResend,
    "sendgrid": FakeSendGrid,
}
MAIL, AUDIENCE = providers.able(providers.SENDS), providers.able(providers.KEEPS_CONTACTS)
HTTP_NAMES = sorted(
    name for name in providers.ADAPTERS if issubclass(providers.adapter(name), HTTPProvider)
)


@pytest.fixture
def server(request, socket_enabled):
    name = request.node.callspec.params["name"]
    if name not in HTTP_NAMES:
        yield None
        return
    with SERVERS[name](api_key=API_KEY) as running:
        yield running


@pytest.fixture
def adapter(server, tmp_path):
    """A function that makes an adapter set up for the server, or for a folder of its own."""
    made = []

    def make(name):
        url = server.url if server else ""
        settings = {"api_key": API_KEY, "api_url": url, "folder": str(tmp_path)}
        more = SERVERS[name].settings if server else {}
        made.append(providers.adapter(name)(settings | more))
        return made[-1]

    yield make
    for provider in made:
        if isinstance(provider, HTTPProvider):
            provider.close()


def count_mails(server, tmp_path):
    return len(server.mails) if server else len(list(tmp_path.glob("mailbox/*.eml")))


every_mail = pytest.mark.parametrize("name", sorted(MAIL))
every_audience = pytest.mark.parametrize("name", sorted(AUDIENCE))


def test_every_http_adapter_has_a_server_to_be_tested_with():
    assert sorted(SERVERS) == HTTP_NAMES


@every_mail
def test_a_mail_that_uses_everything_is_accepted(adapter, name, email):
    assert adapter(name).send(email, KEY).message_id


@every_mail
def test_a_mail_that_uses_nothing_optional_is_accepted(adapter, name):
    bare = Email("reply", Address("a@example.org"), Address("b@example.com"), "Hi", "Hi", "<p>Hi")

    assert adapter(name).send(bare, KEY)


@every_mail
def test_a_mail_that_went_through_json_is_accepted(adapter, name, email):
    assert adapter(name).send(Email.from_json(email.to_json()), KEY)


@every_mail
def test_within_the_life_of_a_key_a_repeat_sends_nothing_more(
    adapter, server, tmp_path, name, email
):
    provider = adapter(name)
    if provider.key_lasts is None:
        pytest.skip(f"{name} takes no key")

    provider.send(email, KEY)
    provider.send(email, KEY)
    adapter(name).send(email, KEY)
    provider.send(email, OTHER_KEY)

    assert provider.key_lasts >= timedelta(minutes=1)
    assert count_mails(server, tmp_path) == 2


@every_mail
def test_a_header_that_splits_the_mail_is_refused_before_anything_leaves(
    adapter, server, tmp_path, name, email
):
    with pytest.raises(Refused):
        adapter(name).send(replace(email, headers=(("X\r\nBcc", "a"),)), KEY)

    assert count_mails(server, tmp_path) == 0


@every_audience
def test_a_contact_can_be_looked_up_with_what_it_chose(adapter, name, contact):
    provider = adapter(name)

    provider.upsert(contact)

    known = provider.lookup(contact.email)
    assert known.email == contact.email
    assert known.subscribed
    for chosen in (*contact.topics, contact.format, contact.name, contact.preferences_url):
        assert chosen in str(known.attributes)


@every_audience
def test_a_second_upsert_brings_the_contact_up_to_date(adapter, name, contact):
    provider = adapter(name)
    provider.upsert(contact)

    provider.upsert(replace(contact, topics=("cycling",)))

    known = str(provider.lookup(contact.email).attributes)
    assert "cycling" in known
    assert "walking" not in known


@every_audience
def test_an_unsubscribed_contact_stays_known_and_can_come_back(adapter, name, contact):
    provider = adapter(name)
    provider.upsert(contact)
    provider.unsubscribe(contact.email)
    gone = provider.lookup(contact.email)
    provider.upsert(contact)

    assert not gone.subscribed
    assert provider.lookup(contact.email).subscribed


@every_audience
def test_an_erased_contact_is_not_known(adapter, name, contact):
    provider = adapter(name)
    provider.upsert(contact)

    provider.erase(contact.email)

    assert provider.lookup(contact.email) is None


@every_audience
def test_repeats_change_nothing_more(adapter, name, contact):
    provider = adapter(name)

    for _ in range(2):
        provider.upsert(contact)
    first = provider.lookup(contact.email)
    for _ in range(2):
        provider.unsubscribe(contact.email)
    second = provider.lookup(contact.email)
    for _ in range(2):
        provider.erase(contact.email)

    assert (first.subscribed, second.subscribed) == (True, False)
    assert provider.lookup(contact.email) is None


@every_audience
def test_an_unknown_address_is_no_failure(adapter, name):
    provider = adapter(name)

    provider.unsubscribe("nobody@example.org")
    provider.erase("nobody@example.org")

    assert provider.lookup("nobody@example.org") is None


@every_audience
@pytest.mark.parametrize(
    "address",
    ["o'neil+news@example.org", "a/b@example.org", "zoë@example.org", "a%2fb@example.org"],
)
def test_an_unusual_address_is_kept_and_erased(adapter, name, contact, address):
    provider = adapter(name)
    provider.upsert(replace(contact, email=address))
    known = provider.lookup(address)
    provider.erase(address)

    assert known.email == address
    assert provider.lookup(address) is None


http_mail = pytest.mark.parametrize("name", sorted({*MAIL} & {*HTTP_NAMES}))
http_audience = pytest.mark.parametrize("name", sorted({*AUDIENCE} & {*HTTP_NAMES}))


@http_mail
@pytest.mark.parametrize(
    "trouble",
    [
        ("down", Uncertain),
        ("lose", Uncertain),
        ("busy", TryLater),
        ("error", TryLater),
        ("unavailable", TryLater),
        ("forbidden", TryLater),
        ("refuse", Refused),
        ("redirect", TryLater),
        ("html", Uncertain),
    ],
)
def test_a_provider_in_trouble_is_one_of_three_errors_and_works_again(
    adapter, server, name, email, trouble
):
    mode, error = trouble
    provider = adapter(name)
    server.behave(mode, times=1)

    with pytest.raises(error):
        provider.send(email, KEY)
    provider.send(email, KEY)

    # What was taken in silence is known by its key, where a provider has keys.
    is_twice = mode == "lose" and provider.key_lasts is None
    assert len(server.mails) == (2 if is_twice else 1)


@http_mail
def test_a_mail_that_was_taken_in_silence_is_not_sent_twice(adapter, server, name, email):
    provider = adapter(name)
    provider.read_timeout = 0.3
    server.behave("stall")

    with pytest.raises(Uncertain):
        provider.send(email, KEY)
    server.behave("ok")
    if provider.key_lasts:
        provider.send(email, KEY)

    assert len(server.mails) == 1


@http_mail
def test_a_provider_that_comes_back_is_used_again(adapter, server, name, email):
    provider = adapter(name)
    provider.send(email, KEY)
    server.stop()
    with pytest.raises(TryLater):
        provider.send(email, OTHER_KEY)
    server.start()

    provider.send(email, OTHER_KEY)

    assert len(server.mails) == 2


@http_audience
@pytest.mark.parametrize("mode", ["down", "lose", "busy", "error", "forbidden", "html", "redirect"])
def test_doubt_about_a_contact_is_tried_later_and_then_done(adapter, server, name, contact, mode):
    provider = adapter(name)
    calls = (
        lambda: provider.upsert(contact),
        lambda: provider.lookup(contact.email),
        lambda: provider.unsubscribe(contact.email),
        lambda: provider.erase(contact.email),
    )

    for call in calls:
        server.behave(mode, times=1)
        with pytest.raises(ProviderError) as caught:
            call()
        call()

        assert isinstance(caught.value, TryLater)
    assert server.contacts == {}


def able(deed):
    return pytest.mark.parametrize("name", [n for n in providers.able(deed) if n in HTTP_NAMES])


@every_mail
def test_a_file_goes_with_its_mail(adapter, server, tmp_path, name, email):
    file = MailFile("zoë.txt", b"Hello Zo\xc3\xab", "text/plain")
    adapter(name).send(replace(email, attachments=(file,)), KEY)

    written = "".join(path.read_text() for path in tmp_path.glob("mailbox/*.eml"))
    assert file.base64 in (str(server.mails) if server else written)


@able("find")
def test_a_mail_whose_answer_was_lost_is_found_again(adapter, server, name, email):
    provider = adapter(name)
    server.behave("lose", times=1)
    with pytest.raises(Uncertain):
        provider.send(email, KEY)

    assert provider.find(KEY, email.to.email).message_id
    assert provider.find(OTHER_KEY, email.to.email) is None


@able("everyone")
def test_all_contacts_can_be_read_with_who_was_stopped(adapter, name, contact):
    provider = adapter(name)
    people = {f"{number}@example.org" for number in range(3)}
    for address in people:
        provider.upsert(replace(contact, email=address))
    provider.unsubscribe("1@example.org")

    found = {one.email: one for one in provider.everyone()}
    assert found.keys() == people
    assert {email for email, one in found.items() if one.subscribed} == people - {"1@example.org"}
    assert {email for email, one in found.items() if one.stopped} == {"1@example.org"}


@able("everyone")
@pytest.mark.parametrize("body", [b'{"oops', b"{}", b"[]", b" " * 1_000_001])
def test_a_page_that_cannot_be_read_is_no_end_of_the_list(adapter, raw, name, body):
    provider = adapter(name)
    provider.url = raw.url
    raw.answers(answer(200, body))

    with pytest.raises(TryLater):
        list(provider.everyone())


@able("upsert_many")
def test_many_contacts_go_in_one_call_and_are_known_afterwards(adapter, name, contact):
    provider = adapter(name)
    people = [replace(contact, email=f"{number}@example.org") for number in range(5)]
    provider.upsert(people[0])
    provider.unsubscribe(people[0].email)
    for _ in range(2):
        provider.upsert_many(people)

    for person in people:
        known = provider.lookup(person.email)
        assert known.subscribed
        assert all(chosen in str(known.attributes) for chosen in (*person.topics, person.name))
    assert provider.most_at_once >= 50
