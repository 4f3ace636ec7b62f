"""The steps in which an account at a provider is looked at and set up, the same for all of them.

Key, sender, list, fields of contacts, webhooks, mail that comes in. A
provider's own set-up states where each of them is and how it is made.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from portal.providers.http.provider import GONE, HTTPProvider, quoted
from portal.providers.parsed import list_of, object_of, rows, text_of
from portal.providers.values import Contact, Finding, Site
from portal.providers.webhooks import calls

ProviderT = TypeVar("ProviderT", bound=HTTPProvider)
INSTALL = "“flask providers hooks --install” mends it."
SHOWS = "“flask providers hooks --install” shows it."
ATTRIBUTES = {name: name for name in Contact("").attributes}
"""All that contacts must have, where the provider's names for it are ours."""


class Setup(Generic[ProviderT]):
    """One look at an account, or one installation in it.

    Every step may raise TryLater or Refused. What is not there is an empty
    object, as in `parsed`. `fields` are those that contacts must have, by the
    provider's names, with the names that people see.
    """

    look_at: ClassVar[str] = ""
    """What a person looks at, with {} for an address, where the API cannot say if it may send."""
    place: ClassVar[str] = "on the list"
    """Where subscribers go, in the provider's own word for a list."""
    list_path: ClassVar[str] = ""
    """Where the API has our list, with {} for its id."""
    fields: ClassVar[dict[str, str]] = {}
    lack: ClassVar[str] = "Contacts lack"
    have: ClassVar[str] = "Contacts have"
    field_key: ClassVar[str] = "name"
    hook_key: ClassVar[str] = "url"
    hook_id: ClassVar[str] = "id"
    hooks_path: str = "/webhooks"
    """Where the API has all webhooks."""
    hooks_query: ClassVar[str] = ""
    """What follows that path where they are listed."""
    hooks_name: ClassVar[str] = ""
    """The name of their list in the answer."""
    on: ClassVar[tuple[str, Any] | None] = None
    """The field of a webhook that calls us, and its value, where that can be switched off."""
    mend_by: ClassVar[str] = "PUT"
    """How one is changed."""
    hook: ClassVar[str] = "The webhook for events"
    """With {} for its kind, where there are several."""
    events: ClassVar[Collection[str]] = ()
    """What the webhook is to tell us, in the provider's words."""
    watching: ClassVar[Collection[str]] = ()
    """What it is never to tell: that a mail was opened, or a link followed."""
    signing_setting: ClassVar[str] = "WEBHOOK_SECRET"
    """Which setting holds what the provider signs with."""
    signing_word: ClassVar[str] = "the secret"
    makes_secret: ClassVar[bool] = False
    """Whether the provider makes the secret of a webhook, so that ours is not needed."""
    secret_key: ClassVar[str] = ""
    """The field of a webhook that shows that secret."""
    inbound: ClassVar[str] = "Mail to {}"
    """How mail that comes in is named; empty where handing it on is no step of its own."""

    def __init__(self, provider: ProviderT, site: Site) -> None:
        self.provider, self.site = provider, site
        self.list_setting = provider.setting("LIST_ID")
        self.secret_setting = provider.setting(self.signing_setting)
        self.mail_in = self.inbound.format(site.inbound_domain) if site.inbound_domain else ""

    def check(self) -> Iterator[Finding]:
        """What is right and what is not."""
        yield Finding(self.key())
        yield from self.sending()
        if self.provider.list_id:
            name = self.list_name()
            noun = self.place.rpartition(" ")[2]
            yield Finding.of(
                name is not None,
                f"Subscribers go {self.place} “{name}”.",
                f"There is no {noun} {self.provider.list_id}. Look at {self.list_setting}.",
            )
            if name is None and "LIST_ID" in self.provider.needed:
                return  # all else is asked of the list
        if self.fields:
            yield Finding.of(
                not self.missing,
                "Contacts have all that we keep of a choice.",
                f"{self.lack} {', '.join(self.missing)}. {INSTALL}",
            )
        yield from self.check_hooks()
        if self.mail_in:
            yield from self.check_inbound()
        yield from self.campaigns()

    def install(self) -> Iterator[Finding]:
        """Make what is missing; says what was done. Raises SetupError where our secret is not set.

        It may be repeated.
        """
        secret = self.own_secret()  # before anything is changed
        for name in self.missing if self.fields else ():
            self.add_field(name)
            yield Finding(f"{self.have} “{self.fields[name]}” now.")
        yield from self.install_hooks(secret)
        if self.mail_in:
            yield from self.install_inbound(secret)

    def own_secret(self) -> str:
        """The secret of ours that the provider is to show; nothing where it makes its own."""
        return "" if self.makes_secret else self.provider.secrets[0]

    def key(self) -> str:
        """Make a call that needs the key; a sentence that it works."""
        raise NotImplementedError

    def sending(self) -> Iterator[Finding]:
        """Whether mail may leave from each of our addresses, where mail is sent."""
        found = [finding for one in self.site.senders for finding in self.sender(one)]
        yield from dict.fromkeys(found)  # of one domain it is said once

    def sender(self, sender: str) -> Iterator[Finding]:
        """Whether mail may leave from that address."""
        if self.look_at:
            yield Finding(self.look_at.format(sender), ok=None)

    def may_send(self, sender: str, ok: bool, mend: str) -> Finding:  # noqa: FBT001 - the question
        """Whether mail may leave from that address, and what to do where it may not."""
        return Finding.of(ok, f"{sender} may send.", f"{sender} may not send yet. {mend}")

    def campaigns(self) -> Iterator[Finding]:
        """What newsletters that leave from here lack, where they do."""
        if lacks := getattr(self.provider, "cannot", ()):
            yield Finding(f"See what newsletters lack there. {' '.join(lacks)}", ok=None)

    def list_name(self) -> str | None:
        """The name of our list; None where there is no such list."""
        path = self.list_path.format(quoted(self.provider.list_id))
        found = self.provider.ask("GET", path, allow=GONE)
        return None if found.status in GONE else found.field("name")

    @cached_property
    def missing(self) -> list[str]:
        """The fields that contacts lack."""
        known = {text_of(one, self.field_key) for one in self.known_fields()}
        return [name for name in self.fields if name not in known]

    def known_fields(self) -> Iterable[dict[str, Any]]:
        """The fields that contacts have."""
        raise NotImplementedError

    def add_field(self, name: str) -> None:
        """Give contacts a field."""
        raise NotImplementedError

    def check_hooks(self) -> Iterator[Finding]:
        """Whether each webhook is there, is right, and has a secret that we know."""
        for kind in self.kinds:
            hook, ours = self.hook.format(kind), self.ours(kind)
            found = ours[0] if ours else {}
            faults = [*self.faults(found, self.known_secrets())] if ours else ["is missing"]
            faults += ["is there more than once"] if len(ours) > 1 else []
            if faults:
                yield Finding(f"{hook} {', '.join(faults)}. {INSTALL}", ok=False)
            elif not self.makes_secret:
                yield Finding(f"{hook} is there.")
            elif self.secret_of(found) in self.known_secrets():
                yield Finding(f"{hook} is there, and signed.")
            else:
                lack = f"{self.secret_setting} does not hold {self.signing_word} of the webhook"
                yield Finding(f"{lack}. {SHOWS}", ok=False)

    def install_hooks(self, secret: str) -> Iterator[Finding]:
        """Register or mend each webhook; says which secret it has where we do not know it.

        It shows `secret` from then on, so that an older one can leave our settings.
        """
        for kind in self.kinds:
            hook, (found, *more) = self.hook.format(kind), self.ours(kind) or [{}]
            if not found:
                found = self.add_hook(kind, secret)
                yield Finding(f"{hook} is registered.")
            elif any(self.faults(found, [secret])):
                self.mend_hook(kind, found, secret)
                yield Finding(f"{hook} is right now.")
            else:
                yield Finding(f"{hook} was there.")
            for one in more:
                self.drop_hook(one)
                yield Finding(f"{hook} was there once more. That one is removed.")
            if self.makes_secret and (made := self.sign(found)) not in self.known_secrets():
                yield self.show(made)

    @property
    def kinds(self) -> Sequence[str]:
        """The webhooks that we need; most providers have one for all."""
        return ("",)

    def ours(self, kind: str) -> list[dict[str, Any]]:
        """The webhooks of that kind that lead to us, whatever secret is in their address."""
        here = self.address(kind)
        return [one for one in self.hooks(kind) if calls.bare(text_of(one, self.hook_key)) == here]

    def address(self, kind: str) -> str:
        """Where the webhook of that kind leads to."""
        return self.site.events_url

    def hooks(self, kind: str) -> Iterable[dict[str, Any]]:
        """All webhooks of the account, of that kind."""
        answer = self.provider.ask("GET", self.hooks_path + self.hooks_query)
        return rows(answer.data(), self.hooks_name)

    def faults(self, found: dict[str, Any], secrets: Collection[str]) -> Iterator[str]:
        """What is wrong with a webhook of ours, which should show one of the secrets."""
        if self.on and found.get(self.on[0]) != self.on[1]:
            yield "is off"
        if not self.shows(found, secrets):
            ours = "our address alone" if self.makes_secret else self.secret_setting
            yield f"does not show {ours}"
        told = self.told(found)
        if lacking := [name for name in self.wanted_of(found) if name not in told]:
            yield f"does not tell of {' and '.join(lacking)}"
        if told & {*self.watching}:
            yield "tells of opens or clicks"

    def shows(self, found: dict[str, Any], secrets: Collection[str]) -> bool:
        """Whether the webhook calls our address, and shows one of the secrets if any is ours."""
        return text_of(found, self.hook_key) == self.site.events_url

    def wanted_of(self, found: dict[str, Any]) -> Collection[str]:
        """What this webhook is to tell us."""
        return self.events

    def told(self, found: dict[str, Any]) -> set[str]:
        """What the webhook tells us."""
        return {one for one in list_of(found.get("events")) if isinstance(one, str)}

    def wanted(self, kind: str, secret: str) -> dict[str, Any]:
        """The webhook as it should be, to register or to change it."""
        raise NotImplementedError

    def add_hook(self, kind: str, secret: str) -> dict[str, Any]:
        """Register the webhook, and give it back."""
        made = self.provider.ask("POST", self.hooks_path, self.wanted(kind, secret))
        return object_of(made.data())

    def mend_hook(self, kind: str, found: dict[str, Any], secret: str) -> None:
        """Make the webhook as it should be."""
        self.provider.ask(self.mend_by, self.path_of(found), self.wanted(kind, secret))

    def drop_hook(self, found: dict[str, Any]) -> None:
        """Remove the webhook."""
        self.provider.ask("DELETE", self.path_of(found), allow=GONE)

    def path_of(self, found: dict[str, Any]) -> str:
        """Where the API has the webhook."""
        return f"{self.hooks_path}/{quoted(str(found.get(self.hook_id)))}"

    def secret_of(self, found: dict[str, Any]) -> str:
        """The secret that the provider made for the webhook."""
        return text_of(found, self.secret_key)

    def sign(self, found: dict[str, Any]) -> str:
        """Have the webhook signed, where that has to be asked for; the secret."""
        return self.secret_of(found)

    def known_secrets(self) -> Collection[str]:
        """The secrets of webhooks that are in our settings."""
        return self.provider.webhook_secrets

    def show(self, secret: str) -> Finding:
        """What a person has to put where."""
        return Finding(f"Put this into .env: {self.secret_setting}={secret}")

    def check_inbound(self) -> Iterator[Finding]:
        """Whether mail that comes in is handed on."""
        yield Finding.of(
            self.is_handed_on(),
            f"{self.mail_in} is handed on.",
            f"{self.mail_in} is not handed on. {INSTALL}",
        )

    def is_handed_on(self) -> bool:
        """Whether mail that comes in goes to our hook."""
        raise NotImplementedError

    def install_inbound(self, secret: str) -> Iterator[Finding]:
        """Have mail that comes in handed on."""
        raise NotImplementedError
