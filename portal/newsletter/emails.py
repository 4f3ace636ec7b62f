"""The newsletter's mails. Their words are in `templates/email/`."""

from typing import Any

from portal import delivery
from portal.newsletter import links
from portal.newsletter.models import Subscriber
from portal.providers.values import Address, Email

MAILS = frozenset({"confirm_signup", "already_subscribed", "welcome", "preferences_link", "issue"})
"""The names of all mails to people about the newsletter."""


def confirm_signup(subscriber: Subscriber, topics: list[str], format_: str) -> Email:
    """Ask the owner of the address whether the sign-up was theirs."""
    url = links.confirm_url(subscriber, topics, format_)
    days = links.CONFIRM_WITHIN.days
    return about(subscriber, "confirm_signup", confirm_url=url, days=days)


def about(subscriber: Subscriber, mail: str, **context: Any) -> Email:
    """The mail of that name, with the way out in its headers and at its end.

    Beside `confirm_signup` there is `already_subscribed`, `welcome`, and `preferences_link`.
    """
    unsubscribe_url = links.unsubscribe_url(subscriber)
    return delivery.compose(
        mail,
        Address(subscriber.email),
        headers=way_out(unsubscribe_url),
        preferences_url=links.preferences_url(subscriber),
        unsubscribe_url=unsubscribe_url,
        **context,
    )


def way_out(unsubscribe_url: str) -> tuple[tuple[str, str], ...]:
    """The headers by which mail programs let somebody leave with one press (RFC 2369, RFC 8058)."""
    return (
        ("List-Unsubscribe", f"<{unsubscribe_url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
