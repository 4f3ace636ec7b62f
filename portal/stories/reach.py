"""How we reach a storyteller, and how that is changed: never by the private link alone.

A new address counts once its owner pressed a button there. Where there was an address, it hears
of each change and can undo it. Where there was none, somebody of the team asks them first.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from portal import delivery
from portal.addresses import address_key
from portal.extensions import db, now
from portal.inbox import history, intake
from portal.inbox.desk import details
from portal.inbox.models import Conversation
from portal.phones import phone_key
from portal.signing import read_signed
from portal.stories import emails, links, notices
from portal.stories.finding import phrase
from portal.stories.models import Story
from portal.stories.telling.answers import reply_ways
from portal.team.models import Member
from portal.transaction import Stale, one_transaction
from portal.ways import WAYS, Way

NEW, OLD = "new_reach", "old_reach"  # where `Story.answers` has them
TOLD = "told of another way"
CONFIRM_WITHIN, UNDO_WITHIN = timedelta(days=7), timedelta(days=30)


class Reach(NamedTuple):
    """A way to reach somebody, and what it needs."""

    reply_by: str
    email: str
    phone: str
    postal: str
    helper: str


class ReachChange(NamedTuple):
    """What was asked for, or what was before; its code is in the link that we mailed."""

    reach: Reach
    code: str
    at: datetime

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "ReachChange":
        """A change as the story keeps it."""
        return cls(Reach(*kept["reach"]), kept["code"], datetime.fromisoformat(kept["at"]))


def current(story: Story) -> Reach:
    """How we reach them now."""
    talk = notices.talk_of(story)
    return Reach(str(talk.reply_by), story.email, story.phone, talk.postal, talk.helper)


def wanted(story: Story) -> ReachChange | None:
    """How they want to be reached, where that is not confirmed yet."""
    kept = story.answers.get(NEW)
    return ReachChange.read(kept) if kept else None


def earlier(story: Story) -> list[ReachChange]:
    """Each way in which we reached them before, oldest first. What was sent there is erased too."""
    return [ReachChange.read(one) for one in story.answers.get(OLD) or []]


def former(story: Story) -> list[ReachChange]:
    """How we reached them before, as far as that can be undone."""
    since = now() - UNDO_WITHIN
    return [one for one in earlier(story) if one.at > since and one.reach.email]


def in_words(reach: Reach) -> str:
    """A way to reach somebody, and what we have for it."""
    way = reply_ways().get(reach.reply_by, WAYS[Way(reach.reply_by)].to_team)
    return ": ".join(filter(None, (way, ", ".join(filter(None, reach[1:])))))


def is_new_address(story: Story, reach: Reach) -> bool:
    """Whether the address is another one than we have."""
    return bool(reach.email) and address_key(reach.email) != story.email_key


@one_transaction
def ask(story: Story, reach: Reach) -> str:
    """Change it, or ask first who can confirm it; returns what was done, for the page."""
    story.must_be_shaped()
    known, before = wanted(story), current(story)
    notices.heed(story, f"{reach.postal}\n{reach.helper}", f"{before.postal}\n{before.helper}")
    if reach == before:
        _keep(story, NEW, None)
        return "reach"
    if story.email and not is_new_address(story, reach):
        _change(story, reach)
        return "reach"
    code = known.code if known and known.reach == reach else secrets.token_urlsafe(12)
    _keep(story, NEW, _kept(ReachChange(reach, code, now())))
    if not is_new_address(story, reach):
        notices.tell_team(story, "asked for another way")
        return "reach-called"
    notices.note(story, "asked for another way")
    mail = emails.new_address(story, reach.email, links.new_address_url(story, code))
    intake.send_receipt(notices.talk_of(story), mail, "A person looks at the story first")
    return "reach-mailed"


@one_transaction
def confirm(story: Story, code: str, by: Member | None = None) -> None:
    """Use the way that was asked for: its owner pressed the button, or told `by`. Raises Stale."""
    story.must_be_shaped()
    new = wanted(story)
    if new is None or new.code != code:
        raise Stale
    _change(story, new.reach, by)


@one_transaction
def refuse(story: Story, code: str, by: Member) -> None:
    """Drop what was asked for: the storyteller did not ask for it. Raises Stale."""
    new = wanted(story)
    if new is None or new.code != code:
        raise Stale
    _keep(story, NEW, None)
    notices.note(story, "refused another way", by=by)


@one_transaction
def undo(story: Story, code: str) -> None:
    """Reach them as before a change that was not theirs; all ways to the page are made new.

    Raises Stale.
    """
    undone = next((one for one in former(story) if one.code == code), None)
    if undone is None:
        raise Stale
    before, known = undone.reach, earlier(story)
    # What came after it was not theirs, and cannot be gone back to.
    _keep(story, OLD, [_kept(one) for one in known[: known.index(undone)]])
    _set(story, before)
    links.STORY_LINK_STOPPED.note(story)
    story.key, story.phrase = secrets.token_urlsafe(24), phrase.digest(phrase.new())
    notices.talk_of(story).key = secrets.token_urlsafe(24)
    notices.tell_team(story, "undid another way")
    delivery.enqueue(emails.lost_links(before.email, [story]))


def of_link(purpose: str, token: str) -> tuple[Story, str] | None:
    """The story of a link that we mailed about a change, and the change's code."""
    lasts = CONFIRM_WITHIN if purpose == links.NEW_ADDRESS else UNDO_WITHIN
    story_id, code = read_signed(purpose, token, lasts) or (0, "")
    story = db.session.get(Story, story_id)
    known = [wanted(story)] if story and purpose == links.NEW_ADDRESS else []
    known += former(story) if story and purpose == links.UNDO else []
    return (story, code) if story and any(one and one.code == code for one in known) else None


