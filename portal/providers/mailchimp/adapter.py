"""Mailchimp Marketing: contacts and campaigns (api.mailchimp.com).

Its mail is a service of its own: `mandrill`.

Facts are from Mailchimp's own description of its API, version 3.0.55, and
from its page on webhooks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from portal.providers.errors import Busy, ProviderError, Refused, SetupError, Suppressed, TryLater
from portal.providers.http.answer import Answer
from portal.providers.http.client import basic
from portal.providers.http.provider import GONE
from portal.providers.mailchimp import events
from portal.providers.mailchimp.campaigns import MailchimpCampaigns
from portal.providers.mailchimp.members import member_path
from portal.providers.parsed import object_of, text_of
from portal.providers.values import Contact, HookCall, KnownContact, ProviderEvent, Receipt
from portal.providers.webhooks import calls

PAGE = 500  # 1000 are allowed, but may be more than we read of one answer
MERGE_FIELDS = ("TOPICS", "FORMAT", "FNAME", "PREFS")  # the tags have ten letters at most
FIELDS = "members.email_address,members.status,members.merge_fields"
# The titles of refusals that only the person can lift.
LEFT, FORGOTTEN = "Member In Compliance State", "Forgotten Email Not Subscribed"


class Mailchimp(MailchimpCampaigns):
    """Contacts, and campaigns to them, on one audience of Mailchimp's, LIST_ID."""

    name = "mailchimp"
    title = "Mailchimp"
    default_url = "https://{data_centre}.api.mailchimp.com/3.0"
    list_pattern, list_rule = "[0-9A-Za-z]{1,32}", "has letters and digits only."
    needed: ClassVar[tuple[str, ...]] = ("API_KEY", "LIST_ID")
    most_at_once = 200  # 500 are allowed, but it answers with all that it holds of each

    def __init__(self, settings: Mapping[str, str]) -> None:
        """The key ends with the data centre that it is for, and so gives the address."""
        key = settings.get("api_key", "").strip()
        centre = key.rpartition("-")[2]
        fits = re.fullmatch("[a-z]{2,4}[0-9]{1,4}", centre)
        if key and not fits and not settings.get("api_url"):
            raise SetupError("MAILCHIMP_API_KEY must end with its data centre, like -us6.")
        address = self.default_url.format(data_centre=centre or "us1")
        super().__init__({"api_url": address, **{k: v for k, v in settings.items() if v}})

    def headers(self) -> dict[str, str]:
        return basic("portal", self.api_key)

    def said(self, answer: Answer) -> tuple[str, ...]:
        """The title and detail of a problem (RFC 7807)."""
        return answer.field("title"), answer.field("detail")

    def fault(self, answer: Answer, words: str) -> ProviderError | None:
        """What is not the usual.

        A 403 without a body means too many connections at a time (page "API
        limits"). Somebody who was deleted for good, or left, can only come
        back by a form of Mailchimp's own.
        """
        if answer.status == HTTPStatus.FORBIDDEN and not answer.body:
            return Busy(words, answer.retry_after())
        if answer.status == HTTPStatus.BAD_REQUEST and answer.field("title") in {LEFT, FORGOTTEN}:
            return Suppressed(
                f"{words} Only the person can change that, by a form that is Mailchimp's own."
            )
        if "lots of lists" in answer.field("detail") or "a lot of lists" in answer.field("detail"):
            return TryLater(words)
        return None

    def upsert(self, contact: Contact) -> Receipt:
        """Add the contact, or bring it up to date and subscribe it again.

        It is called only when somebody has just confirmed or changed their
        choices, so `status` may undo that they had left. Who left by a link of
        Mailchimp's own can only come back by one: then Mailchimp asks them
        (status “pending”).
        """
        path = f"{self._member(contact.email)}?skip_merge_validation=true"
        payload = entry(contact) | {"status_if_new": "subscribed"}
        answer = self.ask("PUT", path, payload, allow=(int(HTTPStatus.BAD_REQUEST),))
        if answer.status == HTTPStatus.BAD_REQUEST and answer.field("title") == LEFT:
            self.ask("PUT", path, payload | {"status": "pending"})
        elif answer.status == HTTPStatus.BAD_REQUEST:
            self.judge(answer)
        return Receipt()

    def upsert_many(self, contacts: Sequence[Contact]) -> Receipt:
        """Raises Refused where Mailchimp did not take one of them.

        It answers 200 even then, with the failures in `errors`. Each then has
        to go by itself; a repeat changes nothing for the others.
        """
        payload = {"members": [entry(one) for one in contacts], "update_existing": True}
        answer = self.ask("POST", f"/lists/{self.list_id}?skip_merge_validation=true", payload)
        data = answer.data()
        if not isinstance(data, dict) or data.get("error_count") != 0 or data.get("errors"):
            raise Refused(f"{self.name} did not say that it took all {len(contacts)} contacts.")
        return Receipt()

    def unsubscribe(self, address: str) -> Receipt:
        self.ask("PATCH", self._member(address), {"status": "unsubscribed"}, allow=GONE)
        return Receipt()

    def erase(self, address: str) -> Receipt:
        """Delete the contact for good. Mailchimp then never takes the address by its API again."""
        path = f"{self._member(address)}/actions/delete-permanent"
        self.ask("POST", path, allow=GONE)
        return Receipt()

    def lookup(self, address: str) -> KnownContact | None:
        answer = self.ask("GET", self._member(address), allow=GONE)
        data = answer.data()
        if answer.status in GONE or text_of(data, "status") == "archived":
            return None
        if not text_of(data, "status"):
            raise TryLater(self.unreadable(answer))
        return known(data, address)

    def everyone(self) -> Iterator[KnownContact]:
        """All members of the list, whatever their status."""
        path = f"/lists/{self.list_id}/members"
        query = {"count": PAGE, "offset": 0, "fields": FIELDS}
        found = self.by_pages(path, "members", query, size="count", offset="offset")
        return (known(row, "") for row in found)

    def who_left(self) -> Iterator[str]:
        """Nobody beside those whom `everyone` names: there are no contacts but those of lists."""
        return iter(())

    def verify(self, call: HookCall) -> bool:
        """Whether the call has our secret in its address, or is signed with one of them."""
        return events.is_signed(self.secrets, call) or calls.carries(self.secrets, call)

    def parse_events(self, call: HookCall) -> list[ProviderEvent]:
        return [events.event(dict(calls.form(call)))]

    def _member(self, address: str) -> str:
        return member_path(self.list_id, address)


def entry(contact: Contact) -> dict[str, Any]:
    """The contact with what it chose, as the list takes it."""
    fields = dict(zip(MERGE_FIELDS, contact.attributes.values(), strict=True))
    return {"email_address": contact.email, "status": "subscribed", "merge_fields": fields}


def known(data: Mapping[str, Any], address: str) -> KnownContact:
    """A member of the list."""
    return KnownContact(
        email=text_of(data, "email_address") or address,
        subscribed=text_of(data, "status") == "subscribed",
        attributes=object_of(data.get("merge_fields")),
        stopped=text_of(data, "status") in {"unsubscribed", "cleaned"},
    )
