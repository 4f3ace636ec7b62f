"""What can be done to many conversations at once, or to one by one button."""

from typing import Any

from wtforms import ValidationError

from portal.inbox.desk import snooze
from portal.inbox.desk.forms import read_tags
from portal.inbox.models import ConversationState
from portal.team import services as team
from portal.team.models import Member
from portal.web import number_in

GIVE, HIDE = "give ", snooze.HIDE
MOVES = {
    "close": ("Close", ConversationState.CLOSED),
    "open": ("Put back to do", ConversationState.OPEN),
    "spam": ("Mark as spam", ConversationState.SPAM),
}


def choices(member: Member) -> dict[str, dict[str, str]]:
    """What the member can do to many, in groups, each with its words."""
    others = [one for one in team.editors() if one != member]
    return {
        "Put them": {name: words for name, (words, _) in MOVES.items()},
        "Give them to": {
            "mine": "Me",
            **{f"{GIVE}{one.id}": one.who for one in others},
            "nobody": "Nobody",
        },
        "Hide them": {f"{HIDE}{one.key}": one.words for one in snooze.choices()},
        "Tags": {"tag": "Add a tag"},
    }


def wanted(action: str, tag: str, member: Member) -> dict[str, Any] | None:
    """What an action of the member sets; None when it is not known or lacks its tag."""
    if not any(action in group for group in choices(member).values()):
        return None
    if action in MOVES:
        return {"state": MOVES[action][1]}
    if action.startswith(HIDE):
        return {"snoozed_until": snooze.until(action.removeprefix(HIDE))}
    if action != "tag":
        owner = {"mine": member.id, "nobody": None}
        return {"owner_id": owner.get(action, number_in(action.removeprefix(GIVE)))}
    try:
        tags = read_tags(tag)
    except ValidationError:
        return None
    return {"tags": tags} if tags else None
