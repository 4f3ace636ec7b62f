"""The folder that stands for a provider keeps whole mails and true contacts, whoever writes."""

import json
import multiprocessing
import threading
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.local import adapter
from portal.providers.local.adapter import Local
from portal.providers.message import message
from portal.providers.values import Address, Contact, Email, Receipt

from .ours import CONTACT, EMAIL, KEY, ZOE


def written(provider):
    """The one mail, as it was written."""
    (file,) = provider.mailbox.glob("*.eml")
    return file.read_bytes()


def read_contacts(provider):
    return json.loads(provider.contacts.read_text())


def test_a_mail_is_a_whole_message_with_both_parts(provider):
    receipt = provider.send(replace(EMAIL, attachments=()), KEY)

    mail = message_from_bytes(written(provider), policy=default)
    (to,), (reply_to,) = mail["To"].addresses, mail["Reply-To"].addresses
    assert receipt == Receipt(f"<{KEY}@local>")
    assert mail["From"] == "Get Yourself Active <hello@example.com>"
    assert (to.display_name, to.addr_spec) == ("Zoë Müller, Leeds", ZOE)
    assert reply_to.addr_spec == "team@example.com"
    assert (mail["Subject"], mail["Message-ID"]) == (EMAIL.subject, receipt.message_id)
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["List-Unsubscribe"] == "<https://example.com/u/abc>"
    assert mail["X-Programme"] == "Santé"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(["plain"]).get_content().splitlines() == EMAIL.text.splitlines()
    assert mail.get_body(["html"]).get_content().strip() == EMAIL.html
    assert mail.defects == []


LINK = f"<https://example.org/{'a' * 200}>"


@pytest.mark.parametrize(
    ("change", "whole"),
    [
        ({"to": Address("zoë@exämple.org", "Zoë")}, "zoë@exämple.org"),
        ({"headers": (("Message-ID", "<mine@a.example>"),)}, "\r\nMessage-ID: <mine@a.example>"),
        ({"headers": (("List-Unsubscribe", LINK),)}, f"\r\nList-Unsubscribe: {LINK}\r\n"),
    ],
    ids=["an address beyond ASCII", "an id of its own", "a long link"],
)
def test_what_a_mail_brings_stays_whole(provider, change, whole):
    provider.send(replace(EMAIL, **change), KEY)

    assert whole.encode() in written(provider)


@pytest.mark.parametrize("key", ["", "../out", "a/b", "a\x00", ".hidden", "k" * 65])
def test_a_key_that_is_no_file_name_is_refused(provider, key):
    with pytest.raises(Refused):
        provider.send(EMAIL, key)

    assert [*provider.folder.iterdir()] == []


text = st.text() | st.just("Hello\r\nBcc: all@example.org")
any_mail = st.builds(
    Email,
    to=st.builds(Address, st.sampled_from(["a@example.org"] * 3 + ["a@b.c\r\nBcc: d@e.f"]), text),
    sender=st.builds(Address, st.just("b@example.org"), text),
    subject=text,
    reply_to=st.none() | st.builds(Address, st.text(max_size=30), text),
    headers=st.tuples() | st.tuples(st.tuples(st.sampled_from(["X-A", "In-Reply-To"]), text)),
)


@given(any_mail)
def test_any_text_is_written_as_lines_that_every_server_takes_or_refused(mail):
    try:
        sent = message(mail, "<a@example.org>")
    except Refused:  # for an address that is none
        assert mail.reply_to or mail.to.email != "a@example.org"
        return

    read, lines = message_from_bytes(sent, policy=default), sent.split(b"\r\n")
    assert read.get_content_type() == ("multipart/alternative" if mail.html else "text/plain")
    assert [one.addr_spec for one in read["To"].addresses] == ["a@example.org"]
    assert read["Bcc"] is None
    assert all(len(one) <= 998 and not {*b"\r\n"} & {*one} for one in lines)
    assert all(len(one) <= 79 for one in lines if b"=?utf-8?" in one)  # RFC 2047, 2
    assert sent.isascii() or not mail.reply_to.email.isascii()


