"""SendGrid: its account, and what of it the API can set up.

Facts are from SendGrid's descriptions of its API, version 1.0.0: "Custom Fields",
"Lists", "Event Webhook", "Parse Webhook", "Unsubscribe Groups", "Tracking Settings".
"""

from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any, ClassVar

from portal.addresses import address_key
from portal.providers.http.provider import GONE, quoted
from portal.providers.parsed import object_of, objects, rows, text_of
from portal.providers.sendgrid.adapter import SendGrid
from portal.providers.sendgrid.campaigns import SENDERS
from portal.providers.sendgrid.contacts import FIELDS
from portal.providers.setup import INSTALL, SHOWS, Setup
from portal.providers.values import Finding
from portal.providers.webhooks import calls

HOOKS = "/v3/user/webhooks/event/settings"
INBOUND = "/v3/user/webhooks/parse/settings"
GROUPS, TRACKING = "/v3/asm/groups", "/v3/tracking_settings"
GROUP = {"name": "Newsletter", "description": "Issues of the newsletter"}
# The events that we use, in the words of the settings, and those that are nobody's business.
WANTED = (
    *("processed", "deferred", "delivered", "bounce", "dropped"),
    *("spam_report", "unsubscribe", "group_unsubscribe"),
)
UNWANTED = ("open", "click")
UNSEEN = (int(HTTPStatus.FORBIDDEN), *GONE)  # our key may have no right to see it


class SendGridSetup(Setup[SendGrid]):
    """Custom fields, a webhook for events that SendGrid signs, and one for mail that comes in."""

    look_at = "Look at “Sender Authentication” whether {} or its domain is verified."
    list_path = "/v3/marketing/lists/{}"
    lack = "Contacts lack the custom fields"
    have = "Contacts have the custom field"
    signing_setting = "WEBHOOK_KEY"
    signing_word, secret_key = "the key", "public_key"
    makes_secret = True
    hooks_path, hooks_query, hooks_name = HOOKS, "/all", "webhooks"
    mend_by, on = "PATCH", ("enabled", True)
    events, watching = WANTED, UNWANTED
    fields: ClassVar[dict[str, str]] = {name: name for name in FIELDS}

    def own_secret(self) -> str:
        """Ours, for mail that comes in, which is not signed."""
        return self.provider.secrets[0] if self.site.inbound_domain else ""

    def key(self) -> str:
        _ = self.missing
        return "The key works."

    def campaigns(self) -> Iterator[Finding]:
        yield from super().campaigns()
        on = self.tracked
        yield Finding.of(
            not on,
            "Newsletters track neither opens nor clicks.",
            f"Newsletters track each {' and '.join(on)}. {INSTALL}",
        )
        yield from self._marketers()
        if not self.provider.group:
            words = f"See that {self.group_setting} is set, if newsletters leave from here. {SHOWS}"
            yield Finding(words, ok=None)
            return
        number = self.provider.group
        yield Finding.of(
            any(str(one.get("id")) == number for one in self.groups),
            "Links to leave a newsletter have their group.",
            f"There is no unsubscribe group {number}. Look at {self.group_setting}.",
        )

    def _marketers(self) -> Iterator[Finding]:
        """Whether there is somebody whom newsletters can be from: they cannot be made unasked."""
        wanted = self.site.senders[0]
        found = rows(self.provider.ask("GET", SENDERS, allow=UNSEEN).data(), "results")
        verified = [one.get("from") for one in found if one.get("verified") is True]
        if address_key(wanted) in {address_key(text_of(one, "email")) for one in verified}:
            yield Finding(f"Newsletters may come from {wanted}.")
            return
        words = f"See “Marketing”, “Senders”: newsletters need a verified one for {wanted}."
        yield Finding(words, ok=None)

    def install(self) -> Iterator[Finding]:
        yield from super().install()
        for name in self.tracked:
            self.provider.ask("PATCH", f"{TRACKING}/{name}", {"enabled": False})
            yield Finding(f"Newsletters track no {name} any more.")
        if not self.provider.group:
            ours = (one for one in self.groups if one.get("name") == GROUP["name"])
            made = next(ours, None) or self.provider.ask("POST", GROUPS, GROUP).data()
            yield Finding(f"Put this into .env: {self.group_setting}={object_of(made).get('id')}")

    @property
    def group_setting(self) -> str:
        """Which setting holds the number of the unsubscribe group."""
        return self.provider.setting("UNSUBSCRIBE_GROUP")

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The unsubscribe groups."""
        return objects(self.provider.ask("GET", GROUPS).data())

    @property
    def tracked(self) -> list[str]:
        """What the account tracks in mails that do not say whether: in newsletters."""
        paths = {name: f"{TRACKING}/{name}" for name in UNWANTED}
        found = {name: self.provider.ask("GET", it, allow=UNSEEN) for name, it in paths.items()}
        return [name for name, it in found.items() if object_of(it.data()).get("enabled") is True]

    def known_fields(self) -> list[dict[str, Any]]:
        return [{"name": name} for name in self.provider.fields()]

    def add_field(self, name: str) -> None:
        payload = {"name": name, "field_type": "Text"}
        self.provider.ask("POST", "/v3/marketing/field_definitions", payload)

    def told(self, found: dict[str, Any]) -> set[str]:
        return {name for name in (*WANTED, *UNWANTED) if found.get(name) is True}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        """What it is signed with is another call."""
        events = dict.fromkeys(WANTED, True) | dict.fromkeys(UNWANTED, False)
        url = self.site.events_url
        return {"url": url, "enabled": True, "friendly_name": "Portal", **events}

    def sign(self, found: dict[str, Any]) -> str:
        """Have it signed, if it is not yet; the key."""
        path = f"{HOOKS}/signed/{quoted(text_of(found, 'id'))}"
        key = self.secret_of(found)
        return key or self.provider.ask("PATCH", path, {"enabled": True}).field("public_key")

    def known_secrets(self) -> Collection[str]:
        return self.provider.webhook_keys

    def _parse_setting(self) -> dict[str, Any]:
        """What is set for mail to our domain."""
        found = rows(self.provider.ask("GET", INBOUND).data(), "result")
        domain = address_key(self.site.inbound_domain)
        return next((one for one in found if address_key(text_of(one, "hostname")) == domain), {})

    def is_handed_on(self) -> bool:
        """Whether it goes to our hook as it was written, with a secret that we know."""
        known = self.provider.webhook_secrets
        return self._is_right(self._parse_setting(), known)

    def _is_right(self, setting: dict[str, Any], secrets: Collection[str]) -> bool:
        ours = (calls.with_password(self.site.inbound_url, one) for one in secrets)
        return text_of(setting, "url") in ours and setting.get("send_raw") is True

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        """Have mail handed on whole, as it was written: nothing is lost by another's reading."""
        url, domain = calls.with_password(self.site.inbound_url, secret), self.site.inbound_domain
        setting = self._parse_setting()
        if self._is_right(setting, [secret]):
            yield Finding(f"Mail to {domain} was handed on before.")
            return
        payload = {"url": url, "spam_check": True, "send_raw": True}
        if setting:
            self.provider.ask("PATCH", f"{INBOUND}/{quoted(domain)}", payload)
        else:
            self.provider.ask("POST", INBOUND, {"hostname": domain, **payload})
        yield Finding(
            f"Mail to {domain} is handed on from now. Its MX record must name mx.sendgrid.net."
        )
