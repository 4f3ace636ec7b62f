"""The providers that the portal knows. A line in ADAPTERS is all that a new one needs.

What a provider can do (send mail, keep contacts, tell us things) is what its
class can do: see `protocols`. A class is loaded when it is asked for, so that
nobody pays for seven providers who uses one.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from portal.providers.errors import SetupError
from portal.providers.protocols import AudienceProvider, MailProvider, SignedCaller
from portal.providers.values import Finding, Site

ADAPTERS = {
    "brevo": "Brevo",
    "mailchimp": "Mailchimp",
    "mandrill": "Mandrill",
    "mailjet": "Mailjet",
    "postmark": "Postmark",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "mailerlite": "MailerLite",
    "ses": "SES",
    "smtp": "SMTP",
    "local": "Local",
}

SENDS, KEEPS_CONTACTS, CALLS_US, TELLS_US = "send", "upsert", "verify", "parse_events"


def adapter(name: str) -> Any:
    """The class of a provider in ADAPTERS, loaded from its folder.

    `settings` are the ends of its settings' names: API_KEY is BREVO_API_KEY. It
    is made with their values in lower-case keys (`api_key`), and raises
    SetupError; `local` takes `folder`. The first of `needed` is its key.
    """
    return getattr(import_module(f"{__name__}.{name}.adapter"), ADAPTERS[name])


def check(provider: Any, site: Site) -> Iterator[Finding]:
    """What is right at a provider and what is not: the key, the sender, the list, the webhooks.

    Raises TryLater or Refused where it cannot go on.
    """
    yield from _setup(provider)(provider, site).check()


def install_hooks(provider: Any, site: Site) -> Iterator[Finding]:
    """Register the webhooks that are missing; says what was done, and what to set where.

    May be repeated. Raises TryLater or Refused where it cannot go on, and
    SetupError where a secret of ours is missing.
    """
    yield from _setup(provider)(provider, site).install()


def _setup(provider: Any) -> Any:
    """The class that sets a provider up, which only these two load."""
    module = import_module(f"{__name__}.{provider.name}.setup")
    return getattr(module, f"{ADAPTERS[provider.name]}Setup")


def able(deed: str) -> list[str]:
    """The names of all providers whose class has that method, in the order of ADAPTERS."""
    return [name for name in ADAPTERS if able_to(name, deed)]


def able_to(name: str, deed: str) -> bool:
    """Whether there is a provider of that name whose class has that method."""
    return name in ADAPTERS and hasattr(adapter(name), deed)


def mail_provider(
    name: str, settings: Mapping[str, str], setting: str = "MAIL_PROVIDER"
) -> MailProvider:
    """The provider that sends mail. Raises SetupError naming the setting that is wrong."""
    _check(setting, name, SENDS, "sends no mail of ours")
    provider: MailProvider = adapter(name)(settings)
    return provider


def audience_provider(name: str, settings: Mapping[str, str]) -> AudienceProvider | None:
    """The provider that keeps contacts, or None for "none".

    Raises SetupError naming the setting that is wrong.
    """
    if name == "none":
        return None
    _check("AUDIENCE_PROVIDER", name, KEEPS_CONTACTS, "keeps no contacts", "none")
    provider: AudienceProvider = adapter(name)(settings)
    return provider


def caller(name: str, settings: Mapping[str, str]) -> SignedCaller | None:
    """The provider that calls our hooks by that name, or None. Raises SetupError."""
    if not able_to(name, CALLS_US):
        return None
    provider: SignedCaller = adapter(name)(settings)
    return provider


def setting_of(variable: str) -> tuple[str, str] | None:
    """The provider, and the end of its setting, that an environment variable is.

    None for any other: another program's API key in the same environment is none of ours.
    """
    name, _, end = variable.partition("_")
    is_ours = name.isupper() and name.lower() in ADAPTERS and end in adapter(name.lower()).settings
    return (name.lower(), end) if is_ours else None


def keyed(settings: Mapping[str, Mapping[str, str]], deed: str) -> list[str]:
    """The providers with that method that the settings hold a key for: the first of `needed`."""
    kinds = {name: adapter(name) for name in settings}
    with_key = [name for name, kind in kinds.items() if kind.needed[0].lower() in settings[name]]
    return [name for name in with_key if hasattr(kinds[name], deed)]


def _check(setting: str, name: str, deed: str, lack: str, *more: str) -> None:
    if able_to(name, deed):
        return
    can = ", ".join([*able(deed), *more])
    if name not in ADAPTERS:
        raise SetupError(f"{setting} is {name!r}; it can be {can}.")
    raise SetupError(f"{name} {lack}, so {setting} cannot be {name!r}. It can be {can}.")
