"""A colleague hears by mail, if they choose so, what was given to them and which note names them.

The mail names nobody and says nothing of the words: a link leads there.
"""

import re
from collections import Counter
from collections.abc import Sequence

from portal import delivery
from portal.extensions import db
from portal.inbox import emails
from portal.inbox.models import Conversation
from portal.team import services as team
from portal.team.models import Member


def given(conversation: Conversation, by: Member, batch: str | None = None) -> None:
    """Tell whom a conversation was just given to, in the caller's transaction.

    Of many that were given together (`batch`) one mail tells.
    """
    owner = db.session.get(Member, conversation.owner_id) if conversation.owner_id else None
    if owner is None or not _hears(owner, by):
        return
    if batch:
        delivery.enqueue_once(emails.member_notice(owner, "given"), f"given {owner.id} {batch}")
    else:
        delivery.enqueue(emails.member_notice(owner, "given", conversation))


def named(text: str, conversation: Conversation, by: Member, before: str = "") -> None:
    """Tell those whom a note names by @ and their name, in the caller's transaction.

    Whom it named `before` it was corrected has heard of it.
    """
    known = {name.casefold(): one for name, one in names(team.active_members()).items()}
    either = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    name_in = re.compile(rf"(?<![\w.])@({either})(?![\w-])", re.IGNORECASE)
    said, told = (map(str.casefold, name_in.findall(one)) for one in (text, before))
    for name in dict.fromkeys(said).keys() - set(told):
        if _hears(known[name], by):
            delivery.enqueue(emails.member_notice(known[name], "named", conversation))


def names(members: Sequence[Member]) -> dict[str, Member]:
    """What stands for each colleague behind an @: the first name, where only one has it."""
    firsts = Counter(_first(member).casefold() for member in members)
    found = {}
    for member in members:
        is_one = firsts[_first(member).casefold()] == 1
        found[_first(member) if is_one else member.email.partition("@")[0]] = member
    return found


def _first(member: Member) -> str:
    return (member.name.split() or [member.email.partition("@")[0]])[0]


def _hears(member: Member, by: Member) -> bool:
    return member.active and member.told_of_items and member is not by
