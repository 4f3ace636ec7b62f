"""What the storyteller sees on their own page: where the story is, what is asked, what was said."""

from datetime import datetime
from functools import cached_property

from sqlalchemy import select

from portal.extensions import db
from portal.inbox import sender_page
from portal.inbox.sender_page import ProgressStep, SenderEntry
from portal.stories import (
    consents,
    languages,
    not_yet,
    notices,
    private_words,
    publication,
    reach,
    texts,
)
from portal.stories.comparing.changes import TextChange
from portal.stories.consents import Purpose
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.guardian import status as guardian_status
from portal.stories.models import Approval, Revision, Story, StoryConsent, Version
from portal.stories.reach import Reach
from portal.stories.showing import services as showing
from portal.stories.states import Giver
from portal.stories.storyteller.choices_form import ChoicesForm, choices_form


class StorytellerPage:
    """All that the page of one story shows. Each part is read when it is asked for."""

    def __init__(self, story: Story) -> None:
        self.story, self.talk = story, notices.talk_of(story)

    @cached_property
    def newest(self) -> Revision | None:
        """The newest text, by whoever."""
        return texts.latest(self.story)

    @cached_property
    def base(self) -> Revision | None:
        """The storyteller's own newest text, or one that they said yes to later."""
        return texts.base_for_storyteller(self.story)

    @cached_property
    def changes(self) -> list[TextChange]:
        """What the newest text has otherwise."""
        return changes_between(self.base, self.newest)

    @property
    def choices(self) -> type[ChoicesForm]:
        """The form over these changes."""
        return choices_form(self.changes, self.newest.number if self.newest else 0)

    @cached_property
    def approval(self) -> Approval | None:
        """The yes to the newest text."""
        return texts.valid_approval(self.story)

    @cached_property
    def guardian_yes(self) -> Approval | None:
        """The guardian's yes to the newest text, where the storyteller is under 18."""
        return texts.valid_approval(self.story, Giver.GUARDIAN)

    @property
    def guardian_talks(self) -> bool:
        """Whether the guardian wants to talk to us first."""
        return guardian_status.wants_to_talk(self.story)

    @property
    def ended_yes(self) -> datetime | None:
        """When they last said yes, where the text has changed since."""
        theirs = [one for one in self.story.approvals if one.giver is Giver.STORYTELLER]
        given = [one for one in theirs if not one.taken_back_at]
        if not given or self.approval:
            return None
        return given[-1].said_at or given[-1].at

    @property
    def waits_for_guardian(self) -> bool:
        """Whether a guardian's yes to the newest text is missing."""
        return publication.why_not(self.story) == publication.NO_GUARDIAN

    @cached_property
    def not_yet(self) -> datetime | None:
        """When they said so about the newest text, if nobody has answered."""
        return not_yet.said_at(self.story)

    @property
    def is_public(self) -> bool:
        """Whether readers have exactly the newest text."""
        return bool(self.newest and self.newest.id == self.story.published_revision_id)

    @property
    def may_approve(self) -> bool:
        """Whether there is a text to say yes to."""
        newest = self.newest
        return bool(newest and newest.title and not self.approval and not self.story.is_over)

    @cached_property
    def kept_files(self) -> list[StoryFile]:
        """The files that we have."""
        return store.kept(self.story)

    @cached_property
    def pictures(self) -> list[tuple[StoryFile, str]]:
        """The pictures that go with the newest text, each with its words."""
        return store.pictures_of(self.story, self.newest)

    @property
    def private_words(self) -> dict[str, list[str]]:
        """What of the newest text they do not want to be shown."""
        return private_words.of_text(self.story, texts.content_of(self.newest))

    @property
    def shows(self) -> str:
        """What our team has found in the newest text that they do not allow, in words."""
        return showing.in_words(showing.shown(self.story, self.newest), "you")

    @property
    def language(self) -> str:
        """Which language the newest text is in, in words."""
        tag = self.newest.language if self.newest else ""
        return languages.name_of(self.story) if tag == self.story.language else tag

    @property
    def versions(self) -> list[Version]:
        """The other forms that were made."""
        return [one for one in self.story.versions if not one.removed_at]

    def is_fresh(self, version: Version) -> bool:
        """Whether it says what the newest text says."""
        source, newest = version.revision, self.newest
        return newest is not None and (source.title, source.text) == (newest.title, newest.text)

    @cached_property
    def said(self) -> list[SenderEntry]:
        """What the storyteller and the team said to each other."""
        return sender_page.entries(self.talk)

    @property
    def reach(self) -> Reach:
        """How we reach them."""
        return reach.current(self.story)

    @property
    def new_reach(self) -> Reach | None:
        """How they want to be reached, once that is confirmed."""
        new = reach.wanted(self.story)
        return new.reach if new else None

    @staticmethod
    def way(one: Reach) -> str:
        """A way to reach somebody, in words."""
        return reach.in_words(one)

    @property
    def consents(self) -> list[tuple[Purpose, StoryConsent | None]]:
        """Each thing that can be allowed, and what was said about it last."""
        last = consents.current(self.story)
        guardian = [consents.GUARDIAN] if consents.GUARDIAN.key in last else []
        return [(one, last.get(one.key)) for one in (*consents.PURPOSES, *guardian)]

    def labels(self, is_given: bool) -> list[str]:  # noqa: FBT001 - a template asks
        """What is allowed, or what is not, by its short name."""
        return [
            purpose.label
            for purpose, consent in self.consents
            if bool(consent and consent.given) is is_given
        ]

    @property
    def steps(self) -> list[ProgressStep]:
        """Where the story is, in true words. What was not needed on the way is left out."""
        story, yes = self.story, self.approval
        steps = [
            ProgressStep("We saved it", self.talk.created_at),
            ProgressStep("A person in the team opened it", self.talk.opened_at),
            ProgressStep("An editor worked on the text", self._shaped_at()),
            ProgressStep("We asked you to read it", self.last("with the storyteller")[0]),
            ProgressStep("You said yes to the newest text", yes.at if yes else None),
            ProgressStep("Everybody can read it", story.published_at if story.published else None),
        ]
        reached = max(place for place, step in enumerate(steps) if step.at)
        return [
            step for place, step in enumerate(steps) if step.at or place > reached or place == 1
        ]

    def _shaped_at(self) -> datetime | None:
        query = select(Revision.created_at).where(Revision.story_id == self.story.id)
        query = query.where(Revision.author_id.is_not(None)).order_by(Revision.id).limit(1)
        return db.session.scalar(query)

    def last(self, what: str) -> tuple[datetime | None, str]:
        """When the team did so last, and what history has of it."""
        return notices.last(self.story, what)


def changes_between(old: Revision | None, new: Revision | None) -> list[TextChange]:
    """What one text of a story has otherwise than the storyteller's."""
    if new is None or old is new:
        return []
    return texts.changes_between(old, texts.content_of(new))
