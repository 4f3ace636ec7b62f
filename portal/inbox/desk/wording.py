"""Histories and fields in words: owners by name, states as pages call them, local time."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from portal.inbox.models import Change, ConversationState, Kind
from portal.ways import WAYS, facts_of
from portal.words import count, moment

Names = Mapping[int, str]
"""What to call each member, by number."""

STATES = {
    ConversationState.NEW: "New",
    ConversationState.OPEN: "To do",
    ConversationState.WAITING: "Waiting for them",
    ConversationState.CLOSED: "Closed",
    ConversationState.HELD: "Held",
    ConversationState.SPAM: "Spam",
}
KINDS = {Kind.MESSAGE: "Message", Kind.PRESS: "Press", Kind.STORY: "Story"}
WORDS: dict[str, Mapping[Any, str]] = {
    "state": STATES,
    "kind": KINDS,
    "reply_by": {way: facts.choice or "No contact" for way, facts in WAYS.items()},
}
FIELDS = {
    "owner_id": "Who looks after it",
    "state": "Where it is",
    "tags": "Tags",
    "due_at": "Answer by",
    "snoozed_until": "Hide until",
    "danger_at": "When words came that sound like danger",
    "kind": "Kind",
    "subject": "Subject",
    "name": "Name",
    "reply_by": "How they want the answer",
    "helper": "Who helps them",
    "phone": "Phone number",
    "postal": "Postal address",
    "outlet": "Outlet",
    "needs": "What helps them",
    "deadline_at": "Deadline",
    "deadline_words": "Deadline as they wrote it",
    "merged_into_id": "Put into another conversation",
    "trouble": "Trouble with a mail",
    "email": "Email address",
}


def value(name: str, kept: Any, names: Names) -> str:
    """What a field held, as history keeps it, in words."""
    if name == "owner_id":
        return names.get(kept, "somebody") if kept else "nobody"
    if name == "tags":
        return ", ".join(kept) or "no tags"
    if name.endswith(("_at", "_until")):
        return moment(datetime.fromisoformat(kept)) if kept else "no day"
    if name.endswith("_id"):
        return "yes" if kept else "no"
    known = WORDS.get(name, {})
    return known.get(kept, str(kept or "nothing"))


def deed(change: Change, deeds: Mapping[str, str], names: Names) -> str:
    """What a member did, behind their name: `deeds` has the words of those that need no more."""
    say = SENTENCES.get(change.what)
    if say:
        return say(change, names)
    words = deeds.get(change.what, change.what)
    more = next((one for one in (change.after, change.before) if isinstance(one, str) and one), "")
    return f"{words}: {more}" if more else words


def _owner(change: Change, names: Names) -> str:
    words = f"gave it to {value('owner_id', change.after, names)}"
    before = value("owner_id", change.before, names)
    return f"{words} (it was {before}\u2019s)" if change.before else words


def _tags(change: Change, _: Names) -> str:
    before, after = change.before or [], change.after or []
    added = [tag for tag in after if tag not in before]
    gone = [tag for tag in before if tag not in after]
    parts = (("added", added), ("took out", gone))
    return "changed the tags: " + "; ".join(f"{verb} {', '.join(t)}" for verb, t in parts if t)


def _from_to(words: str) -> Callable[[Change, Names], str]:
    def say(change: Change, names: Names) -> str:
        before, after = (value(change.what, one, names) for one in (change.before, change.after))
        return f"{words} from {before} to {after}"

    return say


def _snooze(change: Change, names: Names) -> str:
    if change.after is None:
        return "shows it again"
    return f"hid it until {value(change.what, change.after, names)}"


def _danger(words: str) -> Callable[[Change, Names], str]:
    def say(change: Change, names: Names) -> str:
        was = value("due_at", change.before, names)
        return f"{words} (it was due {was})" if change.before else words

    return say


def _trouble(change: Change, _: Names) -> str:
    if change.after:
        return f"trouble with a mail: {change.after}"
    return f"dealt with the trouble with a mail: {change.before}"


def _details(change: Change, _: Names) -> str:
    named = [FIELDS[name].lower() for name in change.after]
    return f"corrected: {', '.join(named)}"


def _draft(change: Change, names: Names) -> str:
    whose = f" of {value('owner_id', change.before, names)}\u2019s" if change.before else ""
    return f"put their own text in place of a draft{whose}, which was:"


def _way(words: str) -> Callable[[Change, Names], str]:
    def say(change: Change, names: Names) -> str:
        before, after = (value("reply_by", one, names) for one in (change.before, change.after))
        return f"{words} from \u201c{before}\u201d to \u201c{after}\u201d"

    return say


SENTENCES: dict[str, Callable[[Change, Names], str]] = {
    "received": lambda change, _: "wrote down what came" if change.member_id else "came in",
    "details": _details,
    "kind": _from_to("changed the kind"),
    "reply_by": _way("changed how they want the answer"),
    "deadline_at": _from_to("changed the deadline"),
    "deadline_words": lambda change, _: f"read the deadline \u201c{change.before}\u201d",
    "copied": lambda change, _: f"sent it to {count(change.after or 1, 'other')} too",
    "answered": lambda change, _: f"answered {facts_of(change.after).to_team}",
    "woken": lambda _, __: "came back: it was hidden until now",
    "owner_id": _owner,
    "tags": _tags,
    "state": _from_to("moved it"),
    "due_at": _from_to("changed when to answer by,"),
    "snoozed_until": _snooze,
    "danger": _danger("words came that sound as if somebody may be in danger"),
    "still urgent": _danger("it is due today: somebody may still be in danger"),
    "trouble": _trouble,
    "draft replaced": _draft,
    "draft put away": lambda _, __: "put a draft away with it, which was:",
    "corrected": lambda _, __: "corrected what was written down. It said before:",
    "changed the way": _way("changed how we reach the storyteller,"),
    "confirmed another way": _way("confirmed how we reach the storyteller,"),
}
