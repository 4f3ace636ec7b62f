"""What the team's page says beside the text: what is allowed, the files, and each yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.stories import consents, formats, notices, texts
from portal.stories.editor import status
from portal.stories.editor.status import StoryStatus
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.models import Approval, Revision, Story, Version
from portal.stories.telling import answers
from portal.ways import CALLS
from portal.words import day

# What an editor must not do, or may do, for each thing that is allowed by itself.
RULES = {
    "publish": ("Do not publish it on this site", "Publish it on this site"),
    "name": ("Show no name", "Show this name: {value}"),
    "photo": ("Do not show their pictures", "Show their pictures"),
    "place": ("Do not say where they live", "Say where they live or are active"),
    "condition": (
        "Do not say what condition or impairment they have",
        "Say what condition or impairment they have",
    ),
    "newsletter": ("Do not use it in the newsletter", "Use it in the newsletter"),
    "social": ("Do not use it on social media", "Use it on social media"),
    "funders": ("Do not use it in reports to funders", "Use it in reports to funders"),
    "press": (
        "Do not ask them about journalists",
        "Ask them if a journalist can contact them",
    ),
}


@dataclass(frozen=True)
class ConsentRule:
    """What the storyteller allows or withholds, in words for an editor."""

    words: str
    said: str
    """When they said so; empty where they never did."""


@dataclass(frozen=True)
class PastText:
    """One text in the story's history, with what was said to it."""

    revision: Revision
    approvals: list[Approval]
    is_public: bool


@dataclass(frozen=True)
class EditorPage:
    """All that the page shows beside the text."""

    story: Story
    newest: Revision | None
    status: StoryStatus
    why_not_public: str
    """Why the newest text cannot be published now; empty where it can be."""
    is_public: bool
    """Whether readers have exactly the newest text."""
    may_ask: bool
    """Whether there is a text with a title that the storyteller has not said yes to."""
    is_over: bool
    """Whether nothing can be done with it any more."""
    cautions: list[tuple[str, str]]
    withheld: list[ConsentRule]
    allowed: list[ConsentRule]
    texts: list[PastText]
    files: list[StoryFile]
    versions: list[OtherForm]
    link: str
    call: str
    is_mailed: bool
    """Whether what we ask goes to them by mail."""


@dataclass(frozen=True)
class OtherForm:
    """The story in another form, and whether it was made from the text that counts."""

    version: Version
    is_fresh: bool


def editor_page(story: Story) -> EditorPage:
    """All that the page shows beside the text."""
    newest = texts.latest(story)
    withheld, allowed = rules(story)
    made = {version.file_id for version in story.versions}
    return EditorPage(
        story=story,
        newest=newest,
        status=status.status_of(story),
        why_not_public=status.why_not_public(story),
        is_public=newest is not None and newest.id == story.published_revision_id,
        may_ask=bool(newest and newest.title) and not texts.valid_approval(story),
        is_over=story.is_over,
        cautions=list(cautions(story)),
        withheld=withheld,
        allowed=allowed,
        texts=past_texts(story),
        files=[file for file in store.files_of(story) if file.id not in made],
        versions=[
            OtherForm(one, formats.is_fresh(one, story))
            for one in story.versions
            if not one.removed_at
        ],
        link=answers.answer(story, "link"),
        call=" ".join(filter(None, _call(story))),
        is_mailed=notices.is_mailed(story),
    )


def _call(story: Story) -> tuple[str, str]:
    """How and when they want to be called."""
    how = CALLS.get(answers.answer(story, "call_by"), "")
    return how and f"{how}.", answers.answer(story, "call")


def rules(story: Story) -> tuple[list[ConsentRule], list[ConsentRule]]:
    """What the storyteller withholds, and what they allow. What was never said is withheld."""
    said = consents.current(story)
    withheld, allowed = [], []
    for purpose, (no, yes) in RULES.items():
        consent = said.get(purpose)
        at = day(consent.at) if consent else ""
        if consent and consent.given:
            allowed.append(ConsentRule(yes.format(value=consent.value), at))
        else:
            withheld.append(ConsentRule(no, at))
    return withheld, allowed


def cautions(story: Story) -> Iterator[tuple[str, str]]:
    """What an editor must know before anything else, each with what was said about it."""
    if story.urgent:
        yield "Somebody may be in danger. Read the story first, and do what keeps them safe.", ""
    if answers.is_young(story):
        yield "The storyteller is under 18.", _guardian(story)
    if story.others:
        words = "Other people are in this story. Ask about them before it is published."
        yield words, answers.answer(story, "others_note")
    if helper := answers.answer(story, "helper"):
        yield f"{helper} helps them. Only the storyteller says yes.", ""


def _guardian(story: Story) -> str:
    said = consents.current(story).get(consents.GUARDIAN.key)
    if said is None or not said.value:
        return "No parent or guardian was named."
    return f"{said.value} looks after them, and {'agrees' if said.given else 'has not agreed'}."


def past_texts(story: Story) -> list[PastText]:
    """Every text of the story, newest first, with each yes to it."""
    query = select(Revision).where(Revision.story_id == story.id)
    query = query.options(joinedload(Revision.author)).order_by(Revision.number.desc())
    return [past_text(story, revision) for revision in db.session.scalars(query)]


def past_text(story: Story, revision: Revision) -> PastText:
    """A text of the story with each yes to it."""
    said = [one for one in story.approvals if one.revision_id == revision.id]
    return PastText(revision, said, revision.id == story.published_revision_id)
