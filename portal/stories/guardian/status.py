"""Whether a young storyteller's guardian was asked, and what they said, in true words."""

from portal.inbox.sender_page import LOST
from portal.stories import approvals, consents, notices, texts
from portal.stories.guardian import asking
from portal.stories.models import Story
from portal.stories.states import Giver
from portal.words import day, moment

ASKS = "guardian_ask"
TALK = "guardian wants to talk first"


def wants_to_talk(story: Story) -> bool:
    """Whether the guardian wrote to us since they were asked, and has not said yes."""
    if not asking.is_due(story) or story.guardian_asked_at is None:
        return False
    last, _ = notices.last(story, TALK)
    return last is not None and last >= story.guardian_asked_at


def known(story: Story) -> str:
    """What the team must know about the guardian before anything else."""
    name = story.guardian_name or "Their parent or guardian"
    if yes := texts.valid_approval(story, Giver.GUARDIAN):
        how = approvals.how(yes) or "by the link that we mailed to them"
        return f"{name} said yes to the newest text on {day(yes.said_at or yes.at)}, {how}."
    said = consents.current(story).get(consents.GUARDIAN.key)
    told = "The storyteller told us that their guardian agrees. " if said and said.given else ""
    if story.guardian_asked_at and _is_lost(story):
        asked = f"Our mail to {name} did not arrive."
    elif story.guardian_asked_at:
        asked = f"We asked {name} on {day(story.guardian_asked_at)}, and have no yes."
    else:
        asked = f"Nobody has asked {name} about this text."
    reach = ", ".join(filter(None, (story.guardian_email, story.guardian_phone)))
    if asking.shares_address(story):
        reach += ". The storyteller has the same address: speak with the guardian"
    return f"{told}{asked} {reach or 'We do not know how to reach them.'}"


def _is_lost(story: Story) -> bool:
    """Whether the last mail to the guardian did not reach them."""
    mail = notices.last_mail(story, ASKS)
    return mail is not None and mail.state in LOST


def waiting(story: Story) -> tuple[str, str] | None:
    """Where the story is, and what the team does next, where a guardian's yes is missing."""
    if not asking.is_due(story):
        return None
    words = "The storyteller said yes. It waits for their guardian"
    if wants_to_talk(story):
        return f"{words}, who wants to talk to us first.", "Read their note. Call or write to them."
    if story.guardian_asked_at is None:
        return f"{words}, who was not asked yet.", "Ask the guardian."
    at = moment(story.guardian_asked_at)
    next_ = "Wait for them, or read the text out to them and note what they say."
    return f"{words}, whom we asked on {at}.", next_
