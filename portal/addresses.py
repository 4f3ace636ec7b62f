"""An address, or a domain alone: what it is compared by, how it leaves, how people see it.

A domain in another script has two forms that mean the same, letters and A-labels (`xn--…`,
IDNA 2008: RFC 5890, 2.3.2.1), after the mapping that browsers do too (UTS 46). What is no domain
stays as it is: nothing here raises.
"""

import idna

from portal.letters import normal_form

PLUS_SIGN = "+"  # what follows it is the owner's to choose (RFC 5233): one mailbox has them all
DOTS_ARE_NOTHING = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def address_key(address: str) -> str:
    """What is the same in whichever form and case an address is written."""
    return normal_form("NFC", to_ascii(address).lower())


def mailbox_key(address: str) -> str:
    """What is the same for all spellings of one mailbox: for limits alone, never who somebody is.

    Where a provider reads a plus as a letter, two people are counted as one, and no more than that.
    """
    user, at, domain = address_key(address.strip()).casefold().rpartition("@")
    user = user.partition(PLUS_SIGN)[0] or user
    if domain in DOTS_ARE_NOTHING:
        user, domain = user.replace(".", ""), DOTS_ARE_NOTHING[domain]
    return f"{user}{at}{domain}"


def to_ascii(address: str) -> str:
    """The address as it leaves: with A-labels."""
    user, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{user}{at}{idna.encode(domain, uts46=True).decode()}"
    except UnicodeError:
        return address


def to_unicode(address: str) -> str:
    """The address as people see it: with the letters of its domain."""
    user, at, domain = address.rpartition("@")
    if "xn--" not in domain.lower():
        return address
    try:
        return f"{user}{at}{idna.decode(domain, uts46=True)}"
    except UnicodeError:
        return address
