"""The link that proves who has an address: it works for as long as no other mail would go there.

A newsletter is handed on, and its private link with it. So only a mail that was asked for now
opens what we keep. The link names nobody: what it stands on is the mail's row in the outbox, and
it ends when that forgets the address.
"""

from portal import delivery
from portal.delivery.occasions import MAIL_PAUSE as LASTS
from portal.signing import read_signed, signer
from portal.web import public_address

PURPOSE = MAIL = "your_details"


def url(key: str) -> str:
    """The link in the mail whose row has this key."""
    return public_address("your_details.show", token=str(signer(PURPOSE).dumps(key)))


def read(token: str) -> str:
    """The address that a link was mailed to; empty where it does not work, or no more."""
    key = read_signed(PURPOSE, token, LASTS)
    return delivery.sent_to(key, MAIL) if key else ""