def test_a_contact_is_one_object_that_a_repeat_leaves_as_it_is_until_it_is_erased(provider):
    provider.upsert(CONTACT)
    content = provider.contacts.read_bytes()
    provider.upsert(CONTACT)
    provider.unsubscribe("unknown@example.org")
    provider.erase("unknown@example.org")
    assert provider.contacts.read_bytes() == content

    (held,) = read_contacts(provider).values()
    provider.unsubscribe("Zoe@Example.org")
    state = read_contacts(provider)[ZOE]["state"]
    provider.erase("ZOE@example.org")

    assert datetime.fromisoformat(held.pop("updated")).tzinfo is not None
    chosen = {key: value for key, value in CONTACT.to_json().items() if key != "email"}
    assert held == {"email": ZOE, "state": "subscribed", "attributes": chosen}
    assert state == "unsubscribed"
    assert read_contacts(provider) == {}


@pytest.mark.parametrize("damage", ["{", "[]", "[" * 100_000], ids=["cut", "list", "deep"])
def test_a_damaged_file_is_told_and_not_written_over(provider, damage):
    provider.upsert(CONTACT)
    provider.contacts.write_text(damage)

    with pytest.raises(TryLater, match=r"contacts\.json"):
        provider.upsert(CONTACT)

    assert provider.contacts.read_text() == damage


def test_a_write_that_breaks_leaves_what_was_there(provider, monkeypatch):
    provider.upsert(CONTACT)
    before = provider.contacts.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adapter.os, "fsync", full)
    with pytest.raises(TryLater, match="No space left"):
        provider.upsert(replace(CONTACT, name="Another"))

    assert provider.contacts.read_bytes() == before


def test_a_folder_that_is_missing_is_named_and_one_that_cannot_be_made_is_tried_later(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(TryLater):
        Local({"folder": str(tmp_path / "file" / "var")}).send(EMAIL, KEY)
    with pytest.raises(SetupError, match="VAR_DIR"):
        Local({})


def work(folder, worker, start):
    provider = Local({"folder": folder})
    start.wait(60)
    for number in range(8):
        provider.upsert(Contact(f"{worker}-{number}@example.org"))
        provider.upsert(Contact(f"{worker}-{number}-gone@example.org"))
        provider.unsubscribe(f"{worker}-{number}@example.org")
        provider.erase(f"{worker}-{number}-gone@example.org")
        provider.send(EMAIL, f"{worker}-{number}")
        provider.send(replace(EMAIL, subject=worker), f"shared-{number}")


def test_writers_at_once_lose_nothing_and_a_reader_sees_only_whole_files(tmp_path):
    """Threads and a process write, while this reads without asking for the lock."""
    provider = Local({"folder": str(tmp_path)})
    spawn = multiprocessing.get_context("spawn")
    kinds = {"one": threading.Thread, "two": threading.Thread, "three": spawn.Process}
    start = spawn.Barrier(len(kinds) + 1)
    writers = [
        make(target=work, args=(provider.folder, name, start)) for name, make in kinds.items()
    ]
    for writer in writers:
        writer.start()
    start.wait(60)
    while any(writer.is_alive() for writer in writers):
        if provider.contacts.exists():
            read_contacts(provider)
        for path in provider.mailbox.glob("*.eml"):
            assert path.read_bytes().rstrip().endswith(b"--")

    held = read_contacts(provider)
    mails = sorted(path.name for path in provider.mailbox.iterdir())
    assert sorted(held) == sorted(f"{name}-{n}@example.org" for name in kinds for n in range(8))
    assert {entry["state"] for entry in held.values()} == {"unsubscribed"}
    assert mails == sorted(f"{name}-{n}.eml" for name in [*kinds, "shared"] for n in range(8))
