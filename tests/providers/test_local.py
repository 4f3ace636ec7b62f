"""The folder that stands for a provider keeps whole mails and true contacts, whoever writes."""

import json
import multiprocessing
import threading
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.local import adapter
from portal.providers.local.adapter import Local
from portal.providers.values import Address, Contact, Email, Receipt

from .ours import KEY


@pytest.fixture
def provider(tmp_path):
    return Local({"folder": str(tmp_path / "var")})


def read_mail(provider, key=KEY):
    return message_from_bytes((provider.mailbox / f"{key}.eml").read_bytes(), policy=default)


def read_contacts(provider):
    return json.loads(provider.contacts.read_text())


def test_a_mail_is_a_whole_message_with_both_parts(provider, email):
    receipt = provider.send(replace(email, attachments=()), KEY)

    mail = read_mail(provider)
    assert receipt == Receipt(f"<{KEY}@local>")
    assert mail["From"] == "Get Yourself Active <hello@example.com>"
    assert mail["To"].addresses[0].display_name == "Zoë Müller, Leeds"
    assert mail["To"].addresses[0].addr_spec == "zoe@example.org"
    assert mail["Reply-To"].addresses[0].addr_spec == "team@example.com"
    assert mail["Subject"] == email.subject
    assert mail["Message-ID"] == f"<{KEY}@local>"
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["List-Unsubscribe"] == "<https://example.com/u/abc>"
    assert mail["X-Programme"] == "Santé"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(["plain"]).get_content().splitlines() == email.text.splitlines()
    assert mail.get_body(["html"]).get_content().strip() == email.html
    assert mail.defects == []


LINK = f"<https://example.org/{'a' * 200}>"


@pytest.mark.parametrize(
    ("change", "written"),
    [
        ({"to": Address("zoë@exämple.org", "Zoë")}, "zoë@exämple.org"),
        (
            {"headers": (("Message-ID", "<mine@a.example>"),)},
            "\r\nMessage-ID: <mine@a.example>",
        ),
        ({"headers": (("List-Unsubscribe", LINK),)}, f"\r\nList-Unsubscribe: {LINK}\r\n"),
    ],
    ids=["an address beyond ASCII", "an id of its own", "a long link"],
)
def test_what_a_mail_brings_stays_whole(provider, email, change, written):
    provider.send(replace(email, **change), KEY)

    assert written.encode() in (provider.mailbox / f"{KEY}.eml").read_bytes()


def test_the_same_key_again_changes_nothing(provider, email):
    first = provider.send(email, KEY)
    written = (provider.mailbox / f"{KEY}.eml").read_bytes()

    second = provider.send(replace(email, subject="Another"), KEY)

    assert second == first
    assert (provider.mailbox / f"{KEY}.eml").read_bytes() == written


@pytest.mark.parametrize("key", ["", "../out", "a/b", "a\x00", ".hidden", "k" * 65])
def test_a_key_that_is_no_file_name_is_refused(provider, email, key):
    with pytest.raises(Refused):
        provider.send(email, key)

    assert not provider.folder.exists()


def test_no_header_can_bring_in_another(provider, email):
    provider.send(
        replace(
            email,
            subject="Hello\r\nBcc: all@example.org",
            to=Address("zoe@example.org", "Zoë\nBcc: all@example.org"),
            headers=(("X-A", "1\r\nBcc: all@example.org"),),
        ),
        KEY,
    )

    mail = read_mail(provider)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: all@example.org"
    assert len(mail["To"].addresses) == 1


def test_a_mail_that_cannot_be_written_is_refused(provider, email):
    with pytest.raises(Refused):
        provider.send(replace(email, to=Address("zoe@example.org\r\nBcc: all@example.org")), KEY)

    assert list(provider.folder.rglob("*.eml")) == []


any_mail = st.builds(
    Email,
    name=st.text(),
    to=st.builds(Address, st.just("a@example.org"), st.text()),
    sender=st.builds(Address, st.just("b@example.org"), st.text()),
    subject=st.text(),
    text=st.text(),
    html=st.text(),
    reply_to=st.none() | st.builds(Address, st.text(max_size=30), st.text()),
    headers=st.tuples() | st.tuples(st.tuples(st.sampled_from(["X-A", "In-Reply-To"]), st.text())),
)


