"""What a mail server's replies mean: by their codes, and by what the large ones say besides.

RFC 5321, 4.2, and RFC 3463 for codes like 5.1.1. Microsoft 365: its pages "Message storage
and concurrent connection throttling for SMTP Authenticated Submission", "Continuous error
throttling for SMTP AUTH submissions in Exchange Online" and "Email non-delivery reports and
SMTP errors in Exchange Online". Google: its page "Gmail SMTP errors and codes".
"""

import re

from portal.providers.errors import (
    Busy,
    Denied,
    ProviderError,
    Refused,
    Suppressed,
    TryLater,
    UsedUp,
)

Reply = tuple[int, bytes | str]
WORDS_LIMIT = 200
# The first that is found in a reply counts; what is in none is `_usual`.
MEANINGS: dict[str, type[ProviderError]] = {
    r"5\.1\.90\b|5\.4\.5\b|daily .*limit|submissionquotaexceeded": UsedUp,  # of 24 hours
    r"concurrent connection|thread limit|too many login|relay limit": Busy,
    r"^421": Busy,  # it closes, whatever was asked (RFC 5321, 4.2.3)
    r"^4": TryLater,
    r"\b5\.1\.(1|2|3|6|10)\b|\b5\.2\.1\b": Suppressed,  # no such mailbox or domain, switched off
    # Our own address, mailbox or licence; or it takes mail for its own people alone.
    r"\b5\.1\.[78]\b|\b5\.2\.25\d\b|\b5\.7\.60\b|sendasdenied|quotaexceeded|\brelay": Denied,
    r"^552|\b5\.3\.4\b": Refused,  # too large, which is said of the sender already
}


def fault(reply: Reply, *, of_mail: bool, setting: str, secret: str) -> ProviderError:
    """What a reply that is no success means.

    `of_mail` is whether it may be about this mail alone: its address, its
    words. `secret` is kept out of the words.
    """
    code, said = reply[0], _readable(reply[1], secret)
    words = f"smtp answered {code}{f': {said}' if said else ''}."
    if not 400 <= code < 600:  # noqa: PLR2004 - RFC 5321, 4.2.1
        return Denied(f"{words} A mail server does not say that here. Check {setting}.")
    whole = f"{code} {said}"
    found = (kind for text, kind in MEANINGS.items() if re.search(text, whole, re.IGNORECASE))
    kind = next(found, Refused if of_mail else Denied)
    if kind is UsedUp:
        return UsedUp(f"{words} The limit of mails for a day is reached.")
    return kind(
        f"{words} Check {setting}, MAIL_FROM, TEAM_MAIL_FROM and the account."
        if kind is Denied
        else words
    )


def _readable(said: bytes | str, secret: str) -> str:
    """A server's words on one line, short, and without our password."""
    text = said if isinstance(said, str) else said.decode("utf-8", "replace")
    text = text.replace(secret, "…") if secret else text
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line[:WORDS_LIMIT].rstrip(". ")
