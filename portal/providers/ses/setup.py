"""Amazon SES: account and sender; configuration set, topic and subscription, by which it tells us.

Facts are from Amazon's descriptions, `sesv2/2019-09-27` and `sns/2010-03-31` in
botocore, and from the developer guides of SES and SNS.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from portal.providers.errors import TryLater
from portal.providers.http.answer import Answer
from portal.providers.http.client import FormPayload
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import list_of, object_of, rows, text_of
from portal.providers.ses import notices
from portal.providers.ses.adapter import SES, tag, tags
from portal.providers.setup import Setup
from portal.providers.values import Finding, Site

SETS = "/v2/email/configuration-sets"
XML = {"Accept": "application/xml"}


class SESSetup(Setup[SES]):
    """One event destination of a configuration set, and our hook's subscription to its topic."""

    inbound = ""
    events = ("SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT")
    watching = ("OPEN", "CLICK")
    makes_secret = True
    signing_setting = "WEBHOOK_TOPIC"
    signing_word = "the topic"
    hook_id = "Name"
    on = "Enabled", True

    def __init__(self, provider: SES, site: Site) -> None:
        """Set and topic have one name, made of the site's where none is in our settings."""
        super().__init__(provider, site)
        host = re.sub("[^A-Za-z0-9]+", "-", urlsplit(site.events_url).hostname or "")
        self._name = provider.configuration_set or f"portal-{host}"[:64]
        self.hooks_path = f"{SETS}/{self._name}/event-destinations"

    def key(self) -> str:
        self.account = object_of(self.provider.ask("GET", "/v2/email/account").data())
        return f"The key works. It is for Amazon SES in {self.provider.region}."

    def sending(self) -> Iterator[Finding]:
        can_send = self.account.get("ProductionAccessEnabled") is True
        yield Finding.of(
            can_send and self.account.get("SendingEnabled") is True,
            "The account may send to everybody.",
            "The account may not send to everybody. Ask Amazon for “production access” to SES.",
        )
        yield from super().sending()

    def sender(self, sender: str) -> Iterator[Finding]:
        """Whether the address itself, or a domain that it is in, is verified."""
        domain = sender.rpartition("@")[2].split(".")
        names = [sender, *(".".join(domain[n:]) for n in range(len(domain) - 1))]
        found = (
            self.provider.look(f"/v2/email/identities/{quoted(one)}", "IdentityType", str)
            for one in names
        )
        ok = any(one and one.get("VerifiedForSendingStatus") is True for one in found)
        yield self.may_send(sender, ok, "Verify it, or its domain, under “Identities”.")

    def ours(self, kind: str) -> list[dict[str, Any]]:
        answer = self.provider.ask("GET", self.hooks_path, allow=GONE)
        return [one for one in rows(answer.data(), "EventDestinations") if "SnsDestination" in one]

    def known_secrets(self) -> Collection[str]:
        return self.provider.topics

    def told(self, found: dict[str, Any]) -> set[str]:
        return {one for one in list_of(found.get("MatchingEventTypes")) if isinstance(one, str)}

    def secret_of(self, found: dict[str, Any]) -> str:
        return text_of(found.get("SnsDestination"), "TopicArn")

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        return True  # see `faults`

    def faults(self, found: dict[str, Any], secrets: Collection[str]) -> Iterator[str]:
        yield from super().faults(found, secrets)
        topic, states = self.secret_of(found), {}
        if topic:
            answer = self._tell_sns("ListSubscriptionsByTopic", allow=GONE, TopicArn=topic)
            arns = tags(answer, "SubscriptionArn")
            states = dict(zip(tags(answer, "Endpoint"), arns, strict=False))
        state = states.get(self.site.events_url, "")
        if not state:
            yield "does not call us"
        elif not state.startswith("arn:"):
            yield f"waits for our yes, which needs its topic in {self.secret_setting}"

    def add_hook(self, kind: str, secret: str) -> dict[str, Any]:
        wanted = self.wanted(kind, secret)
        if self.provider.look(f"{SETS}/{self._name}", "ConfigurationSetName", str) is None:
            self.provider.ask("POST", SETS, {"ConfigurationSetName": self._name})
        self.provider.ask("POST", self.hooks_path, {"EventDestinationName": "portal", **wanted})
        return object_of(wanted["EventDestination"])

    def mend_hook(self, kind: str, found: dict[str, Any], secret: str) -> None:
        wanted = self.wanted(kind, secret)
        self.provider.ask("PUT", self.path_of(found), wanted)
        found |= wanted["EventDestination"]

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        """What SES is to tell, to a topic that is made for it and that our hook hears."""
        answer = self._tell_sns("CreateTopic", Name=self._name)
        topic = tag(answer, "TopicArn")
        if not notices.host(topic):
            raise TryLater(self.provider.unreadable(answer))
        rule = {
            "Effect": "Allow",
            "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"AWS:SourceAccount": topic.split(":")[4]}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
        for name, value in (("Policy", policy), ("SignatureVersion", "2")):
            self._tell_sns(
                "SetTopicAttributes", TopicArn=topic, AttributeName=name, AttributeValue=value
            )
        self._tell_sns("Subscribe", TopicArn=topic, Protocol="https", Endpoint=self.site.events_url)
        where = {"SnsDestination": {"TopicArn": topic}}
        what = {"Enabled": True, "MatchingEventTypes": [*self.events]}
        return {"EventDestination": what | where}

    def _tell_sns(self, action: str, *, allow: tuple[int, ...] = (), **fields: str) -> Answer:
        payload = FormPayload(Action=action, Version="2010-03-31", **fields)
        return self.provider.ask("POST", "/", payload, headers=XML, allow=allow)
