"""Noting where a story was used, and cleaning up where it may not be any more."""

from sqlalchemy import ColumnElement, exists, or_

from portal.extensions import db, now
from portal.stories import consents, notices
from portal.stories.models import Story
from portal.stories.states import StoryState
from portal.stories.uses.models import Channel, Cleared, Use
from portal.team.models import Member
from portal.transaction import NotPossible, one_transaction
from portal.words import day

PURPOSES = {channel: str(channel) for channel in Channel} | {Channel.SITE: "publish"}
CHANNELS = {channel: consents.BY_KEY[purpose].label for channel, purpose in PURPOSES.items()} | {
    Channel.PRESS: "In the press"
}
NOT_ALLOWED = (
    "The storyteller does not allow this: {label}. "
    "Ask them first. They can allow it on their page, and then you can note it."
)
NO_GUARDIAN = "The storyteller is under 18, and their guardian has not said yes. Ask the guardian."
MAY_STAY = "This is allowed. There is nothing to clean up."


def why_not(story: Story, channel: Channel) -> str:
    """Why the story must not be used there now, in words; empty where it may be."""
    if not consents.allows(story, PURPOSES[channel]):
        return NOT_ALLOWED.format(label=CHANNELS[channel])
    may_be = consents.allowed(PURPOSES[channel]).where(Story.id == story.id)
    return "" if db.session.scalar(may_be) else NO_GUARDIAN


def note(  # noqa: PLR0913 - what, where, by whom, and what makes it one and the same
    story: Story,
    channel: Channel,
    text: str,
    by: Member | None = None,
    *,
    key: str | None = None,
    link: str = "",
) -> Use:
    """Note where the story is used, in the caller's transaction; the storyteller sees it.

    The same `key` counts once. Raises NotPossible where they do not allow it.
    """
    story.must_be_shaped()
    there = [one for one in story.uses if key and (one.channel, one.key) == (channel, key)]
    if there:
        return there[0]
    if problem := why_not(story, channel):
        raise NotPossible(problem)
    use = Use(channel=channel, key=key, text=text, link=link, author_id=by.id if by else None)
    story.uses.append(use)
    notices.note(story, "used", text, by)
    db.session.flush()
    return use


add = one_transaction(note)


def to_clean(story: Story) -> list[Use]:
    """The places where it was used, must not be any more, and nobody has looked after it."""
    return [use for use in story.uses if not use.outcome and not _may_be(story, use)]


def must_be_cleaned() -> ColumnElement[bool]:
    """Whether a `Story` has such a place, in SQL."""
    ended = [
        (Use.channel == channel) & ~consents.may_be(purpose)
        for channel, purpose in PURPOSES.items()
    ]
    is_over = Story.state.in_((StoryState.WITHDRAWN, StoryState.DECLINED))
    return exists().where(Use.story_id == Story.id, Use.outcome.is_(None), or_(is_over, *ended))


def _may_be(story: Story, use: Use) -> bool:
    """What was noted before there were channels may stay until the whole story is taken back."""
    if story.is_over:
        return False
    return use.channel is None or not why_not(story, use.channel)


@one_transaction
def clean_up(story: Story, use_id: int, by: Member, outcome: Cleared, words: str = "") -> None:
    """Note what came of cleaning up a place; the storyteller sees it. Raises NotPossible."""
    found = {use.id: use for use in to_clean(story)}
    if use_id not in found:
        raise NotPossible(MAY_STAY)
    clear(found[use_id], outcome, words, by)
    notices.note(story, "cleaned up", found[use_id].text, by)


def clear(use: Use, outcome: Cleared, words: str = "", by: Member | None = None) -> None:
    """Keep what became of a place, in the caller's transaction."""
    use.outcome, use.outcome_words, use.cleared_at = outcome, words, now()
    use.cleared_by_id = by.id if by else None


def ask_to_clean(story: Story) -> None:
    """Tell the team each place that has to be cleaned up, in the caller's transaction."""
    if waiting := to_clean(story):
        notices.ask_team(story, "to_clean", "\n".join(map(in_words, waiting)))


def where(use: Use) -> str:
    """By which way, before its day; empty where nobody was asked."""
    return f"{CHANNELS[use.channel]}, " if use.channel else ""


def in_words(use: Use) -> str:
    """One place: by which way, when, what it says, and where that is."""
    return " ".join(filter(None, (f"- {where(use)}{day(use.at)}: {use.text}", use.link)))
