"""The provider that is a folder: for a laptop, a demonstration and the tests.

`mailbox/<key>.eml` are whole messages; `contacts.json` holds one object for
each address. Several threads and processes may write at once.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from portal.addresses import address_key
from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.message import message
from portal.providers.values import (
    Contact,
    Email,
    HookCall,
    InboundEmail,
    KnownContact,
    Receipt,
)
from portal.providers.webhooks import mime

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
Contacts = dict[str, dict[str, Any]]


class Local:
    """Mail and audience in a folder, given as the setting `folder`."""

    name = "local"
    settings: ClassVar[tuple[str, ...]] = ()
    key_lasts: timedelta | None = timedelta(days=365)
    largest_mail = 20_000_000
    file_ends: frozenset[str] = frozenset()
    smtputf8 = True

    def __init__(self, settings: Mapping[str, str]) -> None:
        if not settings.get("folder"):
            raise SetupError("The local provider needs a folder: set VAR_DIR.")
        self.folder = Path(settings["folder"])
        self.mailbox = self.folder / "mailbox"
        self.contacts = self.folder / "contacts.json"

    def send(self, email: Email, key: str) -> Receipt:
        """Write the mail; a key that has been written already changes nothing."""
        if not KEY.fullmatch(key):
            raise Refused("The mail's key cannot be the name of a file.")
        content = message(email, f"<{key}@local>")
        with self.locked():
            path = self.mailbox / f"{key}.eml"
            if not path.exists():
                write(path, content)
        return Receipt(f"<{key}@local>")

    def upsert(self, contact: Contact) -> Receipt:
        attributes = contact.to_json()
        entry = {"email": attributes.pop("email"), "state": "subscribed", "attributes": attributes}

        def put(contacts: Contacts) -> None:
            place(contacts, contact.email, entry)

        return self._change(put)

    def unsubscribe(self, address: str) -> Receipt:

        def mark(contacts: Contacts) -> None:
            if entry := contacts.get(address_key(address)):
                place(contacts, address, {**entry, "state": "unsubscribed"})

        return self._change(mark)

    def erase(self, address: str) -> Receipt:
        return self._change(lambda contacts: contacts.pop(address_key(address), None))

    def lookup(self, address: str) -> KnownContact | None:
        with self.locked():
            entry = self._read().get(address_key(address))
        return known(entry) if entry else None

    def everyone(self) -> Iterator[KnownContact]:
        with self.locked():
            entries = list(self._read().values())
        yield from map(known, entries)

    def who_left(self) -> Iterator[str]:
        """Nobody beside those whom `everyone` names."""
        return iter(())

    def verify(self, call: HookCall) -> bool:
        """No call from outside is ours: mails are answered on the page of the mailbox."""
        return False

    def parse_inbound(self, call: HookCall) -> list[InboundEmail]:
        """The one mail that this is, as a mail program wrote it."""
        return [mime.read(call.body)]

    def _change(self, change: Callable[[Contacts], object]) -> Receipt:
        with self.locked():
            before, contacts = self._read(), self._read()
            change(contacts)
            if contacts != before:
                text = json.dumps(contacts, ensure_ascii=False, indent=2) + "\n"
                write(self.contacts, text.encode(errors="replace"))
        return Receipt()

    def _read(self) -> Contacts:
        if not self.contacts.exists():
            return {}
        with suppress(ValueError, RecursionError):
            contacts = json.loads(self.contacts.read_bytes())
            if isinstance(contacts, dict):
                return contacts
        raise TryLater(f"{self.contacts.name} is damaged; mend or remove it.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among threads and processes. A disk that fails is a reason to try later."""
        try:
            self.mailbox.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".local.lock").open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise TryLater(f"The local provider's folder: {error.strerror or error}.") from error


def known(entry: dict[str, Any]) -> KnownContact:
    """The contact that an entry in the file stands for."""
    is_in = entry["state"] == "subscribed"
    return KnownContact(entry["email"], is_in, entry["attributes"], stopped=not is_in)


def place(contacts: Contacts, address: str, entry: dict[str, Any]) -> None:
    """Put the entry in, with the time, unless it says what is there already."""
    before = contacts.get(address_key(address), {})
    if entry | {"updated": None} != before | {"updated": None}:
        contacts[address_key(address)] = entry | {"updated": datetime.now(UTC).isoformat()}


def write(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, and on the disk before returning."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
