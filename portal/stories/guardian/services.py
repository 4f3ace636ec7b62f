"""What a guardian does with a story, and what is done about one. Noting a yes is in `approvals`."""

import secrets

from sqlalchemy import select

from portal import journal
from portal.extensions import db, now
from portal.inbox.models import Direction, Message
from portal.stories import approvals, formats, notices, signals, texts
from portal.stories.guardian import asking, status
from portal.stories.models import Story
from portal.stories.states import Giver, StoryState
from portal.stories.uses import services as uses
from portal.team.models import Member
from portal.transaction import NotPossible, Stale, one_transaction
from portal.ways import Way

GUARDIAN_LINK_STOPPED = journal.JournalKind("guardian-link-stopped", Story)
NAMED = "named_guardian"  # where `Story.answers` has them
WORDING = (
    "I am the parent or guardian. I have read this story as it would be published. "
    "You may publish exactly this."
)


@one_transaction
def approve(story: Story, revision_id: int, digest: str) -> None:
    """Keep the guardian's yes to exactly the text that the storyteller said yes to.

    The same yes twice counts once. Raises Stale where the page showed another text.
    """
    story.must_be_shaped()
    yes = texts.valid_approval(story) if story.young else None
    if yes is None or (yes.revision_id, yes.digest) != (revision_id, digest):
        raise Stale
    if texts.valid_approval(story, Giver.GUARDIAN):
        return
    approvals.add(story, yes.revision, giver=Giver.GUARDIAN, wording=WORDING)
    notices.tell_team(story, "guardian said yes", f"Text {yes.revision.number}")


@one_transaction
def approve_version(story: Story, version_id: int, seen: str) -> None:
    """Keep the guardian's yes to another form, that the storyteller said yes to. Raises Stale."""
    story.must_be_shaped()
    for version in story.versions:
        if version.id == version_id and version.approved_digest == seen and not version.removed_at:
            version.guardian_digest, version.guardian_at = seen, version.guardian_at or now()
            formats.replace_older(story, version)
            signals.republished.send(story)
            notices.tell_team(story, "guardian said yes to a version", str(version.kind))
            return
    raise Stale


@one_transaction
def take_back(story: Story) -> None:
    """Take the guardian's yes back. A public story leaves the site at once, and can come back."""
    if approvals.end(story, Giver.GUARDIAN):
        notices.tell_both(story, "guardian took the yes back", "guardian_waits")


@one_transaction
def talk_first(story: Story, words: str) -> None:
    """Keep what the guardian says to the team alone. The same words twice count once."""
    story.must_be_shaped()
    said = {"conversation_id": story.conversation_id, "text": words}
    said |= {"direction": Direction.NOTE, "sender": story.guardian_name}
    if db.session.scalar(select(Message.id).filter_by(**said)) is None:
        db.session.add(Message(**said, way=Way.WEB))
        notices.heed(story, words)
        notices.tell_team(story, status.TALK)


@one_transaction
def name_another(story: Story, name: str, email: str, phone: str) -> None:
    """Keep whom the storyteller names in place of their guardian, until the team has asked."""
    story.must_be_shaped()
    notices.heed(story, name)
    story.answers = {**story.answers, NAMED: [name, email, phone]}
    notices.tell_team(story, "named another guardian")


def named(story: Story) -> list[str]:
    """Name, address and number of whom the storyteller names now; empty where the team has it."""
    return story.answers.get(NAMED) or []


@one_transaction
def set_guardian(story: Story, name: str, email: str, phone: str, by: Member | None = None) -> None:
    """Note who the guardian of a storyteller under 18 is, and ask them where that is due.

    Another address gets another link. Where they are somebody else, the yes of the one before
    ends. A public story without their yes leaves the site.
    """
    story.must_be_shaped()
    if not (email or phone):
        raise NotPossible("Give an email address or a phone number.")
    is_another = is_somebody_else(story, name)
    if is_another and approvals.end(story, Giver.GUARDIAN):
        notices.tell_both(story, "has another guardian", "guardian_waits")
    if is_another or email != story.guardian_email:
        GUARDIAN_LINK_STOPPED.note(story)
        story.guardian_key = secrets.token_urlsafe(24)
    is_learned = not story.young
    if is_learned and story.state is StoryState.PUBLISHED:
        approvals.take_off(story)
        notices.tell_both(story, "is under 18", "guardian_waits")
    is_new = (email, phone) != (story.guardian_email, story.guardian_phone) or is_learned
    is_new = is_new or is_another
    story.young, story.guardian_name = True, name
    if story.conversation:
        story.conversation.young = True
    story.guardian_email, story.guardian_phone = email, phone
    story.answers = {key: said for key, said in story.answers.items() if key != NAMED}
    notices.note(story, "guardian", by=by)
    if is_learned:
        uses.ask_to_clean(story)
    if is_new:
        asking.ask(story, by)


@one_transaction
def renew_link(story: Story) -> None:
    """Give the guardian another link, and mail it where they are asked just now."""
    if story.guardian_key:
        GUARDIAN_LINK_STOPPED.note(story)
        story.guardian_key = secrets.token_urlsafe(24)
        asking.ask(story)


def is_somebody_else(story: Story, name: str) -> bool:
    """Whether a guardian of this name is another one than the story has."""
    return story.guardian_name.casefold() not in {"", name.casefold()}


@one_transaction
def ask_again(story: Story, by: Member) -> None:
    """Ask the guardian once more. Raises NotPossible where they have nothing to decide."""
    if not asking.is_due(story):
        raise NotPossible("The guardian is asked once the storyteller has said yes.")
    asking.ask(story, by)
