"""MailerLite: contacts, campaigns (connect.mailerlite.com, in the EU). It sends no single mail.

MailerLite publishes no description of its API. Facts are from its pages
"Subscribers", "Groups", "Webhooks" and "Batching", and from the types of its
Node library, version 1.7.0.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from portal.providers.errors import Denied, ProviderError, TryLater
from portal.providers.headers import present
from portal.providers.http.answer import Answer
from portal.providers.http.provider import GONE, quoted
from portal.providers.mailerlite import events
from portal.providers.mailerlite.campaigns import MailerLiteCampaigns
from portal.providers.parsed import object_of, rows, text_of
from portal.providers.values import Contact, HookCall, KnownContact, ProviderEvent, Receipt
from portal.providers.webhooks import calls

PAGE = 100
STOPPED = frozenset({"unsubscribed", "bounced", "junk"})


class MailerLite(MailerLiteCampaigns):
    """Contacts and campaigns at MailerLite. LIST_ID is the id of the subscribers' group.

    The account must have the text fields topics, format and preferences_url.
    """

    name = "mailerlite"
    title = "MailerLite"
    default_url = "https://connect.mailerlite.com/api"
    shortest_secret = 10  # MailerLite makes them, and so short
    remaining_header = "X-RateLimit-Remaining"
    reset_header = "Retry-After"
    most_at_once = 50

    def said(self, answer: Answer) -> tuple[str, ...]:
        """MailerLite's words, and what it says of the first field that is wrong."""
        lists = list(object_of(object_of(answer.data()).get("errors")).values())
        first = lists[0][0] if lists and isinstance(lists[0], list) and lists[0] else ""
        return answer.field("message"), text_of({"first": first}, "first")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """A key that may not do this: one that is wrong has another status."""
        if answer.status == HTTPStatus.FORBIDDEN:
            return Denied(f"{words} Campaigns by API are part of MailerLite's paid plans.")
        return None

    def upsert(self, contact: Contact) -> Receipt:
        """Add or update the contact, put it into our group, and let mail go to it again."""
        answer = self.ask("POST", "/subscribers", self._payload(contact))
        return Receipt(text_of(object_of(object_of(answer.data()).get("data")), "id"))

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """In one call that holds a call for each contact."""
        for answer in self.upsert_each([self._payload(contact) for contact in contacts]):
            self.judge_again(answer)
        return Receipt()

    def _payload(self, contact: Contact) -> dict[str, Any]:
        return {
            "email": contact.email,
            "status": "active",
            "fields": {"name": contact.name, **contact.attributes},
            **present(groups=self.list_id and [self.list_id]),
        }

    def unsubscribe(self, address: str) -> Receipt:
        if path := self._path(address):
            self.ask("PUT", path, {"status": "unsubscribed"}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Have the contact forgotten: at once for us, within 30 days for MailerLite."""
        if path := self._path(address):
            self.ask("POST", f"{path}/forget", allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        """The contact as MailerLite holds it; subscribed if active and in our group."""
        data = self._find(address)
        return None if data is None else self._known(data, address)

    def everyone(self) -> Iterator[KnownContact]:
        """All contacts in our group, or all there are."""
        rows = self._rows(include="groups")
        return (self._known(row, "") for row in rows if self._is_ours(row))

    def who_left(self) -> Iterator[str]:
        """Who is in a state in which nothing goes to them, whatever their groups."""
        for status in sorted(STOPPED):
            rows = self._rows(**{"filter[status]": status})
            yield from (text_of(row, "email") for row in rows)

    def _rows(self, **query: str) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] = {}
        while True:
            asked = urlencode({"limit": PAGE} | query | cursor)
            answer = self.ask("GET", f"/subscribers?{asked}")
            yield from self.page(answer, "data")
            following = text_of(answer.data().get("meta"), "next_cursor")
            if following in {"", cursor.get("cursor")}:
                return
            cursor = {"cursor": following}

    def _is_ours(self, data: dict[str, Any]) -> bool:
        groups = [str(one.get("id")) for one in rows(data, "groups")]
        return not self.list_id or self.list_id in groups

    def _known(self, data: dict[str, Any], address: str) -> KnownContact:
        status = text_of(data, "status")
        return KnownContact(
            email=text_of(data, "email") or address,
            subscribed=self._is_ours(data) and status == "active",
            attributes=object_of(data.get("fields")),
            stopped=status in STOPPED,
        )

    def _find(self, address: str) -> dict[str, Any] | None:
        """The contact; one that is being forgotten is none."""
        answer = self.ask("GET", f"/subscribers/{quoted(address)}", allow=GONE)
        if answer.status in GONE:
            return None
        data = object_of(object_of(answer.data()).get("data"))
        if not text_of(data, "id") or not text_of(data, "status"):
            raise TryLater(self.unreadable(answer))
        return None if data.get("forget_at") else data

    def _path(self, address: str) -> str:
        """Where the contact can be changed, which goes by its id alone; nothing without one."""
        data = self._find(address)
        return f"/subscribers/{quoted(text_of(data, 'id'))}" if data else ""

    def verify(self, call: HookCall) -> bool:
        return calls.hmac_hex(self.secrets, call.body, calls.header(call, "Signature"))

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        """The events in a call: one, or a batch in "events"."""
        data = calls.parse_json(call.body)
        is_batch = isinstance(data, dict) and "events" in data
        return [events.event(item) for item in calls.items(data["events"] if is_batch else data)]
