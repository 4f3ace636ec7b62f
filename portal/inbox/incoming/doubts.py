"""Why a mail that begins a conversation is held: it looks forged, or a machine's, or is too much.

What people write is never held. A doubt loses nothing: the team is told of it within the hour.
"""

import re

from flask import current_app

from portal.addresses import address_key, mailbox_key
from portal.floods import many
from portal.inbox.incoming import automatic, finding
from portal.providers.values import InboundEmail

SPAM_SCORE = 5  # from which SpamAssassin calls a mail spam, if nobody changed that
MAIL = "mail in"  # what is counted
NOBODY = "It does not say who sent it"
FORGED = "Its reply address is not one that we gave out"
LATE = "It answers a question of ours that is over"
UNPROVEN = "Somebody else may have sent it: its sender could not be proven"
SPAM = "The mail provider takes it for spam"
AUTOMATIC = "A machine wrote it, such as an out-of-office note"
NO_ANSWERS = "A machine sent it, from an address that takes no answers"
MANY_READERS = "It went to many people at once, such as a newsletter"

FAILS = frozenset({"fail", "softfail"})
YES = re.compile(r"\s*(yes|true|fail)\b", re.IGNORECASE)
SPAM_MARKS = ("X-Spam-Flag", "X-Spam-Status", "X-SES-Spam-Verdict")
DMARC_FAILS = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
AT_ONCE = frozenset({"bulk", "junk", "list"})


def of(mail: InboundEmail, *, is_late: bool = False) -> list[str]:
    """All that speaks for holding it; counts it, too. `is_late`: what it answers is over."""
    sender = mail.sender.email
    signs = {
        NOBODY: not sender,
        LATE: is_late,
        FORGED: finding.is_forged(mail),
        UNPROVEN: _is_unproven(mail),
        SPAM: _is_spam(mail),
        AUTOMATIC: automatic.is_automatic(mail),
        NO_ANSWERS: automatic.takes_no_answers(automatic.person(mail).email),
        MANY_READERS: _went_to_many(mail),
    }
    found = [words for words, is_so in signs.items() if is_so]
    return found + many(MAIL, [mailbox_key(sender)], by_network=False)


def _is_unproven(mail: InboundEmail) -> bool:
    """Whether a check of its sender failed and none passed.

    One that is forwarded fails SPF, one that a list changed fails DKIM. Many small
    domains have neither. What a stranger wrote into a header here harms only their mail.
    """
    results = {mail.screening.spf, mail.screening.dkim}
    failed = bool(results & FAILS) and "pass" not in results
    return failed or DMARC_FAILS.search(mail.header("Authentication-Results") or "") is not None


def _is_spam(mail: InboundEmail) -> bool:
    marked = any(YES.match(mail.header(name) or "") for name in SPAM_MARKS)
    return marked or mail.screening.score >= SPAM_SCORE


def _went_to_many(mail: InboundEmail) -> bool:
    """Whether a list or a newsletter brought it. The team's own mailbox may be a group."""
    team = address_key(current_app.config["TEAM_EMAIL"]).replace("@", ".")
    group = (mail.header("List-Id") or "").lower()
    if f"<{team}>" in group:
        return False
    is_many = automatic.word(mail, "Precedence") in AT_ONCE
    return is_many or bool(group) or mail.header("List-Unsubscribe") is not None
