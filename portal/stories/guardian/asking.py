"""Asks a young storyteller's guardian about what the storyteller said yes to."""

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
    story.guardian_asked_at = now()
    notices.note(story, "asked the guardian", by=by)
    if not _mail(story):
        _ask_team(story, "guardian_ask")


def ask_of_form(story: Story) -> None:
    """Ask about another form, in the caller's transaction, unless a text waits with it."""
    if not story.young or is_due(story):
        return
    if story.published or texts.valid_approval(story, Giver.GUARDIAN):
        notices.note(story, "asked the guardian")
        if not _mail(story, of_form=True):
            _ask_team(story, "guardian_form")


def _mail(story: Story, *, of_form: bool = False) -> bool:
    """Whether a mail to them goes now."""
    story.guardian_key = story.guardian_key or secrets.token_urlsafe(24)
    if not story.guardian_email or shares_address(story):
        return False
    mail = emails.to_guardian(story, of_form=of_form)
    if delivery.too_soon(mail):
        return False
    assert story.conversation is not None  # noqa: S101 - only drafts have none
    intake.send(story.conversation, mail)
    return True


def _ask_team(story: Story, what: str) -> None:
    reach = (story.guardian_name, story.guardian_phone, story.guardian_email)
    notices.ask_team(story, what, "\n".join(filter(None, reach)))
