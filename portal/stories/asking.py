"""When the storyteller was asked about the newest text: not twice in a day, where that arrives."""

from datetime import datetime, timedelta

from portal.delivery.models import Outgoing
from portal.extensions import now
from portal.inbox.sender_page import LOST
from portal.stories import notices
from portal.stories.models import Story

PAUSE = timedelta(days=1)
ASKS = ("story_ready", "story_reminder")


def last_mail(story: Story) -> Outgoing | None:
    """The mail that asked them last about the newest text, or reminded them of it."""
    if story.asked_at is None:
        return None
    mail = notices.last_mail(story, *ASKS)
    return mail if mail and mail.created_at >= story.asked_at else None


def waits_until(story: Story) -> datetime | None:
    """Until when they are not asked again: they were, in their way of now, and it may be there."""
    if story.asked_at is None or story.rested_at or story.asked_at < now() - PAUSE:
        return None
    mail = last_mail(story)
    lost = mail is not None and (mail.state in LOST or mail.address_key != story.email_key)
    is_asked = not lost and (mail is not None) == notices.is_mailed(story)
    return story.asked_at + PAUSE if is_asked else None