@details.reached.connect
def follow(talk: Conversation, *, reach: dict[str, str], by: Member) -> bool:
    """An editor corrects how a storyteller is reached: the old address hears of it and can undo it.

    In the caller's transaction. Returns whether it is about a story that is being shaped.
    """
    query = db.select(Story).where(Story.conversation_id == talk.id)
    story = db.session.scalar(query)
    wanted = Reach(**reach)
    if story is None or story.is_over or wanted == current(story):
        return False
    _change(story, wanted._replace(reply_by=str(wanted.reply_by)), by, "changed the way")
    return True


def _change(story: Story, reach: Reach, by: Member | None = None, what: str = "") -> None:
    before = current(story)
    change = ReachChange(before, secrets.token_urlsafe(12), now())
    _keep(story, NEW, None)
    _keep(story, OLD, [*map(_kept, earlier(story)), _kept(change)])
    if before.email:
        url = links.undo_url(story, change.code)
        intake.send(notices.talk_of(story), emails.way_changed(story, url))
    _set(story, reach)
    what = what or ("confirmed another way" if by else "changed the way")
    history.record(story.conversation, what, before.reply_by, reach.reply_by, by=by)
    if not before.email and not by:
        notices.tell_team(story, TOLD, in_words(before))


def _set(story: Story, reach: Reach) -> None:
    talk = notices.talk_of(story)
    talk.reply_by, talk.postal, talk.helper = Way(reach.reply_by), reach.postal, reach.helper
    talk.email = story.email = reach.email
    talk.email_key = story.email_key = address_key(reach.email)
    talk.phone = story.phone = reach.phone
    story.phone_key, story.changed_at = phone_key(reach.phone), now()
    talk.trouble = ""  # it was of the old address
    said = {"reply_by": reach.reply_by, "postal": reach.postal, "helper": reach.helper}
    story.answers = {**story.answers, **said}


def _keep(story: Story, name: str, kept: object) -> None:
    others = {key: value for key, value in story.answers.items() if key != name}
    story.answers = {**others, name: kept} if kept else others


def forget(story: Story, ways: Sequence[ReachChange]) -> None:
    """Drop ways of before, or one that was asked for, in the caller's transaction."""
    _keep(story, OLD, [_kept(one) for one in earlier(story) if one not in ways])
    if wanted(story) in ways:
        _keep(story, NEW, None)


def _kept(change: ReachChange) -> dict[str, object]:
    return {"reach": [*change.reach], "code": change.code, "at": change.at.isoformat()}
