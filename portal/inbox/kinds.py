"""What kind of message a mail is, as far as its words and its sender's domain tell.

It is a guess, for an editor to correct: it decides how soon somebody looks, and nothing else.
"""

from pathlib import Path

from portal.addresses import address_key
from portal.inbox import phrases
from portal.inbox.models import Kind

PHRASES = Path(__file__).with_suffix(".toml")


def guess(words: str, outlet: str) -> Kind:
    """Whether it is from the press: the words sound like it, or it came from a known outlet."""
    return Kind.PRESS if outlet or phrases.has_one_of(PHRASES, words) else Kind.MESSAGE


def outlet(address: str) -> str:
    """The newspaper, station or agency whose domain an address has, or one below it; or nothing."""
    known, domain = phrases.tables(PHRASES)["outlets"], address_key(address).rpartition("@")[2]
    while domain:
        if name := known.get(domain):
            return str(name)
        domain = domain.partition(".")[2]
    return ""
