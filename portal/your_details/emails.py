"""The mail to who asks what we keep of them. Its words are in `templates/email/your_details/`."""

from portal import delivery
from portal.providers.values import Address, Email
from portal.your_details import links


def own_link(address: str, key: str) -> Email:
    """Send somebody the link to all that we keep; the mail's row gets the key."""
    return delivery.compose(links.MAIL, Address(address), url=links.url(key))
