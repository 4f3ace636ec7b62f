"""The mails about stories. Their words are in `templates/email/story_<name>/`.

Anybody can type anybody's address: no word that was typed goes into a mail.
"""

from typing import Any

from flask import current_app

from portal import delivery
from portal.inbox import reply_addresses
from portal.providers.values import Address, Email
from portal.stories import links
from portal.stories.models import Story
from portal.stories.states import StoryState


def about(story: Story, name: str, **context: Any) -> Email:
    """The mail `story_<name>` to the storyteller, with their private link."""
    talk = story.conversation
    return delivery.compose_from_team(
        f"story_{name}",
        Address(story.email),
        headers=reply_addresses.thread(talk) if talk else (),
        reply_to=reply_addresses.reply_to(talk) if talk else None,
        url=links.storyteller_url(story),
        reference=_reference(story),
        begun_at=story.created_at,
        draft_days=current_app.config["STORY_DRAFT_DAYS"],
        is_published=story.state is StoryState.PUBLISHED,
        was_published=story.published_at is not None,
        **context,
    )


def new_address(story: Story, email: str, url: str) -> Email:
    """Ask at a new address if it is theirs. It may be a stranger's: no link leads to the story."""
    return delivery.compose_from_team(
        "story_new_address", Address(email), url=url, reference=_reference(story)
    )


def way_changed(story: Story, url: str) -> Email:
    """Tell the address that we have that we reach them another way from now on."""
    return delivery.compose_from_team(
        "story_way_changed",
        Address(story.email),
        url=url,
        reference=_reference(story),
    )


def to_guardian(story: Story, *, of_form: bool = False) -> Email:
    """Ask a young storyteller's guardian about the text, or another form, on their own page.

    Their answer to the mail is no part of the storyteller's conversation.
    """
    return delivery.compose_from_team(
        "guardian_ask",
        Address(story.guardian_email),
        url=links.guardian_url(story),
        reference=_reference(story),
        begun_at=story.created_at,
        of_form=of_form,
    )


def lost_links(email: str, stories: list[Story]) -> Email:
    """Send somebody the private links of the stories that were told with their address."""
    sent = [(one.created_at, _reference(one), links.storyteller_url(one)) for one in stories]
    return delivery.compose_from_team("story_links", Address(email), sent=sent)


def _reference(story: Story) -> str:
    """What tells the story from others of the same person; a draft has none yet."""
    return story.conversation.reference if story.conversation else ""