@given(mail=any_mail)
def test_any_text_is_written_or_refused(mail):
    try:
        written = message_from_bytes(adapter.message(mail, KEY), policy=default)
    except Refused:
        return

    assert written.get_content_type() == "multipart/alternative"
    assert written["To"].addresses[0].addr_spec == "a@example.org"


def test_a_contact_is_one_object_with_attributes_and_state(provider, contact):
    provider.upsert(contact)

    held = read_contacts(provider)
    updated = held["zoe@example.org"].pop("updated")
    assert parsed(updated).tzinfo is not None
    assert held == {
        "zoe@example.org": {
            "email": "zoe@example.org",
            "state": "subscribed",
            "attributes": {
                "name": "Zoë Müller",
                "topics": ["walking", "swimming"],
                "format": "easy-read",
                "preferences_url": "https://example.com/p/abc",
            },
        }
    }


def parsed(moment):
    return adapter.datetime.fromisoformat(moment)


def test_unsubscribing_keeps_the_object_and_erasing_removes_it(provider, contact):
    provider.upsert(contact)
    provider.unsubscribe("Zoe@Example.org")
    state = read_contacts(provider)["zoe@example.org"]["state"]
    provider.erase("ZOE@example.org")

    assert state == "unsubscribed"
    assert read_contacts(provider) == {}


def test_a_repeated_call_leaves_the_file_as_it_is(provider, contact):
    provider.upsert(contact)
    content, file = provider.contacts.read_bytes(), provider.contacts.stat()

    provider.upsert(contact)
    provider.unsubscribe("unknown@example.org")
    provider.erase("unknown@example.org")

    assert provider.contacts.read_bytes() == content
    assert provider.contacts.stat().st_mtime_ns == file.st_mtime_ns


def test_a_damaged_file_is_told_and_not_written_over(provider, contact):
    provider.upsert(contact)

    for damage in ("{", "[]", "[" * 100_000):
        provider.contacts.write_text(damage)
        with pytest.raises(TryLater, match=r"contacts\.json"):
            provider.upsert(contact)

        assert provider.contacts.read_text() == damage


def test_a_write_that_breaks_leaves_what_was_there(provider, contact, monkeypatch):
    provider.upsert(contact)
    before = provider.contacts.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adapter.os, "fsync", full)
    with pytest.raises(TryLater, match="No space left"):
        provider.upsert(replace(contact, name="Another"))

    assert provider.contacts.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_tried_later(tmp_path, email):
    (tmp_path / "file").write_text("")

    with pytest.raises(TryLater):
        Local({"folder": str(tmp_path / "file" / "var")}).send(email, KEY)


def test_a_missing_folder_is_named():
    with pytest.raises(SetupError, match="VAR_DIR"):
        Local({})


def work(folder, worker, email):
    provider = Local({"folder": folder})
    for number in range(8):
        provider.upsert(Contact(f"{worker}-{number}@example.org"))
        provider.upsert(Contact(f"{worker}-{number}-gone@example.org"))
        provider.unsubscribe(f"{worker}-{number}@example.org")
        provider.erase(f"{worker}-{number}-gone@example.org")
        provider.send(email, f"{worker}-{number}")
        provider.send(replace(email, subject=str(worker)), f"shared-{number}")


@pytest.mark.parametrize("make", [threading.Thread, multiprocessing.get_context("spawn").Process])
def test_two_writers_at_once_lose_nothing(tmp_path, email, make):
    writers = [make(target=work, args=(str(tmp_path), worker, email)) for worker in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)

    held = read_contacts(Local({"folder": str(tmp_path)}))
    mails = sorted(path.name for path in (tmp_path / "mailbox").iterdir())
    names = [0, 1, "shared"]
    assert sorted(held) == sorted(f"{w}-{n}@example.org" for w in range(2) for n in range(8))
    assert {entry["state"] for entry in held.values()} == {"unsubscribed"}
    assert mails == sorted(f"{name}-{number}.eml" for name in names for number in range(8))


def test_a_reader_sees_only_whole_files(tmp_path, email):
    """Another process writes while this one reads without asking for the lock."""
    provider = Local({"folder": str(tmp_path)})
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=work, args=(str(tmp_path), 0, email))
    writer.start()
    while writer.is_alive():
        if provider.contacts.exists():
            read_contacts(provider)
        for path in provider.mailbox.glob("*.eml"):
            assert path.read_bytes().rstrip().endswith(b"--")
    writer.join()

    assert len(read_contacts(provider)) == 8
