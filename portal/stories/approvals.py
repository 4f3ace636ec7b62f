"""A yes to a text: kept from the storyteller's page, or noted by who read the text out.

A member's word alone is no yes. What they note is bound to the exact text, says who, when and how,
and is told to the storyteller with it, who undoes it like any other.
"""

from datetime import datetime
from typing import Any

from portal import audit, delivery, journal
from portal.audit import Deed
from portal.extensions import db, now
from portal.inbox.models import Direction, Message
from portal.stories import deadlines, links, notices, publication, texts
from portal.stories.guardian import asking
from portal.stories.models import Approval, Revision, Story
from portal.stories.states import Giver, StoryState, YesWay
from portal.stories.uses import services as uses
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction
from portal.ways import Way
from portal.words import MINUTE, moment

YES_ENDED = journal.JournalKind("yes-ended", Approval)
WAYS = {
    YesWay.PHONE: "by phone",
    YesWay.RELAY: "by text relay",
    YesWay.VIDEO: "in a video call",
    YesWay.IN_PERSON: "in person",
}
BY_NUMBER = (YesWay.PHONE, YesWay.RELAY)
HEARD = {
    Giver.STORYTELLER: (
        "I have heard my story as it would be published. You may publish exactly this."
    ),
    Giver.GUARDIAN: (
        "I am the parent or guardian. I have heard this story as it would be published. "
        "You may publish exactly this."
    ),
}
NO_NUMBER = "We have no phone number of theirs. Add it first."
TO_COME = "That time is still to come. Say when they said yes."
TOO_EARLY = "The text was not written then. Say when they said yes to this one."
NOTED = (
    "On {at}, {who} said yes to the text of your story {way}. "
    "{by} read it out and noted that. "
    "Is that wrong, or do you no longer want it? Take the yes back on your page, or tell us."
)
NOT_THEIR_TURN = "A guardian is asked once a storyteller under 18 has said yes."
NOT_ASKED = "Ask about this text first. Then it can be said yes to."


def keep(story: Story, revision: Revision, wording: str = texts.WORDING, **noted: Any) -> None:
    """Keep the storyteller's yes in the caller's transaction; a young one's guardian is asked."""
    add(story, revision, wording=wording, **noted)
    db.session.flush()  # while the story still says that it was asked for
    if story.state is not StoryState.PUBLISHED:
        story.state = StoryState.APPROVED
    deadlines.begin_anew(story)
    asking.ask(story)


def end(story: Story, giver: Giver) -> bool:
    """End their yes in the caller's transaction; what is public leaves the site.

    Returns whether there was one.
    """
    standing = [one for one in story.approvals if one.giver is giver and not one.taken_back_at]
    if story.is_over or not standing:
        return False
    if story.state is StoryState.PUBLISHED:
        take_off(story)
    for one in standing:
        take_back(one)
    if giver is Giver.STORYTELLER and story.state is StoryState.APPROVED:
        story.state = StoryState.EDITING
    db.session.flush()
    uses.ask_to_clean(story)
    return True


def take_back(approval: Approval) -> None:
    """End one yes, in the caller's transaction; what follows from that is the caller's."""
    YES_ENDED.note(approval)
    approval.taken_back_at = now()


def take_off(story: Story) -> None:
    """Let nobody read it until there is a new yes, and tell the team at once."""
    publication.take_off(story)
    delivery.alert("A story left the site, for a yes that is missing", links.editor_url(story))


def add(story: Story, revision: Revision, **how: Any) -> None:
    """Add a yes to exactly this text, in the caller's transaction."""
    of_text = {"story_id": story.id, "revision_id": revision.id, "digest": revision.digest}
    db.session.add(Approval(**of_text, **how))


@one_transaction
def note_yes(  # noqa: PLR0913, PLR0917 - who said it, to whom, how, when, and to which text
    story: Story,
    by: Member,
    giver: Giver,
    way: YesWay,
    seen: str,
    said_at: datetime | None = None,
    note: str = "",
) -> None:
    """Note that somebody said yes to the text with this digest, which `by` read out to them.

    Raises Stale where there is a newer text, and NotPossible where it cannot have been so.
    """
    story.must_be_shaped()
    newest = texts.latest(story)
    if newest is None or newest.digest != seen:
        raise Stale
    if texts.valid_approval(story, giver):
        return
    said_at = said_at or now()
    if problem := why_not_noted(story, giver, way) or _wrong_time(newest, said_at):
        raise NotPossible(problem)
    told = _tell(story, by, giver, way, said_at)
    noted = {"way": way, "note": note, "said_at": max(said_at, newest.created_at)}
    noted |= {"noted_by_id": by.id, "message_id": told.id}
    if giver is Giver.STORYTELLER:
        keep(story, newest, HEARD[giver], **noted)
    else:
        add(story, newest, wording=HEARD[giver], giver=giver, **noted)
    audit.note(Deed.CONSENT_NOTED, _of(story), f"The {giver}'s yes, {WAYS[way]}")
    notices.note(story, "noted a yes", f"The {giver}, {WAYS[way]}, to text {newest.number}", by)


@one_transaction
def note_end(story: Story, by: Member, giver: Giver) -> None:
    """Note that they told `by` to take their yes back. Only a new yes brings the story back."""
    if not end(story, giver):
        return
    if story.state is not StoryState.WITH_STORYTELLER:  # what they were asked since stands
        deadlines.begin_anew(story)
    audit.note(Deed.CONSENT_ENDED, _of(story), f"The {giver}'s yes")
    notices.note(story, "noted the end of a yes", f"The {giver}", by)
    is_theirs = giver is Giver.STORYTELLER
    notices.tell_storyteller(story, "yes_ended" if is_theirs else "guardian_waits", by)


def _of(story: Story) -> str:
    return f"conversation {story.conversation_id}"


def why_not_noted(story: Story, giver: Giver, way: YesWay | None = None) -> str:
    """Why no yes of theirs, by this way, can be noted now, in words; empty where it can be."""
    number = story.phone
    if giver is Giver.GUARDIAN:
        number = story.guardian_phone
        if not (story.young and texts.valid_approval(story)):
            return NOT_THEIR_TURN
    elif story.asked_at is None:
        return NOT_ASKED
    return NO_NUMBER if way in BY_NUMBER and not number else ""


def _wrong_time(text: Revision, said_at: datetime) -> str:
    if said_at > now():
        return TO_COME
    return TOO_EARLY if said_at < text.created_at - MINUTE else ""


def _tell(story: Story, by: Member, giver: Giver, way: YesWay, said_at: datetime) -> Message:
    """Tell the storyteller what is noted, and how to undo it: on their page, and in their way."""
    who = "you" if giver is Giver.STORYTELLER else "your parent or guardian"
    text = NOTED.format(at=moment(said_at), who=who, way=WAYS[way], by=by.who)
    by_mail = notices.is_mailed(story)
    message = Message(
        conversation_id=story.conversation_id,
        direction=Direction.OUTGOING,
        way=Way.EMAIL if by_mail else Way.WEB,
        author_id=by.id,
        text=text,
    )
    db.session.add(message)
    db.session.flush()
    if sending := notices.tell_storyteller(story, "yes_noted", by, words=text):
        sending.message_id = message.id
    return message


def how(yes: Approval) -> str:
    """How a yes was given, in words; empty for one on our pages."""
    if yes.noted_by is None or yes.way is YesWay.WEB:
        return ""
    return f"{WAYS[yes.way]}, noted by {yes.noted_by.who}"
