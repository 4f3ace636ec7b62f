"""What no program can check in a text: an editor answers, for each text and each word on it."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from portal.extensions import db
from portal.stories import consents, signals
from portal.stories.models import Revision, Story
from portal.stories.showing.models import ShownCheck
from portal.team.models import Member

ABOUT = {
    "place": "where {who} live or are active",
    "condition": "what condition or impairment {who} have",
}
QUESTIONS = {one: f"Does the text say {about.format(who='they')}?" for one, about in ABOUT.items()}
UNANSWERED = "Read the text and answer what it says of them. Then publish it."
SHOWS = (
    "The text says what the storyteller does not allow: {what}. "
    "Change it and ask them about the new text, or ask them to allow it."
)


def open_questions(story: Story, text: Revision | None) -> list[str]:
    """What nobody has answered for this text since the storyteller last spoke about it."""
    found = _found(story, text)
    return [one for one in QUESTIONS if not consents.allows(story, one) and one not in found]


def why_not(story: Story, text: Revision) -> str:
    """What somebody has found in the text that must not be in it, in words; empty for nothing."""
    found = shown(story, text)
    return SHOWS.format(what=in_words(found, "they")) if found else ""


def shown(story: Story, text: Revision | None) -> list[str]:
    """What somebody has found in the text that is not allowed now."""
    found = _found(story, text)
    return [one for one in found if found[one] and not consents.allows(story, one)]


def in_words(purposes: list[str], who: str) -> str:
    """What it is about: “they” for the team, “you” for the storyteller."""
    return " and ".join(ABOUT[one].format(who=who) for one in purposes)


def keep(story: Story, text: Revision, answers: Mapping[str, bool], by: Member) -> None:
    """Keep whether the text shows each of these, in the caller's transaction."""
    said = consents.current(story)
    for purpose, shows in answers.items():
        consent = said.get(purpose)
        db.session.add(
            ShownCheck(
                revision_id=text.id,
                purpose=purpose,
                consent_id=consent.id if consent else None,
                shows=shows,
                member_id=by.id,
            )
        )
    db.session.flush()


def _found(story: Story, text: Revision | None) -> dict[str, bool]:
    """What was answered last of this text, about what the storyteller has said last."""
    if text is None:
        return {}
    said = {one: consent.id for one, consent in consents.current(story).items()}
    query = select(ShownCheck).where(ShownCheck.revision_id == text.id).order_by(ShownCheck.id)
    return {
        check.purpose: check.shows
        for check in db.session.scalars(query)
        if check.consent_id == said.get(check.purpose)
    }


@signals.forgotten.connect
def _forget(story: Story) -> None:
    texts = select(Revision.id).where(Revision.story_id == story.id)
    db.session.execute(delete(ShownCheck).where(ShownCheck.revision_id.in_(texts)))
