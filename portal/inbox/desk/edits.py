"""Setting what a member changed, and only that, each with its history.

A page carries what it showed (`Was`). What its member left as it was shown is no change, so a
colleague's stays. Where both changed the same thing, that alone is a conflict.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal import audit
from portal.audit import Deed
from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.desk import telling
from portal.inbox.models import Conversation, ConversationState, Kind, Tag
from portal.team.models import Member
from portal.transaction import NotPossible, Stale
from portal.ways import Way

Was = Mapping[str, Any]
"""What a page showed of some fields, by name, as history keeps it.

Under SINCE it has what its member has been shown since, of those that a colleague changed.
"""
SINCE = "since"


class Conflict(Stale):
    """A colleague has changed the very things that were to be changed.

    `was` has these as the page showed them, `wanted` all that was to be, where that is known.
    """

    def __init__(self, was: Was, wanted: Was) -> None:
        super().__init__()
        self.was, self.wanted = was, wanted


def shown(row: Any, *names: str) -> dict[str, Any]:
    """What these fields of a row hold, as a page carries it and history keeps it."""
    return {name: plain(read(row, name)) for name in names}


def read_was(text: str, *names: str) -> dict[str, Any] | None:
    """What a page of ours carries of these fields; None where something else was sent."""
    try:
        was = json.loads(text)
        since = was.get(SINCE, {})
        held = [(name, was[name]) for name in names] + [(name, since[name]) for name in since]
        are_ours = {*was} - {SINCE} == {*names} >= {*since}
        are_ours = are_ours and all(plain(revive(name, value)) == value for name, value in held)
        return was if are_ours else None
    except (AttributeError, KeyError, ValueError, TypeError, OverflowError, RecursionError):
        return None


def check(conversation: Conversation, was: Was, *names: str) -> None:
    """Raise Conflict where any of these fields is not as the page showed it."""
    there = {name: value for name, value in shown(conversation, *names).items() if name in was}
    if lost := _unseen(was, there):
        raise Conflict(lost, {})


def meant(row: Any, was: Was, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What of `wanted` a member changed against what they saw. Raises Conflict.

    Of tags, those that they added or took out, whatever others did to the rest.
    """
    changed = {name: it for name, it in wanted.items() if name not in was or plain(it) != was[name]}
    if changed.get("snoozed_until"):
        changed["state"] = ConversationState.WAITING
    elif changed.get("state", ConversationState.WAITING) != ConversationState.WAITING:
        changed["snoozed_until"] = None
    if "tags" in changed and "tags" in was:
        changed["tags"] = merge_tags(row.labels, was["tags"], changed["tags"])
    at_stake = {name: plain(it) for name, it in changed.items() if name in was and name != "tags"}
    there = shown(row, *at_stake)
    if lost := _unseen(was, {name: it for name, it in there.items() if it != at_stake[name]}):
        raise Conflict(lost, {name: plain(it) for name, it in changed.items()})
    return changed


def merge_tags(there: list[str], was: list[str], wanted: list[str]) -> list[str]:
    """The tags that are there, with those added and without those taken out since `was`."""
    kept = [tag for tag in there if tag in wanted or tag not in was]
    return [*kept, *(tag for tag in wanted if tag not in was and tag not in kept)]


def _unseen(was: Was, there: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that are there now as the member never saw them, as they saw them."""
    since = was.get(SINCE, {})
    return {
        name: was[name]
        for name, now in there.items()
        if _place(now) != _place(was[name]) and now != since.get(name, was[name])
    }


def _place(value: Any) -> Any:
    """A value as it counts for a conflict: who saw what is new has seen it as to do."""
    return ConversationState.OPEN if value == ConversationState.NEW else value


def apply(
    conversation: Conversation,
    by: Member | None,
    changed: Mapping[str, Any],
    batch: str | None = None,
) -> bool:
    """Set what differs and note each; returns whether anything did. Raises NotPossible."""
    is_changed = False
    for name, value in changed.items():
        before, after = plain(read(conversation, name)), plain(value)
        if before == after:
            continue
        if name == "owner_id":
            _check_owner(value)
        write(conversation, name, value)
        history.record(conversation, name, before, after, by=by, batch=batch)
        if name == "owner_id" and by:
            telling.given(conversation, by, batch)
        if name == "state":
            intake.free(conversation)
            if by and before == ConversationState.HELD:
                _note_held(conversation)
        is_changed = True
    if is_changed:
        conversation.changed_at = now()
    return is_changed


def _note_held(conversation: Conversation) -> None:
    is_spam = conversation.state == ConversationState.SPAM
    audit.note(Deed.DISCARDED if is_spam else Deed.RELEASED, f"conversation {conversation.id}")


def _check_owner(member_id: int | None) -> None:
    owner = db.session.get(Member, member_id) if member_id else None
    if member_id and (owner is None or not owner.can_own):
        raise NotPossible("Only who may answer can look after it. Choose somebody else.")


def read(row: Any, name: str) -> Any:
    """What a field holds; of tags, their names."""
    return row.labels if name == "tags" else getattr(row, name)


def write(conversation: Conversation, name: str, value: Any) -> None:
    """Set a field. Tags are given by their names."""
    if name == "tags":
        kept = {tag.name: tag for tag in conversation.tags}
        conversation.tags = [kept.get(label) or Tag(name=label) for label in value]
    else:
        setattr(conversation, name, value)


def plain(value: Any) -> Any:
    """The value as history and pages keep it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, list) else value


def revive(name: str, value: Any) -> Any:
    """A value from history or a page, as the model wants it. Raises ValueError or TypeError."""
    if name in {"tags", "topics"}:
        return [str(one) for one in value]
    if name.endswith("_id"):
        return value if value is None else int(value)
    if name.endswith(("_at", "_until")):
        return datetime.fromisoformat(value) if value is not None else None
    kinds = {"state": ConversationState, "kind": Kind, "reply_by": Way}
    return kinds.get(name, str)(value)
