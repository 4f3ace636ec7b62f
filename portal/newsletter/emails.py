"""The newsletter's mails. Their words are in `templates/email/`."""

from typing import Any

from portal import delivery
from portal.newsletter import links
from portal.newsletter.models import Subscriber
from portal.providers.values import Address, Email


def confirm_signup(subscriber: Subscriber, topics: list[str], format_: str) -> Email:
    """Ask the owner of the address whether the sign-up was theirs."""
    url = links.confirm_url(subscriber, topics, format_)
    return _mail("confirm_signup", subscriber, confirm_url=url, days=links.CONFIRM_WITHIN.days)


def already_subscribed(subscriber: Subscriber) -> Email:
    """Say that the address is on the list, with the link to its choices."""
    return _mail("already_subscribed", subscriber)


def welcome(subscriber: Subscriber) -> Email:
    """Say that it worked, with the links to keep."""
    return _mail("welcome", subscriber, name=subscriber.name)


def preferences_link(subscriber: Subscriber) -> Email:
    """Send a lost link again."""
    return _mail("preferences_link", subscriber)


def _mail(mail: str, subscriber: Subscriber, **context: Any) -> Email:
    """A mail with the way out in its headers (RFC 2369, RFC 8058) and at its end."""
    unsubscribe_url = links.unsubscribe_url(subscriber)
    return delivery.compose(
        mail,
        Address(subscriber.email),
        headers=(
            ("List-Unsubscribe", f"<{unsubscribe_url}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
        preferences_url=links.preferences_url(subscriber),
        unsubscribe_url=unsubscribe_url,
        **context,
    )
