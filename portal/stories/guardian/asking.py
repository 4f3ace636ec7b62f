"""Asks a young storyteller's guardian about the text that the storyteller said yes to."""

import secrets

from portal import delivery
from portal.addresses import address_key
from portal.extensions import now
from portal.inbox import intake
from portal.stories import emails, notices, texts
from portal.stories.models import Story
from portal.stories.states import Giver
from portal.team.models import Member


def is_due(story: Story) -> bool:
    """Whether the guardian's yes is what is missing."""
    said = {giver for giver in Giver if texts.valid_approval(story, giver)}
    return story.young and not story.is_over and said == {Giver.STORYTELLER}


def shares_address(story: Story) -> bool:
    """Whether what goes to the guardian's address reaches the storyteller."""
    return bool(story.email_key) and address_key(story.guardian_email) == story.email_key


def ask(story: Story, by: Member | None = None) -> None:
    """Mail the guardian, at most once a day, or ask the team to reach them; where that is due.

    In the caller's transaction. A link to the storyteller's own address would let them say
    yes for their guardian: there somebody of the team speaks with the guardian. Where a person
    still has to look at the story first, only a member asks: anybody can type any address.
    """
    talk = story.conversation
    if not is_due(story) or talk is None or (talk.state in intake.UNSURE and not by):
        return
    story.guardian_key = story.guardian_key or secrets.token_urlsafe(24)
    story.guardian_asked_at = now()
    notices.note(story, "asked the guardian", by=by)
    if story.guardian_email and not shares_address(story):
        mail = emails.to_guardian(story)
        if not delivery.too_soon(mail):
            intake.send(talk, mail)
            return
    reach = (story.guardian_name, story.guardian_phone, story.guardian_email)
    notices.ask_team(story, "guardian_ask", "\n".join(filter(None, reach)))
