"""One contract for every registered adapter: to register one is to have it tested here."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import providers
from portal.newsletter.transfer import sync
from portal.providers import patience
from portal.providers.errors import Busy, Denied, Refused, TryLater, Uncertain
from portal.providers.http.client import ANSWER_LIMIT
from tests.delivery import provide
from tests.newsletter.audiences import person as subscribe

from .deeds import AUDIENCE, deeds_of, first_deed
from .ours import API_KEY, BARE, CONTACT, EMAIL, KEY, OTHER_KEY, POOR, UNUSUAL, ZOE
from .registered import CASES, HTTP_NAMES, NAMES, able, caller, rows

MAIL, KEEPS = providers.SENDS, providers.KEEPS_CONTACTS
every_mail = pytest.mark.parametrize("name", providers.able(MAIL))
every_audience = pytest.mark.parametrize("name", providers.able(KEEPS))
every_api = pytest.mark.parametrize("name", HTTP_NAMES)
LASTING = [name for name in providers.able(MAIL) if providers.adapter(name).key_lasts]


def can(*deeds):
    """For each provider with an API that can do all of that."""
    return pytest.mark.parametrize("name", able(*deeds))


@pytest.fixture
def mails(fake, tmp_path):
    """Tells all mails that were taken, as texts."""
    if fake:
        return lambda: [str(one) for one in fake.mails]
    return lambda: [path.read_text() for path in sorted(tmp_path.glob("mailbox/*.eml"))]


@every_api
def test_every_adapter_has_a_case_for_each_thing_that_it_can_do(name):
    wanted = {one for one in deeds_of(caller(name)) if " " not in one}

    assert wanted - {"check", "fetch_mail"} <= {*CASES[name].CALLS}
    assert CASES[name].EVENTS
    assert CASES[name].RIGHT


@every_mail
def test_a_mail_is_accepted_with_its_files_or_with_nothing_optional(provider, mails, name):
    assert provider.send(EMAIL, KEY).message_id
    assert EMAIL.attachments[0].base64 in mails()[0]
    assert provider.send(BARE, OTHER_KEY).message_id
    assert "html" in mails()[0].lower().replace("auto_html", "")
    assert "html" not in mails()[1].lower().replace("auto_html", "")


@every_mail
def test_it_says_how_large_a_mail_may_be_and_takes_usual_files(name):
    adapter = providers.adapter(name)

    assert adapter.largest_mail >= 10_000_000
    assert not adapter.file_ends or {"png", "jpg", "pdf", "docx"} <= adapter.file_ends


@pytest.mark.parametrize("name", LASTING)
def test_within_the_life_of_a_key_a_repeat_changes_nothing(make, mails, name):
    make().send(EMAIL, KEY)
    taken = mails()
    make().send(EMAIL, KEY)
    make().send(replace(EMAIL, subject="Changed meanwhile"), KEY)
    again = mails()
    make().send(EMAIL, OTHER_KEY)

    assert taken == again
    assert len(mails()) == 2
    assert make().key_lasts >= timedelta(minutes=1)


@every_mail
@pytest.mark.parametrize(
    "header", ["", "X A", "X:A", "X\r\nBcc", "Ä", "Bcc", "subject", "Content-Type"]
)
def test_a_header_that_no_mail_may_be_given_is_refused_before_anything_leaves(
    provider, mails, name, header
):
    with pytest.raises(Refused, match="header"):
        provider.send(replace(EMAIL, headers=((header, "a"),)), KEY)

    assert mails() == []


@every_audience
def test_a_contact_is_kept_with_what_it_chose_and_brought_up_to_date(provider, name):
    provider.upsert(CONTACT)
    first = provider.lookup(ZOE)
    provider.upsert(replace(CONTACT, topics=("cycling",)))
    second = str(provider.lookup(ZOE).attributes)

    assert (first.email, first.subscribed, first.stopped) == (ZOE, True, False)
    for chosen in (*CONTACT.topics, CONTACT.format, CONTACT.name, CONTACT.preferences_url):
        assert chosen in str(first.attributes)
    assert "cycling" in second
    assert "walking" not in second


@every_audience
def test_who_left_stays_known_and_can_come_back_and_repeats_change_nothing_more(provider, name):
    known = []
    for deed in AUDIENCE[:2] * 2:
        deed(provider)
        deed(provider)
        known.append(provider.lookup(ZOE))

    assert [(one.subscribed, one.stopped) for one in known] == [(True, False), (False, True)] * 2


@every_audience
@pytest.mark.parametrize(
    "address", [UNUSUAL, "zoë@example.org", "a%2fb@example.org", "Zoe@Example.org"]
)
def test_an_unusual_address_is_kept_and_erased_in_any_case(provider, name, address):
    provider.upsert(replace(POOR, email=address))
    known = provider.lookup(address.lower())
    for deed in (provider.erase, provider.erase, provider.unsubscribe):  # a repeat is no failure
        deed(address.lower())

    assert known.email in {address, address.lower()}
    assert provider.lookup(address) is None


@pytest.mark.parametrize(("name", "change", "known"), rows("STATES"))
def test_a_contact_is_known_by_the_state_that_it_has_there(provider, fake, name, change, known):
    provider.upsert(CONTACT)
    fake.contacts[ZOE] |= change

    found = provider.lookup(ZOE)
    assert (found and (found.subscribed, found.stopped)) == known
    assert found is None or [*provider.everyone()] in ([], [found])


@can(KEEPS)
def test_somebody_off_our_list_is_neither_subscribed_nor_stopped(make, name):
    make().upsert(CONTACT)
    elsewhere = make(list_id=getattr(CASES[name], "OTHER_LIST", "8"))
    there = elsewhere.lookup(ZOE)

    assert there is None or not (there.subscribed or there.stopped)
    if name in able("everyone") and name != "mailchimp":  # which has no contacts but those of lists
        assert [*elsewhere.everyone()] == []
        assert [one.email for one in make().everyone()] == [ZOE]


@pytest.mark.parametrize("name", ["brevo", "mailerlite", "resend", "sendgrid"])
def test_without_a_list_none_is_named(make, fake, name):
    provider = make(list_id="")
    provider.upsert(CONTACT)

    told = str([(call["target"], call["body"]) for call in fake.calls])
    assert not [one for one in ("'listIds'", "'list_ids'", "'groups'", "/segments") if one in told]
    assert provider.lookup(ZOE).subscribed


TROUBLE = {
    Uncertain: ["down", "lose", "stall"],
    TryLater: ["busy", "error", "unavailable", "forbidden", "redirect", "html", "nowhere"],
    Refused: ["refuse"],
}

MAYBE_TAKEN = "error", "unavailable"


@pytest.mark.parametrize("name", able(MAIL, names=NAMES))
@pytest.mark.parametrize(
    ("mode", "error"), [(mode, error) for error, modes in TROUBLE.items() for mode in modes]
)
def test_a_provider_in_trouble_is_one_of_three_errors_and_works_again(
    provider, fake, name, mode, error
):
    fake.behave(mode, times=1, after=60 if mode == "busy" else None)

    with pytest.raises(error) as caught:
        provider.send(EMAIL, KEY)
    # What may have been taken is given to no other provider; nothing goes where it points.
    assert getattr(caught.value, "left", False) is (mode in MAYBE_TAKEN and name != "smtp")
    assert name == "smtp" or len(fake.calls) == 1
    assert name == "smtp" or mode != "busy" or caught.value.after == timedelta(minutes=1)
    provider.send(EMAIL, KEY)

    # What was taken in silence is known by its key, where a provider has keys.
    is_twice = mode in {"lose", "stall"} and provider.key_lasts is None
    assert len(fake.mails) == (2 if is_twice else 1)


@can(MAIL)
@pytest.mark.parametrize(
    ("status", "body"),  # None is as documented, but for the status
    [(200, []), (200, b"OK"), (200, {"error": 1}), (202, b""), (204, b""), (299, None)],
)
def test_a_mail_is_taken_only_with_the_documented_status_and_id(provider, fake, name, status, body):
    act = fake.act
    fake.act = lambda call: (status, act(call)[1] if body is None else body)
    fake.headers_of = lambda *_: {"X-Message-Id": "1"} if body is None else {}

    with pytest.raises(Uncertain, match="cannot read"):
        provider.send(EMAIL, KEY)


@can("send_many")
def test_of_many_mails_each_has_its_own_receipt_and_who_cannot_be_written_to_stops_nobody(
    provider, fake, name
):
    odd = replace(EMAIL, headers=(("Bcc", "a"),))
    first, refused, last = provider.send_many([(EMAIL, KEY), (odd, "-"), (BARE, OTHER_KEY)])

    assert [one.message_id in str(fake.mails) for one in (first, last)] == [True, True]
    assert first != last
    assert type(refused) is Refused
    assert len(fake.mails) == 2
    assert provider.send_many([(odd, KEY)])[0].args == refused.args
    assert len(fake.calls) == 1


@can("send_many", "find")
def test_each_of_many_is_found_again_where_their_answer_was_lost(provider, fake, name):
    fake.behave("lose", times=1)
    with pytest.raises(Uncertain):
        provider.send_many([(EMAIL, KEY), (replace(BARE, to=EMAIL.to), OTHER_KEY)])

    found = {provider.find(key, ZOE).message_id for key in (KEY, OTHER_KEY)}
    assert len(found) == 2
    assert provider.find("another", ZOE) is None


@pytest.mark.parametrize(("name", "status", "body", "fates"), rows("FATES"))
def test_of_many_mails_each_has_the_fate_that_is_said_of_it(
    provider, fake, name, status, body, fates
):
    fake.act = lambda _: (status, body)

    told = provider.send_many([(EMAIL, KEY), (BARE, OTHER_KEY)])
    assert [getattr(one, "message_id", type(one)) for one in told] == fates


@can("send_many")
@pytest.mark.parametrize(
    ("mode", "error"), [(mode, error) for error, modes in TROUBLE.items() for mode in modes]
)
def test_what_befalls_a_call_befalls_all_its_mails(provider, fake, name, mode, error):
    fake.behave(mode, times=2 if name == "resend" else 1)  # which makes it once more

    with pytest.raises(error) as caught:
        provider.send_many([(EMAIL, KEY), (BARE, OTHER_KEY)])
    assert getattr(caught.value, "left", False) is (mode in MAYBE_TAKEN)
    assert len(fake.mails) == (2 if mode in {"lose", "stall"} else 0)


PAGE = "<!doctype html><title>Sign in</title>"


@can(MAIL)
@pytest.mark.parametrize(
    ("error", "body", "statuses"),
    [
        (Denied, {}, [301, 404, 405, 410, 421]),
        (Denied, PAGE, [200, 302, 400, 403, 404, 408]),
        (TryLater, PAGE, [502]),
        (Uncertain, PAGE, [504]),
    ],
)
def test_whoever_is_not_the_provider_stops_all_mail_and_refuses_none(
    provider, fake, name, error, body, statuses
):
    for status in statuses:
        fake.act = lambda _, status=status: (status, body)
        with pytest.raises(error, match=f"{name.upper()}_API_URL") as caught:
            provider.send(EMAIL, KEY)

        assert (type(caught.value), caught.value.rests) == (error, True)
        assert getattr(caught.value, "left", True) == (status > 500)


@can(KEEPS)
@pytest.mark.parametrize(
    "mode", ["down", "lose", "busy", "error", "forbidden", "html", "nowhere", "redirect"]
)
def test_doubt_about_a_contact_is_tried_later_and_then_done(provider, fake, name, mode):
    for deed in AUDIENCE:
        fake.behave(mode, times=1, after=60 if mode == "busy" else None)
        with pytest.raises(TryLater) as caught:
            deed(provider)
        assert caught.value.after == (timedelta(minutes=1) if mode == "busy" else None)
        deed(provider)

    assert fake.contacts == {}


@every_api
def test_a_refusal_is_told_in_few_words_without_a_key_of_ours(provider, fake, name):
    secrets = [API_KEY, *filter(None, [provider.api_secret])]
    words = f"No: {' '.join(secrets)}\r\nX: y " + "long " * 200
    fake.act = lambda _: (401, fake.complaint(401, "unauthorized", words))

    with pytest.raises(TryLater, match=f"{name.upper()}_API_KEY") as caught:
        first_deed(provider)(provider)

    said = str(caught.value)
    assert "No: …" in said
    assert " X: y long" in said
    assert said.isprintable()
    assert len(said) < 320
    assert not [one for one in secrets if one in said]


@can("find")
def test_a_mail_whose_answer_was_lost_is_found_again_by_its_key(provider, fake, name):
    provider.send(EMAIL, "another")
    fake.behave("lose", times=1)
    with pytest.raises(Uncertain):
        provider.send(EMAIL, KEY)

    found = provider.find(KEY, ZOE)
    assert [found.message_id in str(mail) for mail in fake.mails] == [False, True]
    assert provider.find(OTHER_KEY, ZOE) is None
    assert provider.find(KEY, "nobody@example.org") is None or name == "mailjet"


@pytest.mark.parametrize("name", providers.able("everyone"))
def test_all_contacts_can_be_read_with_who_was_stopped(provider, name):
    for number in range(3):
        provider.upsert(replace(CONTACT, email=f"{number}@example.org"))
    provider.unsubscribe("1@example.org")

    found = {one.email: (one.subscribed, one.stopped) for one in provider.everyone()}
    assert found == {f"{n}@example.org": (n != 1, n == 1) for n in range(3)}


@pytest.mark.parametrize("name", providers.able("who_left"))
def test_who_left_is_told_in_one_list_whatever_list_they_are_on(make, name):
    provider, elsewhere = make(), make(list_id=getattr(CASES.get(name), "OTHER_LIST", "8"))
    for number in range(3):
        provider.upsert(replace(CONTACT, email=f"{number}@example.org"))
    provider.unsubscribe("1@example.org")

    for one in (provider, elsewhere) if name not in {"local", "mailchimp"} else ():
        assert [*one.who_left()] == ["1@example.org"]
    if name in {"local", "mailchimp"}:  # there everybody is on the list
        assert [*provider.who_left()] == []
        assert [one.email for one in provider.everyone() if one.stopped] == ["1@example.org"]


@can(KEEPS)
def test_who_is_missing_on_a_new_list_is_found_without_a_call_for_each(app, make, fake, name):
    """Nobody is put on it again who left: of those the provider tells in a list."""
    people = [f"{number}@example.org" for number in range(150)]
    make().upsert(replace(CONTACT, email=people[0]))
    make().unsubscribe(people[0])
    for one in people:
        subscribe(one)
    before = len(fake.calls)
    list_id = getattr(CASES[name], "OTHER_LIST", "8")
    new = {} if name == "mailchimp" else {"list_id": list_id}  # there who left is on the list
    provide(app, audience=make(**new))
    *_, found = sync.compare()

    assert (found.has_left, len(found.missing)) == (people[:1], 149)
    assert len(fake.calls) - before <= 6


@can("everyone")
def test_a_list_of_several_pages_is_read_to_its_end(provider, fake, name):
    number, length = CASES[name].MANY
    full = replace(CONTACT, preferences_url="https://example.com/".ljust(length, "x"))
    people = [replace(full, email=f"{n}@example.org") for n in range(number)]
    if name in able("upsert_many"):
        for start in range(0, number, provider.most_at_once):
            provider.upsert_many(people[start : start + provider.most_at_once])
    else:
        for one in people:
            provider.upsert(one)
    start = len(fake.calls)
    found = [(one.email, one.subscribed) for one in provider.everyone()]

    pages = [call["target"] for call in fake.calls[start:]]
    assert found == [(one.email, True) for one in people]
    assert len(pages) == len({*pages}) > 1


@can("everyone")
@pytest.mark.parametrize("body", ["oops", {}, [], " " * (ANSWER_LIMIT + 1)])
def test_a_page_that_cannot_be_read_is_no_end_of_the_list(provider, fake, name, body):
    fake.act = lambda _: (200, body)

    with pytest.raises(TryLater):
        list(provider.everyone())


@can("everyone")
def test_who_reads_a_list_waits_as_long_as_the_provider_asks(provider, fake, name, monkeypatch):
    waits = []
    monkeypatch.setattr(patience.time, "sleep", waits.append)
    fake.mode, fake.times, fake.after = "busy", 2, 7
    with pytest.raises(Busy):
        list(provider.everyone())
    with patience.patient(timedelta(seconds=7)):
        list(provider.everyone())

    assert waits == [7]


@can("upsert_many")
def test_many_contacts_go_in_one_call_and_are_known_afterwards(provider, fake, name):
    people = [replace(CONTACT, email=f"{number}@example.org") for number in range(5)]
    provider.upsert(people[0])
    provider.unsubscribe(people[0].email)
    for _ in range(2):
        provider.upsert_many(people)

    for person in people:
        known = provider.lookup(person.email)
        assert known.subscribed
        assert all(chosen in str(known.attributes) for chosen in (*person.topics, person.name))
    assert provider.most_at_once >= 50
